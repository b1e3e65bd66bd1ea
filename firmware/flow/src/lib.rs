//! Flows: a bounded table, a timer wheel, sequence numbers and bounded
//! reassembly of the first bytes of each direction.
//!
//! Generic over what a flow remembers; never names a protocol. All memory is
//! taken when a [`Table`] or [`Pool`] is made; nothing here allocates later.
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod fragments;
mod stream;
mod table;
mod wheel;

pub use fragments::Fragments;
pub use stream::{Pool, Stream, Verdict};
pub use table::{Hot, Key, Slot, Table, Timeouts, addresses, tick};
