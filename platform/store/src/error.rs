//! What can go wrong with a store.

/// A store's failure; each says what was tried.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database says no.
    #[error("the database failed while {doing}: {cause}")]
    Database {
        /// What was being done, in words.
        doing: &'static str,
        /// The database's own words.
        cause: String,
    },
    /// No room on the disk, or it fails.
    #[error("the disk is full or failing (E19) while {doing}: {cause}")]
    Disk {
        /// What was being done, in words.
        doing: &'static str,
        /// The system's own words.
        cause: String,
    },
    /// The file was written by a newer version.
    #[error("the database has schema {found}, this version knows up to {known}: run a newer version")]
    Newer {
        /// Schema of the file.
        found: u32,
        /// Newest known schema.
        known: u32,
    },
    /// A row cannot be read.
    #[error("a row of {table} cannot be read: {cause}")]
    Damaged {
        /// Table.
        table: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// A cursor that no page gave.
    #[error("the cursor `{0}` cannot be read: take `next` of the page before as it is")]
    Cursor(String),
}
