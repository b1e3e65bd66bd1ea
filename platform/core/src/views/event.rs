//! Events: what happened, how bad it is, what to do.

use assets::doc::Stamp;
use serde::{Deserialize, Serialize};

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For the record.
    Info,
    /// Worth a look.
    Low,
    /// Something is not right.
    Medium,
    /// Reports are lost, or somebody should act.
    High,
}

/// An event; repeats are folded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Number, in the order of first appearance.
    pub number: u64,
    /// Kind, lower snake case (`sensor_offline`, `new_asset`, `restored_or_cloned` …).
    pub kind: String,
    /// How bad.
    pub severity: Severity,
    /// Sensor's name, may be empty.
    pub sensor: String,
    /// Asset's id, may be empty.
    pub asset: String,
    /// What happened, and what to do.
    pub words: String,
    /// How often.
    pub count: u64,
    /// First and last time.
    pub first: Stamp,
    /// See `first`.
    pub last: Stamp,
}

/// A page of events, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EventPage {
    /// Its rows.
    pub items: Vec<Event>,
    /// Where it goes on.
    pub next: Option<String>,
}
