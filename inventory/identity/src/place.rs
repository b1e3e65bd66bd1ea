//! Which MAC or address each observation is of.

use std::collections::BTreeMap;
use std::net::IpAddr;

use model::{Interval, Mac, NetworkId, Time};

use crate::Key;
use crate::proof::{Proof, mac_is_own};
use crate::tenure::{Context, Owner, Tenures};

/// An interval, or the part of one that falls to one owner of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    /// Index of the interval.
    pub interval: usize,
    /// First and last time of this part.
    pub first: Time,
    /// See `first`.
    pub last: Time,
    /// Its share of the count. When an interval falls to two owners, only its
    /// ends are certain: one observation goes to the first, the rest to the last.
    pub count: u64,
}

/// First and last time of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First.
    pub first: Time,
    /// Last.
    pub last: Time,
}

impl Span {
    /// Grows to hold another.
    pub fn take(&mut self, other: Span) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// When a router's MAC was heard at all. What it sends for others is of their
/// components, so this is all that its own is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Network it was heard in.
    pub network: NetworkId,
    /// Its MAC.
    pub mac: Mac,
    /// From when to when.
    pub span: Span,
}

/// Everything placed.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    /// Pieces by the MAC (or the address, while no MAC is known for it) they are of.
    /// MACs that only relay stand here too, without pieces.
    pub atoms: BTreeMap<Key, Vec<Piece>>,
    /// When each MAC was heard, by network; forwarded frames included.
    pub macs: BTreeMap<(NetworkId, Key), Span>,
    /// Pieces known by address while several MACs claimed it.
    pub contested: BTreeMap<(NetworkId, IpAddr), Vec<Piece>>,
}

/// Places intervals. `indices` are what pieces call them.
pub fn place(intervals: &[&Interval], tenures: &Tenures, context: &Context<'_>) -> Placed {
    let mut placed = Placed::default();
    for (at, interval) in intervals.iter().enumerate() {
        let sighting = interval.sighting;
        let mac = sighting.mac.and_then(|mac| Key::of_mac(sighting.network, mac));
        // A router's frames for others are of their component, the router is not.
        let relayed = sighting.ip.is_some()
            && sighting.mac.is_some_and(|mac| context.routers.get(sighting.network, mac).is_some());
        if let Some(key) = mac.clone().filter(|_| !relayed) {
            placed.note(sighting.network, key, Span { first: interval.first, last: interval.last });
        }
        let whole = Piece { interval: at, first: interval.first, last: interval.last, count: interval.count };
        let own = match (sighting.mac, sighting.ip) {
            (Some(_), None) => true,
            (Some(_), Some(_)) if mac_is_own(interval) && !is_cut(interval, tenures) => true,
            (Some(mac), Some(ip)) => tenures.holds(sighting.network, mac, ip),
            (None, _) => false,
        };
        match (mac, sighting.ip) {
            (Some(key), _) if own => placed.atoms.entry(key).or_default().push(whole),
            (_, Some(ip)) => placed.by_address(sighting.network, ip, whole, tenures),
            (_, None) => {}
        }
    }
    placed.split_idle(context);
    placed
}

/// A binding that a user has severed no longer says whose the address is.
fn is_cut(interval: &Interval, tenures: &Tenures) -> bool {
    let proven = Proof::of(interval).filter(|(.., proof)| *proof < Proof::Frame);
    proven
        .is_some_and(|(network, mac, ip, proof)| proof != Proof::ArpReply && !tenures.holds(network, mac, ip))
}

impl Placed {
    /// Takes in when routers were heard, frames for others included.
    pub fn note_routers(&mut self, present: impl Iterator<Item = Presence>) {
        for Presence { network, mac, span } in present {
            if let Some(key) = Key::of_mac(network, mac) {
                self.note(network, key, span);
            }
        }
    }

    fn note(&mut self, network: NetworkId, key: Key, whole: Span) {
        self.atoms.entry(key.clone()).or_default();
        self.macs.entry((network, key)).or_insert(whole).take(whole);
    }

    fn by_address(&mut self, network: NetworkId, ip: IpAddr, whole: Piece, tenures: &Tenures) {
        let at_first = tenures.owner(network, ip, whole.first);
        let at_last = tenures.owner(network, ip, whole.last);
        if at_first == at_last {
            return self.put(network, ip, at_first, whole);
        }
        let (first, last) = (whole.first, whole.last);
        self.put(network, ip, at_first, Piece { last: first, count: 1.min(whole.count), ..whole });
        let rest = whole.count.saturating_sub(1).max(1.min(whole.count));
        self.put(network, ip, at_last, Piece { first: last, count: rest, ..whole });
    }

    fn put(&mut self, network: NetworkId, ip: IpAddr, owner: Owner<'_>, piece: Piece) {
        let key = match owner {
            Owner::One(claim) => Key::of_mac(network, claim.mac),
            Owner::Nobody(since) => Some(Key::Ip { network, ip, since }),
            Owner::Contested => None,
        };
        match key {
            Some(key) => self.atoms.entry(key).or_default().push(piece),
            None => self.contested.entry((network, ip)).or_default().push(piece),
        }
    }

    /// The time rule for addresses without a MAC: a DHCP address that was idle
    /// longer than the inactivity time may have gone to another host.
    fn split_idle(&mut self, context: &Context<'_>) {
        let idle = context.config.inactivity();
        let dhcp = |key: &Key| match key {
            Key::Ip { network, ip, .. } => (context.knowledge.configured_dhcp)(*network, *ip) == Some(true),
            _ => false,
        };
        let chosen: Vec<Key> = self.atoms.keys().filter(|key| dhcp(key)).cloned().collect();
        for key in chosen {
            let Key::Ip { network, ip, .. } = key else {
                continue;
            };
            let mut pieces = self.atoms.remove(&key).unwrap_or_default();
            pieces.sort_by_key(|piece| (piece.first, piece.last, piece.interval));
            let (mut at, mut heard) = (key, None::<Time>);
            for piece in pieces {
                if let Some(until) = heard.filter(|until| piece.first.since(*until) > idle) {
                    at = Key::Ip { network, ip, since: until };
                }
                heard = heard.max(Some(piece.last));
                self.atoms.entry(at.clone()).or_default().push(piece);
            }
        }
    }
}
