//! What the tests of the sensor share: hosts, a TCP connection to speak in, and
//! a sensor that hears a pile of frames.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::collections::BTreeMap;
use std::net::IpAddr;

use capture::craft::{ACK, Craft, FIN, Link, PSH, Path, SYN, Segment};
use model::{Conversation, HintKind, Interval, Mac, Time};
use sense::{Event, Events, Input, Report, Sensor, Sizes, Stats, Tracker, Worker};
use wire::{Record, SensorConfig};
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

/// A sensor that runs on, in simulated time.
pub struct Running {
    pub sensor: Sensor,
    pub now: Time,
    /// Every report so far.
    pub told: Vec<wire::Report>,
    /// Time between two turns of its loop, in milliseconds.
    pub pace: u64,
    frames: u64,
}

/// A configuration with this address space, and the usual timing.
pub fn configured(zones: Config) -> SensorConfig {
    SensorConfig { version: 1, zones, external_names: true, ..SensorConfig::default() }
}

impl Running {
    /// From the tests' beginning on.
    pub fn new(config: &SensorConfig) -> Running {
        Running::of_size(config, SMALL)
    }

    pub fn of_size(config: &SensorConfig, sizes: Sizes) -> Running {
        let sensor = Sensor::new(config, sizes, 1 << 10, 64, at(0));
        Running { sensor, now: at(0), told: Vec::new(), pace: 500, frames: 0 }
    }

    /// Lets time pass.
    pub fn until(&mut self, time: Time) {
        while self.now < time {
            self.now = Time((self.now.0 + self.pace * 1_000_000).min(time.0));
            self.turn();
        }
    }

    fn turn(&mut self) {
        if let Some(report) = self.sensor.poll(self.now) {
            let bytes = wire::encode(&wire::Content::Report(report.clone()));
            assert!(bytes.len() < 4 << 20, "{} bytes", bytes.len());
            self.told.push(report);
        }
    }

    /// Frames in the order of time, and the time between them.
    pub fn hear(&mut self, craft: &Craft) {
        for (time, data) in craft.frames() {
            self.hear_one(time, data);
        }
    }

    pub fn hear_one(&mut self, time: Time, data: &[u8]) {
        self.until(time);
        self.frames += 1;
        self.sensor.frames(&[input(self.frames, time, data)]);
    }

    /// Ends it, and gives all reports.
    pub fn finish(mut self) -> Vec<wire::Report> {
        self.told.extend(self.sensor.finish(self.now));
        self.told
    }

    /// All intervals told so far.
    pub fn intervals(&self) -> impl Iterator<Item = &Interval> {
        self.told.iter().flat_map(|report| &report.intervals)
    }

    /// All records told so far.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.told.iter().flat_map(|report| &report.records)
    }

    /// Everything told so far as text, host names in it split from what surrounds them.
    pub fn text(&self) -> String {
        text(&self.told)
    }
}

/// Everything in reports as text, in lower case.
pub fn text(reports: &[wire::Report]) -> String {
    let mut out = String::new();
    for report in reports {
        for one in &report.intervals {
            out += &format!("{:?} {} {}\n", one.sighting, one.field, one.value);
        }
        for Record { conversation: talk, .. } in &report.records {
            out += &format!("{} {} {:?}\n", talk.client, talk.server, talk.hints);
        }
    }
    out.to_lowercase()
}

/// All reports as the one a whole capture would give: intervals joined, records
/// added up. Panics when two records of a conversation overlap, are not aligned or
/// hold what is not of their period.
pub fn folded(reports: &[wire::Report]) -> (Vec<Interval>, Vec<Conversation>) {
    let mut intervals: BTreeMap<_, Interval> = BTreeMap::new();
    for one in reports.iter().flat_map(|report| &report.intervals) {
        let key = (one.sighting, one.field.clone(), one.port, one.value.clone());
        intervals.entry(key).and_modify(|held| held.fold(one)).or_insert_with(|| one.clone());
    }
    let mut periods: BTreeMap<_, Vec<&Record>> = BTreeMap::new();
    for record in reports.iter().flat_map(|report| &report.records) {
        let talk = &record.conversation;
        let key = (talk.network, talk.client, talk.server, talk.port, talk.transport);
        periods.entry(key).or_default().push(record);
    }
    let mut conversations = Vec::new();
    for records in periods.values_mut() {
        records.sort();
        assert!(records.windows(2).all(|pair| pair[0].end <= pair[1].start), "disjoint: {records:#?}");
        let mut sum = records[0].conversation.clone();
        for record in &records[..] {
            let (start, end) = (record.start, record.end);
            assert!(start.0.is_multiple_of(300 * Time::SECOND) && end.0.is_multiple_of(300 * Time::SECOND));
            assert!(start < end && end.since(start) <= 1_800 * Time::SECOND);
            let talk = &record.conversation;
            assert!(start <= talk.first && talk.first <= talk.last && talk.last < end, "{record:#?}");
            assert!(talk.packets != [0; 2] || talk.copies != [0; 2], "with traffic only");
        }
        for Record { conversation: talk, .. } in &records[1..] {
            sum.flows += talk.flows;
            for way in 0..2 {
                sum.packets[way] += talk.packets[way];
                sum.bytes[way] += talk.bytes[way];
                sum.copies[way] += talk.copies[way];
                sum.copy_bytes[way] += talk.copy_bytes[way];
            }
            sum.last = talk.last;
            sum.answered |= talk.answered;
            if talk.known_by > sum.known_by {
                (sum.known_by, sum.protocol) = (talk.known_by, talk.protocol.clone());
            }
            sum.hints.extend(talk.hints.iter().cloned());
            sum.hints.sort();
            sum.hints.dedup();
        }
        conversations.push(sum);
    }
    conversations.sort();
    (intervals.into_values().collect(), conversations)
}
