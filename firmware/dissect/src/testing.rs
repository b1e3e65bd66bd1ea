//! Helpers for the dissectors' tests (feature `testing` for other crates):
//! run a protocol over bytes and get what it said as lines.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use core::net::IpAddr;
use std::format;
use std::string::String;
use std::vec::Vec;

use model::{Field, HintKind};

use crate::{About, Meta, Outcome, Protocol, Scratch, Sink, Way};

/// Keeps everything it is told, one line each:
/// `sender dhcp.hostname=pc1`, `host(MAC IP) arp.binding=reply`, `hint sni=example.org`.
#[derive(Default)]
pub struct Lines(pub Vec<String>);

impl Sink for Lines {
    fn observe(&mut self, about: About, field: &'static Field, value: &str) {
        assert!(value.len() <= model::MAX_VALUE, "{field} is too long");
        let whom = match about {
            About::Sender => String::from("sender"),
            About::Receiver => String::from("receiver"),
            About::Host { mac, ip } => {
                let mac = mac.map_or(String::from("-"), |mac| format!("{mac}"));
                let ip = ip.map_or(String::from("-"), |ip| format!("{ip}"));
                format!("host({mac} {ip})")
            }
        };
        self.0.push(format!("{whom} {field}={value}"));
    }

    fn hint(&mut self, kind: HintKind, value: &str) {
        self.0.push(format!("hint {kind:?}={value}"));
    }

    fn resolved(&mut self, client: IpAddr, server: IpAddr, name: &str) {
        self.0.push(format!("resolved {client} {server} {name}"));
    }
}

/// Bytes from hexadecimal text; white space is ignored.
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// What a protocol says of one datagram or frame.
pub fn datagram(protocol: &dyn Protocol, meta: &Meta, bytes: &[u8]) -> Vec<String> {
    let mut lines = Lines::default();
    protocol.parse(meta, bytes, &mut Scratch::default(), &mut lines);
    lines.0
}

/// What a protocol says of one direction of a stream that arrives in pieces of
/// `step` bytes: the same bookkeeping as the worker's, without a flow table.
pub fn stream(
    protocol: &dyn Protocol,
    meta: &Meta,
    bytes: &[u8],
    step: usize,
    scratch: &mut Scratch,
) -> (Vec<String>, Outcome) {
    let mut lines = Lines::default();
    let (mut taken, mut have) = (0, 0);
    let mut outcome = Outcome::More;
    while have < bytes.len() {
        have = bytes.len().min(have + step);
        let last = Meta { cut: have == bytes.len(), ..*meta };
        while taken < have {
            outcome = protocol.parse(&last, &bytes[taken..have], scratch, &mut lines);
            match outcome {
                Outcome::Took(0) => panic!("took nothing"),
                Outcome::Took(n) => taken += n,
                Outcome::More => break,
                Outcome::Done | Outcome::Malformed => return (lines.0, outcome),
            }
        }
    }
    (lines.0, outcome)
}

/// A TCP conversation's first bytes, both directions, checked to say the same
/// whole, one byte at a time, and cut at every byte in turn; returns the lines.
pub fn both_ways(protocol: &dyn Protocol, meta: &Meta, to_server: &[u8], to_client: &[u8]) -> Vec<String> {
    let run = |step: usize| {
        let mut scratch = Scratch::default();
        let there = Meta { way: Way::ToServer, ..*meta };
        let back = Meta {
            way: Way::ToClient,
            src: meta.dst,
            dst: meta.src,
            sport: meta.dport,
            dport: meta.sport,
            ..*meta
        };
        let mut lines = stream(protocol, &there, to_server, step, &mut scratch).0;
        lines.extend(stream(protocol, &back, to_client, step, &mut scratch).0);
        lines
    };
    let whole = run(usize::MAX / 2);
    for step in 1..=to_server.len().max(to_client.len()) {
        assert_eq!(run(step), whole, "in pieces of {step}");
    }
    whole
}

/// Every prefix of a message is parsed, whole and cut, without a panic.
pub fn truncations(protocol: &dyn Protocol, meta: &Meta, bytes: &[u8]) {
    for end in 0..=bytes.len() {
        for cut in [false, true] {
            let meta = Meta { cut, ..*meta };
            protocol.probe(&meta, &bytes[..end]);
            let outcome =
                protocol.parse(&meta, &bytes[..end], &mut Scratch::default(), &mut Lines::default());
            assert!(!(cut && outcome == Outcome::More), "asked for more of a cut message at {end}");
        }
    }
}

/// A file of recorded messages (`vectors/NAME/*.txt`), blank lines between them:
/// `#` comments, one `meta` line (`src=`, `dst=`, `sport=`, `dport=`, `ttl=`,
/// `ip_id=`, `df=1`, `time=` in seconds), `hex` lines, and the lines the protocol
/// must say of it. Each message is also cut at every byte.
pub fn vectors(protocol: &dyn Protocol, file: &str) {
    for message in file.split("\n\n") {
        let (mut meta, mut bytes, mut want) = (Meta::default(), Vec::new(), Vec::new());
        for line in message.lines().filter(|line| !line.starts_with('#')) {
            match line.split_once(' ') {
                Some(("meta", pairs)) => pairs.split(' ').for_each(|pair| set(&mut meta, pair)),
                Some(("hex", digits)) => bytes.extend(hex(digits)),
                _ => want.extend((!line.is_empty()).then_some(line)),
            }
        }
        if bytes.is_empty() {
            continue;
        }
        assert_eq!(protocol.probe(&meta, &bytes), crate::Probe::Yes, "{message}");
        assert_eq!(datagram(protocol, &meta, &bytes), want, "{message}");
        truncations(protocol, &meta, &bytes);
    }
}

/// A file of recorded TCP conversations in which it matters who spoke when: as
/// [`vectors`], with `>` (to the server) and `<` lines instead of `hex`, in the
/// order they were sent; neighbours of one direction are one segment. Must say
/// the same whole and one byte at a time.
pub fn turns(protocol: &dyn Protocol, file: &str) {
    for conversation in file.split("\n\n") {
        let (mut meta, mut turns, mut want) = (Meta::default(), Vec::new(), Vec::new());
        for line in conversation.lines().filter(|line| !line.starts_with('#')) {
            let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
            let way = if kind == ">" { Way::ToServer } else { Way::ToClient };
            match (kind, turns.last_mut()) {
                ("meta", _) => rest.split(' ').for_each(|pair| set(&mut meta, pair)),
                (">" | "<", Some((before, bytes))) if *before == way => Vec::extend(bytes, hex(rest)),
                (">" | "<", _) => turns.push((way, hex(rest))),
                _ => want.push(line),
            }
        }
        for step in [usize::MAX / 2, 1] {
            assert_eq!(in_turns(protocol, &meta, &turns, step), want, "in pieces of {step}: {conversation}");
        }
    }
}

/// What a protocol says of both directions of a conversation, in pieces of `step` bytes.
fn in_turns(protocol: &dyn Protocol, meta: &Meta, turns: &[(Way, Vec<u8>)], step: usize) -> Vec<String> {
    let (mut lines, mut scratch) = (Lines::default(), Scratch::default());
    let mut held = [Vec::new(), Vec::new()];
    for (way, bytes) in turns {
        let back = Meta { src: meta.dst, dst: meta.src, sport: meta.dport, dport: meta.sport, ..*meta };
        let (meta, held) = match way {
            Way::ToServer => (Meta { way: *way, ..*meta }, &mut held[0]),
            Way::ToClient => (Meta { way: *way, ..back }, &mut held[1]),
        };
        for piece in bytes.chunks(step.min(bytes.len())) {
            held.extend_from_slice(piece);
            while !held.is_empty() {
                match protocol.parse(&meta, held, &mut scratch, &mut lines) {
                    Outcome::Took(0) => panic!("took nothing"),
                    Outcome::Took(count) => drop(held.drain(..count.min(held.len()))),
                    Outcome::More => break,
                    outcome => panic!("{outcome:?} of {held:02x?}"),
                }
            }
        }
    }
    lines.0
}

/// A file of recorded TCP conversations, blank lines between them: as [`vectors`],
/// with the bytes of each direction in `up` (to the server) and `down` lines instead
/// of `hex`. Each is also read in pieces of every length, and cut at every byte.
pub fn one_turn(protocol: &dyn Protocol, file: &str) {
    for conversation in file.split("\n\n") {
        let (mut meta, mut ways, mut want) = (Meta::default(), [Vec::new(), Vec::new()], Vec::new());
        for line in conversation.lines().filter(|line| !line.starts_with('#')) {
            match line.split_once(' ') {
                Some(("meta", pairs)) => pairs.split(' ').for_each(|pair| set(&mut meta, pair)),
                Some(("up", digits)) => ways[0].extend(hex(digits)),
                Some(("down", digits)) => ways[1].extend(hex(digits)),
                _ => want.extend((!line.is_empty()).then_some(line)),
            }
        }
        let [up, down] = &ways;
        for bytes in ways.iter().filter(|bytes| !bytes.is_empty()) {
            assert_eq!(protocol.probe(&meta, bytes), crate::Probe::Yes, "{conversation}");
            truncations(protocol, &meta, bytes);
        }
        assert_eq!(both_ways(protocol, &meta, up, down), want, "{conversation}");
    }
}

fn set(meta: &mut Meta, pair: &str) {
    let (key, value) = pair.split_once('=').unwrap();
    match key {
        "src" => meta.src = Some(value.parse().unwrap()),
        "dst" => meta.dst = Some(value.parse().unwrap()),
        "sport" => meta.sport = value.parse().unwrap(),
        "dport" => meta.dport = value.parse().unwrap(),
        "ttl" => meta.ttl = value.parse().unwrap(),
        "ip_id" => meta.ip_id = value.parse().unwrap(),
        "df" => meta.dont_fragment = value == "1",
        "time" => meta.time = model::Time::new(value.parse().unwrap(), 0),
        other => panic!("{other}"),
    }
}
