//! What can be set on an appliance (`setup.md` §1): one file per setting under
//! [`items`], each with its id, label, help, characters, parser and check.
//!
//! Every face – panel, console, file, OVF – reads the same list [`ITEMS`] in the
//! same order with the same words. A value is its **canonical text**: what an
//! item's parser gives back. Store, protocol and files carry nothing else, so
//! what was typed, what is kept and what is shown cannot differ.
#![no_std]
extern crate alloc;

/// Id under which files, properties and discs name the personalization code. No setting: it is used once and not kept.
pub const REGISTRATION_CODE: &str = "registration.code";

mod address;
mod item;
pub mod items;
mod set;
mod typed;

pub use address::{Prefixed, PrefixedV6, StaticRoute};
pub use item::{Choice, Group, Hints, Item, Kind, LINE, Wheel, Wrong};
pub use items::{ITEMS, item};
pub use set::{Change, Settings};
pub use typed::{Ipv4, Ipv6, LinkMode, Network, Port, ProxyKind, ProxySettings, Role};
