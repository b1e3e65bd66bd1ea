//! The protocols, one file each.

pub mod arp;

use crate::Protocol;

/// Every protocol that is read, in display order. At most 64: dispatch keeps
/// them as bits of one word.
pub static PROTOCOLS: &[&dyn Protocol] = &[
    &arp::Arp,
];
