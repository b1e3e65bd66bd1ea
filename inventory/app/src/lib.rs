//! Conversation to application, family and confidence.
//!
//! What was read comes before what was looked up, and the port comes last and
//! with little confidence. Rules are data: `data/*.tsv`.

mod recognise;
mod tables;

pub use recognise::{Application, Basis, recognise};
pub use tables::{FAMILIES, Row};
