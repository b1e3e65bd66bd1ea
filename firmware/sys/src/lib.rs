//! The Linux edge: what the pure crates may not do themselves.

pub mod memory;
