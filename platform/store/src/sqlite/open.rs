//! Connections to the database file, and its schema.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{Error, Result};

/// The numbered steps to the newest schema. A step that was released is never changed.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001-first.sql")];

/// `SWpf`: tells our file from other databases.
const APPLICATION: i32 = 0x5357_7066;

/// How long a connection waits for another process (a backup, a shell).
const BUSY: Duration = Duration::from_secs(10);

/// Opens the one writing connection and brings the schema up to date.
pub fn writer(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = connect(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // FULL: a batch that was acknowledged survives a loss of power.
    // A larger log than usual: rows of one batch lie on many pages.
    let settings = "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 8192;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -65536;";
    connection.execute_batch(settings).map_err(failed("setting up the database"))?;
    migrate(&mut connection, path)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Opens a reading connection.
pub fn reader(path: &Path) -> Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.execute_batch("PRAGMA cache_size = -16384;").map_err(failed("setting up a reader"))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let opened = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(BUSY)?;
        Ok(connection)
    });
    opened.map_err(|cause| Error::Database {
        doing: "opening the database",
        cause: format!("{}: {cause}", path.display()),
    })
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    let failed = failed("bringing the schema up to date");
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (found, application) =
        number("user_version").and_then(|found| Ok((found, number("application_id")?))).map_err(&failed)?;
    if (found != 0 || application != 0) && application != APPLICATION {
        return Err(Error::Database {
            doing: "opening the database",
            cause: format!("{} is a database of another program", path.display()),
        });
    }
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    let known = MIGRATIONS.len() as u32;
    if found > known {
        return Err(Error::Newer { found, known });
    }
    for (step, number) in MIGRATIONS.iter().zip(1_u32..).skip(found as usize) {
        let step = format!(
            "BEGIN IMMEDIATE; {step}
             PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number}; COMMIT;"
        );
        connection.execute_batch(&step).map_err(&failed)?;
    }
    Ok(())
}

/// Tells a failing disk from everything else.
pub fn failed(doing: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |error| {
        let cause = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => Error::Disk { doing, cause },
            _ => Error::Database { doing, cause },
        }
    }
}
