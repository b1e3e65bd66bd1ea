//! Updates of the system: a signed bundle becomes a second file beside the one that runs, the boot
//! loader tries it three times, and it stays if it proves itself.
//!
//! [`bundle`], [`keys`] and [`policy`] prove what arrives, [`slots`] writes it, [`judge`](mod@judge)
//! says how it went, and [`Updater`] is all of it for those who run the machine. `docs/image.md`
//! tells the format of bundles.
#![forbid(unsafe_code)]

// For `testing.rs`, which the tests outside read too.
#[cfg(test)]
extern crate self as update;

pub mod bundle;
pub mod date;
pub mod judge;
pub mod keys;
pub mod manifest;
pub mod policy;
pub mod record;
mod refusal;
pub mod slots;
pub mod tar;
#[cfg(test)]
mod testing;
mod updater;
pub mod version;

pub use keys::Keys;
pub use record::Origin;
pub use updater::{Folders, Partition, Updater};
pub use version::Version;
pub use wire::local::Failed;
