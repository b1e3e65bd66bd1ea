//! Which hosts may be internal: private addresses, hosts that prove to be on a
//! local link, and the neighbours of those.

use std::collections::BTreeSet;
use std::net::IpAddr;

use model::{Interval, Mac};
use packet::mix;

use crate::index::Index;

/// Fields that only a host on the link itself can cause.
const ON_LINK: [&str; 6] =
    ["arp.binding", "ndp.binding", "dhcp.lease", "dhcpv6.lease", "dcp.ip", "arp.probe"];

/// True for a field that only a host on the link itself can cause, and that says
/// which MAC has which address there.
pub fn proves(field: &str) -> bool {
    ON_LINK.contains(&field)
}

/// True for an initial TTL in wide use: a frame that still carries one came over
/// no router. (32 is left out: it may be what is left of 64.)
pub fn unrouted(ttl: u8) -> bool {
    matches!(ttl, 64 | 128 | 255)
}

/// True for addresses that no router of the internet carries (RFC 1918, RFC 3927,
/// RFC 6598; RFC 4193, RFC 4291 link-local).
pub fn private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || (a == 100 && b & 0xc0 == 0x40) || is_link_local(ip)
        }
        IpAddr::V6(v6) => v6.is_unique_local() || is_link_local(ip),
    }
}

/// True for addresses that mean something on their link alone (RFC 3927, RFC 4291).
pub fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

/// The /24 of an IPv4 address or the /64 of an IPv6 one, the sizes of nearly
/// every access network, as one number.
pub fn network(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => u128::from(v4.to_bits() >> 8),
        IpAddr::V6(v6) => v6.to_bits() >> 64 | 1 << 127,
    }
}

/// Internal ranges learned from a whole capture: where no range is configured, a
/// host that proves to be on a local link is internal, and so are its neighbours.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    networks: BTreeSet<u128>,
    hosts: BTreeSet<IpAddr>,
}

impl Learned {
    /// Looks for proofs.
    pub fn new(intervals: &[Interval]) -> Learned {
        let proven = intervals.iter().filter(|interval| proves(&interval.field));
        let networks = proven.filter_map(|interval| interval.sighting.ip).map(network).collect();
        let came_directly = |interval: &&Interval| {
            interval.field == "ip.ttl"
                && interval.sighting.mac.is_some()
                && interval.value.parse().is_ok_and(unrouted)
        };
        let hosts =
            intervals.iter().filter(came_directly).filter_map(|interval| interval.sighting.ip).collect();
        Learned { networks, hosts }
    }

    /// True when `ip` is a neighbour of a proven host, or was heard over no router.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.networks.contains(&network(ip)) || self.hosts.contains(&ip)
    }
}

/// The same while a sensor runs: in memory taken at the start, and for public
/// addresses alone; what finds no room stays unknown.
#[derive(Debug)]
pub struct Neighbours {
    index: Index,
    known: Vec<u128>,
}

/// Networks and single hosts that a [`Neighbours`] remembers.
const NEIGHBOURS: usize = 8_192;

/// A host as a number that is no network's.
fn single(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) | 1 << 96,
        // The two high bits of a global unicast address are 0 and 0 (RFC 4291 §2.4).
        IpAddr::V6(v6) => v6.to_bits() | 1 << 126,
    }
}

impl Default for Neighbours {
    fn default() -> Neighbours {
        Neighbours { index: Index::new(NEIGHBOURS), known: Vec::with_capacity(NEIGHBOURS) }
    }
}

impl Neighbours {
    fn hash(of: u128) -> u64 {
        mix(of as u64 ^ 0x2d35_8dcc_aa6c_78a5, (of >> 64) as u64)
    }

    fn has(&self, number: u128) -> bool {
        self.index.find(Neighbours::hash(number), |place| self.known[place] == number).is_ok()
    }

    fn add(&mut self, number: u128) {
        let hash = Neighbours::hash(number);
        if self.known.len() < self.known.capacity()
            && let Err(slot) = self.index.find(hash, |place| self.known[place] == number)
        {
            self.index.file(slot, hash, self.known.len());
            self.known.push(number);
        }
    }

    /// True when `ip` is private, a neighbour of a proven host, or was heard over no router.
    pub fn contains(&self, ip: IpAddr) -> bool {
        private(ip) || self.has(network(ip)) || self.has(single(ip))
    }

    /// A host with this address proved to be on the link.
    pub fn proven(&mut self, ip: IpAddr) {
        if !private(ip) {
            self.add(network(ip));
        }
    }

    /// A frame of this sender carried this TTL.
    pub fn heard(&mut self, mac: Option<Mac>, ip: IpAddr, ttl: u8) {
        if mac.is_some() && unrouted(ttl) && !private(ip) {
            self.add(single(ip));
        }
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
        far.sighting.mac = Some(Mac([2, 0, 0, 0, 0, 1]));
        assert!(Learned::new(&[far.clone()]).contains(sighting.ip.unwrap()));
        far.value = "57".into();
        assert!(!Learned::new(&[far]).contains(sighting.ip.unwrap()));
    }

    #[test]
    fn a_running_sensor_learns_the_same() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut neighbours = Neighbours::default();
        for private in ["10.1.2.3", "100.127.0.1", "169.254.3.4", "fe80::1", "fd00::1"] {
            assert!(neighbours.contains(ip(private)), "{private}");
        }
        for public in ["198.51.100.7", "100.128.0.1", "2001:db8::1"] {
            assert!(!neighbours.contains(ip(public)), "{public}");
        }
        neighbours.heard(None, ip("198.51.100.7"), 64);
        neighbours.heard(Some(Mac([2; 6])), ip("198.51.100.7"), 57);
        assert!(!neighbours.contains(ip("198.51.100.7")));
        neighbours.heard(Some(Mac([2; 6])), ip("198.51.100.7"), 64);
        assert!(neighbours.contains(ip("198.51.100.7")) && !neighbours.contains(ip("198.51.100.8")));
        neighbours.proven(ip("2001:db8::1"));
        assert!(neighbours.contains(ip("2001:db8::ff")) && !neighbours.contains(ip("2001:db8:0:1::1")));
        for n in 0..20_000_u32 {
            neighbours.proven(IpAddr::V4((0x0800_0000 + (n << 8)).into()));
        }
        assert_eq!((neighbours.known.len(), neighbours.known.capacity()), (NEIGHBOURS, NEIGHBOURS));
    }
}
