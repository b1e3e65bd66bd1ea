//! Who had which address when.
//!
//! A fact that is known by address only belongs to whoever had the address
//! then; it never follows the address to its next owner.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use model::{Interval, Mac, NetworkId, Time};

use crate::pairs::{Pair, Pairs};
use crate::proof::Proof;
use crate::routers::is_link_local;
use crate::{Act, Assertion, Config, Key, Knowledge, Routers};

/// One MAC's hold of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The holder.
    pub mac: Mac,
    /// The strongest thing that says so.
    pub proof: Proof,
    /// First and last time the two were heard together.
    pub first: Time,
    /// See `first`.
    pub last: Time,
    /// Frames (or, without, observations) of the pair.
    pub count: u64,
    /// The last owner before had lost the address then; zero: there was none.
    pub since: Time,
    /// How long before `first` the address is held to be this MAC's already, in nanoseconds.
    reach_before: u64,
    /// Until when after `last`, if nobody else comes.
    until: Time,
    /// End of the last lease heard.
    pub lease_until: Option<Time>,
}

/// Whose an address was at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'a> {
    /// One MAC's.
    One(&'a Claim),
    /// Several MACs claim it for that time.
    Contested,
    /// No MAC is known for it, since this time.
    Nobody(Time),
}

/// Links between a MAC and an address that users have cut: by a never-merge of
/// the two, or by a split that takes the address out without its MAC.
#[derive(Clone, Debug, Default)]
pub struct Severed<'a> {
    nevers: BTreeSet<(NetworkId, Mac, IpAddr)>,
    splits: Vec<&'a BTreeSet<Key>>,
    split_off: BTreeSet<(NetworkId, IpAddr)>,
}

impl<'a> Severed<'a> {
    /// Reads the assertions in force, latest first: what a later merge brings
    /// together is not cut.
    pub fn read(in_force: &[&'a Assertion]) -> Severed<'a> {
        let mut severed = Severed::default();
        let mut merged: BTreeSet<(&Key, &Key)> = BTreeSet::new();
        for assertion in in_force {
            match &assertion.act {
                Act::Merge { a, b } => merged.extend([(a, b), (b, a)]),
                Act::Never { a, b } if !merged.contains(&(a, b)) => {
                    for (a, b) in [(a, b), (b, a)] {
                        if let (Some(mac), Key::Ip { network, ip, .. }) = (a.mac(), b) {
                            severed.nevers.insert((*network, mac, *ip));
                        }
                    }
                }
                Act::Split { keys } => {
                    severed.splits.push(keys);
                    severed.split_off.extend(keys.iter().filter_map(|key| match key {
                        Key::Ip { network, ip, .. } => Some((*network, *ip)),
                        _ => None,
                    }));
                }
                Act::Never { .. } | Act::Undo { .. } => {}
            }
        }
        severed
    }

    /// True when this link is cut.
    pub fn cuts(&self, network: NetworkId, mac: Mac, ip: IpAddr) -> bool {
        if self.nevers.contains(&(network, mac, ip)) {
            return true;
        }
        if !self.split_off.contains(&(network, ip)) {
            return false;
        }
        let is_it = |key: &Key| matches!(key, Key::Ip { network: n, ip: i, .. } if (*n, *i) == (network, ip));
        let mac = Key::of_mac(network, mac);
        self.splits
            .iter()
            .any(|keys| keys.iter().any(is_it) && !mac.as_ref().is_some_and(|mac| keys.contains(mac)))
    }
}

/// MACs considered for one address, the best proven and earliest first: a flood
/// of forged ARP must not cost more than that.
const MAX_CLAIMS: usize = 64;

/// A MAC that may hold an address, what speaks for it, and how good that is (0 best).
type Bid<'p> = (Mac, &'p Pair, u8);

/// All claims.
#[derive(Clone, Debug, Default)]
pub struct Tenures(BTreeMap<(NetworkId, IpAddr), Vec<Claim>>);

impl Tenures {
    /// Settles the claims of some pairs: proof goes before plain frames, and a
    /// router's plain frames claim nothing.
    pub fn settle(
        pairs: &Pairs,
        intervals: &[&Interval],
        severed: &Severed<'_>,
        context: &Context<'_>,
    ) -> Tenures {
        let mut by_ip: BTreeMap<(NetworkId, IpAddr), Vec<Bid<'_>>> = BTreeMap::new();
        for ((network, mac, ip), pair) in pairs {
            let class = context.class(*network, *mac, *ip, pair);
            if let Some(class) = class.filter(|_| !severed.cuts(*network, *mac, *ip)) {
                by_ip.entry((*network, *ip)).or_default().push((*mac, pair, class));
            }
        }
        let mut tenures = BTreeMap::new();
        for ((network, ip), mut all) in by_ip {
            all.sort_by_key(|(mac, pair, class)| (*class, pair.first, *mac));
            all.truncate(MAX_CLAIMS);
            let leased = all.iter().any(|(_, pair, _)| pair.lease.is_some());
            let kept = all.iter().filter(|(mac, pair, class)| {
                !all.iter()
                    .any(|(other, proof, better)| other != mac && better < class && proof.overlaps(pair))
            });
            let mut claims: Vec<Claim> =
                kept.map(|(mac, pair, _)| context.claim(network, ip, *mac, pair, leased)).collect();
            arrange(&mut claims);
            tenures.insert((network, ip), claims);
        }
        let mut tenures = Tenures(tenures);
        tenures.add_slaac(intervals, severed, context);
        tenures
    }

    /// IPv6 addresses made of a MAC that was heard itself belong to it, even
    /// when they are only heard from behind a router.
    fn add_slaac(&mut self, intervals: &[&Interval], severed: &Severed<'_>, context: &Context<'_>) {
        let mut found: BTreeMap<(NetworkId, IpAddr), Claim> = BTreeMap::new();
        for interval in intervals {
            let network = interval.sighting.network;
            let Some(ip @ IpAddr::V6(v6)) = interval.sighting.ip else {
                continue;
            };
            let Some(mac) = Mac::from_eui64(v6).filter(|mac| context.routers.is_heard(network, *mac)) else {
                continue;
            };
            let internal = is_link_local(ip) || (context.knowledge.internal)(network, ip);
            if !internal || self.0.contains_key(&(network, ip)) || severed.cuts(network, mac, ip) {
                continue;
            }
            let claim = found.entry((network, ip)).or_insert(Claim {
                mac,
                proof: Proof::Eui64,
                first: interval.first,
                last: interval.last,
                count: 0,
                since: Time(0),
                reach_before: u64::MAX,
                until: Time(u64::MAX),
                lease_until: None,
            });
            claim.first = claim.first.min(interval.first);
            claim.last = claim.last.max(interval.last);
            claim.count = claim.count.max(interval.count);
        }
        self.0.extend(found.into_iter().map(|(at, claim)| (at, vec![claim])));
    }

    /// Whose an address was.
    pub fn owner(&self, network: NetworkId, ip: IpAddr, time: Time) -> Owner<'_> {
        let claims = self.claims(network, ip);
        let mut holding = claims.iter().filter(|claim| claim.first <= time && time <= claim.last);
        if let Some(one) = holding.next() {
            return if holding.next().is_some() { Owner::Contested } else { Owner::One(one) };
        }
        let before =
            claims.iter().filter(|claim| claim.last < time).max_by_key(|claim| (claim.last, claim.mac));
        if let Some(claim) = before.filter(|claim| time <= claim.until) {
            return Owner::One(claim);
        }
        let after =
            claims.iter().filter(|claim| claim.first > time).min_by_key(|claim| (claim.first, claim.mac));
        match after.filter(|claim| claim.first.since(time) <= claim.reach_before) {
            Some(claim) => Owner::One(claim),
            None => Owner::Nobody(before.map_or(Time(0), |claim| claim.last)),
        }
    }

    /// The claims of one address, by time.
    pub fn claims(&self, network: NetworkId, ip: IpAddr) -> &[Claim] {
        self.0.get(&(network, ip)).map_or(&[], Vec::as_slice)
    }

    /// Every address with its claims.
    pub fn iter(&self) -> impl Iterator<Item = (NetworkId, IpAddr, &[Claim])> {
        self.0.iter().map(|((network, ip), claims)| (*network, *ip, claims.as_slice()))
    }

    /// True when this MAC holds this address at some time.
    pub fn holds(&self, network: NetworkId, mac: Mac, ip: IpAddr) -> bool {
        self.claims(network, ip).iter().any(|claim| claim.mac == mac)
    }
}

/// Sorts claims by time and fills in `since`.
fn arrange(claims: &mut [Claim]) {
    claims.sort_by_key(|claim| (claim.first, claim.last, claim.mac));
    for at in 0..claims.len() {
        let first = claims[at].first;
        let gone = claims.iter().map(|claim| claim.last).filter(|last| *last < first).max();
        claims[at].since = gone.unwrap_or(Time(0));
    }
}

/// What settling needs beside the pairs.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The routers of the whole network.
    pub routers: &'a Routers,
    /// Answers from outside.
    pub knowledge: &'a Knowledge<'a>,
    /// Settings.
    pub config: &'a Config,
}

impl Context<'_> {
    /// How good a claim is (0 best); `None`: none at all.
    fn class(&self, network: NetworkId, mac: Mac, ip: IpAddr, pair: &Pair) -> Option<u8> {
        let router = self.routers.get(network, mac).is_some();
        match pair.proof {
            // A loopback address on the wire is a mistake and names nobody.
            _ if ip.is_loopback() => None,
            // A router may answer ARP for others (proxy ARP): they go first.
            Proof::ArpReply if router => Some(1),
            proof if proof < Proof::Frame => Some(0),
            _ if router || pair.is_remote() => None,
            _ if pair.direct => Some(2),
            _ if is_link_local(ip) || (self.knowledge.internal)(network, ip) => Some(3),
            _ => None,
        }
    }

    /// The time rule: a static address matches at once; a DHCP address within
    /// the lease heard, or else within the inactivity time.
    fn claim(&self, network: NetworkId, ip: IpAddr, mac: Mac, pair: &Pair, leased: bool) -> Claim {
        let dhcp = (self.knowledge.configured_dhcp)(network, ip).unwrap_or(leased);
        let lease = pair.lease.map(|seconds| seconds.saturating_mul(Time::SECOND));
        let lease_until = pair.leased.zip(lease).map(|(at, lease)| Time(at.0.saturating_add(lease)));
        let (reach_before, until) = match (dhcp, lease_until) {
            (false, _) => (u64::MAX, Time(u64::MAX)),
            (true, Some(until)) => (lease.unwrap_or(0), until.max(pair.last)),
            (true, None) => {
                let reach = self.config.inactivity();
                (reach, Time(pair.last.0.saturating_add(reach)))
            }
        };
        Claim {
            mac,
            proof: pair.proof,
            first: pair.first,
            last: pair.last,
            count: pair.count(),
            since: Time(0),
            reach_before,
            until,
            lease_until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs;
    use crate::testing::all;

    const A: &str = "02:00:00:00:00:0a";
    const B: &str = "02:00:00:00:00:0b";

    fn owner(lines: &str, time: u64) -> String {
        let intervals = all(&lines.replace('A', A).replace('B', B));
        let knowledge = Knowledge::default();
        let routers = Routers::find(&intervals, &knowledge);
        let config = Config::default();
        let context = Context { routers: &routers, knowledge: &knowledge, config: &config };
        let each: Vec<&Interval> = intervals.iter().collect();
        let tenures = Tenures::settle(&pairs::gather(intervals.iter()), &each, &Severed::default(), &context);
        match tenures.owner(NetworkId(0), "10.0.0.5".parse().unwrap(), Time::new(time, 0)) {
            Owner::One(claim) => {
                if claim.mac.to_string() == A {
                    "A".into()
                } else {
                    "B".into()
                }
            }
            Owner::Contested => "contested".into(),
            Owner::Nobody(since) => format!("nobody since {}", since.seconds()),
        }
    }

    #[test]
    fn a_static_address_stays_until_the_next_owner() {
        let lines = "A 10.0.0.5 arp.binding=request @100-200\nB 10.0.0.5 arp.binding=request @300-400";
        let owners: Vec<String> = [1, 150, 250, 299, 300, 999].map(|time| owner(lines, time)).into();
        assert_eq!(owners, ["A", "A", "A", "A", "B", "B"]);
    }

    #[test]
    fn a_leased_address_ends_with_its_lease() {
        let lines = "A 10.0.0.5 dhcp.lease=600 @1000-1000\nB 10.0.0.5 dhcp.lease=600 @9000-9000";
        let owners: Vec<String> =
            [399, 400, 1600, 1601, 8400, 9600, 9601].map(|time| owner(lines, time)).into();
        let want = ["nobody since 0", "A", "A", "nobody since 1000", "B", "B", "nobody since 9000"];
        assert_eq!(owners, want);
    }

    #[test]
    fn two_at_once_are_contested_and_proof_goes_before_frames() {
        let both = "A 10.0.0.5 arp.binding=request @100-200\nB 10.0.0.5 arp.binding=request @150-250";
        assert_eq!([120, 180, 220].map(|time| owner(both, time)), ["A", "contested", "B"]);
        let frames = "A 10.0.0.5 arp.binding=request @100-200\nB 10.0.0.5 eth.source=frame @100-200";
        assert_eq!(owner(frames, 150), "A");
    }
}
