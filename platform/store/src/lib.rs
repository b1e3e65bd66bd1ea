//! Where the platform keeps what it must not forget: a trait over plain types,
//! no reasoning. One writer, many readers; readers never wait for the writer.
//!
//! What is kept is what was *heard* and what people *said* – sightings with
//! their intervals, conversation records, documents – and, as a cache beside
//! it, the asset documents made of that. Indexes of identity are not kept: they
//! are made again from the sightings at the start, so nothing can disagree.

mod error;
mod rows;
mod sqlite;

pub use error::Error;
pub use rows::{
    Alias, AssetRow, AssetSummary, Changes, Document, EventRow, Kind, LONGEST_PERIOD, Line, Page,
    SensorNumber, SightingKey, SightingRow, TalkFilter, TalkRow, Tally,
};
pub use sqlite::Sqlite;

use std::net::IpAddr;

use model::NetworkId;

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

    /// Every sighting once, in no particular order. A damaged row is handed over
    /// as its error, so that the caller decides whether one row stops everything.
    ///
    /// # Errors
    /// When the database fails, or what `each` returns.
    fn every_sighting(&self, each: &mut dyn FnMut(Result<SightingRow>) -> Result<()>) -> Result<()>;

    /// Every cached asset once, without its document, in no particular order.
    ///
    /// # Errors
    /// When the database fails, or what `each` returns.
    fn every_asset(&self, each: &mut dyn FnMut(AssetSummary) -> Result<()>) -> Result<()>;

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

    /// Conversation records, newest start first.
    ///
    /// # Errors
    /// When the database fails; [`Error::Cursor`].
    fn talks(&self, filter: &TalkFilter) -> Result<Page<TalkRow>>;

    /// Sums of the conversations that these addresses take part in, at most
    /// `per_port` of one address, side and port and `limit` in all: first by
    /// side (client), port, transport and the other's address. A cut is the same
    /// for the same records. `true`: there are more.
    ///
    /// # Errors
    /// When the database fails.
    fn tallies(
        &self,
        ends: &[(NetworkId, IpAddr)],
        per_port: usize,
        limit: usize,
    ) -> Result<(Vec<Tally>, bool)>;

    /// Events, those that happened last first; `cursor` is [`Page::next`] of the
    /// page before. `limit` 0: all.
    ///
    /// # Errors
    /// When the database fails; [`Error::Cursor`].
    fn events(&self, cursor: Option<&str>, limit: usize) -> Result<Page<EventRow>>;

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
