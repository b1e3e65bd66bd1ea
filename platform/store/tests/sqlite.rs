//! SQLite passes the suite of all stores.

mod suite;

use std::sync::Arc;

use store::{SightingKey, Sqlite, Store};
use tempfile::TempDir;

struct File {
    folder: TempDir,
}

impl File {
    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("platform.db")
    }

    fn sql(&self, sql: &str) {
        rusqlite::Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }
}

impl suite::Fixture for File {
    fn new() -> File {
        File { folder: TempDir::new().unwrap() }
    }

    fn open(&self) -> store::Result<Arc<dyn Store>> {
        Ok(Arc::new(Sqlite::open(&self.path())?))
    }

    fn damage(&self, key: &SightingKey) {
        let mac = key.sighting.mac.unwrap().0.map(|byte| format!("{byte:02X}")).concat();
        self.sql(&format!(
            "UPDATE sighting SET intervals = substr(intervals, 1, length(intervals) / 2)
             WHERE hex(key) LIKE '%{mac}%'"
        ));
    }

    fn make_newer(&self) {
        self.sql("PRAGMA user_version = 9999");
    }

    fn open_full(&self) -> store::Result<Arc<dyn Store>> {
        let store = Sqlite::open(&self.path())?;
        store.limit_size(1 << 20)?;
        Ok(Arc::new(store))
    }
}

#[test]
fn passes_the_suite() {
    suite::run::<File>();
}

#[test]
fn another_programs_database_and_what_is_none_are_refused() {
    let file = <File as suite::Fixture>::new();
    file.sql("PRAGMA user_version = 1; CREATE TABLE a (b)");
    let refused = Sqlite::open(&file.path()).err().unwrap().to_string();
    assert!(refused.contains("platform.db is a database of another program"), "{refused}");
    std::fs::write(file.path(), vec![b'x'; 5_000]).unwrap();
    assert!(Sqlite::open(&file.path()).is_err());
    let refused = Sqlite::open(&file.path().join("missing/folder.db")).err().unwrap().to_string();
    assert!(refused.contains("missing/folder.db"), "{refused}");
}
