//! Updates of the system: a signed bundle becomes a second file beside the one that runs, the boot
//! loader tries it three times, and it stays if it proves itself.
//!
//! `bundle` (`contract/`) and [`policy`] prove what arrives, [`slots`] writes it, [`judge`](mod@judge)
//! says how it went, and [`Updater`] is all of it for those who run the machine. `docs/image.md`
//! tells the format of bundles.
#![forbid(unsafe_code)]

pub mod judge;
mod key_files;
pub mod policy;
pub mod record;
mod refusal;
pub mod slots;
pub mod stick;
mod updater;

pub use bundle::{Failed, Keys, Version};
pub use key_files::read_keys;
pub use record::Origin;
pub use updater::{Folders, Partition, Updater};
