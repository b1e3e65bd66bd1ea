//! Every merge, split and "never" said of the demonstration's assets can be undone,
//! and the inventory is the earlier one to the byte.

use std::collections::BTreeSet;

use assets::{Asset, Config, Input, build};
use e2e::{demo, json, report};
use identity::{Act, Assertion, Key};
use model::{NetworkId, Time};
use sense::Report;

struct Scene {
    heard: Report,
    assets: Vec<Asset>,
    before: String,
}

impl Scene {
    fn new() -> Scene {
        let heard = report(demo());
        let input =
            Input { intervals: &heard.intervals, conversations: &heard.conversations, assertions: &[] };
        let assets = build(&input, &Config::default()).assets;
        let before = json(&heard.intervals, &heard.conversations, &[]);
        Scene { heard, assets, before }
    }

    fn json(&self, said: &[Assertion]) -> String {
        json(&self.heard.intervals, &self.heard.conversations, said)
    }

    fn count(&self, said: &[Assertion]) -> usize {
        let Report { intervals, conversations, .. } = &self.heard;
        build(&Input { intervals, conversations, assertions: said }, &Config::default()).assets.len()
    }

    /// Says `act`, undoes it, and undoes the undoing.
    #[track_caller]
    fn there_and_back(&self, act: Act) -> String {
        let with = self.json(&[say(1, "it", act.clone())]);
        let back = self.json(&[say(2, "back", undo("it")), say(1, "it", act.clone())]);
        assert!(back == self.before, "{act:?} leaves a trace");
        let again = self.json(&[
            say(1, "it", act.clone()),
            say(3, "again", undo("back")),
            say(2, "back", undo("it")),
        ]);
        assert!(again == with, "{act:?} does not come again");
        with
    }
}

fn say(time: u64, id: &str, act: Act) -> Assertion {
    Assertion { time: Time(time), id: id.into(), act }
}

fn undo(of: &str) -> Act {
    Act::Undo { of: of.into() }
}

/// Identity keys of an asset that can be written without knowing times.
fn keys(asset: &Asset) -> Vec<Key> {
    let key = |key: &assets::doc::IdentityKey| match (&*key.kind, key.since) {
        ("mac", _) => Key::of_mac(NetworkId(0), key.value.parse().ok()?),
        ("ip", None) => Some(Key::of_ip(NetworkId(0), key.value.parse().ok()?)),
        ("hostname", _) => Some(Key::Hostname { name: key.value.clone() }),
        _ => None,
    };
    asset.identity.keys.iter().filter_map(key).collect()
}

fn first(asset: &Asset) -> Key {
    keys(asset).into_iter().next().expect("every asset of the demonstration has a plain key")
}

#[test]
fn every_merge_can_be_undone() {
    let scene = Scene::new();
    assert!(scene.assets.len() > 20, "{}", scene.assets.len());
    for pair in scene.assets.windows(2) {
        let act = Act::Merge { a: first(&pair[0]), b: first(&pair[1]) };
        assert!(scene.there_and_back(act.clone()) != scene.before, "{act:?} does nothing");
        assert_eq!(scene.count(&[say(1, "it", act)]), scene.assets.len() - 1);
    }
}

#[test]
fn merges_of_all_can_be_undone_in_any_order() {
    let scene = Scene::new();
    let merges: Vec<Assertion> = (scene.assets.windows(2).enumerate())
        .map(|(n, pair)| say(1, &format!("m{n}"), Act::Merge { a: first(&pair[0]), b: first(&pair[1]) }))
        .collect();
    assert_eq!(scene.count(&merges), 1);
    let undoing = |n: usize| say(9, &format!("u{n}"), undo(&format!("m{n}")));
    for half in [0, 1] {
        // Every other one is undone: what is left is the same as if only the rest had been said.
        let undone = (0..merges.len()).filter(|n| n % 2 == half).map(undoing);
        let all: Vec<Assertion> = undone.chain(merges.clone()).collect();
        let rest: Vec<Assertion> = merges
            .iter()
            .enumerate()
            .filter(|(n, _)| n % 2 != half)
            .map(|(_, merge)| merge.clone())
            .collect();
        assert!(scene.json(&all) == scene.json(&rest));
    }
    let all: Vec<Assertion> = (0..merges.len()).rev().map(undoing).chain(merges.clone()).collect();
    assert!(scene.json(&all) == scene.before);
}

#[test]
fn every_split_can_be_undone() {
    let scene = Scene::new();
    let mut changed = 0;
    for asset in &scene.assets {
        for key in keys(asset).into_iter().skip(1) {
            let act = Act::Split { keys: BTreeSet::from([key]) };
            changed += usize::from(scene.there_and_back(act) != scene.before);
        }
    }
    assert!(changed > 10, "{changed}");
}

#[test]
fn every_never_can_be_undone() {
    let scene = Scene::new();
    let mut changed = 0;
    for asset in &scene.assets {
        if let [a, .., b] = &*keys(asset) {
            let act = Act::Never { a: a.clone(), b: b.clone() };
            changed += usize::from(scene.there_and_back(act) != scene.before);
        }
    }
    assert!(changed > 10, "{changed}");
}

#[test]
fn a_merge_against_a_never_can_be_undone() {
    let scene = Scene::new();
    let [a, b] = [first(&scene.assets[0]), first(&scene.assets[1])];
    let never = say(1, "never", Act::Never { a: a.clone(), b: b.clone() });
    let merge = say(2, "merge", Act::Merge { a, b });
    let only_never = scene.json(std::slice::from_ref(&never));
    assert!(scene.json(&[say(3, "undo", undo("merge")), merge, never]) == only_never);
}
