//! What the tests of the sensor share: hosts, a TCP connection to speak in, and
//! a sensor that hears a pile of frames.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::net::IpAddr;

use capture::craft::{ACK, Craft, FIN, Link, PSH, Path, SYN, Segment};
use model::{Conversation, HintKind, Mac, Time};
use sense::{Event, Events, Input, Report, Sizes, Stats, Tracker, Worker};
use zones::{Config, Group, Zones};

/// A MAC for a host number.
pub fn mac(host: u8) -> Mac {
    Mac([0, 0x1b, 0x1b, 0, 0, host])
}

/// An address for a host number.
pub fn ip(host: u8) -> IpAddr {
    [10, 0, 0, host].into()
}

/// An untagged path between two hosts of one link.
pub fn path(from: u8, to: u8) -> Path {
    Path { link: Link { src: mac(from), dst: mac(to), vlan: None }, src: ip(from), dst: ip(to), ttl: 64 }
}

/// That many milliseconds after the tests' beginning.
pub fn at(milliseconds: u64) -> Time {
    Time(Time::new(1_767_600_000, 0).0 + milliseconds * 1_000_000)
}

/// A TCP connection of which any part may be sent, a millisecond a segment.
pub struct Talk<'a> {
    pub craft: &'a mut Craft,
    pub path: Path,
    pub ports: [u16; 2],
    /// Next sequence numbers of client and server.
    pub seq: [u32; 2],
    pub now: u64,
}

impl<'a> Talk<'a> {
    pub fn new(craft: &'a mut Craft, path: Path, sport: u16, dport: u16) -> Talk<'a> {
        Talk { craft, path, ports: [sport, dport], seq: [1_000, 7_000_000], now: 0 }
    }

    /// A segment of the client (0) or the server (1) at any place of the stream.
    pub fn segment(&mut self, way: usize, seq: u32, flags: u8, payload: &[u8]) {
        self.now += 1;
        let path = if way == 0 { self.path } else { self.path.back(64) };
        let (sport, dport) = (self.ports[way], self.ports[1 - way]);
        let ack = if flags & ACK != 0 { self.seq[1 - way] } else { 0 };
        let segment = Segment { sport, dport, seq, ack, flags, window: 501, options: &[] };
        self.craft.tcp(at(self.now), &path, &segment, payload);
    }

    /// The next segment of a side; moves its sequence number on.
    pub fn next(&mut self, way: usize, flags: u8, payload: &[u8]) {
        self.segment(way, self.seq[way], flags, payload);
        let phantom = u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
        self.seq[way] = self.seq[way].wrapping_add(payload.len() as u32 + phantom);
    }

    /// The three-way handshake.
    pub fn open(&mut self) {
        self.next(0, SYN, &[]);
        self.next(1, SYN | ACK, &[]);
        self.next(0, ACK, &[]);
    }

    /// Data of a side.
    pub fn say(&mut self, way: usize, payload: &[u8]) {
        self.next(way, PSH | ACK, payload);
    }

    /// FIN of both sides and the last acknowledgement.
    pub fn close(&mut self) {
        self.next(0, FIN | ACK, &[]);
        self.next(1, FIN | ACK, &[]);
        self.next(0, ACK, &[]);
    }
}

/// What a sensor made of a pile of frames.
pub struct Heard {
    pub report: Report,
    pub stats: Stats,
}

impl Heard {
    /// The only conversation.
    pub fn only(&self) -> &Conversation {
        assert_eq!(self.report.conversations.len(), 1, "{:#?}", self.report.conversations);
        &self.report.conversations[0]
    }

    /// Values of a field, sorted.
    pub fn values(&self, field: &str) -> Vec<&str> {
        let found = self.report.intervals.iter().filter(|interval| interval.field == field);
        let mut values: Vec<&str> = found.map(|interval| interval.value.as_str()).collect();
        values.sort_unstable();
        values
    }

    /// True when a field was heard of an address.
    pub fn has(&self, host: IpAddr, field: &str) -> bool {
        self.report.intervals.iter().any(|one| one.sighting.ip == Some(host) && one.field == field)
    }

    /// The hints of one kind, of all conversations.
    pub fn hints(&self, kind: HintKind) -> Vec<&str> {
        let all = self.report.conversations.iter().flat_map(|talk| &talk.hints);
        all.filter(|hint| hint.kind == kind).map(|hint| hint.value.as_str()).collect()
    }
}

/// Sizes that hold all that a small test says.
pub const SMALL: Sizes = Sizes { values: 1 << 12, sightings: 1 << 12, conversations: 1 << 10 };

/// Private addresses are internal.
pub fn private() -> Config {
    Config { internal: vec![Group::private()], ..Config::default() }
}

/// A pile of frames through a sensor of usual size.
pub fn hear(craft: &Craft) -> Heard {
    hear_with(craft, &private(), 1 << 10, SMALL)
}

/// The same, with all sizes given.
pub fn hear_with(craft: &Craft, config: &Config, flows: usize, sizes: Sizes) -> Heard {
    let zones = Zones::new(config);
    let mut tracker = Tracker::new(zones.clone(), sizes);
    let mut worker = Worker::new(flows, 64);
    feed(&mut worker, craft, &zones, &mut tracker);
    worker.finish(&mut tracker);
    let stats = worker.stats();
    assert_eq!(stats.frames, stats.ip + stats.copied() + stats.other, "totals reconcile");
    Heard { report: tracker.report(), stats }
}

/// Every frame to a worker.
pub fn feed(worker: &mut Worker, craft: &Craft, zones: &Zones, events: &mut impl Events) {
    for (number, (time, data)) in craft.frames().enumerate() {
        worker.frame(&input(number as u64 + 1, time, data), zones, events);
    }
}

/// An Ethernet frame of port 0.
pub fn input(number: u64, time: Time, data: &[u8]) -> Input<'_> {
    Input { link: 1, data, wire_len: data.len() as u32, time, port: 0, number }
}

/// Events that say that something was read, one line each.
#[derive(Default)]
pub struct Notes(pub Vec<String>);

impl Events for Notes {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Observed(observed) => self.0.push(format!("{} {}", observed.field.key, observed.value)),
            Event::Hint(_, kind, value) => self.0.push(format!("{kind:?} {value}")),
            _ => {}
        }
    }
}

/// A TLS 1.2 ClientHello (RFC 5246 §7.4.1.2) for a server name (RFC 6066 §3), with
/// `padding` bytes of padding (RFC 7685) to make it long.
pub fn client_hello(name: &str, padding: u16) -> Vec<u8> {
    fn sized<const N: usize>(bytes: &[u8]) -> Vec<u8> {
        let length = (bytes.len() as u32).to_be_bytes();
        [&length[4 - N..], bytes].concat()
    }
    let name = [&[0][..], &sized::<2>(name.as_bytes())].concat();
    let server_name = [&[0, 0][..], &sized::<2>(&sized::<2>(&name))].concat();
    let padding = [&[0, 21][..], &sized::<2>(&vec![0; usize::from(padding)])].concat();
    let suites = sized::<2>(&[0x13, 0x01, 0xc0, 0x2f]);
    let body = [&[3, 3][..], &[7; 32], &[0], &suites, &[1, 0], &sized::<2>(&[server_name, padding].concat())];
    let message = [&[1][..], &sized::<3>(&body.concat())].concat();
    [&[22, 3, 1][..], &sized::<2>(&message)].concat()
}
