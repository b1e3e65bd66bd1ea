//! What is told about an image: what is in it, under which licences, and where its source is.

mod crates;
mod licences;
mod sbom;

pub use crates::{Crate, reached};
pub use licences::{Copyright, licences};
pub use sbom::sbom;

use crate::packages::Pin;

/// What the papers are made of.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The product's version.
    pub version: &'a str,
    /// The board's name.
    pub board: &'a str,
    /// Crates linked into PID 1.
    pub crates: &'a [Crate],
    /// Debian's packages that files were taken from.
    pub packages: &'a [Pin],
}
