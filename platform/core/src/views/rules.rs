//! Tables that rules look things up in, as they are in force.

use assets::doc::Stamp;
use serde::Serialize;

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleTableView {
    /// Name of its file in a pack.
    pub name: String,
    /// What it says.
    pub about: String,
    /// Rows.
    pub rows: u64,
    /// It came in the pack in force; else it is the platform's own.
    pub of_pack: bool,
}

/// The tables in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RulesView {
    /// Version of the pack in force; empty: the tables are the platform's own.
    pub version: String,
    /// SHA-256 of its file, hexadecimal; empty as well.
    pub sha256: String,
    /// Who put it in force; empty as well.
    pub by: String,
    /// When; absent as well.
    pub since: Option<Stamp>,
    /// Version that comes back when it is taken back, empty for the platform's own tables; absent when
    /// there is no pack.
    pub before: Option<String>,
    /// All tables.
    pub tables: Vec<RuleTableView>,
    /// Public keys whose packs are taken.
    pub keys: u64,
    /// Files of keys that were passed over, and why.
    pub passed: Vec<String>,
    /// Files in the folder that were not taken, and why.
    pub refused: Vec<(String, String)>,
}
