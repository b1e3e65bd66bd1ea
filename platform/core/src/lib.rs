//! The platform itself, without HTTP: what sensors report becomes an inventory,
//! people configure and ask, sensors are registered and led.
//!
//! [`Platform`] is the one entry point; pages, API and sensor endpoint call its
//! methods and nothing else, so that page, API and export cannot differ. Its
//! methods stand in one file a theme; the types they give back in [`views`].

mod access;
mod authority;
mod clock;
mod codes;
mod configuration;
pub mod engine;
mod error;
mod events;
mod fleet;
mod inventory;
mod judgement;
mod limits;
mod local;
mod parts;
mod platform;
mod registry;
mod rule_packs;
mod sensor_endpoint;
mod sensors;
#[cfg(test)]
mod testing;
mod traffic;
pub mod views;

pub use authority::{Identity, key_digest};
pub use clock::{Clock, NoRandomness, SystemClock};
pub use error::{Error, Result};
pub use platform::{Platform, Settings};
pub use rule_packs::read_rule_pack;
pub use sensor_endpoint::Caller;
