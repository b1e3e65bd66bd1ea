//! Conversation to application, family and confidence.
//!
//! What was read comes before what was looked up, and the port comes last and
//! with little confidence. The tables are those of the crate `rules`.

mod recognise;

pub use recognise::{Application, Basis, recognise};
pub use rules::{FAMILIES, Row};
