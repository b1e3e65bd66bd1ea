//! What identity must be told by those who know: the sensor's configuration and
//! the fingerprints.

use std::net::IpAddr;

use model::{Interval, NetworkId};

/// Answers from outside; each a pure function.
#[derive(Clone, Copy)]
pub struct Knowledge<'a> {
    /// Whether an address is of the own network (not external).
    pub internal: &'a dyn Fn(NetworkId, IpAddr) -> bool,
    /// Whether an address is configured as given by DHCP (true) or static
    /// (false); `None`: not configured.
    pub configured_dhcp: &'a dyn Fn(NetworkId, IpAddr) -> Option<bool>,
    /// Whether these observations are of a mobile device (phone, tablet).
    pub mobile: &'a dyn Fn(&[&Interval]) -> bool,
}

impl Default for Knowledge<'_> {
    /// Private and unique local addresses are internal, nothing is configured,
    /// nothing is mobile.
    fn default() -> Self {
        Knowledge { internal: &is_private, configured_dhcp: &|_, _| None, mobile: &|_| false }
    }
}

fn is_private(_: NetworkId, ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}
