//! The management network: DHCP, addresses, routes, resolver, time.
//!
//! Everything that decides is pure – [`plan()`], [`dhcp::Client`], [`arp::Prober`],
//! [`ra::parse`], [`time::decide`] – and told the time by its caller; what acts on the
//! machine is thin. [`Manager`] puts them together for one interface.
//!
//! The crate acts on the network namespace of the calling thread. It is the only one that
//! sends frames of its own making, and only out of the management interface.
#![forbid(unsafe_code)]

pub mod apply;
pub mod arp;
pub mod dhcp;
mod error;
pub mod manager;
pub mod nd;
pub mod plan;
pub mod ra;
mod random;
pub mod resolver;
pub mod seen;
pub mod time;
mod wait;
pub mod wanted;

pub use apply::apply;
pub use error::{Error, Fault};
pub use manager::{Manager, State};
pub use plan::{Change, plan};
pub use seen::Seen;
pub use wanted::{Ipv4, Ipv6, LinkSpeed, Route, Wanted};
