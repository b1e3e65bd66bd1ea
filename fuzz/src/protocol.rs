//! Every dissector as a target, and the promises each of them makes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use dissect::{About, Meta, Outcome, Over, Probe, Protocol, Scratch, Sink, Way};
use model::{Field, HintKind, MAX_VALUE, Mac, Time};

use crate::case::{Case, Turn};
use crate::{Fault, Said, Target, hash};

/// Largest message that is ever offered: the size of a reassembly buffer.
const BUFFER: usize = 16 * 1024;

/// Observations that any call may make; beyond it one for each byte offered.
const FREE_OBSERVATIONS: u64 = 64;

/// A dissector.
pub struct Dissector(pub &'static dyn Protocol);

/// Counts and checks what is said.
struct Checked {
    fields: &'static [Field],
    kinds: Vec<u32>,
    said: Said,
    fault: Option<Fault>,
}

impl Checked {
    fn new(protocol: &dyn Protocol) -> Checked {
        Checked { fields: protocol.info().fields, kinds: Vec::new(), said: Said::default(), fault: None }
    }

    /// `kind` is the field's number, or another for what is no field.
    fn text(&mut self, what: &str, kind: u32, value: &str) {
        self.said.count += 1;
        self.said.words = hash(hash(self.said.words, &kind.to_be_bytes()), value.as_bytes());
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
            self.said.shape = hash(self.said.shape, &kind.to_be_bytes());
        }
        if value.len() > MAX_VALUE {
            self.fault = Some(Fault::new(&format!("long value of {what}"), format!("{} bytes", value.len())));
        } else if value.contains(char::is_control) {
            self.fault = Some(Fault::new(&format!("control character in {what}"), format!("{value:?}")));
        }
    }
}

impl Sink for Checked {
    fn observe(&mut self, _: About, field: &'static Field, value: &str) {
        self.text(field.key, field.id, value);
        if !self.fields.contains(field) {
            self.fault = Some(Fault::new(&format!("{} is not among the fields", field.key), value));
        }
    }

    fn hint(&mut self, kind: HintKind, value: &str) {
        self.text("hint", kind as u32, value);
    }

    fn resolved(&mut self, _: IpAddr, _: IpAddr, name: &str) {
        self.text("resolved name", 1 << 16, name);
    }
}

/// What the layers below would know, by carrier and direction.
fn meta(over: Over, case: &Case, turn: &Turn) -> Meta {
    let (transport, port) = match over {
        Over::Tcp(ports) => (6, ports.first()),
        Over::Udp(ports) => (17, ports.first()),
        Over::TcpHandshake => (6, None),
        Over::Icmpv6(_) => (58, None),
        Over::EtherType(_) | Over::Snap(..) => (0, None),
    };
    let port = port.copied().filter(|_| !case.strange_ports).unwrap_or(40_000);
    let back = turn.back != case.reversed;
    // Neighbour discovery is heard from the link only (RFC 4861, 6.1): IPv6, hop limit 255.
    let on_link = matches!(over, Over::Icmpv6(_));
    let ip = |host: u8| match on_link {
        true => IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, u16::from(host))),
        false => IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)),
    };
    let client = (Mac([2, 0, 0, 0, 0, 1]), ip(1), 50_000);
    let server = (Mac([2, 0, 0, 0, 0, 2]), ip(2), port);
    let (from, to) = if back { (server, client) } else { (client, server) };
    let addressed = transport != 0;
    Meta {
        time: Time::new(1_800_000_000, 0),
        src_mac: Some(from.0),
        dst_mac: Some(to.0),
        src: Some(from.1).filter(|_| addressed),
        dst: Some(to.1).filter(|_| addressed),
        sport: if addressed { from.2 } else { 0 },
        dport: if addressed { to.2 } else { 0 },
        transport,
        ttl: if on_link { 255 } else { 64 },
        way: if turn.back { Way::ToClient } else { Way::ToServer },
        ..Meta::default()
    }
}

impl Dissector {
    /// One call, checked.
    fn parse(
        &self,
        meta: &Meta,
        bytes: &[u8],
        scratch: &mut Scratch,
        sink: &mut Checked,
    ) -> Result<Outcome, Fault> {
        let before = sink.said.count;
        let outcome = self.0.parse(meta, bytes, scratch, sink);
        if let Some(fault) = sink.fault.take() {
            return Err(fault);
        }
        match outcome {
            Outcome::Took(0) => return Err(Fault::new("took nothing", "")),
            Outcome::More if meta.cut => return Err(Fault::new("asked for more of a cut message", "")),
            _ => {}
        }
        let said = sink.said.count - before;
        if said > FREE_OBSERVATIONS + bytes.len() as u64 {
            return Err(Fault::new("says too much", format!("{said} of {} bytes", bytes.len())));
        }
        Ok(outcome)
    }

    /// Both directions of a stream as a worker hands them over, `step` bytes at a time.
    fn stream(&self, case: &Case, over: Over, step: usize) -> Result<Said, Fault> {
        let (mut scratch, mut sink) = (Scratch::default(), Checked::new(self.0));
        let (mut held, mut skip, mut over_with) = ([Vec::new(), Vec::new()], [0, 0], [false, false]);
        for (number, turn) in case.turns.iter().enumerate() {
            let side = usize::from(turn.back);
            let last_turn = case.cut && number + 1 == case.turns.len();
            let step = if step == 0 { turn.bytes.len().max(1) } else { step };
            let pieces = turn.bytes.chunks(step).count();
            for (at, piece) in turn.bytes.chunks(step).enumerate() {
                let (held, skip) = (&mut held[side], &mut skip[side]);
                if over_with[side] {
                    continue;
                }
                let passed = piece.len().min(*skip);
                *skip -= passed;
                held.extend_from_slice(&piece[passed..]);
                let full = held.len() >= BUFFER;
                held.truncate(BUFFER);
                let cut = full || last_turn && at + 1 == pieces;
                let meta = Meta { cut, ..meta(over, case, turn) };
                self.0.probe(&meta, held);
                while !held.is_empty() {
                    match self.parse(&meta, held, &mut scratch, &mut sink)? {
                        Outcome::Took(count) => {
                            *skip += count.saturating_sub(held.len());
                            held.drain(..count.min(held.len()));
                        }
                        Outcome::More => break,
                        Outcome::Done | Outcome::Malformed => {
                            over_with[side] = true;
                            held.clear();
                        }
                    }
                }
                over_with[side] |= cut;
            }
        }
        Ok(sink.said)
    }
}

impl Target for Dissector {
    fn name(&self) -> &'static str {
        self.0.info().name
    }

    fn carriers(&self) -> usize {
        self.0.info().over.len()
    }

    fn likes(&self, case: &Case) -> bool {
        let first = |over: &Over, turn: &Turn| self.0.probe(&meta(*over, case, turn), &turn.bytes);
        self.0.info().over.iter().any(|over| case.turns.iter().any(|turn| first(over, turn) == Probe::Yes))
    }

    fn run(&self, case: &Case) -> Result<Said, Fault> {
        let info = self.0.info();
        let Some(over) = info.over.get(case.carrier % info.over.len().max(1)) else {
            return Ok(Said::default());
        };
        if let Over::Tcp(_) = over {
            let said = self.stream(case, *over, 0)?;
            // What is heard does not depend on how it was cut into segments.
            if case.step != 0
                && case.size() < BUFFER
                && self.stream(case, *over, case.step)?.words != said.words
            {
                return Err(Fault::new("says something else of pieces", format!("of {}", case.step)));
            }
            return Ok(said);
        }
        let (mut scratch, mut sink) = (Scratch::default(), Checked::new(self.0));
        for turn in &case.turns {
            let meta = Meta { cut: case.cut, ..meta(*over, case, turn) };
            if !matches!(over, Over::Udp(_)) {
                scratch = Scratch::default();
            }
            self.0.probe(&meta, &turn.bytes);
            self.0.digest(&meta, &turn.bytes);
            self.parse(&meta, &turn.bytes, &mut scratch, &mut sink)?;
        }
        Ok(sink.said)
    }
}
