//! The first page.

use assets::doc::Stamp;
use serde::Serialize;

use super::{AssetRow, Event};

/// "Is it working, and what changed?"
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Home {
    /// Registered sensors, and how many of them are well.
    pub sensors: [u64; 2],
    /// What is wrong with the others: sensor's name and one sentence.
    pub problems: Vec<(String, String)>,
    /// Assets: in all, heard in the last 7 days, new in 24 h, of unknown type.
    pub assets: [u64; 4],
    /// Assets by category, largest first, `unknown` always among them.
    pub categories: Vec<(String, u64)>,
    /// By maker, largest first, at most 8.
    pub makers: Vec<(String, u64)>,
    /// By family of operating system.
    pub os_families: Vec<(String, u64)>,
    /// Newest assets, newest first, at most 8.
    pub newest: Vec<AssetRow>,
    /// Latest events, at most 8.
    pub events: Vec<Event>,
    /// Ranges configured and heard; silent ones first.
    pub coverage: Vec<Coverage>,
    /// First steps.
    pub checklist: Checklist,
}

/// A configured range and what is heard in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The range.
    pub range: String,
    /// Its group.
    pub group: String,
    /// Assets in it.
    pub assets: u64,
    /// Last time.
    pub last: Option<Stamp>,
}

/// The first steps, each done or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checklist {
    /// A sensor was made.
    pub sensor: bool,
    /// One registered.
    pub registered: bool,
    /// One hears frames.
    pub mirror: bool,
    /// A range is configured.
    pub ranges: bool,
    /// An asset is there.
    pub assets: bool,
}
