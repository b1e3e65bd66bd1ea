//! Who was heard: a network, and the addresses a frame gave.

use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::Mac;

/// A network: an address space of its own. N1 and N2 may both hold 10.0.0.5.
/// 0 is `default`; the names live in the configuration (`zones`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NetworkId(pub u16);

/// Whom an observation is about. The sensor never joins two sightings; that is
/// the inventory's work.
///
/// Both addresses present means the frame claimed that they belong together;
/// whether that is proof depends on the field (ARP, NDP, DHCP: yes; a plain
/// frame: no, the MAC may be a router's).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sighting {
    /// The address space both addresses belong to.
    pub network: NetworkId,
    /// A unicast, non-zero MAC.
    pub mac: Option<Mac>,
    /// A unicast, non-zero IP address.
    pub ip: Option<IpAddr>,
}

/// True for an address that can name one host: not unspecified, multicast,
/// broadcast (255.255.255.255) or 0.0.0.0/8. Subnet broadcasts cannot be told here.
pub fn is_host_ip(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => !v4.is_multicast() && !v4.is_broadcast() && v4.octets()[0] != 0,
        IpAddr::V6(v6) => !v6.is_multicast() && !v6.is_unspecified(),
    }
}

impl Sighting {
    /// A sighting with what cannot name a host taken out; `None` when nothing is left.
    pub fn new(network: NetworkId, mac: Option<Mac>, ip: Option<IpAddr>) -> Option<Sighting> {
        let mac = mac.filter(|mac| mac.is_host());
        let ip = ip.filter(|ip| is_host_ip(*ip));
        (mac.is_some() || ip.is_some()).then_some(Sighting { network, mac, ip })
    }
}
