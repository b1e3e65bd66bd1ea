//! From a kernel and a program to an image, the same bytes every time.
//!
//! Writers are pure: bytes in, bytes out. Ids come from one [`seed::Seed`], nothing has a time or an
//! owner, everything is sorted. `docs/image.md` tells the layout; `cargo xtask image` runs it all.
#![forbid(unsafe_code)]

pub mod build;
pub mod bundles;
pub mod cpio;
mod crc32c;
pub mod disk;
mod error;
pub mod ext4;
pub mod fat;
pub mod formats;
pub mod gpt;
pub mod initramfs;
pub mod modules;
pub mod ova;
pub mod ovf;
pub mod packages;
pub mod papers;
pub mod rule_pack;
pub mod seed;
pub mod signing;
pub mod sparse;
pub mod uki;
pub mod userland;
pub mod verbs;
pub mod verify;
pub mod vhdx;
pub mod vmdk;

pub use error::Error;
