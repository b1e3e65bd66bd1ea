//! Intervals to the one Asset document.
//!
//! [`build`] is a pure function of the set of what was heard: any order,
//! batching or repetition of its input gives the same bytes. It makes everything
//! at once; [`component()`] makes one component of [`identity::Live`], with the same code.

mod assignment;
mod build;
mod classify;
mod component;
pub mod config;
pub mod derived;
pub mod doc;
pub mod fold;
mod holders;
mod ids;
mod interfaces;
mod inventoried;
mod maker;
mod names;
mod roles;
mod services;
mod talks;

pub use assignment::Assignment;
pub use build::build;
pub use component::{Component, Made, Shared, component};
pub use config::{Config, Input, default_zone};
pub use doc::{Asset, Inventory, Summary, Talk, Zone};
pub use holders::{Hold, Holder, Holders, holder_at, who_had};
pub use talks::talk;

/// JSON Schema (draft 2020-12) of the Asset document.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Asset).to_value()
}

/// JSON Schema (draft 2020-12) of a conversation.
pub fn conversation_schema() -> serde_json::Value {
    schemars::schema_for!(Talk).to_value()
}

/// Any document as one line of JSON with sorted keys: the same document is the
/// same bytes.
///
/// # Errors
/// Never for the documents of this crate.
pub fn canonical_json<T: serde::Serialize>(document: &T) -> serde_json::Result<String> {
    let mut value = serde_json::to_value(document)?;
    value.sort_all_objects();
    serde_json::to_string(&value)
}
