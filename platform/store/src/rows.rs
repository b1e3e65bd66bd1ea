//! What a store keeps, as plain types.

use std::net::IpAddr;

use model::{Conversation, Interval, NetworkId, Sighting, Time};
use wire::{Epoch, Mark, Nonce};

/// Longest period of a record, in nanoseconds; a longer one is not found by time.
pub const LONGEST_PERIOD: u64 = 3_600 * Time::SECOND;

/// A sensor's number in rows; its long id is in its document.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct SensorNumber(pub u32);

/// Which sighting of which sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SightingKey {
    /// Who heard it.
    pub sensor: SensorNumber,
    /// Whom it heard.
    pub sighting: Sighting,
}

/// Everything one sensor heard of one sighting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SightingRow {
    /// Which.
    pub key: SightingKey,
    /// Its intervals, sorted; all of this sighting.
    pub intervals: Vec<Interval>,
    /// The cached assets do not know all of it yet.
    pub stale: bool,
}

/// A cached asset document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetRow {
    /// Its id.
    pub id: String,
    /// What lists show and queries ask, in whatever form the core gives it.
    pub summary: Vec<u8>,
    /// The whole document, canonical JSON.
    pub document: String,
}

/// What lists need of a cached asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetSummary {
    /// Its id.
    pub id: String,
    /// As [`AssetRow::summary`].
    pub summary: Vec<u8>,
}

/// An id that is no longer used, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The id that was.
    pub id: String,
    /// The id that is; may be an alias itself later.
    pub now: String,
}

/// A conversation record as one sensor reported it. Its identity is (sensor,
/// run, key of the conversation, start): a repeat changes nothing. Its period is
/// at most [`LONGEST_PERIOD`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TalkRow {
    /// Who heard it.
    pub sensor: SensorNumber,
    /// Run of the sensing process.
    pub run: Time,
    /// Start of the period.
    pub start: Time,
    /// End of the period.
    pub end: Time,
    /// What was counted.
    pub conversation: Conversation,
}

/// All periods of one conversation that one sensor heard, added up: what an
/// asset's document is made of, since the records themselves are too many.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// Who heard it.
    pub sensor: SensorNumber,
    /// The sums.
    pub conversation: Conversation,
}

/// Which records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TalkFilter {
    /// With one of these as either end; empty: any.
    pub ends: Vec<(NetworkId, IpAddr)>,
    /// Only of this sensor.
    pub sensor: Option<SensorNumber>,
    /// Only of this network.
    pub network: Option<NetworkId>,
    /// Only with this server port.
    pub port: Option<u16>,
    /// Ended after this time.
    pub after: Option<Time>,
    /// Started before this time.
    pub before: Option<Time>,
    /// Where the page before ended, as [`Page::next`] gave it.
    pub cursor: Option<String>,
    /// Most rows; 0: all.
    pub limit: usize,
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// Where it goes on; `None` at the end.
    pub next: Option<String>,
}

/// An event; repeats of the same key are folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Number, in the order of first appearance.
    pub number: u64,
    /// Same key: the same event again.
    pub key: String,
    /// Document of the core's, JSON.
    pub document: String,
    /// Last time, for the order of lists.
    pub last: Time,
}

/// Kinds of documents: small things that people or the platform said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Sensors.
    Sensor,
    /// Personalization codes.
    Code,
    /// Networks.
    Network,
    /// Versions of the configuration.
    Configuration,
    /// Assertions about identity.
    Assertion,
    /// Values that people set.
    Manual,
    /// Users.
    User,
    /// Sessions.
    Session,
    /// API keys.
    ApiKey,
    /// Settings of the platform itself.
    Setting,
    /// What appliances said of their own systems, by sensor.
    System,
    /// Roll-outs of updates.
    Rollout,
    /// Rule packs in force and before.
    Rules,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Kind.
    pub kind: Kind,
    /// Id, unique in its kind.
    pub id: String,
    /// JSON.
    pub json: String,
}

/// A line of deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whose.
    pub sensor: SensorNumber,
    /// Its epoch.
    pub epoch: Epoch,
    /// The number that is waited for.
    pub next: u64,
    /// The nonce that is good.
    pub nonce: Nonce,
    /// The nonce that was given out and not used yet; it becomes the good one when it is.
    pub offered: Option<Nonce>,
    /// When it was first heard of.
    pub since: Time,
    /// It is quarantined.
    pub quarantined: bool,
    /// What was taken before `next`.
    pub mark: Mark,
}

/// What one commit writes. Everything is written or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Sightings, whole: each takes the place of the row with its key.
    pub sightings: Vec<SightingRow>,
    /// Sightings whose assets are no longer up to date, without anything heard.
    pub stale: Vec<SightingKey>,
    /// Sightings whose assets are up to date now.
    pub fresh: Vec<SightingKey>,
    /// Sightings that go.
    pub forget_sightings: Vec<SightingKey>,
    /// Records; those that are there already are left, others are added to their tally too.
    pub talks: Vec<TalkRow>,
    /// Records whose period ended before this time go, and tallies not heard since.
    pub forget_talks_before: Option<Time>,
    /// Assets, whole.
    pub assets: Vec<AssetRow>,
    /// Ids of assets that are no more.
    pub gone_assets: Vec<String>,
    /// What became of ids.
    pub aliases: Vec<Alias>,
    /// Lines, whole.
    pub lines: Vec<Line>,
    /// Lines that go.
    pub gone_lines: Vec<(SensorNumber, Epoch)>,
    /// Events by key: new, or in place of the one with the same key.
    pub events: Vec<EventRow>,
    /// Events that go, by number.
    pub gone_events: Vec<u64>,
    /// Documents, whole.
    pub documents: Vec<Document>,
    /// Documents that go.
    pub gone_documents: Vec<(Kind, String)>,
}
