//! Internal ranges learned from a capture: where no range is configured, a host
//! that proves to be on a local link is internal, and so are its neighbours.

use std::collections::BTreeSet;
use std::net::IpAddr;

use model::Interval;

/// Fields that only a host on the link itself can cause.
const ON_LINK: [&str; 6] =
    ["arp.binding", "ndp.binding", "dhcp.lease", "dhcpv6.lease", "dcp.ip", "arp.probe"];

/// Initial TTLs in wide use: a frame that still carries one came over no router.
/// (32 is left out: it may be what is left of 64.)
const UNROUTED: [&str; 3] = ["64", "128", "255"];

/// The networks of hosts proven to be on a local link, and single hosts that
/// were heard over no router.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    networks: BTreeSet<u128>,
    hosts: BTreeSet<IpAddr>,
}

/// The /24 of an IPv4 address or the /64 of an IPv6 one, the sizes of nearly
/// every access network, as one number.
fn network(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => u128::from(v4.to_bits() >> 8),
        IpAddr::V6(v6) => v6.to_bits() >> 64 | 1 << 127,
    }
}

impl Learned {
    /// Looks for proofs.
    pub fn new(intervals: &[Interval]) -> Learned {
        let proven = intervals.iter().filter(|interval| ON_LINK.contains(&interval.field.as_ref()));
        let networks = proven.filter_map(|interval| interval.sighting.ip).map(network).collect();
        let unrouted = |interval: &&Interval| {
            interval.field == "ip.ttl"
                && interval.sighting.mac.is_some()
                && UNROUTED.contains(&interval.value.as_str())
        };
        let hosts = intervals.iter().filter(unrouted).filter_map(|interval| interval.sighting.ip).collect();
        Learned { networks, hosts }
    }

    /// True when `ip` is a neighbour of a proven host, or was heard over no router.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.networks.contains(&network(ip)) || self.hosts.contains(&ip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{NetworkId, Sighting, Time};

    #[test]
    fn neighbours_of_a_proven_host_are_internal() {
        let sighting = Sighting::new(NetworkId(0), None, "198.51.100.7".parse().ok()).unwrap();
        let interval = |field: &'static str, value: &str| Interval {
            sighting,
            field: field.into(),
            port: None,
            value: value.into(),
            first: Time(0),
            last: Time(0),
            count: 1,
            frame: 1,
        };
        let learned = Learned::new(&[interval("arp.binding", "reply")]);
        assert!(learned.contains("198.51.100.200".parse().unwrap()));
        assert!(!learned.contains("198.51.101.7".parse().unwrap()));
        assert!(!learned.contains("::c633:6407".parse().unwrap()));
        let mut far = interval("ip.ttl", "64");
        assert!(!Learned::new(&[far.clone()]).contains(sighting.ip.unwrap()), "no MAC: nothing is proven");
        far.sighting.mac = Some(model::Mac([2, 0, 0, 0, 0, 1]));
        assert!(Learned::new(&[far.clone()]).contains(sighting.ip.unwrap()));
        far.value = "57".into();
        assert!(!Learned::new(&[far]).contains(sighting.ip.unwrap()));
    }
}
