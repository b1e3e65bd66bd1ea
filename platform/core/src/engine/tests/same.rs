//! The inventory is a function of what was heard: order, batches, repeats,
//! restarts and failing commits leave no trace in an export.

use std::collections::BTreeMap;

use assets::{Config, Input, build, canonical_json};
use model::{Conversation, Interval, NetworkId};
use proptest::prelude::*;
use wire::{Record, Report};

use crate::engine::testing::{Bench, heard, record};

/// Fields that do something to identity or to documents, each with values.
const HEARD: &[(&str, &[&str])] = &[
    ("eth.source", &["frame"]),
    ("ip.ttl", &["64", "127"]),
    ("arp.binding", &["request", "reply"]),
    ("dhcp.lease", &["600", "86400"]),
    ("dhcp.router", &["10.0.0.1"]),
    ("dhcp.hostname", &["one", "two", "three"]),
    ("dhcp.client_id", &["duid:0004aabb"]),
    ("ip.forwarded", &["router"]),
    ("mdns.hostname", &["two.local"]),
];

fn interval() -> impl Strategy<Value = Interval> {
    let field = (0..HEARD.len()).prop_flat_map(|at| (Just(HEARD[at].0), 0..HEARD[at].1.len(), Just(at)));
    (0..2u16, 1..5u16, 0..3u8, field, 1..3_000u64).prop_map(
        |(network, n, part, (field, value, at), count)| {
            let mut one = heard(n, field, HEARD[at].1[value], count);
            one.sighting.network = NetworkId(network);
            match part {
                0 => one.sighting.mac = None,
                1 => one.sighting.ip = None,
                _ => {}
            }
            one
        },
    )
}

fn talk() -> impl Strategy<Value = Record> {
    (1..6u16, 1..6u16, 0..2usize, 0..5u64)
        .prop_map(|(client, server, port, period)| record(client, server, [22, 443][port], period))
}

/// What the command line would make of the same.
fn at_once(intervals: &[Interval], records: &[Record]) -> String {
    let mut records = records.to_vec();
    records.sort();
    records.dedup();
    let mut sums: BTreeMap<_, Conversation> = BTreeMap::new();
    for Record { conversation: c, .. } in records {
        let key = (c.client, c.server, c.port);
        match sums.get_mut(&key) {
            Some(sum) => sum.add(&c),
            None => {
                sums.insert(key, c);
            }
        }
    }
    let conversations: Vec<Conversation> = sums.into_values().collect();
    let input = Input { intervals, conversations: &conversations, assertions: &[] };
    let inventory = build(&input, &Config::default());
    let lines = inventory.assets.iter().map(|asset| canonical_json(asset).unwrap() + "\n");
    lines.collect()
}

/// Where two texts begin to differ, with what stands there.
fn first_difference(a: &str, b: &str) -> Option<(String, String)> {
    let at = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let show = |text: &str| text.chars().skip(at.saturating_sub(120)).take(360).collect::<String>();
    (a != b).then(|| (show(a), show(b)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_export_is_the_same_however_it_came(
        intervals in proptest::collection::vec(interval(), 1..30),
        records in proptest::collection::vec(talk(), 0..6),
        batch in 1..9usize,
        restarts in any::<u8>(),
        seed in any::<u64>(),
    ) {
        let mut state = seed | 1;
        let mut draw = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        // Each twice, in any order.
        let mut again: Vec<Interval> = intervals.iter().chain(&intervals).cloned().collect();
        for at in (1..again.len()).rev() {
            again.swap(at, draw(at + 1));
        }
        let mut told: Vec<Record> = records.iter().chain(&records).cloned().collect();
        let mut bench = Bench::new();
        for (at, part) in again.chunks(batch).enumerate() {
            let some: Vec<Record> = (0..2).filter_map(|_| told.pop()).collect();
            bench.report(1, &Report { intervals: part.to_vec(), records: some, ..Report::default() });
            if at < 8 && restarts >> at & 1 == 1 {
                bench = bench.reopen();
            }
            if draw(3) == 0 {
                bench.engine.settle().unwrap();
            }
        }
        bench.report(1, &Report { records: told, ..Report::default() });
        let export = bench.export();
        let want = at_once(&intervals, &records);
        prop_assert_eq!(first_difference(&export, &want), None);
        // What is cached is what is made from nothing.
        let again = bench.reopen().export();
        prop_assert_eq!(first_difference(&again, &want), None);
    }
}
