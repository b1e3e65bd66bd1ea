//! Signed bundles, read by whoever takes one: the appliance (a system), the platform (systems to
//! hand on, rules to judge by), and the tools that make them. `docs/image.md` tells the format.
//!
//! [`Front`] is what stands before the payload, [`Manifest`] what it says of itself, [`Keys`] prove
//! who says it, [`payload`] proves that what follows is what was signed. Who takes a bundle decides
//! by itself what it lets in; here is only what is the same for all.
#![forbid(unsafe_code)]

mod archive;
pub mod date;
mod hex;
mod keys;
mod manifest;
mod refusal;
mod sums;
pub mod tar;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod version;

pub use archive::{
    Broken, Front, MANIFEST, MOST_MANIFEST, MOST_RULES, MOST_SIGNATURE, MOST_SYSTEM, Payload, SIGNATURES,
    payload,
};
pub use hex::{hex, unhex};
pub use keys::{EXPIRES, Keys, LONGEST as LONGEST_KEY, MOST as MOST_KEYS, Unproved, expiry};
pub use manifest::{Manifest, RULES, SYSTEM};
pub use refusal::{damaged, refused};
pub use sums::{LONGEST_SUMS, SUMS, sums};
pub use version::Version;
pub use wire::local::Failed;
