//! Updates of the system: a signed bundle becomes a second file beside the one that runs, the boot
//! loader tries it three times, and it stays if it proves itself.
//!
//! [`bundle`], [`keys`] and [`policy`] prove what arrives; `docs/image.md` tells the format.
#![forbid(unsafe_code)]

pub mod bundle;
pub mod date;
pub mod keys;
pub mod manifest;
pub mod policy;
mod refusal;
pub mod tar;
#[cfg(test)]
mod testing;
pub mod version;

pub use keys::Keys;
pub use version::Version;
