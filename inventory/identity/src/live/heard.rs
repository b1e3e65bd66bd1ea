//! What is kept of a member: all that bears on identity, and nothing else.

use std::net::IpAddr;

use model::{Interval, Time};

use crate::index::names_its_mac;
use crate::names::{client_id_key, matching_name, named_mac};
use crate::place::Span;
use crate::proof::{Proof, is_direct};
use crate::{Config, Key, routers};

/// Marks of what was heard of a sighting; the union over its members is the sighting's.
pub mod mark {
    /// The address is proven to be the MAC's.
    pub const PROVEN: u8 = 1;
    /// A TTL straight from the sender.
    pub const DIRECT: u8 = 2;
    /// A TTL that a router counted down.
    pub const COUNTED_DOWN: u8 = 4;
    /// The MAC is the subject's own even if it is a router's.
    pub const OWN: u8 = 8;
    /// Frames were seen before and after the MAC relayed them.
    pub const FORWARDS: u8 = 16;
    /// The MAC advertises itself as a router.
    pub const ADVERTISES: u8 = 32;
}

/// When, and which marks. Two are joined like intervals: order and repeats change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// First and last time of anything.
    pub span: Span,
    /// See [`mark`].
    pub marks: u8,
}

impl Note {
    /// Nothing yet.
    pub const EMPTY: Note = Note { span: Span { first: Time(u64::MAX), last: Time(0) }, marks: 0 };

    /// Takes in another.
    pub fn take(&mut self, other: Note) {
        self.span.take(other.span);
        self.marks |= other.marks;
    }

    /// What one interval says.
    pub fn of(interval: &Interval) -> Note {
        let mut marks = 0;
        if Proof::of(interval).is_some_and(|(.., proof)| proof < Proof::Frame) {
            marks |= mark::PROVEN;
        }
        if names_its_mac(interval) {
            marks |= mark::OWN;
        }
        match &*interval.field {
            "ip.ttl" => match interval.value.parse().ok().and_then(is_direct) {
                Some(true) => marks |= mark::DIRECT,
                Some(false) => marks |= mark::COUNTED_DOWN,
                None => {}
            },
            "ip.forwarded" => marks |= mark::FORWARDS,
            _ if routers::advertises(interval) => marks |= mark::ADVERTISES,
            _ => {}
        }
        Note { span: Span { first: interval.first, last: interval.last }, marks }
    }
}

/// Something a member said that bears on identity beside its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Its own name, lower case; whether it is a key, and which, is for the
    /// configuration to say.
    Name(Box<str>),
    /// A key whatever the configuration.
    Key(Box<Key>),
    /// The gateways that a DHCP server named, as written.
    Gateways(Box<str>),
}

impl Fact {
    /// Whether an interval says this.
    fn is_said_by(&self, interval: &Interval) -> bool {
        match self {
            Fact::Name(name) => matching_name(interval).is_some_and(|said| said.eq_ignore_ascii_case(name)),
            Fact::Key(key) => match &**key {
                Key::ClientId { .. } => client_id_key(interval).as_ref() == Some(key),
                Key::Mac { mac } => named_mac(interval) == Some(*mac),
                _ => false,
            },
            Fact::Gateways(text) => interval.field == "dhcp.router" && interval.value == **text,
        }
    }

    /// What an interval says.
    fn of(interval: &Interval) -> Option<Fact> {
        if let Some(name) = matching_name(interval) {
            return Some(Fact::Name(name.to_ascii_lowercase().into()));
        }
        if let Some(key) = client_id_key(interval) {
            return Some(Fact::Key(Box::new(key)));
        }
        if let Some(mac) = named_mac(interval) {
            return Some(Fact::Key(Box::new(Key::Mac { mac })));
        }
        let named = routers::gateways(interval).next().is_some();
        named.then(|| Fact::Gateways(interval.value.as_str().into()))
    }

    /// The fact of an interval, when none of these is it.
    pub fn new_in(interval: &Interval, known: &[Fact]) -> Option<Fact> {
        if known.iter().any(|fact| fact.is_said_by(interval)) {
            return None;
        }
        Fact::of(interval)
    }

    /// The gateways it names.
    pub fn gateways(&self) -> Vec<IpAddr> {
        match self {
            Fact::Gateways(text) => routers::listed(text).collect(),
            Fact::Name(_) | Fact::Key(_) => Vec::new(),
        }
    }

    /// The key it is, if it is one.
    pub fn key(&self, config: &Config) -> Option<Key> {
        match self {
            Fact::Name(name) => Some(Key::Hostname { name: config.hostname(name)? }),
            Fact::Key(key) => Some((**key).clone()),
            Fact::Gateways(_) => None,
        }
    }
}
