//! The set-up service behind every face (`setup.md`).
#![forbid(unsafe_code)]

mod store;
mod text;

pub use store::{Kept, Store};
