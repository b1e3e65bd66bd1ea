//! What may be told of addresses that are not inventoried: the ranges they are in,
//! and of conversations what does not say which sites are visited.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::{Conversation, HintKind, NetworkId, Time};
use wire::HeardRange;
use zones::{Zone, Zones};

use crate::excluded::Excluded;
use crate::hosts::Host;
use crate::local;

/// Most ranges that are told.
const RANGES: usize = 256;

/// Most VLANs told of one range.
const VLANS: usize = 8;

/// Ranges by how many of these hosts they hold, most first.
pub fn ranges<'a>(hosts: impl Iterator<Item = &'a Host>) -> Vec<HeardRange> {
    let mut found: BTreeMap<(NetworkId, u128), HeardRange> = BTreeMap::new();
    for host in hosts.filter(|host| host.heard) {
        let Some(ip) = host.ip() else { continue };
        let network = host.sighting.network;
        let key = (network, local::network(ip));
        let range = match found.get_mut(&key) {
            Some(range) => range,
            None => {
                let Ok(range) = written(ip).parse() else { continue };
                let (first, last) = (Time(u64::MAX), Time(0));
                let new = HeardRange { network, range, vlans: Vec::new(), hosts: 0, first, last };
                found.entry(key).or_insert(new)
            }
        };
        range.hosts += 1;
        (range.first, range.last) = (range.first.min(host.first), range.last.max(host.last));
        for vlan in &host.vlans {
            if range.vlans.len() < VLANS && !range.vlans.contains(vlan) {
                range.vlans.push(*vlan);
            }
        }
    }
    let mut ranges: Vec<HeardRange> = found.into_values().collect();
    ranges.sort_by(|a, b| (b.hosts, &a.range, a.network).cmp(&(a.hosts, &b.range, b.network)));
    ranges.truncate(RANGES);
    ranges.iter_mut().for_each(|range| range.vlans.sort_unstable());
    ranges
}

/// The /24 or /64 of an address.
fn written(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => format!("{}/24", Ipv4Addr::from(v4.to_bits() & !0xff)),
        IpAddr::V6(v6) => format!("{}/64", Ipv6Addr::from(v6.to_bits() & u128::MAX << 64)),
    }
}

/// Takes out hints with excluded addresses, and unless `names` says otherwise those
/// that name an external server: they are browsing history.
pub fn keep_hints(conversation: &mut Conversation, zones: &Zones, names: bool) {
    let excluded = Excluded::new(zones);
    let external = zones.place(conversation.server).zone == Zone::External;
    conversation.hints.retain(|hint| {
        let site = matches!(
            hint.kind,
            HintKind::Sni | HintKind::HttpHost | HintKind::DnsName | HintKind::Certificate
        );
        (names || !external || !site) && !excluded.named_in(&hint.value)
    });
}
