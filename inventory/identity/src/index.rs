//! Components: which observations may touch each other at all.
//!
//! A component is the unit of work: intervals that share a key, over all time,
//! so it may hold several devices (an address that changed hands). [`crate::resolve`]
//! tells them apart. Here they are found from scratch; [`crate::Live`] keeps them
//! while more is heard.

use std::collections::BTreeMap;
use std::net::IpAddr;

use model::{Interval, Mac, Sighting};

use crate::names::{client_id_key, hostname_key, named_mac};
use crate::proof::{Proof, mac_is_own};
use crate::{Config, Key, Routers};

/// Keeps which keys belong to one component.
pub trait KeyIndex {
    /// These keys are of one component from now on.
    fn link(&mut self, keys: &[Key]);

    /// The smallest key of the component that holds `key`; `None`: never linked.
    fn component_of(&mut self, key: &Key) -> Option<Key>;
}

/// An index in memory (union-find with path halving).
#[derive(Debug, Default)]
pub struct MemoryIndex {
    numbers: BTreeMap<Key, usize>,
    keys: Vec<Key>,
    parents: Vec<usize>,
}

impl MemoryIndex {
    fn number(&mut self, key: &Key) -> usize {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let number = self.parents.len();
        self.numbers.insert(key.clone(), number);
        self.keys.push(key.clone());
        self.parents.push(number);
        number
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }
}

impl KeyIndex for MemoryIndex {
    /// The smaller key becomes the root, so that it names the component.
    fn link(&mut self, keys: &[Key]) {
        let Some((first, rest)) = keys.split_first() else {
            return;
        };
        let mut one = self.number(first);
        one = self.root(one);
        for key in rest {
            let other = self.number(key);
            let other = self.root(other);
            let (smaller, larger) =
                if self.keys[one] <= self.keys[other] { (one, other) } else { (other, one) };
            self.parents[larger] = smaller;
            one = smaller;
        }
    }

    fn component_of(&mut self, key: &Key) -> Option<Key> {
        let number = *self.numbers.get(key)?;
        let root = self.root(number);
        Some(self.keys[root].clone())
    }
}

/// The keys of one interval, for the index. What a router forwards is known by
/// its address only. Never empty for a sighting that names a host.
pub fn keys_of(interval: &Interval, routers: &Routers, config: &Config) -> Vec<Key> {
    let sighting = interval.sighting;
    let relayed = sighting.mac.is_some_and(|mac| routers.get(sighting.network, mac).is_some());
    let mut keys: Vec<Key> = address_keys(sighting, !relayed || names_its_mac(interval)).collect();
    keys.extend(hostname_key(interval, config));
    keys.extend(client_id_key(interval));
    keys.extend(named_mac(interval).map(|mac| Key::Mac { mac }));
    keys
}

/// True when the observation's MAC is its subject's even if it is a router's.
pub(crate) fn names_its_mac(interval: &Interval) -> bool {
    mac_is_own(interval) || Proof::of(interval).is_some_and(|(.., proof)| proof < Proof::Frame)
}

/// The keys that a sighting's addresses are; with an IP address its MAC is one
/// only if it is its `own`.
pub(crate) fn address_keys(sighting: Sighting, own: bool) -> impl Iterator<Item = Key> {
    let Sighting { network, mac, ip } = sighting;
    let inside = match ip {
        Some(IpAddr::V6(v6)) => Mac::from_eui64(v6),
        _ => None,
    };
    let mac = mac.filter(|_| own || ip.is_none());
    let macs = mac.into_iter().chain(inside).filter_map(move |mac| Key::of_mac(network, mac));
    ip.map(|ip| Key::of_ip(network, ip)).into_iter().chain(macs)
}

/// The key as components know it: an address whoever had it, since an assertion
/// may speak of one owner's time only.
pub(crate) fn of_all_time(key: &Key) -> Key {
    match *key {
        Key::Ip { network, ip, .. } => Key::of_ip(network, ip),
        _ => key.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{heard, key};

    #[test]
    fn components_are_named_by_their_smallest_key_in_any_order() {
        let (a, b, c) = (key("00:1b:1b:00:00:01"), key("10.0.0.1"), key("pc"));
        for order in [[&a, &b, &c], [&c, &b, &a], [&b, &a, &c]] {
            let mut index = MemoryIndex::default();
            for pair in order.windows(2) {
                index.link(&[pair[0].clone(), pair[1].clone()]);
            }
            assert_eq!(index.component_of(&c), Some(a.clone()));
        }
        assert_eq!(MemoryIndex::default().component_of(&a), None);
    }

    #[test]
    fn a_router_is_no_key_of_what_it_forwards() {
        let lines = [
            heard("00:1b:1b:00:00:01 - ip.forwarded=router"),
            heard("00:1b:1b:00:00:01 10.9.0.1 eth.source=frame"),
        ];
        let routers = Routers::find(&lines, &crate::Knowledge::default());
        assert_eq!(keys_of(&lines[1], &routers, &Config::default()), [key("10.9.0.1")]);
    }
}
