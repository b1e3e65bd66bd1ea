//! Tables stay as large as they were made, and still everything is counted.

mod support;

use allocation_counter::measure;
use capture::craft::{Craft, Path, SYN, Segment};
use sense::{Sizes, Tracker, Worker};
use support::{at, feed, ip, path, private};
use zones::Zones;

const TINY: Sizes = Sizes { values: 1 << 10, sightings: 1 << 10, conversations: 1 << 10 };

/// `count` SYNs from as many addresses, from number `from` on.
fn flood(from: u32, count: u32) -> Craft {
    let mut craft = Craft::new();
    for n in from..from + count {
        let [_, a, b, c] = n.to_be_bytes();
        let segment =
            Segment { sport: 40_000, dport: 443, seq: n, flags: SYN, window: 64, ..Segment::default() };
        let path = Path { src: [10, a, b, c].into(), ..path(1, 2) };
        craft.tcp(at(u64::from(n) / 100), &path, &segment, &[]);
    }
    craft
}

#[test]
fn a_flood_takes_no_memory_and_is_counted() {
    const FLOWS: u32 = 200_000;
    let zones = Zones::new(&private());
    let (mut tracker, mut worker) = (Tracker::new(zones.clone(), TINY), Worker::new(1 << 10, 16));
    let mut grown = 0;
    for part in 0..20 {
        let craft = flood(part * (FLOWS / 20), FLOWS / 20);
        grown += measure(|| feed(&mut worker, &craft, &zones, &mut tracker)).bytes_current;
    }
    worker.finish(&mut tracker);
    assert_eq!(grown, 0, "bytes");
    let (stats, report) = (worker.stats(), tracker.report());
    assert_eq!((stats.frames, stats.ip), (u64::from(FLOWS), u64::from(FLOWS)));
    assert!(stats.evicted >= u64::from(FLOWS) - 1_024, "{}", stats.evicted);
    assert!(report.conversations.len() <= TINY.conversations);
    let talks = &report.conversations;
    let packets: u64 = talks.iter().flat_map(|talk| talk.packets).sum();
    let flows: u64 = talks.iter().map(|talk| talk.flows).sum();
    let bytes: u64 = talks.iter().flat_map(|talk| talk.bytes).sum();
    assert_eq!(packets + report.others.packets, u64::from(FLOWS));
    assert_eq!(flows + report.others.flows, u64::from(FLOWS));
    assert_eq!(bytes + report.others.bytes, stats.bytes);
    assert!(report.dropped > 0, "more sightings than there is room for");
}

#[test]
fn what_is_established_outlives_a_flood() {
    let zones = Zones::new(&private());
    let (mut tracker, mut worker) = (Tracker::new(zones.clone(), TINY), Worker::new(1 << 10, 16));
    let mut craft = Craft::new();
    let mut talk = support::Talk::new(&mut craft, path(1, 2), 40_000, 22);
    talk.open();
    talk.say(0, b"before");
    feed(&mut worker, &craft, &zones, &mut tracker);
    feed(&mut worker, &flood(1 << 20, 50_000), &zones, &mut tracker);
    let mut craft = Craft::new();
    let mut talk = support::Talk::new(&mut craft, path(1, 2), 40_000, 22);
    talk.now = 20_000;
    talk.say(1, b"after");
    feed(&mut worker, &craft, &zones, &mut tracker);
    worker.finish(&mut tracker);
    let report = tracker.report();
    let found = report.conversations.iter().find(|talk| (talk.client, talk.port) == (ip(1), 22)).unwrap();
    assert_eq!((found.flows, found.packets), (1, [3, 2]));
}

#[test]
fn streams_without_a_buffer_are_counted() {
    let zones = Zones::new(&private());
    let (mut tracker, mut worker) = (Tracker::new(zones.clone(), TINY), Worker::new(1 << 10, 2));
    let hello = support::client_hello("server.example.org", 500);
    for host in 10..20 {
        let mut craft = Craft::new();
        let mut talk = support::Talk::new(&mut craft, path(host, 2), 40_000, 443);
        talk.open();
        talk.say(0, &hello[..100]);
        feed(&mut worker, &craft, &zones, &mut tracker);
    }
    assert_eq!(worker.stats().unread, 8);
    worker.finish(&mut tracker);
    assert_eq!(tracker.report().conversations.len(), 10);
}

/// A long flow whose conversation has to make room between two of its reports.
#[test]
fn a_conversation_that_made_room_and_comes_again_is_counted() {
    let zones = Zones::new(&private());
    let (mut tracker, mut worker) =
        (Tracker::new(zones.clone(), Sizes { conversations: 64, ..TINY }), Worker::new(1 << 14, 4));
    // Both sides speak, so neither is taken for a probe; a minute apart, so that
    // each is told of for itself.
    let mut packets = 0;
    for minute in 0..30_u64 {
        let mut craft = Craft::new();
        let now = minute * 70_000;
        for host in 1..=200_u8 {
            let path = Path { src: ip(host), ..path(host, 2) };
            craft.udp(at(now + u64::from(host)), &path, 40_000, 50_000, &[1; 30]);
            craft.udp(at(now + u64::from(host) + 1), &path.back(64), 50_000, 40_000, &[2; 30]);
            packets += 2;
        }
        feed(&mut worker, &craft, &zones, &mut tracker);
    }
    worker.finish(&mut tracker);
    let (stats, report) = (worker.stats(), tracker.report());
    assert_eq!((stats.ip, stats.evicted), (packets, 0));
    let counted: u64 = report.conversations.iter().flat_map(|talk| talk.packets).sum();
    assert_eq!(counted + report.others.packets, packets);
    let flows: u64 = report.conversations.iter().map(|talk| talk.flows).sum();
    assert_eq!(flows + report.others.flows, 200);
}
