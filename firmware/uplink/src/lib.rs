//! The sensor's line to its platform (`setup.md` §4 and §5, `docs/uplink.md`,
//! `docs/registration.md`): registration, upload, configuration, and the test
//! of the connection. Blocking, with threads of the caller's.
//!
//! The appliance, beside the sensor, tells of its own system and fetches updates on a [`Client`]
//! of its own: [`tell_system`], [`fetch`].
//!
//! In order of use: [`Vault::open`], [`register`] once, then with the
//! [`Identity`] that it kept one [`Uplink`] and one [`Poll`], each with a
//! [`Client`] of its own, each `run` on a thread; [`steps::test`] at any time.
//! Time and chance come through [`World`].
mod address;
mod backoff;
mod bundle;
mod client;
mod clock;
mod connect;
mod date;
mod dial;
mod error;
mod files;
mod http;
mod identity;
mod poll;
mod register;
mod socket;
mod socks;
pub mod steps;
mod tls;
mod uplink;
mod world;

pub use address::{Address, Login, NotAnAddress, Proxy, ProxyKind, Route};
pub use bundle::{Fetched, MAX_BUNDLE, fetch, tell_system};
pub use client::{Client, Credentials, Line};
pub use clock::{BUILT, Clock};
pub use error::UplinkError;
pub use identity::{Identity, Request, Rolling, Vault};
pub use poll::{OnConfig, Poll};
pub use register::register;
pub use tls::{Seen, provider};
pub use uplink::{Condition, OnStatus, Parts, Phase, Uplink};
pub use world::{System, World};
