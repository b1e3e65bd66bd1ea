//! How addresses are given in each network: leases and announced prefixes.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};

use identity::{Held, Member};
use model::{Interval, Mac, NetworkId, Time};

use crate::config::Config;
use crate::doc::AddressKind;

/// What is known of address assignment in each network, and who said it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// DHCP leases heard, in seconds; the longest counts.
    leases: BTreeSet<(NetworkId, u64, Member)>,
    /// Prefixes announced for SLAAC (first 64 bits).
    prefixes: BTreeSet<(NetworkId, u64, Member)>,
}

impl Assignment {
    /// Learns it from all intervals at once.
    pub fn learn(intervals: &[Interval]) -> Assignment {
        let mut learnt = Assignment::default();
        learnt.note(Member(0), intervals);
        learnt
    }

    /// Takes in intervals of a member; repeats change nothing. Gives the networks
    /// of which more is known now: the kinds of their addresses may be others, so
    /// their components are to be made again ([`identity::Live::touch_network`]).
    pub fn note(&mut self, member: Member, intervals: &[Interval]) -> BTreeSet<NetworkId> {
        let mut changed = BTreeSet::new();
        for interval in intervals {
            let network = interval.sighting.network;
            match &*interval.field {
                "dhcp.lease" => {
                    if let Ok(seconds) = interval.value.parse::<u64>() {
                        changed.extend((self.longest_lease(network) < Some(seconds)).then_some(network));
                        self.leases.insert((network, seconds, member));
                    }
                }
                "ndp.prefix" if interval.value.contains("auto=1") => {
                    let prefix = interval.value.split('/').next().and_then(|text| text.parse().ok());
                    if let Some(prefix) = prefix.map(high_half) {
                        changed.extend((!self.announces(network, prefix)).then_some(network));
                        self.prefixes.insert((network, prefix, member));
                    }
                }
                _ => {}
            }
        }
        changed
    }

    /// Members are gone. Gives the networks of which less is known now. Walks
    /// everything once: forget many at a time.
    pub fn forget(&mut self, members: &BTreeSet<Member>) -> BTreeSet<NetworkId> {
        let gone: Vec<(NetworkId, u64, Member)> =
            self.leases.extract_if(.., |(.., member)| members.contains(member)).collect();
        let mut changed: BTreeSet<NetworkId> = gone
            .into_iter()
            .filter(|(network, seconds, _)| self.longest_lease(*network) < Some(*seconds))
            .map(|(network, ..)| network)
            .collect();
        let gone: Vec<(NetworkId, u64, Member)> =
            self.prefixes.extract_if(.., |(.., member)| members.contains(member)).collect();
        let lost = gone.into_iter().filter(|(network, prefix, _)| !self.announces(*network, *prefix));
        changed.extend(lost.map(|(network, ..)| network));
        changed
    }

    fn longest_lease(&self, network: NetworkId) -> Option<u64> {
        let all = self.leases.range((network, 0, Member(0))..=(network, u64::MAX, Member(u64::MAX)));
        all.last().map(|(_, seconds, _)| *seconds)
    }

    fn announces(&self, network: NetworkId, prefix: u64) -> bool {
        let all = self.prefixes.range((network, prefix, Member(0))..=(network, prefix, Member(u64::MAX)));
        all.last().is_some()
    }

    /// How an address was given.
    pub(crate) fn kind(&self, held: &Held, siblings: &[&Held], config: &Config<'_>) -> AddressKind {
        let configured = (config.configured_dhcp)(held.network, held.ip);
        match held.ip {
            ip if identity::routers::is_link_local(ip) => AddressKind::LinkLocal,
            _ if configured == Some(false) => AddressKind::Static,
            _ if configured == Some(true) || held.lease_until.is_some() => AddressKind::Dhcp,
            _ if held.proof == Some(identity::Proof::Dcp) => AddressKind::Static,
            IpAddr::V6(v6) => self.kind_v6(v6, held, siblings),
            // A leased address is renewed after half its lease; one held longer than any lease, unrenewed, is set by hand.
            IpAddr::V4(_) => match self.longest_lease(held.network) {
                Some(longest)
                    if held.mac.is_some() && held.last.since(held.first) / Time::SECOND > longest =>
                {
                    AddressKind::Static
                }
                _ => AddressKind::Unknown,
            },
        }
    }

    fn kind_v6(&self, v6: Ipv6Addr, held: &Held, siblings: &[&Held]) -> AddressKind {
        if Mac::from_eui64(v6).is_some() {
            return AddressKind::Slaac;
        }
        let identifier = u128::from(v6) as u64;
        let announced = self.announces(held.network, high_half(v6));
        if !announced || identifier < 1 << 32 {
            return AddressKind::Unknown;
        }
        // A host keeps one address of a prefix and adds temporary ones (RFC 8981): the one heard longest is kept.
        let rank = |other: &Held, ip: Ipv6Addr| {
            (Mac::from_eui64(ip).is_some(), other.last.since(other.first), std::cmp::Reverse(ip))
        };
        let outlived = siblings.iter().any(|other| match other.ip {
            IpAddr::V6(ip) => {
                ip != v6
                    && other.network == held.network
                    && high_half(ip) == high_half(v6)
                    && rank(other, ip) > rank(held, v6)
            }
            IpAddr::V4(_) => false,
        });
        if outlived { AddressKind::Temporary } else { AddressKind::Slaac }
    }
}

fn high_half(ip: Ipv6Addr) -> u64 {
    (u128::from(ip) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Sighting;

    fn said(network: u16, field: &'static str, value: &str) -> [Interval; 1] {
        [Interval {
            sighting: Sighting::new(NetworkId(network), None, "10.0.0.1".parse().ok()).unwrap(),
            field: field.into(),
            port: None,
            value: value.into(),
            first: Time(1),
            last: Time(1),
            count: 1,
            frame: 1,
        }]
    }

    #[test]
    fn networks_change_when_more_or_less_is_known() {
        let mut learnt = Assignment::default();
        let changed = |networks: BTreeSet<NetworkId>| networks.into_iter().map(|n| n.0).collect::<Vec<_>>();
        assert_eq!(changed(learnt.note(Member(1), &said(3, "dhcp.lease", "600"))), [3]);
        assert!(changed(learnt.note(Member(2), &said(3, "dhcp.lease", "600"))).is_empty());
        assert!(changed(learnt.note(Member(2), &said(3, "dhcp.lease", "60"))).is_empty());
        assert_eq!(changed(learnt.note(Member(3), &said(4, "ndp.prefix", "fd00::/64 auto=1"))), [4]);
        assert!(changed(learnt.note(Member(4), &said(4, "ndp.prefix", "fd00::/64 auto=1"))).is_empty());
        assert!(changed(learnt.forget(&[Member(1), Member(3)].into())).is_empty());
        assert_eq!(changed(learnt.forget(&[Member(2), Member(4)].into())), [3, 4]);
        assert_eq!(learnt, Assignment::default());
    }
}
