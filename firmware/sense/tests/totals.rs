//! Totals reconcile over made traffic of every shape: each frame is an IP packet
//! that some conversation counts, a copy, or something else.

mod support;

use capture::{PcapFile, Source, drain, synthetic};
use sense::{Report, Sizes, Stats, Tracker, Worker};
use support::{input, private};
use zones::Zones;

fn run(source: &mut dyn Source, flows: usize, conversations: usize) -> (Stats, Report) {
    let zones = Zones::new(&private());
    let sizes = Sizes { values: 1 << 12, sightings: 1 << 12, conversations };
    let (mut tracker, mut worker) = (Tracker::new(zones.clone(), sizes), Worker::new(flows, 64));
    drain(source, |frame| worker.frame(&input(frame.number, frame.time, frame.data), &zones, &mut tracker))
        .unwrap();
    worker.finish(&mut tracker);
    (worker.stats(), tracker.report())
}

#[track_caller]
fn reconcile(stats: &Stats, report: &Report) {
    assert_eq!(stats.frames, stats.ip + stats.copied() + stats.other);
    assert!(stats.other_malformed <= stats.malformed && stats.malformed <= stats.frames);
    let talks = &report.conversations;
    let packets: u64 = talks.iter().flat_map(|talk| talk.packets).sum();
    assert_eq!(packets + report.others.packets, stats.ip);
    let copies: u64 = talks.iter().flat_map(|talk| talk.copies).sum();
    assert!(copies + report.others.copies <= stats.copied());
    assert!(talks.iter().all(|talk| talk.flows > 0 && talk.first <= talk.last && talk.frame > 0));
    assert_eq!(stats.panics.len(), 0);
    let keys: std::collections::BTreeSet<_> = talks
        .iter()
        .map(|talk| (talk.network, talk.client, talk.server, talk.port, talk.transport))
        .collect();
    assert_eq!(keys.len(), talks.len(), "each conversation once");
}

fn demo() -> PcapFile {
    let mut bytes = Vec::new();
    capture::demo::write(&mut bytes).unwrap();
    PcapFile::from_reader("demo", Box::new(std::io::Cursor::new(bytes))).unwrap()
}

#[test]
fn of_the_demonstration() {
    let (stats, report) = run(&mut demo(), 1 << 12, 1 << 12);
    reconcile(&stats, &report);
    assert_eq!((report.others.conversations, report.dropped, stats.evicted, stats.unread), (0, 0, 0, 0));
    assert!(stats.copied() > 0 && stats.other > 0);
    let copies: u64 = report.conversations.iter().flat_map(|talk| talk.copies).sum();
    assert_eq!(copies, stats.copied(), "each beside its conversation");
    let bytes: u64 = report.conversations.iter().flat_map(|talk| talk.bytes).sum();
    assert!(bytes < stats.bytes);
}

#[test]
fn of_the_demonstration_in_tables_too_small() {
    for (flows, conversations) in [(64, 1 << 12), (1 << 12, 64), (64, 64)] {
        let (stats, report) = run(&mut demo(), flows, conversations);
        reconcile(&stats, &report);
    }
}

#[test]
fn of_the_worst_case() {
    for (flows, conversations) in [(1 << 16, 1 << 16), (1 << 10, 1 << 10), (1 << 10, 1 << 6)] {
        let (stats, report) = run(&mut synthetic::worst(1, 100_000), flows, conversations);
        reconcile(&stats, &report);
        assert_eq!(stats.ip, 100_000);
    }
}

#[test]
fn of_whole_connections() {
    let (stats, report) = run(&mut synthetic::flows(1, 100_000, 5_000), 1 << 17, 1 << 17);
    reconcile(&stats, &report);
    let flows: u64 = report.conversations.iter().map(|talk| talk.flows).sum::<u64>() + report.others.flows;
    // Eight packets a connection, two a look-up, one flow of six: 100,000 / 7.
    assert!((13_000..16_000).contains(&flows), "{flows} flows");
    assert_eq!((stats.evicted, stats.gap_bytes), (0, 0));
    assert_eq!(stats.tcp_flows.get(&0xffff).map(|counted| counted[1]), Some(0), "all heard both ways");
}

/// A source frame by frame and in batches of several sizes, in a table of `flows`.
fn batches(make: impl Fn() -> Box<dyn Source>, flows: usize) {
    let zones = Zones::new(&private());
    let sizes = Sizes { values: 1 << 12, sightings: 1 << 12, conversations: 1 << 12 };
    let mut frames = Vec::new();
    drain(&mut *make(), |frame| frames.push((frame.number, frame.time, frame.data.to_vec()))).unwrap();
    let inputs: Vec<_> = frames.iter().map(|(number, time, data)| input(*number, *time, data)).collect();
    let wanted = run(&mut *make(), flows, 1 << 12);
    for size in [2, 7, 32, 1_000] {
        let (mut tracker, mut worker) = (Tracker::new(zones.clone(), sizes), Worker::new(flows, 64));
        inputs.chunks(size).for_each(|batch| worker.frames(batch, &zones, &mut tracker));
        worker.finish(&mut tracker);
        let (stats, report) = (worker.stats(), tracker.report());
        assert!(stats == wanted.0 && report.others == wanted.1.others, "batches of {size}, {flows} flows");
        assert!(report.intervals == wanted.1.intervals, "batches of {size}, {flows} flows");
        assert!(report.conversations == wanted.1.conversations, "batches of {size}, {flows} flows");
    }
}

#[test]
fn batches_change_nothing() {
    for flows in [64, 1 << 12] {
        batches(|| Box::new(demo()), flows);
        batches(|| Box::new(synthetic::worst(3, 10_000)), flows);
        batches(|| Box::new(synthetic::flows(3, 10_000, 500)), flows);
    }
}
