//! The words both ends of Stillwatch agree on: addresses, sightings, fields,
//! intervals and conversations.
//!
//! Everything here is plain data without files, sockets or clocks. The sensor
//! fills these types with *what it heard*; the inventory reads them to say
//! *what it means*.
#![no_std]
extern crate alloc;

mod conversation;
mod error_code;
mod field;
mod interval;
mod mac;
mod personalization_code;
mod sighting;
mod time;

pub use conversation::{Conversation, Hint, HintKind, KnownBy, transport_name};
pub use error_code::ErrorCode;
pub use field::{Field, Scope};
pub use interval::{Interval, Port};
pub use mac::{Mac, MacKind};
pub use personalization_code::{CODE_IDS, CODE_SECRETS, NotACode, PersonalizationCode};
pub use sighting::{NetworkId, Sighting, is_host_ip};
pub use time::Time;

/// Longest value an observation may carry, in bytes; longer ones are cut at a
/// character boundary.
pub const MAX_VALUE: usize = 256;

/// Most application hints a conversation carries (`architecture`: at most four).
pub const MAX_HINTS: usize = 4;
