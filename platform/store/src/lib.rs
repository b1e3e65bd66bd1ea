//! Where the platform keeps what it must not forget: a trait over plain types,
//! no reasoning. One writer, many readers; readers never wait for the writer.
//!
//! What is kept is what was *heard* and what people *said* – sightings with
//! their intervals, conversation records, documents – and, as a cache beside
//! it, the asset documents made of that. Indexes of identity are not kept: they
//! are made again from the sightings at the start, so nothing can disagree.

mod error;
mod rows;

pub use error::Error;
pub use rows::{
    Alias, AssetRow, Changes, Document, EventRow, Kind, Line, Page, SensorNumber, SightingKey, SightingRow,
    TalkFilter, TalkRow,
};

/// The result of a store's work.
pub type Result<T> = std::result::Result<T, Error>;

/// A database. Every implementation passes the same conformance suite.
pub trait Store: Send + Sync {
    /// Writes everything or nothing; on return it is on disk.
    ///
    /// # Errors
    /// [`Error`] when the database or the disk fails; nothing was written then.
    fn commit(&self, changes: &Changes) -> Result<()>;

    /// The rows of these sightings, in the order asked, `None` for what is not there.
    ///
    /// # Errors
    /// When the database fails.
    fn sightings(&self, keys: &[SightingKey]) -> Result<Vec<Option<SightingRow>>>;

    /// Every sighting once, in no particular order.
    ///
    /// # Errors
    /// When the database fails, or what `each` returns.
    fn every_sighting(&self, each: &mut dyn FnMut(SightingRow) -> Result<()>) -> Result<()>;

    /// Every cached asset once, in no particular order.
    ///
    /// # Errors
    /// When the database fails, or what `each` returns.
    fn every_asset(&self, each: &mut dyn FnMut(AssetRow) -> Result<()>) -> Result<()>;

    /// One cached asset.
    ///
    /// # Errors
    /// When the database fails.
    fn asset(&self, id: &str) -> Result<Option<AssetRow>>;

    /// The asset that an id that is no longer used became.
    ///
    /// # Errors
    /// When the database fails.
    fn alias(&self, id: &str) -> Result<Option<String>>;

    /// Conversation records, newest first.
    ///
    /// # Errors
    /// When the database fails.
    fn talks(&self, filter: &TalkFilter) -> Result<Page<TalkRow>>;

    /// Events, newest first; `before` continues a page.
    ///
    /// # Errors
    /// When the database fails.
    fn events(&self, before: Option<u64>, limit: usize) -> Result<Page<EventRow>>;

    /// All documents of a kind, by id.
    ///
    /// # Errors
    /// When the database fails.
    fn documents(&self, kind: Kind) -> Result<Vec<Document>>;

    /// Lines of deliveries of all sensors.
    ///
    /// # Errors
    /// When the database fails.
    fn lines(&self) -> Result<Vec<Line>>;
}
