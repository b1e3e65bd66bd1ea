//! What is made component by component, while more is heard, is what [`build`]
//! makes of everything: the same bytes.

mod heard;
mod small;

use assets::Config;
use heard::{assertion, conversation, interval};
use proptest::prelude::*;
use small::{Small, at_once};

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn component_by_component_gives_the_same_bytes(
        heard in proptest::collection::vec(interval(), 0..40),
        talks in proptest::collection::vec(conversation(), 0..8),
        said in proptest::collection::vec(assertion(), 0..5),
        batch in 1..12_usize,
    ) {
        let config = Config::default();
        let mut small = Small::new(&config);
        for (at, intervals) in heard.chunks(batch).enumerate() {
            small.hear(intervals);
            small.make();
            if let Some(talk) = talks.get(at) {
                small.talk(talk);
            }
            if let Some(assertion) = said.get(at) {
                small.live.assert(assertion);
            }
            small.make();
        }
        talks.iter().for_each(|talk| small.talk(talk));
        small.live.assert_all(&said);
        small.make();
        let (assets, talks_made) = small.lines();
        let (want, talks_wanted) = at_once(&heard, &talks, &said, &config);
        prop_assert_eq!(assets, want);
        prop_assert_eq!(talks_made, talks_wanted);
    }
}
