//! A DHCP client for IPv4 (RFC 2131), our own: a pure state machine, [`Client`], that is
//! told the time and what arrived and says what to send and what changed; and a thin
//! [`Port`] that carries it to the wire.
//!
//! Kept to beside RFC 2131: RFC 2132 (options), RFC 3396 (long options in pieces), RFC
//! 3442 (routes, option 121), RFC 4361's spirit with the plain hardware client identifier,
//! RFC 5227 (asking before an address is used, and defending it).

mod client;
pub mod frame;
mod lease;
mod message;
mod options;
mod port;

pub use client::{Action, Client, Loss, Phase, Timing};
pub use lease::{Lease, NO_END};
pub use message::{Identity, VENDOR};
pub use options::{Answer, Kind, MAX_MESSAGE};
pub use port::Port;
