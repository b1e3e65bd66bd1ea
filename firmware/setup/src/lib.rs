//! The set-up service behind every face (`setup.md`): panel, console, files and
//! hands-free sources ask it over a Unix socket (`wire::local`), and it alone
//! changes anything.
//!
//! [`Service::answer`] answers one question; [`socket`] serves many faces. What it
//! works on comes through traits: [`Net`] the management network, [`Machine`] the
//! box, `spool::Disk` the settings' two copies, `uplink::World` time and chance.
#![forbid(unsafe_code)]

mod access;
pub mod hands_free;
mod log;
mod look;
mod machine;
mod managed;
mod net;
mod overview;
mod service;
pub mod socket;
mod store;
pub mod text;
mod trying;
mod way;

pub use machine::{Host, Machine};
pub use managed::Managed;
pub use net::{Net, NetState, Unmanaged};
pub use service::{Parts, Service};
pub use store::{Kept, Store, parse};
pub use trying::CONFIRM;
