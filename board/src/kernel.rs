//! What the kernel is told, and which modules it may need.

use serde::{Deserialize, Serialize};

/// Arguments that every appliance's kernel gets.
///
/// A panic restarts after 5 s, so that a failed try of an update counts. IPv6 is off until
/// `netcfg` switches it on for the management port: nothing may leave a port before its
/// rules stand. Predictable names need a daemon that is not there. Where `softdog` watches, it ends in a panic,
/// which leaves last words; its restart alone would look like a power cut. The kernel's tests of its ciphers take a
/// second under emulation, and nothing here ciphers in the kernel.
pub const COMMON: &[&str] = &[
    "panic=5",
    "ipv6.disable_ipv6=1",
    "net.ifnames=0",
    "softdog.soft_panic=1",
    "cryptomgr.notests",
    "quiet",
    "loglevel=4",
];

/// Arguments where no hardware watches: what hangs becomes a panic.
pub const SOFT: &[&str] = &["softlockup_panic=1", "hung_task_panic=1"];

/// `[kernel]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// Arguments beside [`COMMON`], the consoles and what the watchdog asks for.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Modules the image holds, each with all it needs; `@NAME` is a set. Whether one is
    /// loaded is decided by what the machine has.
    pub modules: Vec<String>,
    /// Of these, loaded first and whether or not a device asks: buses, and what no device
    /// announces (queue disciplines, file systems come by themselves).
    #[serde(default)]
    pub load: Vec<String>,
}
