//! The inventory is a function of what was heard, not of the order, batching or
//! repetition it arrived in.

mod heard;

use assets::{Config, Input, build, canonical_json};
use heard::{assertion, conversation, interval, key};
use identity::{Act, Assertion};
use model::{Conversation, Interval, Time};
use proptest::prelude::*;

fn json(intervals: &[Interval], conversations: &[Conversation], assertions: &[Assertion]) -> String {
    let inventory = build(&Input { intervals, conversations, assertions }, &Config::default());
    canonical_json(&inventory).unwrap()
}

/// An earlier state of the same running total.
fn earlier(interval: &Interval) -> Interval {
    let last = Time((interval.first.0 + interval.last.0) / 2);
    Interval { last, count: interval.count.div_ceil(2), ..interval.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_batch_and_repeat_gives_the_same_bytes(
        heard in proptest::collection::vec(interval(), 0..40),
        talks in proptest::collection::vec(conversation(), 0..8),
        said in proptest::collection::vec(assertion(), 0..5),
        seed in any::<u64>(),
    ) {
        let plain = json(&heard, &talks, &said);
        let mut again: Vec<Interval> = heard.iter().chain(&heard).cloned().collect();
        again.extend(heard.iter().map(earlier));
        let mut talks_again: Vec<Conversation> = talks.iter().chain(&talks).cloned().collect();
        let mut said_again: Vec<Assertion> = said.iter().chain(&said).cloned().collect();
        let mut state = seed | 1;
        let mut draw = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        for at in (1..again.len()).rev() {
            again.swap(at, draw(at + 1));
        }
        for at in (1..talks_again.len()).rev() {
            talks_again.swap(at, draw(at + 1));
        }
        said_again.reverse();
        prop_assert_eq!(&plain, &json(&again, &talks_again, &said_again));

        // Folded in two batches first, as a store would.
        let (left, right) = again.split_at(draw(again.len() + 1));
        let mut store: Vec<Interval> = Vec::new();
        for interval in left.iter().chain(right) {
            match store.iter_mut().find(|held| held.same_key(interval)) {
                Some(held) => held.fold(interval),
                None => store.push(interval.clone()),
            }
        }
        prop_assert_eq!(&plain, &json(&store, &talks, &said));
    }

    #[test]
    fn undo_gives_back_the_earlier_bytes(
        heard in proptest::collection::vec(interval(), 0..40),
        said in proptest::collection::vec(assertion(), 0..3),
        a in key(),
        b in key(),
    ) {
        let before = json(&heard, &[], &said);
        let merge = Assertion { time: Time(100), id: "new".into(), act: Act::Merge { a, b } };
        let undo = Assertion { time: Time(101), id: "undo".into(), act: Act::Undo { of: "new".into() } };
        let after: Vec<Assertion> = said.iter().cloned().chain([undo, merge]).collect();
        prop_assert_eq!(before, json(&heard, &[], &after));
    }

    #[test]
    fn the_counts_reconcile(
        heard in proptest::collection::vec(interval(), 0..40),
        talks in proptest::collection::vec(conversation(), 0..8),
    ) {
        let input = Input { intervals: &heard, conversations: &talks, assertions: &[] };
        let inventory = build(&input, &Config::default());
        let sum = &inventory.summary;
        prop_assert_eq!(sum.assets as usize, inventory.assets.len());
        prop_assert_eq!(sum.assets, sum.by_category.values().sum::<u64>());
        prop_assert_eq!(sum.assets, sum.by_type.values().sum::<u64>());
        prop_assert_eq!(sum.observations, sum.in_assets + sum.in_others);
        prop_assert_eq!(sum.conversations as usize, inventory.conversations.len());
        let ids: std::collections::BTreeSet<&String> = inventory.assets.iter().map(|asset| &asset.asset_id).collect();
        prop_assert_eq!(ids.len(), inventory.assets.len());
        for talk in &inventory.conversations {
            for id in talk.client_asset.iter().chain(&talk.server_asset) {
                prop_assert!(ids.contains(id));
            }
        }
    }
}
