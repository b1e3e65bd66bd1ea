//! Power cuts, without luck: what a guest wrote and when it flushed is recorded, and then every disk that a power
//! cut could have left is made of it and looked at.
//!
//! Killing QEMU is no power cut: what the guest wrote is in the host's memory already, so that a forgotten flush never
//! shows. Here a write counts as kept only when a flush followed it, or it was one itself (FUA). Of the rest any
//! part may have reached the medium, in any order, the last one torn.

mod check;
mod cuts;
mod fat32;
mod trace;

pub use check::{copy, ext4, extract, fat, files_of_ext4, files_of_fat, unpack_ext4};
pub use cuts::{Cut, Failure, cuts, drill, sample, stretches};
pub use fat32::{FatFile, fat_folder, shared};
pub use trace::{Entry, Recorder, Trace, What, count};
