//! Intervals to the one Asset document.
//!
//! [`build`] is a pure function of the set of what was heard: any order,
//! batching or repetition of its input gives the same bytes.

pub mod config;
pub mod doc;

pub use config::{Config, Input, default_zone};
pub use doc::{Asset, Inventory, Summary, Talk, Zone};

/// Makes the inventory.
pub fn build(_input: &Input<'_>, _config: &Config<'_>) -> Inventory {
    Inventory::default()
}

/// JSON Schema (draft 2020-12) of the Asset document.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Asset).to_value()
}

/// JSON Schema (draft 2020-12) of a conversation.
pub fn conversation_schema() -> serde_json::Value {
    schemars::schema_for!(Talk).to_value()
}
