//! Letting dissectors read: the bridge between a frame and the observations
//! that are made of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use core::net::IpAddr;

use dissect::{About, Dispatch, Meta, Outcome, Probe, Protocol, Scratch, Sink, Way};
use model::{Field, HintKind, MAX_VALUE, NetworkId, Port, Scope, Sighting};

use crate::event::{Event, Events, Observed};
use crate::flow_state::{self, Side};
use crate::key;
use crate::stats::Stats;

/// Turns what a dissector says into events.
pub struct Saying<'a, E> {
    pub events: &'a mut E,
    pub meta: &'a Meta,
    pub network: NetworkId,
    pub frame: u64,
    /// Client and server of the flow, for hints.
    pub sides: Option<&'a [Side; 2]>,
    pub digest: u64,
}

impl<E: Events> Saying<'_, E> {
    /// The service a field of that scope speaks of: the server's port when the
    /// server is the one spoken of.
    fn port(&self, about: About) -> Option<Port> {
        let number = match (about, self.meta.way) {
            (About::Sender, Way::ToClient) => self.meta.sport,
            (About::Receiver, Way::ToServer) => self.meta.dport,
            _ => return None,
        };
        (number != 0).then_some(Port { transport: self.meta.transport, number })
    }
}

/// At most [`MAX_VALUE`] bytes, cut at a character.
fn cut(value: &str) -> &str {
    let mut end = value.len().min(MAX_VALUE);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}

impl<E: Events> Sink for Saying<'_, E> {
    fn observe(&mut self, about: About, field: &'static Field, value: &str) {
        let (mac, ip) = match about {
            About::Sender => (self.meta.src_mac, self.meta.src),
            About::Receiver => (self.meta.dst_mac, self.meta.dst),
            About::Host { mac, ip } => (mac, ip),
        };
        let Some(sighting) = Sighting::new(self.network, mac, ip) else { return };
        if sighting.ip.is_some_and(|ip| !self.events.wants(&ip, field)) {
            return;
        }
        let port = match field.scope {
            Scope::Host => None,
            Scope::Service => self.port(about),
        };
        let (time, frame, digest) = (self.meta.time, self.frame, self.digest);
        let value = cut(value);
        self.events.take(Event::Observed(Observed { sighting, field, port, value, time, frame, digest }));
    }

    fn hint(&mut self, kind: HintKind, value: &str) {
        if let Some(sides) = self.sides {
            let talk = flow_state::talk(self.network, self.meta.transport, sides);
            self.events.take(Event::Hint(talk, kind, cut(value)));
        }
    }

    fn resolved(&mut self, client: IpAddr, server: IpAddr, name: &str) {
        let network = self.network;
        self.events.take(Event::Resolved { network, client, server, name: cut(name) });
    }

    fn wants(&self, ip: &IpAddr, field: &'static Field) -> bool {
        self.events.wants(ip, field)
    }
}

/// The digest under which a repeat of a message is asked for ([`Events::repeat`]); 0
/// when the protocol gives none.
pub fn digest(protocol: &dyn Protocol, network: NetworkId, meta: &Meta, bytes: &[u8]) -> u64 {
    let sender = || Sighting { network, mac: meta.src_mac, ip: meta.src };
    protocol.digest(meta, bytes).map_or(0, |digest| packet::mix(digest, key::sighting(&sender())) | 1)
}

/// Runs one dissector over one message. A panic is caught, counted as our bug,
/// and answered as `Malformed`. The digest of `saying` is used when it is known.
pub fn parse<E: Events>(
    protocol: &dyn Protocol,
    bytes: &[u8],
    scratch: &mut Scratch,
    saying: &mut Saying<'_, E>,
    stats: &mut Stats,
) -> Outcome {
    if saying.digest == 0 {
        saying.digest = digest(protocol, saying.network, saying.meta, bytes);
    }
    if saying.digest != 0 && saying.events.repeat(saying.digest, saying.meta.time) {
        return Outcome::Done;
    }
    let meta = saying.meta;
    let outcome = catch_unwind(AssertUnwindSafe(|| protocol.parse(meta, bytes, scratch, saying)));
    match outcome {
        Ok(Outcome::Malformed) => {
            *stats.refused.entry(protocol.info().name).or_default() += 1;
            Outcome::Malformed
        }
        Ok(outcome) => outcome,
        Err(_) => {
            *stats.panics.entry(protocol.info().name).or_default() += 1;
            Outcome::Malformed
        }
    }
}

/// What probing found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// This protocol (place in `PROTOCOLS`).
    Protocol(u8),
    /// Somebody wants more bytes.
    Undecided,
    /// Nobody knows it.
    Nobody,
}

/// Asks the few candidates for a first message.
pub fn probe(dispatch: &Dispatch, meta: &Meta, bytes: &[u8]) -> Found {
    let Some(first) = bytes.first() else { return Found::Undecided };
    let ports = [meta.sport, meta.dport];
    let candidates = match meta.transport {
        6 => dispatch.tcp(ports, *first),
        _ => dispatch.udp(ports, *first),
    };
    let mut undecided = false;
    for index in candidates {
        let Some(protocol) = dissect::protocol(index) else { continue };
        match catch_unwind(AssertUnwindSafe(|| protocol.probe(meta, bytes))) {
            Ok(Probe::Yes) => return Found::Protocol(index as u8),
            Ok(Probe::More) => undecided = true,
            Ok(Probe::No) | Err(_) => {}
        }
    }
    if undecided { Found::Undecided } else { Found::Nobody }
}
