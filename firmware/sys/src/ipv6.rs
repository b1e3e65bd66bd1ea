//! IPv6 of one interface, switched by sysctl (`Documentation/networking/ip-sysctl`
//! of the kernel). They are those of the caller's network namespace.

use std::path::PathBuf;
use std::{fs, io};

/// How an interface takes part in IPv6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ipv6 {
    /// Not at all: no address, not even a link-local one (`disable_ipv6`).
    pub off: bool,
    /// Addresses and the default route are made of what routers advertise
    /// (`accept_ra`, also where this machine forwards).
    pub advertised: bool,
}

fn path(name: &str, key: &str) -> PathBuf {
    PathBuf::from(format!("/proc/sys/net/ipv6/conf/{name}/{key}"))
}

/// How it is; none without IPv6: the kernel has none, or the MTU is below 1280.
pub fn get(name: &str) -> Option<Ipv6> {
    let read = |key| fs::read_to_string(path(name, key)).ok();
    Some(Ipv6 { off: read("disable_ipv6")?.trim() != "0", advertised: read("accept_ra")?.trim() == "2" })
}

/// Sets it; nothing happens without IPv6.
///
/// # Errors
/// What the kernel says: `EACCES` or `EROFS` without the right to.
pub fn set(name: &str, ipv6: Ipv6) -> io::Result<()> {
    if get(name).is_none() {
        return Ok(());
    }
    // Advertisements first: an interface that is switched on asks for them at once.
    fs::write(path(name, "accept_ra"), if ipv6.advertised { "2" } else { "0" })?;
    fs::write(path(name, "autoconf"), if ipv6.advertised { "1" } else { "0" })?;
    fs::write(path(name, "disable_ipv6"), if ipv6.off { "1" } else { "0" })
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_interface_no_ipv6() {
        assert_eq!(super::get("no-such-port"), None);
        assert!(super::set("no-such-port", super::Ipv6::default()).is_ok());
    }
}
