//! When a sensor that runs on tells what: new facts at once, conversations of new
//! assets every five minutes, all else every thirty; and all of it together is what
//! one report of the whole would be.

mod support;

use capture::craft::Craft;
use capture::{PcapFile, Source, drain, synthetic};
use model::Time;
use sense::{Sizes, Tracker, Worker};
use support::{Running, Talk, at, configured, folded, hear, input, ip, path, private};
use zones::Zones;

const MINUTE: u64 = 60_000;

fn minutes(count: u64) -> Time {
    at(count * MINUTE)
}

/// The first report after a moment that has this fact or record, in seconds after it.
fn seconds_until(running: &Running, since: Time, has: impl Fn(&wire::Report) -> bool) -> u64 {
    let found = running.told.iter().find(|report| report.made >= since && has(report)).expect("it is told");
    found.made.since(since) / Time::SECOND
}

#[test]
fn a_new_fact_is_told_within_seconds() {
    let mut running = Running::new(&configured(private()));
    for (host, minute) in [(1, 1), (2, 7), (3, 90)] {
        let mut craft = Craft::new();
        craft.udp(minutes(minute), &path(host, 9), 40_000, 50_000, b"hello");
        running.hear(&craft);
        running.until(minutes(minute + 1));
        let of_host =
            |report: &wire::Report| report.intervals.iter().any(|one| one.sighting.ip == Some(ip(host)));
        assert!(seconds_until(&running, minutes(minute), of_host) <= 2);
    }
}

/// Hosts 1 and 2 say something every twenty seconds, for so many minutes.
fn chat(running: &mut Running, from: u64, to: u64) {
    for step in from * 3..to * 3 {
        let mut craft = Craft::new();
        craft.udp(at(step * 20_000 + 1), &path(1, 2), 40_000, 50_000, b"question");
        craft.udp(at(step * 20_000 + 2), &path(1, 2).back(64), 50_000, 40_000, b"an answer");
        running.hear(&craft);
    }
    running.until(minutes(to));
}

#[test]
fn conversations_of_new_assets_every_five_minutes_and_of_known_ones_every_thirty() {
    let mut running = Running::new(&configured(private()));
    chat(&mut running, 0, 95);
    running.until(minutes(96));
    let periods: Vec<(u64, u64)> = running
        .records()
        .map(|record| (record.start.since(at(0)) / 60_000_000_000, record.end.since(at(0)) / 60_000_000_000))
        .collect();
    let wanted = [(0, 5), (5, 10), (10, 15), (15, 20), (20, 25), (25, 30), (30, 60), (60, 90)];
    assert_eq!(periods, wanted);
    let flows: Vec<u64> = running.records().map(|record| record.conversation.flows).collect();
    assert_eq!(flows, [1, 0, 0, 0, 0, 0, 0, 0], "a flow is counted once");
    let packets: Vec<_> = running.records().map(|record| record.conversation.packets).collect();
    assert_eq!(packets, [[15; 2], [15; 2], [15; 2], [15; 2], [15; 2], [15; 2], [90; 2], [90; 2]]);
    for (place, report) in running.told.iter().filter(|report| !report.records.is_empty()).enumerate() {
        let late = report.made.since(minutes(wanted[place].1)) / Time::SECOND;
        assert!(late < 10, "told {late} s after the end of its period");
    }
}

#[test]
fn last_seen_times_of_known_assets_change_every_thirty_minutes() {
    let mut running = Running::new(&configured(private()));
    chat(&mut running, 0, 125);
    let told: Vec<u64> = running
        .told
        .iter()
        .filter(|report| report.intervals.iter().any(|one| one.field == "eth.source"))
        .map(|report| report.made.since(at(0)) / 60_000_000_000)
        .collect();
    assert_eq!(told, [0, 5, 10, 15, 20, 25, 30, 60, 90, 120]);
}

#[test]
fn silence_is_not_reported() {
    let mut running = Running::new(&configured(private()));
    chat(&mut running, 0, 1);
    running.until(minutes(60));
    let reports = running.told.len();
    running.until(minutes(600));
    assert_eq!(running.told.len(), reports, "nothing new, nothing changed");
}

#[test]
fn a_packet_on_the_boundary_is_of_the_period_that_begins() {
    let mut running = Running::new(&configured(private()));
    let mut craft = Craft::new();
    for (n, time) in [minutes(4).0, minutes(5).0 - 1, minutes(5).0, minutes(5).0 + 1].into_iter().enumerate()
    {
        craft.udp(Time(time), &path(1, 2), 40_000, 50_000, &[n as u8; 20]);
    }
    running.hear(&craft);
    running.until(minutes(11));
    let found: Vec<_> = running
        .records()
        .map(|record| (record.conversation.packets[0], record.conversation.first, record.conversation.last))
        .collect();
    let ends = |a: u64, b: u64| (Time(a), Time(b));
    let (first, second) = (ends(minutes(4).0, minutes(5).0 - 1), ends(minutes(5).0, minutes(5).0 + 1));
    assert_eq!(found, [(2, first.0, first.1), (2, second.0, second.1)]);
}

/// Every report of these frames together, and the one report of all of them.
fn compare(frames: &[(Time, Vec<u8>)], sizes: Sizes) {
    let zones = Zones::new(&private());
    let (mut tracker, mut worker) = (Tracker::new(zones.clone(), sizes), Worker::new(1 << 10, 64));
    let mut running = Running::of_size(&configured(private()), sizes);
    for (number, (time, data)) in (1..).zip(frames) {
        worker.frame(&input(number, *time, data), &zones, &mut tracker);
        running.hear_one(*time, data);
    }
    worker.finish(&mut tracker);
    let mut whole = tracker.report();
    let counts = running.sensor.counts();
    let reports = running.finish();
    let (intervals, conversations) = folded(&reports);
    whole
        .intervals
        .retain(|one| one.sighting.ip.is_none_or(|ip| zones.place(ip).zone == zones::Zone::Inventoried));
    assert_eq!((whole.others, whole.dropped, counts.dropped), Default::default());
    assert_eq!(intervals.len(), whole.intervals.len());
    for (found, wanted) in intervals.iter().zip(&whole.intervals) {
        assert_eq!(found, wanted);
    }
    assert_eq!(conversations.len(), whole.conversations.len());
    for (found, wanted) in conversations.iter().zip(&whole.conversations) {
        assert_eq!(found, wanted);
    }
}

/// The frames of a source, stretched to so many minutes from the tests' beginning on.
fn frames(source: &mut dyn Source, length: u64) -> Vec<(Time, Vec<u8>)> {
    let mut frames = Vec::new();
    drain(source, |frame| frames.push((frame.time, frame.data.to_vec()))).unwrap();
    let (first, last) = (frames[0].0, frames[frames.len() - 1].0);
    let place = |time: Time| time.since(first) as f64 / last.since(first) as f64;
    let span = minutes(length).since(at(0)) as f64;
    frames.iter().map(|(time, data)| (Time(at(0).0 + (place(*time) * span) as u64), data.clone())).collect()
}

const LARGE: Sizes = Sizes { values: 1 << 16, sightings: 1 << 14, conversations: 1 << 14 };

#[test]
fn all_reports_together_are_the_one_of_the_demonstration() {
    let mut bytes = Vec::new();
    capture::demo::write(&mut bytes).unwrap();
    for length in [2, 75] {
        let source = Box::new(std::io::Cursor::new(bytes.clone()));
        compare(&frames(&mut PcapFile::from_reader("demo", source).unwrap(), length), LARGE);
    }
}

#[test]
fn all_reports_together_are_the_one_of_many_connections() {
    compare(&frames(&mut synthetic::flows(7, 20_000, 20), 120), LARGE);
}

#[test]
fn all_reports_together_are_the_one_of_long_flows_and_short_ones() {
    let mut craft = Craft::new();
    let mut long = Talk::new(&mut craft, path(1, 2), 40_000, 22);
    long.open();
    for step in 1..400_u64 {
        long.now = step * 31_000;
        long.say(step as usize % 2, &[7; 40]);
        if step % 50 == 0 {
            let mut short = Talk::new(long.craft, path(3, 2), 41_000 + step as u16, 22);
            short.now = step * 31_000 + 5;
            short.open();
            short.say(0, b"SSH-2.0-OpenSSH_9.2p1\r\n");
            short.close();
        }
    }
    let frames: Vec<_> = craft.frames().map(|(time, data)| (time, data.to_vec())).collect();
    compare(&frames, LARGE);
    assert_eq!(hear(&craft).report.conversations.len(), 2);
}

#[test]
fn conversations_that_make_room_are_told_too() {
    let sizes = Sizes { conversations: 256, ..LARGE };
    let mut running = Running::of_size(&configured(private()), sizes);
    // 280 conversations over and over: some make room, come again, and make room again.
    for round in 0..90 {
        let mut craft = Craft::new();
        for port in 0..280 {
            let now = at(round * MINUTE + u64::from(port));
            craft.udp(now, &path(1, 2), 40_000, 50_000 + port, b"question");
            craft.udp(now, &path(1, 2).back(64), 50_000 + port, 40_000, b"answer");
        }
        running.hear(&craft);
    }
    let stats = running.sensor.stats();
    let others = running.sensor.counts().others;
    let reports = running.finish();
    let (_, conversations) = folded(&reports);
    let packets: u64 = conversations.iter().flat_map(|talk| talk.packets).sum();
    let flows: u64 = conversations.iter().map(|talk| talk.flows).sum();
    assert_eq!((conversations.len(), stats.evicted), (280, 0));
    assert_eq!((packets, flows, others), (stats.ip, 280, sense::Others::default()));
}

#[test]
fn what_the_first_frame_of_all_hints_at_is_kept() {
    let mut running = Running::new(&configured(private()));
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 443);
    talk.say(0, &support::client_hello("server.example.org", 0));
    // Nothing was ever polled for before it.
    let (_, hello) = craft.frames().next().unwrap();
    running.sensor.frames(&[input(1, at(0), hello)]);
    running.until(minutes(6));
    let hints: Vec<_> = running.records().flat_map(|record| &record.conversation.hints).collect();
    assert!(hints.iter().any(|hint| hint.value == "server.example.org"), "{hints:?}");
}
