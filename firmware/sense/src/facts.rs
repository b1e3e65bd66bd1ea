//! Everything heard of sightings, folded: who was there, and what dissectors read.
//!
//! Bounded: room for values, text and presences is taken at the start; what
//! finds none is counted. Tables are keyed by hashes and checked against what
//! they point to. A sensor that runs on keeps its presences as facts too
//! (`keeping.rs`), remembers what it told of, and lets old facts go.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use model::{Field, Interval, Port, Sighting, Time};
use packet::{fold, mix};

use crate::event::{Link, Observed};
use crate::hosts::{self, Hosts};
use crate::index::Index;
use crate::key;
use crate::slab::room;
use crate::text::Texts;

/// A value heard of a sighting.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    pub sighting: Sighting,
    pub field: &'static Field,
    pub port: Option<Port>,
    /// Where its text stands.
    pub text: u32,
    pub times: Times,
    /// How often it had been heard when it was told of last; 0: never told.
    pub told: u64,
    /// Places of its MAC and its IP address among the hosts.
    pub hosts: [u32; 2],
}

/// When and how often.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub first: Time,
    pub last: Time,
    pub frame: u64,
    pub count: u64,
}

impl Times {
    pub fn add(&mut self, other: Times) {
        // A frame that is not known (0) never takes the place of one that is.
        let order = |of: &Times| (of.first, of.frame.wrapping_sub(1));
        if order(&other) < order(self) {
            (self.first, self.frame) = (other.first, other.frame);
        }
        self.last = self.last.max(other.last);
        self.count += other.count;
    }
}

/// Slots of the memory for repeated messages, and facts one message may cause.
const REPEATS: usize = 1 << 15;
const PER_MESSAGE: usize = 5;

/// A message that was heard, and the facts it caused; never in two cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Repeat {
    digest: u64,
    facts: [u32; PER_MESSAGE],
    count: u8,
}

impl Repeat {
    const NONE: Repeat = Repeat { digest: 0, facts: [0; PER_MESSAGE], count: 0 };

    /// One more fact of the message; one of too many facts is not remembered.
    fn add(&mut self, digest: u64, fact: u32) {
        if self.digest != digest {
            *self = Repeat { digest, ..Repeat::NONE };
        }
        match self.facts.get_mut(usize::from(self.count)) {
            Some(slot) => {
                *slot = fact;
                self.count += 1;
            }
            None => self.count = u8::MAX,
        }
    }

    fn facts(&self) -> Option<&[u32]> {
        self.facts.get(..usize::from(self.count))
    }
}

/// Fields the sensor itself observes, beside the dissectors' own.
pub mod fields {
    use model::Field;

    /// The MAC, or MAC and IP, was heard.
    pub const SOURCE: Field = Field::host("eth.source");
    /// VLAN ids.
    pub const VLAN: Field = Field::host("eth.vlan");
    /// Tunnel.
    pub const TUNNEL: Field = Field::host("eth.tunnel");
    /// TTL as received.
    pub const TTL: Field = Field::host("ip.ttl");
    /// The MAC is a router's.
    pub const FORWARDED: Field = Field::host("ip.forwarded");
}

/// Who was heard, and in which way.
#[derive(Clone, Copy, Debug)]
pub struct Presence {
    pub sighting: Sighting,
    pub link: Link,
    pub times: Times,
    /// How much of `times.count` has become facts.
    pub told: u64,
}

/// Values of one field that a sighting may get in one period of a running sensor:
/// one that changes with every message must not fill the tables.
const VALUES: u8 = 64;

/// Slots of the count of those values.
const LIMITS: usize = 1 << 17;

/// The facts.
pub struct Facts {
    pub(crate) by_hash: Index,
    pub(crate) facts: Vec<Fact>,
    pub(crate) text: Texts,
    pub(crate) seen_by_hash: Index,
    pub(crate) seen: Vec<Presence>,
    repeats: Box<[Repeat]>,
    /// The addresses facts speak of; without room when a whole capture is folded.
    pub(crate) hosts: Hosts,
    /// New values by sighting and field in this period; empty: not limited.
    limits: Box<[u8]>,
    /// Observations that found no room.
    pub dropped: u64,
}

impl Facts {
    /// Room for that many values, as many sightings, and 48 bytes of text a value.
    pub fn new(values: usize, sightings: usize) -> Facts {
        Facts {
            by_hash: Index::new(values),
            facts: Vec::with_capacity(values),
            text: Texts::new(values.saturating_mul(Texts::size(&[0; 48]))),
            seen_by_hash: Index::new(sightings),
            seen: Vec::with_capacity(sightings),
            repeats: vec![Repeat::NONE; REPEATS].into(),
            hosts: Hosts::new(0),
            limits: Box::default(),
            dropped: 0,
        }
    }

    /// The same for a sensor that runs on: presences become facts too, and `values`
    /// must hold them. At most `sightings` addresses.
    pub fn running(values: usize, sightings: usize) -> Facts {
        let hosts = Hosts::new(sightings);
        Facts { hosts, limits: vec![0; LIMITS].into(), ..Facts::new(values, sightings) }
    }

    /// Addresses of its memory.
    pub fn regions(&self) -> [Range<usize>; 7] {
        [
            self.by_hash.region(),
            self.seen_by_hash.region(),
            room(&self.facts),
            flow::addresses(&self.repeats),
            room(&self.seen),
            self.text.region(),
            self.hosts.region(),
        ]
    }

    /// `count` packets of a sighting.
    pub fn seen(&mut self, sighting: Sighting, link: Link, count: u32, [first, last]: [Time; 2], frame: u64) {
        let times = Times { first, last, frame, count: u64::from(count) };
        let hash = seen_hash(&sighting, &link);
        let same = |place: usize| (self.seen[place].sighting, self.seen[place].link) == (sighting, link);
        match self.seen_by_hash.find(hash, same) {
            Ok(place) => self.seen[place].times.add(times),
            Err(_) if self.seen.len() == self.seen.capacity() => self.dropped += 1,
            Err(slot) => {
                self.seen_by_hash.file(slot, hash, self.seen.len());
                self.seen.push(Presence { sighting, link, times, told: 0 });
            }
        }
    }

    /// The hash under which [`Facts::seen`] looks; brings its slot towards the processor.
    #[inline]
    pub fn approach(&self, sighting: &Sighting, link: &Link) -> u64 {
        let hash = seen_hash(sighting, link);
        self.seen_by_hash.approach(hash);
        hash
    }

    /// Brings what is filed under a hash that [`Facts::approach`] gave towards the processor.
    #[inline]
    pub fn approach_row(&self, hash: u64) {
        if let Ok(place) = self.seen_by_hash.find(hash, |_| true) {
            sys::memory::prefetch(&self.seen[place]);
        }
    }

    /// One value of a sighting.
    pub fn observed(&mut self, observed: &Observed<'_>) {
        let Observed { time, frame, digest, .. } = *observed;
        let times = Times { first: time, last: time, frame, count: 1 };
        let found = self.add(observed, times);
        if digest != 0
            && let Some(index) = found
        {
            self.repeats[digest as usize % REPEATS].add(digest, index as u32);
        }
    }

    /// Adds times to a value of a sighting; gives its place, or counts that there is no room.
    pub fn add(&mut self, observed: &Observed<'_>, times: Times) -> Option<usize> {
        let Observed { sighting, field, port, value, .. } = *observed;
        let hash = fact_hash(&sighting, field, port, value.as_bytes());
        let same = |at: usize| {
            let fact = &self.facts[at];
            (fact.sighting, fact.field, fact.port) == (sighting, field, port)
                && self.text.get(fact.text) == value.as_bytes()
        };
        match self.by_hash.find(hash, same) {
            Ok(index) => {
                self.facts[index].times.add(times);
                Some(index)
            }
            Err(slot) => {
                let full = self.facts.len() == self.facts.capacity() || !self.text.has_room(value.as_bytes());
                let hosts = if full { None } else { self.hosts_of(&sighting, field, times.first) };
                let Some(hosts) = hosts else {
                    self.dropped += 1;
                    return None;
                };
                let index = self.facts.len();
                let text = self.text.add(index as u32, value.as_bytes());
                self.facts.push(Fact { sighting, field, port, text, times, told: 0, hosts });
                self.by_hash.file(slot, hash, index);
                Some(index)
            }
        }
    }

    /// The hosts a new fact speaks of; `None` when there is no room for one, or when
    /// the sighting got too many values of this field already.
    fn hosts_of(&mut self, sighting: &Sighting, field: &Field, time: Time) -> Option<[u32; 2]> {
        if self.limits.is_empty() {
            return Some([hosts::NONE; 2]);
        }
        let slot = mix(key::sighting(sighting), u64::from(field.id)) as usize % LIMITS;
        let count = self.limits.get_mut(slot).filter(|count| **count < VALUES)?;
        *count += 1;
        self.hosts.refer(sighting, time)
    }

    /// A period is over: as many values may be new again.
    pub fn forget_limits(&mut self) {
        self.limits.fill(0);
    }

    /// Places of facts have changed: messages heard before are read again.
    pub fn forget_repeats(&mut self) {
        self.repeats.fill(Repeat::NONE);
    }

    /// Brings where [`Facts::repeat`] will look towards the processor.
    #[inline]
    pub fn approach_repeat(&self, digest: u64) {
        sys::memory::prefetch(&self.repeats[digest as usize % REPEATS]);
    }

    /// Brings the facts that [`Facts::repeat`] will count towards the processor.
    #[inline]
    pub fn approach_repeated(&self, digest: u64) {
        let held = &self.repeats[digest as usize % REPEATS];
        for fact in held.facts().filter(|_| held.digest == digest).into_iter().flatten() {
            sys::memory::prefetch(&self.facts[*fact as usize].times);
        }
    }

    /// Counts a message heard before; false when it is not remembered.
    pub fn repeat(&mut self, digest: u64, time: Time) -> bool {
        let held = self.repeats[digest as usize % REPEATS];
        let Some(facts) = held.facts().filter(|_| held.digest == digest) else { return false };
        for fact in facts {
            let times = &mut self.facts[*fact as usize].times;
            times.last = times.last.max(time);
            times.count += 1;
        }
        true
    }

    /// A fact as it is reported.
    pub fn interval(&self, fact: &Fact) -> Interval {
        let value = String::from_utf8_lossy(self.text.get(fact.text)).into_owned();
        interval(fact.sighting, fact.field, fact.port, value, fact.times)
    }

    /// Everything as intervals, in no particular order; of a capture that is folded as a whole.
    pub fn intervals(&self) -> impl Iterator<Item = Interval> + '_ {
        self.facts.iter().map(|fact| self.interval(fact)).chain(self.presence())
    }

    /// Sightings by each aspect of how they were carried.
    fn presence(&self) -> impl Iterator<Item = Interval> {
        let mut folded: BTreeMap<(Sighting, u32, Aspect), (&'static Field, Times)> = BTreeMap::new();
        for Presence { sighting, link, times, .. } in &self.seen {
            for (field, value) in aspects(link) {
                folded
                    .entry((*sighting, field.id, value))
                    .and_modify(|(_, held)| held.add(*times))
                    .or_insert((field, *times));
            }
        }
        folded.into_iter().map(|((sighting, _, value), (field, times))| {
            interval(sighting, field, None, value.as_str().into(), times)
        })
    }
}

/// The value of a field that tells how a frame was carried.
pub type Aspect = heapless::String<32>;

/// What a frame that was carried so says of its sender.
pub fn aspects(link: &Link) -> impl Iterator<Item = (&'static Field, Aspect)> {
    fn text(write: std::fmt::Arguments<'_>) -> Aspect {
        let mut text = Aspect::new();
        // The longest is `geneve 4294967295`.
        let _ = text.write_fmt(write);
        text
    }
    let source = Some((&fields::SOURCE, text(format_args!("frame"))));
    let ttl = (link.ttl != 0).then(|| (&fields::TTL, text(format_args!("{}", link.ttl))));
    let vlan = match (link.vlan, link.inner_vlan) {
        (Some(outer), Some(inner)) => Some((&fields::VLAN, text(format_args!("{outer}.{inner}")))),
        (Some(outer), None) => Some((&fields::VLAN, text(format_args!("{outer}")))),
        _ => None,
    };
    let tunnel = link.tunnel.map(|tunnel| match (tunnel.kind.name(), tunnel.id) {
        (name, 0) => (&fields::TUNNEL, text(format_args!("{name}"))),
        (name, id) => (&fields::TUNNEL, text(format_args!("{name} {id}"))),
    });
    [source, ttl, vlan, tunnel].into_iter().flatten()
}

/// The hash under which a fact is filed.
pub fn fact_hash(sighting: &Sighting, field: &Field, port: Option<Port>, value: &[u8]) -> u64 {
    let place = port.map_or(0, |port| u64::from(port.number) << 8 | u64::from(port.transport));
    fold(mix(key::sighting(sighting), u64::from(field.id) << 32 | place), value)
}

/// The hash under which a presence is filed.
pub fn seen_hash(sighting: &Sighting, link: &Link) -> u64 {
    let tunnel = link.tunnel.map_or(0, |tunnel| u64::from(tunnel.id) << 8 | tunnel.kind as u64 | 0x80);
    let vlans = u64::from(link.vlan.unwrap_or(0xffff)) << 16 | u64::from(link.inner_vlan.unwrap_or(0xffff));
    mix(mix(key::sighting(sighting), vlans << 8 | u64::from(link.ttl)), tunnel)
}

fn interval(
    sighting: Sighting,
    field: &'static Field,
    port: Option<Port>,
    value: String,
    times: Times,
) -> Interval {
    let Times { first, last, frame, count } = times;
    Interval { sighting, field: Cow::Borrowed(field.key), port, value, first, last, count, frame }
}
