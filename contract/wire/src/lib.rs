//! What sensor and platform say to each other: plain messages in postcard
//! (<https://postcard.jamesmunns.com>), each in an envelope that names its
//! version and kind.
//!
//! The sensor always asks, the platform answers (HTTPS, [`path`]). A message
//! that was released is never changed: a new shape is a new [`VERSION`], and the
//! bytes of the old one stay under `tests/frozen`.
#![no_std]
extern crate alloc;

mod config;
mod envelope;
pub mod local;
pub mod path;
mod registration;
mod report;
mod session;
mod status;
mod system;

pub use config::{SensorConfig, Timing, WaitConfig};
pub use envelope::{Kind, Message, WireError, decode, encode};
pub use registration::{
    Confirm, ConfirmReply, Grant, Hardware, Offer, Refusal, RegistrationRequest, Sealed, Start, StartReply,
};
pub use report::{Batch, Content, Gap, HeardRange, Record, Report};
pub use session::{BatchReply, Epoch, Hello, HelloReply, Mark, Nonce, RenewReply, RenewRequest, Standing};
pub use status::{Fact, PortStatus, SpoolStatus, State, Status, StatusReply};
pub use system::{Bundle, Crash, System, SystemReply, UpdateState};

/// Version of the messages that this build writes.
pub const VERSION: u16 = 1;

/// Oldest version that this build reads.
pub const MIN_VERSION: u16 = 1;

/// Largest message in bytes, after decompression; a larger one is refused unread.
pub const MAX_MESSAGE: usize = 16 << 20;
