//! Which MACs relay for others: their MAC is no key for what they forward.
//!
//! Decided by behaviour, never by vendor or port. A router keeps the addresses
//! that are *proven* its own; everything else heard with its MAC is known by IP.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use model::{Interval, Mac, NetworkId, Time};
use serde::{Deserialize, Serialize};

use crate::Knowledge;
use crate::names::is_virtual_router;
use crate::pairs;

/// Why a MAC is held for a router's, the plainest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The MAC is of a redundancy protocol (VRRP, CARP, HSRP, GLBP).
    VirtualMac,
    /// Packets were seen before and after it relayed them.
    Forwards,
    /// Router advertisements with a lifetime.
    Advertises,
    /// A DHCP server names its address as the gateway.
    Gateway,
    /// It sends for addresses that are public, come from further away, or are
    /// proven to be another MAC's.
    SendsForOthers,
    /// It sends for more unproven addresses than a host has.
    ManyAddresses,
}

impl Reason {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Reason::VirtualMac => "its MAC belongs to a router redundancy protocol",
            Reason::Forwards => "packets were seen before and after it relayed them",
            Reason::Advertises => "it sends router advertisements",
            Reason::Gateway => "a DHCP server names its address as the gateway",
            Reason::SendsForOthers => "it sends for addresses that are public, remote or another host's",
            Reason::ManyAddresses => "it sends for many addresses that nothing binds to it",
        }
    }
}

/// Unproven addresses without a telling TTL from which on a MAC relays.
const MANY_OPEN: usize = 3;
/// IPv4 addresses with TTLs straight from the sender that it used at the same time,
/// unproven, from which on it relays: containers and aliases are fewer, and a host
/// that moves has its addresses one after the other.
const MANY_DIRECT: usize = 4;
/// The same over all time: no host moves that often unproven.
const MANY_IN_ALL: usize = 8;

/// The routers of a set of observations, and every MAC that was heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routers {
    reasons: BTreeMap<(NetworkId, Mac), Reason>,
    heard: BTreeSet<(NetworkId, Mac)>,
}

impl Routers {
    /// Why this MAC is a router's in this network; `None`: it is not.
    pub fn get(&self, network: NetworkId, mac: Mac) -> Option<Reason> {
        self.reasons.get(&(network, mac)).copied()
    }

    /// True when any observation carries this MAC, whatever component it is of.
    pub fn is_heard(&self, network: NetworkId, mac: Mac) -> bool {
        self.heard.contains(&(network, mac))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.reasons.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Finds them. Needs every interval of the networks concerned, in any order.
    pub fn find(intervals: &[Interval], knowledge: &Knowledge<'_>) -> Routers {
        let mut found: BTreeMap<(NetworkId, Mac), Reason> = BTreeMap::new();
        let mut named: BTreeSet<(NetworkId, IpAddr)> = BTreeSet::new();
        let mut heard = BTreeSet::new();
        let mut say = |network, mac, reason| {
            let kept = found.entry((network, mac)).or_insert(reason);
            *kept = reason.min(*kept);
        };
        for interval in intervals {
            let network = interval.sighting.network;
            named.extend(gateways(interval).map(|ip| (network, ip)));
            let Some(mac) = interval.sighting.mac else {
                continue;
            };
            heard.insert((network, mac));
            match &*interval.field {
                _ if is_virtual_router(mac) => say(network, mac, Reason::VirtualMac),
                "ip.forwarded" => say(network, mac, Reason::Forwards),
                _ if advertises(interval) => say(network, mac, Reason::Advertises),
                _ => {}
            }
        }
        let pairs = pairs::gather(intervals.iter());
        let mut proven: BTreeMap<(NetworkId, IpAddr), Spans> = BTreeMap::new();
        for ((network, mac, ip), pair) in pairs.iter().filter(|(_, pair)| pair.is_proven()) {
            proven.entry((*network, *ip)).or_default().add(pair.first, pair.last);
            if named.contains(&(*network, *ip)) {
                say(*network, *mac, Reason::Gateway);
            }
        }
        let mut tallies: BTreeMap<(NetworkId, Mac), Tally> = BTreeMap::new();
        let mut direct: BTreeMap<(NetworkId, Mac), Vec<(Time, Time)>> = BTreeMap::new();
        for ((network, mac, ip), pair) in &pairs {
            let way = Way {
                proven: pair.is_proven(),
                direct: pair.direct,
                counted_down: pair.counted_down,
                internal: (knowledge.internal)(*network, *ip),
                elsewhere: proven.get(&(*network, *ip)).is_some_and(|own| own.meets(pair.first, pair.last)),
            };
            let class = way.class(*ip);
            tallies.entry((*network, *mac)).or_default().add(class);
            if class == Class::Direct {
                direct.entry((*network, *mac)).or_default().push((pair.first, pair.last));
            }
        }
        for ((network, mac), tally) in tallies {
            let spans = || direct.remove(&(network, mac)).unwrap_or_default();
            if let Some(reason) = tally.verdict(spans) {
                say(network, mac, reason);
            }
        }
        Routers { reasons: found, heard }
    }

    /// Notes that a MAC was heard, or that nothing of it is left.
    pub(crate) fn set_heard(&mut self, network: NetworkId, mac: Mac, heard: bool) {
        match heard {
            true => self.heard.insert((network, mac)),
            false => self.heard.remove(&(network, mac)),
        };
    }

    /// Sets the verdict on a MAC.
    pub(crate) fn set(&mut self, network: NetworkId, mac: Mac, reason: Option<Reason>) {
        match reason {
            Some(reason) => self.reasons.insert((network, mac), reason),
            None => self.reasons.remove(&(network, mac)),
        };
    }
}

/// True for an advertisement with a lifetime: the sender wants to be a default router.
pub(crate) fn advertises(interval: &Interval) -> bool {
    interval.field == "ndp.router" && !interval.value.starts_with("lifetime=0 ")
}

/// The gateways a DHCP server names.
pub(crate) fn gateways(interval: &Interval) -> impl Iterator<Item = IpAddr> {
    listed(if interval.field == "dhcp.router" { interval.value.as_str() } else { "" })
}

/// Addresses in a list as observations write it.
pub(crate) fn listed(text: &str) -> impl Iterator<Item = IpAddr> {
    text.split(',').filter_map(|text| text.trim().parse().ok())
}

/// What is known of one address that a MAC sends for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// The address is proven to be the MAC's.
    pub proven: bool,
    /// A TTL straight from the sender was heard.
    pub direct: bool,
    /// A TTL that a router has counted down was heard.
    pub counted_down: bool,
    /// The address is of the own network.
    pub internal: bool,
    /// It was proven to be another MAC's in the same time.
    pub elsewhere: bool,
}

/// What one address says of the MAC that sends for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Class {
    /// Link-local: nothing.
    #[default]
    LinkLocal,
    /// Proven its own.
    Own,
    /// Unproven and cannot be its own.
    Others,
    /// Unproven IPv4 with a TTL straight from the sender.
    Direct,
    /// Unproven IPv6 with such a hop limit: a host has many.
    Many,
    /// Unproven, and the TTL says nothing.
    Open,
}

impl Way {
    pub(crate) fn class(self, ip: IpAddr) -> Class {
        // A host has several public IPv6 addresses (RFC 8981), but hardly several public IPv4 ones unproven.
        let public = !self.internal && (ip.is_ipv4() || !self.direct);
        let others = public || (!self.direct && (self.counted_down || self.elsewhere));
        match () {
            () if is_link_local(ip) => Class::LinkLocal,
            () if self.proven => Class::Own,
            () if others => Class::Others,
            () if self.direct && ip.is_ipv4() => Class::Direct,
            () if self.direct => Class::Many,
            () => Class::Open,
        }
    }
}

/// How many addresses of each class one MAC sends for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    addresses: u32,
    others: u32,
    direct: u32,
    open: u32,
}

impl Tally {
    /// One more of a class.
    pub(crate) fn add(&mut self, class: Class) {
        self.change(class, |number| number.saturating_add(1));
    }

    /// One less of a class.
    pub(crate) fn remove(&mut self, class: Class) {
        self.change(class, |number| number.saturating_sub(1));
    }

    fn change(&mut self, class: Class, by: impl Fn(u32) -> u32) {
        let number = match class {
            Class::LinkLocal => return,
            Class::Own | Class::Many => None,
            Class::Others => Some(&mut self.others),
            Class::Direct => Some(&mut self.direct),
            Class::Open => Some(&mut self.open),
        };
        if let Some(number) = number {
            *number = by(*number);
        }
        self.addresses = by(self.addresses);
    }

    /// True when the verdict may depend on when the direct ones were heard.
    pub(crate) fn needs_spans(&self) -> bool {
        (MANY_DIRECT..MANY_IN_ALL).contains(&(self.direct as usize))
    }

    /// The verdict; `direct` gives the spans of the direct ones, asked for only
    /// when there are few.
    pub(crate) fn verdict(&self, direct: impl FnOnce() -> Vec<(Time, Time)>) -> Option<Reason> {
        if self.others > 0 && self.addresses > 1 {
            return Some(Reason::SendsForOthers);
        }
        let many = self.open as usize >= MANY_OPEN
            || self.direct as usize >= MANY_IN_ALL
            || (self.needs_spans() && at_once(&direct()) >= MANY_DIRECT);
        many.then_some(Reason::ManyAddresses)
    }
}

/// The union of some spans of time, both ends included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans(Vec<(Time, Time)>);

impl Spans {
    /// Takes in one more.
    pub(crate) fn add(&mut self, first: Time, last: Time) {
        if self.0.is_empty() {
            // Most addresses have one span: no room for more.
            self.0 = vec![(first, last)];
            return;
        }
        let from = self.0.partition_point(|(_, end)| *end < first);
        let to = self.0.partition_point(|(begin, _)| *begin <= last);
        let joined = self.0.get(from..to).unwrap_or_default();
        let first = joined.first().map_or(first, |(begin, _)| first.min(*begin));
        let last = joined.last().map_or(last, |(_, end)| last.max(*end));
        self.0.splice(from..to.max(from), [(first, last)]);
    }

    /// True when any holds at some time of this span.
    pub(crate) fn meets(&self, first: Time, last: Time) -> bool {
        let from = self.0.partition_point(|(_, end)| *end < first);
        self.0.get(from).is_some_and(|(begin, _)| *begin <= last)
    }
}

/// The most of these spans that hold at one time.
fn at_once(spans: &[(Time, Time)]) -> usize {
    let mut edges: Vec<(Time, bool)> =
        spans.iter().flat_map(|(first, last)| [(*first, false), (*last, true)]).collect();
    // Of one time, beginnings go before ends: spans that touch hold together.
    edges.sort_unstable();
    let (mut now, mut most) = (0_usize, 0);
    for (_, ends) in edges {
        now = if ends { now.saturating_sub(1) } else { now + 1 };
        most = most.max(now);
    }
    most
}

/// 169.254.0.0/16 or fe80::/10.
pub fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::all;

    const R: &str = "00:1b:1b:00:00:01";

    fn reason(lines: &str) -> Option<Reason> {
        let routers = Routers::find(&all(&lines.replace('R', R)), &Knowledge::default());
        routers.get(NetworkId(0), R.parse().unwrap())
    }

    #[test]
    fn a_gateway_to_the_internet() {
        let lines = "R 10.0.0.1 arp.binding=reply\nR 192.0.2.7 eth.source=frame";
        assert_eq!(reason(lines), Some(Reason::SendsForOthers));
    }

    #[test]
    fn a_host_with_aliases_privacy_addresses_or_one_public_address_is_none() {
        let aliases = "R 10.0.0.1 arp.binding=request\nR 10.0.0.2 arp.binding=announce\nR 10.0.0.3 ip.ttl=64";
        let privacy = "R fe80::1 ip.ttl=255\nR 2001:db8::aaaa ip.ttl=64\nR 2001:db8::bbbb ip.ttl=64";
        for lines in [aliases, privacy, "R 192.0.2.7 ip.ttl=57", "R 10.0.0.1 ip.ttl=128"] {
            assert_eq!(reason(lines), None, "{lines}");
        }
    }

    #[test]
    fn a_router_inside_is_told_by_ttl_or_by_another_owner() {
        assert_eq!(reason("R 10.0.1.1 ip.ttl=64\nR 10.0.2.9 ip.ttl=127"), Some(Reason::SendsForOthers));
        let copies = "R 10.0.1.1 eth.source=frame\nR 10.0.2.9 eth.source=frame\n02:00:00:00:00:09 10.0.2.9 arp.binding=request";
        assert_eq!(reason(copies), Some(Reason::SendsForOthers));
    }

    #[test]
    fn many_addresses_at_once_are_not_its_own_but_one_after_the_other_are() {
        let four = |span: fn(u64) -> (u64, u64)| {
            let line = |n| format!("R 10.0.0.{n} ip.ttl=64 @{}-{}", span(n).0, span(n).1);
            [1, 2, 3, 4].map(line).join("\n")
        };
        assert_eq!(reason(&four(|n| (n, n + 9))), Some(Reason::ManyAddresses));
        assert_eq!(reason(&four(|n| (n * 10, n * 10 + 9))), None);
    }

    #[test]
    fn said_outright() {
        assert_eq!(reason("R - ip.forwarded=router"), Some(Reason::Forwards));
        assert_eq!(
            reason("R fe80::1 ndp.router=lifetime=1800 managed=0 other=0 pref=medium"),
            Some(Reason::Advertises)
        );
        assert_eq!(reason("R fe80::1 ndp.router=lifetime=0 managed=0 other=0 pref=medium"), None);
        let gateway = "R 10.0.0.1 arp.binding=reply\n02:00:00:00:00:09 10.0.0.9 dhcp.router=10.0.0.1";
        assert_eq!(reason(gateway), Some(Reason::Gateway));
        let virtual_mac = all("00:00:5e:00:01:07 10.0.0.1 arp.binding=reply");
        assert_eq!(Routers::find(&virtual_mac, &Knowledge::default()).len(), 1);
    }
}
