//! Which MAC sends for which addresses, and so which MACs relay: the verdicts of
//! [`Routers`], judged again only for MACs of which something changed.

use std::collections::BTreeSet;
// Asked by key alone, never walked, so its order reaches nothing. tidy: allow(pure) because of that
use std::collections::HashMap;
use std::net::IpAddr;

use model::{Mac, NetworkId, Sighting, Time};

use super::graph::Node;
use super::heard::{Note, mark};
use crate::names::is_virtual_router;
use crate::place::Span;
use crate::routers::{Class, Reason, Spans, Tally, Way};
use crate::{Knowledge, Routers};

/// Something of a MAC changed that others must follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Whether or why it relays.
    Verdict(NetworkId, Mac),
    /// When a router was heard, or that a MAC was heard at all.
    Presence(NetworkId, Mac),
}

/// Everything that was heard with its addresses.
#[derive(Debug, Default)]
pub struct Senders {
    heard: HashMap<Sighting, Heard>,
    /// Sightings of each MAC and of each address, for those that must be walked.
    by_mac: BTreeSet<(NetworkId, Mac, Option<IpAddr>)>,
    by_ip: BTreeSet<(NetworkId, IpAddr, Mac)>,
    macs: HashMap<(NetworkId, Mac), Sender>,
    places: HashMap<(NetworkId, IpAddr), Place>,
    routers: Routers,
    /// MACs to be judged again.
    suspects: BTreeSet<(NetworkId, Mac)>,
    /// MACs that were heard anew, no longer, or longer.
    present: BTreeSet<(NetworkId, Mac)>,
}

/// A sighting, by all its members.
#[derive(Debug)]
struct Heard {
    note: Note,
    class: Class,
    internal: bool,
    /// One sensor hears most sightings: then there is one, and no more.
    member: Option<Node>,
    more: Box<[Node]>,
}

impl Heard {
    fn members(&self) -> impl Iterator<Item = Node> {
        self.member.into_iter().chain(self.more.iter().copied())
    }

    fn enter(&mut self, member: Node) {
        if self.member.is_none() {
            self.member = Some(member);
        } else if !self.members().any(|other| other == member) {
            self.more = self.more.iter().copied().chain([member]).collect();
        }
    }

    fn leave(&mut self, member: Node) {
        let rest: Vec<Node> = self.members().filter(|other| *other != member).collect();
        self.member = rest.first().copied();
        self.more = rest.get(1..).unwrap_or_default().into();
    }
}

/// A MAC.
#[derive(Debug)]
struct Sender {
    span: Span,
    tally: Tally,
    /// Sightings that say that it forwards, that it advertises, and that prove
    /// an address its own that is a gateway.
    forwards: u32,
    advertises: u32,
    gateways: u32,
}

/// An address that is heard with MACs, or named as a gateway.
#[derive(Debug, Default)]
struct Place {
    /// When it was proven to be some MAC's.
    proven: Spans,
    /// MACs of which the TTL says nothing, by their last time: proof may come.
    open: BTreeSet<(Time, Mac)>,
    /// Times it was named as a gateway.
    gateway: u32,
}

impl Senders {
    /// The verdicts.
    pub fn routers(&self) -> &Routers {
        &self.routers
    }

    /// When a MAC was heard.
    pub fn span(&self, network: NetworkId, mac: Mac) -> Option<Span> {
        Some(self.macs.get(&(network, mac))?.span)
    }

    /// Members of a sighting.
    pub fn members(&self, sighting: Sighting) -> impl Iterator<Item = Node> {
        self.heard.get(&sighting).into_iter().flat_map(Heard::members)
    }

    /// Members of all sightings with a MAC.
    pub fn members_with(&self, network: NetworkId, mac: Mac) -> Vec<Node> {
        self.of_mac(network, mac).flat_map(|sighting| self.members(sighting)).collect()
    }

    /// A member's note has grown.
    pub fn grow(&mut self, sighting: Sighting, member: Node, note: Note, knowledge: &Knowledge<'_>) {
        let heard = self.heard.entry(sighting).or_insert_with(|| Heard {
            note: Note::EMPTY,
            class: Class::LinkLocal,
            internal: sighting.ip.is_some_and(|ip| (knowledge.internal)(sighting.network, ip)),
            member: None,
            more: Box::default(),
        });
        heard.enter(member);
        let mut grown = heard.note;
        grown.take(note);
        self.set(sighting, grown);
    }

    /// A member has gone; `rest` is what its sighting's others say.
    pub fn shrink(&mut self, sighting: Sighting, member: Node, rest: Option<Note>) {
        if let Some(heard) = self.heard.get_mut(&sighting) {
            heard.leave(member);
            self.set(sighting, rest.unwrap_or(Note::EMPTY));
        }
    }

    /// A DHCP server names an address as a gateway, or no longer does.
    pub fn name_gateway(&mut self, network: NetworkId, ip: IpAddr, named: bool) {
        let place = self.places.entry((network, ip)).or_default();
        let before = place.gateway;
        place.gateway = if named { before.saturating_add(1) } else { before.saturating_sub(1) };
        if (before > 0) == (place.gateway > 0) {
            return;
        }
        let now = place.gateway > 0;
        for sighting in self.at(network, ip) {
            let Some(mac) = sighting.mac.filter(|_| self.has(sighting, mark::PROVEN)) else {
                continue;
            };
            if let Some(sender) = self.macs.get_mut(&(network, mac)) {
                count(&mut sender.gateways, now);
                self.suspects.insert((network, mac));
            }
        }
        self.tidy_place(network, ip);
    }

    /// Asks anew which addresses are internal, and classes everything.
    pub fn relearn(&mut self, knowledge: &Knowledge<'_>) {
        let pairs: Vec<_> = self.by_ip.iter().copied().collect();
        for (network, ip, mac) in pairs {
            let sighting = Sighting { network, mac: Some(mac), ip: Some(ip) };
            if let Some(heard) = self.heard.get_mut(&sighting) {
                heard.internal = (knowledge.internal)(network, ip);
            }
            self.classify(network, mac, ip);
        }
    }

    /// Judges the suspects; what changed, in order of MAC.
    pub fn judge(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (network, mac) in std::mem::take(&mut self.suspects) {
            let reason = self.verdict(network, mac);
            if reason != self.routers.get(network, mac) {
                self.routers.set(network, mac, reason);
                changes.push(Change::Verdict(network, mac));
            }
        }
        for (network, mac) in std::mem::take(&mut self.present) {
            let heard = self.macs.contains_key(&(network, mac));
            if heard != self.routers.is_heard(network, mac) {
                self.routers.set_heard(network, mac, heard);
                changes.push(Change::Presence(network, mac));
            } else if self.routers.get(network, mac).is_some() {
                changes.push(Change::Presence(network, mac));
            }
        }
        changes
    }

    /// Sets what is known of a sighting, more or less than before, and follows it up.
    fn set(&mut self, sighting: Sighting, now: Note) {
        let Some(heard) = self.heard.get_mut(&sighting) else {
            return;
        };
        let before = std::mem::replace(&mut heard.note, now);
        let gone = heard.member.is_none();
        if before == now && !gone {
            return;
        }
        let Sighting { network, mac, ip } = sighting;
        if let Some(mac) = mac {
            self.by_mac.insert((network, mac, ip));
            self.count_marks(network, mac, before.marks, now.marks);
            if let Some(ip) = ip {
                self.by_ip.insert((network, ip, mac));
                self.set_pair(network, mac, ip, (before, now), gone);
            }
        }
        if gone {
            self.heard.remove(&sighting);
            if let Some(mac) = mac {
                self.by_mac.remove(&(network, mac, ip));
                if let Some(ip) = ip {
                    self.by_ip.remove(&(network, ip, mac));
                    self.tidy_place(network, ip);
                }
            }
        }
        if let Some(mac) = mac {
            self.set_span(network, mac, before.span, now.span);
        }
    }

    fn count_marks(&mut self, network: NetworkId, mac: Mac, before: u8, now: u8) {
        let new = !self.macs.contains_key(&(network, mac));
        let sender = self.macs.entry((network, mac)).or_insert(Sender {
            span: Note::EMPTY.span,
            tally: Tally::default(),
            forwards: 0,
            advertises: 0,
            gateways: 0,
        });
        let changed = before ^ now;
        if changed & mark::FORWARDS != 0 {
            count(&mut sender.forwards, now & mark::FORWARDS != 0);
        }
        if changed & mark::ADVERTISES != 0 {
            count(&mut sender.advertises, now & mark::ADVERTISES != 0);
        }
        if new || changed & (mark::FORWARDS | mark::ADVERTISES) != 0 {
            self.suspects.insert((network, mac));
        }
    }

    fn set_pair(
        &mut self,
        network: NetworkId,
        mac: Mac,
        ip: IpAddr,
        (before, now): (Note, Note),
        gone: bool,
    ) {
        let place = self.places.entry((network, ip)).or_default();
        let was = before.marks & mark::PROVEN != 0;
        let is = now.marks & mark::PROVEN != 0;
        if was != is
            && place.gateway > 0
            && let Some(sender) = self.macs.get_mut(&(network, mac))
        {
            count(&mut sender.gateways, is);
            self.suspects.insert((network, mac));
        }
        let shrunk = (was && !is) || now.span.first > before.span.first || now.span.last < before.span.last;
        let mut others = Vec::new();
        if was && shrunk {
            place.proven = Spans::default();
            for other in self.at(network, ip) {
                if let Some(heard) =
                    self.heard.get(&other).filter(|heard| heard.note.marks & mark::PROVEN != 0)
                    && let Some(place) = self.places.get_mut(&(network, ip))
                {
                    place.proven.add(heard.note.span.first, heard.note.span.last);
                }
            }
            others.extend(self.at(network, ip).into_iter().filter_map(|other| other.mac));
        } else if is {
            place.proven.add(now.span.first, now.span.last);
            // Those that ended before cannot have been at the same time.
            let since = place.open.range((now.span.first, Mac([0; 6]))..);
            others.extend(since.map(|(_, other)| *other));
        }
        if !gone {
            if let Some(place) = self.places.get_mut(&(network, ip))
                && place.open.remove(&(before.span.last, mac))
            {
                place.open.insert((now.span.last, mac));
            }
            self.classify(network, mac, ip);
        } else {
            self.unclassify(network, mac, ip, before.span.last);
        }
        for other in others.into_iter().filter(|other| *other != mac) {
            self.classify(network, other, ip);
        }
    }

    /// Takes a pair that is gone out of the counts.
    fn unclassify(&mut self, network: NetworkId, mac: Mac, ip: IpAddr, last: Time) {
        let sighting = Sighting { network, mac: Some(mac), ip: Some(ip) };
        let class = self.heard.get(&sighting).map_or(Class::LinkLocal, |heard| heard.class);
        if let Some(sender) = self.macs.get_mut(&(network, mac)) {
            sender.tally.remove(class);
            self.suspects.insert((network, mac));
        }
        if let Some(place) = self.places.get_mut(&(network, ip)) {
            place.open.remove(&(last, mac));
        }
    }

    /// Finds the class of a pair again.
    fn classify(&mut self, network: NetworkId, mac: Mac, ip: IpAddr) {
        let sighting = Sighting { network, mac: Some(mac), ip: Some(ip) };
        let (Some(heard), Some(place), Some(sender)) = (
            self.heard.get_mut(&sighting),
            self.places.get_mut(&(network, ip)),
            self.macs.get_mut(&(network, mac)),
        ) else {
            return;
        };
        let Note { span, marks } = heard.note;
        let way = Way {
            proven: marks & mark::PROVEN != 0,
            direct: marks & mark::DIRECT != 0,
            counted_down: marks & mark::COUNTED_DOWN != 0,
            internal: heard.internal,
            elsewhere: place.proven.meets(span.first, span.last),
        };
        let class = way.class(ip);
        let before = std::mem::replace(&mut heard.class, class);
        if class == Class::Open {
            place.open.insert((span.last, mac));
        } else if before == Class::Open {
            place.open.remove(&(span.last, mac));
        }
        if before != class {
            sender.tally.remove(before);
            sender.tally.add(class);
            self.suspects.insert((network, mac));
        } else if class == Class::Direct && sender.tally.needs_spans() {
            self.suspects.insert((network, mac));
        }
    }

    /// Keeps the span of a MAC: grown at once, found anew when an end of it went.
    fn set_span(&mut self, network: NetworkId, mac: Mac, before: Span, now: Span) {
        let Some(sender) = self.macs.get_mut(&(network, mac)) else {
            return;
        };
        let old = sender.span;
        sender.span.take(now);
        let begins = before.first == old.first && now.first > before.first;
        let ends = before.last == old.last && now.last < before.last;
        if begins || ends {
            let mut span = Note::EMPTY.span;
            for sighting in self.of_mac(network, mac) {
                if let Some(heard) = self.heard.get(&sighting) {
                    span.take(heard.note.span);
                }
            }
            if let Some(sender) = self.macs.get_mut(&(network, mac)) {
                sender.span = span;
            }
            if span == Note::EMPTY.span {
                self.macs.remove(&(network, mac));
                self.suspects.insert((network, mac));
            }
        }
        if self.span(network, mac) != Some(old) {
            self.present.insert((network, mac));
        }
    }

    fn verdict(&self, network: NetworkId, mac: Mac) -> Option<Reason> {
        let sender = self.macs.get(&(network, mac))?;
        let said = match () {
            () if is_virtual_router(mac) => Some(Reason::VirtualMac),
            () if sender.forwards > 0 => Some(Reason::Forwards),
            () if sender.advertises > 0 => Some(Reason::Advertises),
            () if sender.gateways > 0 => Some(Reason::Gateway),
            () => None,
        };
        let direct = || {
            self.of_mac(network, mac)
                .filter_map(|sighting| self.heard.get(&sighting))
                .filter(|heard| heard.class == Class::Direct)
                .map(|heard| (heard.note.span.first, heard.note.span.last))
                .collect()
        };
        said.or_else(|| sender.tally.verdict(direct))
    }

    fn of_mac(&self, network: NetworkId, mac: Mac) -> impl Iterator<Item = Sighting> {
        let from = (network, mac, None);
        let all = self.by_mac.range(from..).take_while(move |(n, m, _)| (*n, *m) == (network, mac));
        all.map(|(network, mac, ip)| Sighting { network: *network, mac: Some(*mac), ip: *ip })
    }

    fn at(&self, network: NetworkId, ip: IpAddr) -> Vec<Sighting> {
        let all = self.by_ip.range((network, ip, Mac([0; 6]))..=(network, ip, Mac::BROADCAST));
        all.map(|(network, ip, mac)| Sighting { network: *network, mac: Some(*mac), ip: Some(*ip) }).collect()
    }

    fn has(&self, sighting: Sighting, marks: u8) -> bool {
        self.heard.get(&sighting).is_some_and(|heard| heard.note.marks & marks != 0)
    }

    /// Forgets a place that is nothing any more.
    fn tidy_place(&mut self, network: NetworkId, ip: IpAddr) {
        let named = self.places.get(&(network, ip)).is_some_and(|place| place.gateway > 0);
        if !named && self.at(network, ip).is_empty() {
            self.places.remove(&(network, ip));
        }
    }
}

/// One more or one less.
fn count(number: &mut u32, more: bool) {
    *number = if more { number.saturating_add(1) } else { number.saturating_sub(1) };
}
