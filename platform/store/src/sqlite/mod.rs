//! The store in one SQLite file: one writing connection behind a lock, reading
//! connections beside it (write-ahead log, so that neither waits for the other).
//!
//! After a failure – a full disk too – nothing of the commit is written and the
//! store goes on; the same commit may be tried again.

mod blob;
mod commit;
mod key;
mod open;
mod read;
mod talks;
mod tallies;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::NetworkId;
use rusqlite::Connection;

use crate::{
    AssetRow, AssetSummary, Changes, Document, EventRow, Kind, Line, Page, Result, SightingKey, SightingRow,
    Store, TalkFilter, TalkRow, Tally,
};

/// Reading connections kept open; more are opened when more read at once.
const KEPT: usize = 8;

/// A store in an SQLite file.
pub struct Sqlite {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Sqlite {
    /// Opens the file, or makes it; `-wal` and `-shm` files stand beside it while it is open.
    ///
    /// # Errors
    /// When it cannot be opened or written, was written by a newer version or is of another program.
    pub fn open(path: &Path) -> Result<Sqlite> {
        let writer = open::writer(path)?;
        Ok(Sqlite {
            path: path.to_owned(),
            writer: Mutex::new(writer),
            readers: Mutex::new(vec![open::reader(path)?]),
        })
    }

    /// Lets the file grow to at most so many bytes, rounded up to pages of 4,096; a
    /// commit beyond is refused as a full disk is. Holds until the file is closed.
    ///
    /// # Errors
    /// When the database fails.
    pub fn limit_size(&self, bytes: u64) -> Result<()> {
        let pages = i64::try_from(bytes.div_ceil(4_096)).unwrap_or(i64::MAX);
        lock(&self.writer)
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .map_err(open::failed("limiting the size"))
    }

    /// Runs `work` with a reading connection of its own.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let kept = lock(&self.readers).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => open::reader(&self.path)?,
        };
        let out = work(&connection);
        let mut readers = lock(&self.readers);
        if readers.len() < KEPT {
            readers.push(connection);
        }
        out
    }
}

/// A thread that panicked with the lock held has left no half work behind: what
/// it began in the database was rolled back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for Sqlite {
    fn commit(&self, changes: &Changes) -> Result<()> {
        commit::commit(&mut lock(&self.writer), changes)
    }

    fn sightings(&self, keys: &[SightingKey]) -> Result<Vec<Option<SightingRow>>> {
        self.read(|db| read::sightings(db, keys))
    }

    fn every_sighting(&self, each: &mut dyn FnMut(Result<SightingRow>) -> Result<()>) -> Result<()> {
        self.read(|db| read::every_sighting(db, each))
    }

    fn every_asset(&self, each: &mut dyn FnMut(AssetSummary) -> Result<()>) -> Result<()> {
        self.read(|db| read::every_asset(db, each))
    }

    fn asset(&self, id: &str) -> Result<Option<AssetRow>> {
        self.read(|db| read::asset(db, id))
    }

    fn alias(&self, id: &str) -> Result<Option<String>> {
        self.read(|db| read::alias(db, id))
    }

    fn talks(&self, filter: &TalkFilter) -> Result<Page<TalkRow>> {
        self.read(|db| talks::page(db, filter))
    }

    fn tallies(
        &self,
        ends: &[(NetworkId, IpAddr)],
        per_port: usize,
        limit: usize,
    ) -> Result<(Vec<Tally>, bool)> {
        self.read(|db| tallies::of(db, ends, per_port, limit))
    }

    fn events(&self, cursor: Option<&str>, limit: usize) -> Result<Page<EventRow>> {
        self.read(|db| read::events(db, cursor, limit))
    }

    fn documents(&self, kind: Kind) -> Result<Vec<Document>> {
        self.read(|db| read::documents(db, kind))
    }

    fn lines(&self) -> Result<Vec<Line>> {
        self.read(read::lines)
    }
}
