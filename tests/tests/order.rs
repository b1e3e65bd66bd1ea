//! The demonstration heard in any order, in any batches and more than once gives
//! the same inventory to the byte.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use e2e::{demo, json, report};
use model::{Conversation, Interval};
use proptest::prelude::*;
use sense::Report;

fn heard() -> &'static (Report, String) {
    static HEARD: OnceLock<(Report, String)> = OnceLock::new();
    HEARD.get_or_init(|| {
        let report = report(demo());
        let json = json(&report.intervals, &report.conversations, &[]);
        (report, json)
    })
}

/// A small generator (xorshift), so that one number tells a whole case.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }

    fn shuffle<T>(&mut self, of: &mut [T]) {
        for at in (1..of.len()).rev() {
            of.swap(at, self.below(at + 1));
        }
    }
}

/// What a sensor had reported of it some time before.
fn earlier(interval: &Interval) -> Interval {
    let last = model::Time((interval.first.0 + interval.last.0) / 2);
    Interval { last, count: interval.count.div_ceil(2), ..interval.clone() }
}

/// Interval and conversation reports in one pile: earlier states, repeats, shuffled.
fn pile(draw: &mut Draw) -> (Vec<Interval>, Vec<Conversation>) {
    let (report, _) = heard();
    let (mut intervals, mut talks) = (report.intervals.clone(), report.conversations.clone());
    for _ in 0..draw.below(report.intervals.len()) {
        let again = &report.intervals[draw.below(report.intervals.len())];
        intervals.push(if draw.below(2) == 0 { again.clone() } else { earlier(again) });
    }
    for _ in 0..draw.below(report.conversations.len()) {
        talks.push(report.conversations[draw.below(report.conversations.len())].clone());
    }
    draw.shuffle(&mut intervals);
    draw.shuffle(&mut talks);
    (intervals, talks)
}

/// A store that takes in batches: one interval a key, folded.
fn stored(intervals: &[Interval], draw: &mut Draw) -> Vec<Interval> {
    let mut store: BTreeMap<_, Interval> = BTreeMap::new();
    let mut rest = intervals;
    while !rest.is_empty() {
        let (batch, behind) = rest.split_at(1 + draw.below(rest.len()));
        rest = behind;
        let mut batch = batch.to_vec();
        draw.shuffle(&mut batch);
        for one in batch {
            let key = (one.sighting, one.field.clone(), one.port, one.value.clone());
            store.entry(key).and_modify(|held| held.fold(&one)).or_insert(one);
        }
    }
    store.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_batch_and_repeat_gives_the_same_bytes(seed in 1..u64::MAX) {
        let mut draw = Draw(seed);
        let (intervals, talks) = pile(&mut draw);
        let (_, wanted) = heard();
        prop_assert!(*wanted == json(&intervals, &talks, &[]), "shuffled and repeated");
        let store = stored(&intervals, &mut draw);
        prop_assert_eq!(store.len(), heard().0.intervals.len());
        prop_assert!(*wanted == json(&store, &talks, &[]), "in batches");
    }
}

#[test]
fn the_same_capture_is_heard_the_same_way() {
    let (first, _) = heard();
    let again = report(demo());
    assert!(first.intervals == again.intervals && first.conversations == again.conversations);
    assert!(!first.intervals.is_empty() && !first.conversations.is_empty());
}
