//! Every dissector as a target, and the promises each of them makes.

use std::net::{IpAddr, Ipv4Addr};

use dissect::{About, Meta, Outcome, Over, Probe, Protocol, Scratch, Sink, Way};
use model::{Field, HintKind, MAX_VALUE, Mac, Time};

use crate::case::{Case, Turn};
use crate::{Fault, Target};

/// Largest message that is ever offered: the size of a reassembly buffer.
const BUFFER: usize = 16 * 1024;

/// Observations that any call may make; beyond it one for each byte offered.
const FREE_OBSERVATIONS: u64 = 64;

/// A dissector.
pub struct Dissector(pub &'static dyn Protocol);

/// Counts and checks what is said.
struct Checked {
    fields: &'static [Field],
    said: u64,
    fault: Option<Fault>,
}

impl Checked {
    fn text(&mut self, what: &str, value: &str) {
        self.said += 1;
        if value.len() > MAX_VALUE {
            self.fault = Some(Fault::new(&format!("long value of {what}"), format!("{} bytes", value.len())));
        } else if value.contains(char::is_control) {
            self.fault = Some(Fault::new(&format!("control character in {what}"), format!("{value:?}")));
        }
    }
}

impl Sink for Checked {
    fn observe(&mut self, _: About, field: &'static Field, value: &str) {
        self.text(field.key, value);
        if !self.fields.contains(field) {
            self.fault = Some(Fault::new(&format!("{} is not among the fields", field.key), value));
        }
    }

    fn hint(&mut self, kind: HintKind, value: &str) {
        self.text(&format!("hint {kind:?}"), value);
    }

    fn resolved(&mut self, _: IpAddr, _: IpAddr, name: &str) {
        self.text("resolved name", name);
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
    let client = (Mac([2, 0, 0, 0, 0, 1]), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 50_000);
    let server = (Mac([2, 0, 0, 0, 0, 2]), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), port);
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
        ttl: 64,
        way: if turn.back { Way::ToClient } else { Way::ToServer },
        ..Meta::default()
    }
}

impl Dissector {
    /// One call, checked.
    fn parse(&self, meta: &Meta, bytes: &[u8], scratch: &mut Scratch, said: &mut u64) -> Result<Outcome, Fault> {
        let mut sink = Checked { fields: self.0.info().fields, said: 0, fault: None };
        let outcome = self.0.parse(meta, bytes, scratch, &mut sink);
        *said += sink.said;
        if let Some(fault) = sink.fault {
            return Err(fault);
        }
        match outcome {
            Outcome::Took(0) => return Err(Fault::new("took nothing", "")),
            Outcome::More if meta.cut => return Err(Fault::new("asked for more of a cut message", "")),
            _ => {}
        }
        if sink.said > FREE_OBSERVATIONS + bytes.len() as u64 {
            return Err(Fault::new("says too much", format!("{} of {} bytes", sink.said, bytes.len())));
        }
        Ok(outcome)
    }

    /// One direction of a stream as a worker hands it over.
    fn stream(&self, case: &Case, over: Over, scratch: &mut Scratch) -> Result<u64, Fault> {
        let mut said = 0;
        let (mut held, mut skip, mut over_with) = ([Vec::new(), Vec::new()], [0, 0], [false, false]);
        for (number, turn) in case.turns.iter().enumerate() {
            let side = usize::from(turn.back);
            let last_turn = case.cut && number + 1 == case.turns.len();
            let step = if case.step == 0 { turn.bytes.len().max(1) } else { case.step };
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
                    match self.parse(&meta, held, scratch, &mut said)? {
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
        Ok(said)
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

    fn run(&self, case: &Case) -> Result<u64, Fault> {
        let info = self.0.info();
        let Some(over) = info.over.get(case.carrier % info.over.len().max(1)) else {
            return Ok(0);
        };
        let mut scratch = Scratch::default();
        if let Over::Tcp(_) = over {
            return self.stream(case, *over, &mut scratch);
        }
        let mut said = 0;
        for turn in &case.turns {
            let meta = Meta { cut: case.cut, ..meta(*over, case, turn) };
            if !matches!(over, Over::Udp(_)) {
                scratch = Scratch::default();
            }
            self.0.probe(&meta, &turn.bytes);
            self.0.digest(&meta, &turn.bytes);
            self.parse(&meta, &turn.bytes, &mut scratch, &mut said)?;
        }
        Ok(said)
    }
}
