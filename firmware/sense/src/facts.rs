//! Everything heard of sightings, folded: who was there, and what dissectors read.
//!
//! Bounded: room for values, text and presences is taken at the start; what
//! finds none is counted. Tables are keyed by hashes and checked against what
//! they point to.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use model::{Field, Interval, Port, Sighting, Time};
use packet::{fold, mix};

use crate::event::{Link, Observed};
use crate::index::Index;
use crate::key;

/// A value heard of a sighting.
#[derive(Clone, Copy, Debug)]
struct Fact {
    sighting: Sighting,
    field: &'static Field,
    port: Option<Port>,
    /// Where its text stands in the arena.
    text: (u32, u16),
    times: Times,
}

/// When and how often.
#[derive(Clone, Copy, Debug)]
struct Times {
    first: Time,
    last: Time,
    frame: u64,
    count: u64,
}

impl Times {
    fn add(&mut self, other: Times) {
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

/// The facts.
pub struct Facts {
    by_hash: Index,
    facts: Vec<Fact>,
    text: Vec<u8>,
    seen_by_hash: Index,
    seen: Vec<(Sighting, Link, Times)>,
    repeats: Box<[Repeat]>,
    /// Observations that found no room.
    pub dropped: u64,
}

impl Facts {
    /// Room for that many values, as many sightings, and 48 bytes of text a value.
    pub fn new(values: usize, sightings: usize) -> Facts {
        Facts {
            by_hash: Index::new(values),
            facts: Vec::with_capacity(values),
            text: Vec::with_capacity(values.saturating_mul(48)),
            seen_by_hash: Index::new(sightings),
            seen: Vec::with_capacity(sightings),
            repeats: vec![Repeat::NONE; REPEATS].into(),
            dropped: 0,
        }
    }

    /// Addresses of its memory.
    pub fn regions(&self) -> [Range<usize>; 5] {
        let room = |start: usize, bytes: usize| start..start + bytes;
        [
            self.by_hash.region(),
            self.seen_by_hash.region(),
            room(self.facts.as_ptr() as usize, self.facts.capacity() * size_of::<Fact>()),
            flow::addresses(&self.repeats),
            room(self.seen.as_ptr() as usize, self.seen.capacity() * size_of::<(Sighting, Link, Times)>()),
        ]
    }

    /// `count` packets of a sighting.
    pub fn seen(&mut self, sighting: Sighting, link: Link, count: u32, [first, last]: [Time; 2], frame: u64) {
        let times = Times { first, last, frame, count: u64::from(count) };
        let hash = seen_hash(&sighting, &link);
        let same = |place: usize| (self.seen[place].0, self.seen[place].1) == (sighting, link);
        match self.seen_by_hash.find(hash, same) {
            Ok(place) => self.seen[place].2.add(times),
            Err(_) if self.seen.len() == self.seen.capacity() => self.dropped += 1,
            Err(slot) => {
                self.seen_by_hash.file(slot, hash, self.seen.len());
                self.seen.push((sighting, link, times));
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
        let Observed { sighting, field, port, value, time, frame, digest } = *observed;
        let times = Times { first: time, last: time, frame, count: 1 };
        let place = port.map_or(0, |port| u64::from(port.number) << 8 | u64::from(port.transport));
        let hash = fold(mix(key::sighting(&sighting), u64::from(field.id) << 32 | place), value.as_bytes());
        let same = |at: usize| {
            let fact = &self.facts[at];
            (fact.sighting, fact.field, fact.port) == (sighting, field, port)
                && self.text_of(fact) == value.as_bytes()
        };
        let index = match self.by_hash.find(hash, same) {
            Ok(index) => {
                self.facts[index].times.add(times);
                index
            }
            Err(slot) => {
                let full = self.facts.len() == self.facts.capacity()
                    || self.text.capacity() - self.text.len() < value.len();
                if full {
                    self.dropped += 1;
                    return;
                }
                let index = self.facts.len();
                let text = (self.text.len() as u32, value.len() as u16);
                self.text.extend_from_slice(value.as_bytes());
                self.facts.push(Fact { sighting, field, port, text, times });
                self.by_hash.file(slot, hash, index);
                index
            }
        };
        if digest != 0 {
            self.repeats[digest as usize % REPEATS].add(digest, index as u32);
        }
    }

    fn text_of(&self, fact: &Fact) -> &[u8] {
        let (start, len) = fact.text;
        &self.text[start as usize..start as usize + usize::from(len)]
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

    /// Everything as intervals, in no particular order.
    pub fn intervals(&self) -> impl Iterator<Item = Interval> + '_ {
        let read = self.facts.iter().map(|fact| {
            let value = String::from_utf8_lossy(self.text_of(fact)).into_owned();
            interval(fact.sighting, fact.field, fact.port, value, fact.times)
        });
        read.chain(self.presence())
    }

    /// Sightings by each aspect of how they were carried.
    fn presence(&self) -> impl Iterator<Item = Interval> {
        let mut folded: BTreeMap<(Sighting, u32, String), (&'static Field, Times)> = BTreeMap::new();
        let mut add = |sighting, field: &'static Field, value: String, times: Times| {
            folded
                .entry((sighting, field.id, value))
                .and_modify(|(_, held)| held.add(times))
                .or_insert((field, times));
        };
        for (sighting, link, times) in &self.seen {
            add(*sighting, &fields::SOURCE, "frame".into(), *times);
            if link.ttl != 0 {
                add(*sighting, &fields::TTL, link.ttl.to_string(), *times);
            }
            match (link.vlan, link.inner_vlan) {
                (Some(outer), Some(inner)) => {
                    add(*sighting, &fields::VLAN, format!("{outer}.{inner}"), *times)
                }
                (Some(outer), None) => add(*sighting, &fields::VLAN, outer.to_string(), *times),
                _ => {}
            }
            match link.tunnel {
                Some(tunnel) if tunnel.id != 0 => {
                    add(*sighting, &fields::TUNNEL, format!("{} {}", tunnel.kind.name(), tunnel.id), *times);
                }
                Some(tunnel) => add(*sighting, &fields::TUNNEL, tunnel.kind.name().into(), *times),
                None => {}
            }
        }
        folded
            .into_iter()
            .map(|((sighting, _, value), (field, times))| interval(sighting, field, None, value, times))
    }
}

fn seen_hash(sighting: &Sighting, link: &Link) -> u64 {
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
