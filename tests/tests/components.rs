//! The demonstration, heard bit by bit and made component by component, gives the
//! same bytes as all at once.

#[path = "../../inventory/assets/tests/small/mod.rs"]
mod small;

use assets::Config;
use e2e::{demo, report};
use identity::{Act, Assertion, Key};
use model::Time;
use small::{Small, at_once};

#[test]
fn the_demonstration_component_by_component() {
    let heard = report(demo());
    let config = Config::default();
    let names = ["fileserver01", "does-not-exist"].map(|name| Key::Hostname { name: name.into() });
    let merge = Act::Merge { a: names[0].clone(), b: names[1].clone() };
    let said = [Assertion { time: Time(1), id: "m".into(), act: merge }];
    for batch in [1_000_000, 7, 1] {
        let mut small = Small::new(&config);
        let backwards: Vec<_> = heard.intervals.iter().rev().cloned().collect();
        for intervals in backwards.chunks(batch) {
            small.hear(intervals);
            if batch > 1 {
                small.make();
            }
        }
        heard.conversations.iter().for_each(|talk| small.talk(talk));
        small.live.assert_all(&said);
        small.make();
        let (assets, talks) = small.lines();
        let (want, talks_wanted) = at_once(&heard.intervals, &heard.conversations, &said, &config);
        assert!(want.len() > 20 && talks.len() > 20, "{} assets, {} talks", want.len(), talks.len());
        assert_eq!(assets, want, "batches of {batch}");
        assert_eq!(talks, talks_wanted, "batches of {batch}");
        assert!(small.live.components().count() > 20);
    }
}
