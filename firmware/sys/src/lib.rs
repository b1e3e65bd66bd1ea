//! The Linux edge: what the pure crates may not do themselves.

pub mod clock;
#[cfg(target_os = "linux")]
pub mod ethtool;
#[cfg(target_os = "linux")]
pub mod link;
pub mod memory;
#[cfg(target_os = "linux")]
pub mod netlink;
#[cfg(target_os = "linux")]
pub mod packet_socket;
#[cfg(target_os = "linux")]
pub mod qdisc;
#[cfg(target_os = "linux")]
pub mod signals;
