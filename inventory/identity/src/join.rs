//! What joins MACs and addresses into one device: evidence edges between keys,
//! and what users assert.

use std::collections::{BTreeMap, BTreeSet};

use crate::assertion::{Act, Assertion};
use crate::{Key, Rule};

/// Intervals kept as evidence of one edge.
pub const MAX_EVIDENCE: usize = 4;

/// One reason to hold two keys for one device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The rule; stronger ones are taken first.
    pub rule: Rule,
    /// The MAC or address that was heard.
    pub atom: Key,
    /// What it shares with others: a hostname, a client id, another MAC.
    pub shared: Key,
    /// Intervals that say so.
    pub evidence: Vec<usize>,
}

/// What users say, in force, latest first, in the terms of one component.
#[derive(Clone, Debug, Default)]
pub struct Said<'a> {
    merges: Vec<(&'a Key, &'a Key)>,
    nevers: Vec<(&'a Key, &'a Key)>,
    splits: Vec<&'a BTreeSet<Key>>,
}

impl<'a> Said<'a> {
    /// Settles what contradicts: of two, the latest stands. `in_force` comes from
    /// [`crate::assertion::in_force`].
    pub fn settle(in_force: &[&'a Assertion]) -> Said<'a> {
        let mut said = Said::default();
        let mut merged = Sets::default();
        for assertion in in_force {
            match &assertion.act {
                Act::Split { keys } => said.splits.push(keys),
                Act::Never { a, b } if !merged.same(a, b) => said.nevers.push((a, b)),
                Act::Merge { a, b } => {
                    let allowed = !said.splits.iter().any(|keys| keys.contains(a) != keys.contains(b));
                    if allowed && merged.union_unless(a, b, &said.nevers) {
                        said.merges.push((a, b));
                    }
                }
                Act::Never { .. } | Act::Undo { .. } => {}
            }
        }
        said
    }

    /// True when users have parted these two.
    pub fn parts(&self, a: &Key, b: &Key) -> bool {
        self.splits.iter().any(|keys| keys.contains(a) != keys.contains(b))
            || self.nevers.iter().any(|(x, y)| (*x == a && *y == b) || (*x == b && *y == a))
    }

    /// What users said is never of the device with these keys.
    pub fn never_of(&self, keys: &BTreeSet<Key>) -> BTreeSet<Key> {
        let other = |(a, b): &(&Key, &Key)| {
            if keys.contains(*a) {
                Some((*b).clone())
            } else if keys.contains(*b) {
                Some((*a).clone())
            } else {
                None
            }
        };
        self.nevers.iter().filter_map(other).collect()
    }
}

/// Which keys are one device.
#[derive(Clone, Debug, Default)]
pub struct Unified {
    /// Keys of each device, by its smallest key.
    pub devices: BTreeMap<Key, BTreeSet<Key>>,
    /// The edges that were taken.
    pub taken: Vec<Edge>,
    /// The merges that were taken.
    pub merged: Vec<(Key, Key)>,
}

/// Joins keys: users' merges first, then edges in order of strength and key.
/// Nothing users have parted is joined. `home` says which key holds an address
/// that belongs to a MAC.
pub fn unify<'k>(
    atoms: impl Iterator<Item = &'k Key>,
    edges: &BTreeSet<Edge>,
    said: &Said<'_>,
    home: &dyn Fn(&Key) -> Key,
) -> Unified {
    let mut sets = Sets::default();
    for atom in atoms {
        sets.number(atom);
    }
    for edge in edges {
        sets.number(&edge.atom);
        sets.number(&edge.shared);
    }
    let known = |sets: &Sets, key: &Key| sets.numbers.contains_key(key).then(|| key.clone());
    let pairs = |sets: &Sets, list: &[(&Key, &Key)]| -> Vec<(Key, Key)> {
        list.iter().filter_map(|(a, b)| Some((known(sets, &home(a))?, known(sets, &home(b))?))).collect()
    };
    let nevers = pairs(&sets, &said.nevers);
    let nevers: Vec<(&Key, &Key)> = nevers.iter().map(|(a, b)| (a, b)).collect();
    let mut out = Unified::default();
    for (a, b) in pairs(&sets, &said.merges) {
        if sets.union_unless(&a, &b, &nevers) {
            out.merged.push((a, b));
        }
    }
    out.merged.sort();
    for edge in edges {
        if !said.parts(&edge.atom, &edge.shared) && sets.union_unless(&edge.atom, &edge.shared, &nevers) {
            out.taken.push(edge.clone());
        }
    }
    let all: Vec<Key> = sets.keys.clone();
    let mut by_root: BTreeMap<usize, BTreeSet<Key>> = BTreeMap::new();
    for key in all {
        let number = sets.number(&key);
        by_root.entry(sets.root(number)).or_default().insert(key);
    }
    out.devices = by_root.into_values().filter_map(|keys| Some((keys.first()?.clone(), keys))).collect();
    out
}

/// Disjoint sets of keys.
#[derive(Default)]
struct Sets {
    numbers: BTreeMap<Key, usize>,
    keys: Vec<Key>,
    parents: Vec<usize>,
}

impl Sets {
    fn number(&mut self, key: &Key) -> usize {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        self.numbers.insert(key.clone(), self.keys.len());
        self.keys.push(key.clone());
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    fn root_of(&mut self, key: &Key) -> usize {
        let number = self.number(key);
        self.root(number)
    }

    fn same(&mut self, a: &Key, b: &Key) -> bool {
        self.root_of(a) == self.root_of(b)
    }

    /// Joins the sets of two keys; false when that would join two that are never one.
    fn union_unless(&mut self, a: &Key, b: &Key, nevers: &[(&Key, &Key)]) -> bool {
        let (one, other) = (self.root_of(a), self.root_of(b));
        if one == other {
            return true;
        }
        for (x, y) in nevers {
            let (x, y) = (self.root_of(x), self.root_of(y));
            if (x, y) == (one, other) || (x, y) == (other, one) {
                return false;
            }
        }
        self.parents[one.max(other)] = one.min(other);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assertion::in_force;
    use crate::testing::{key, say};

    fn devices(edges: &[(&str, &str)], assertions: &[Assertion]) -> Vec<String> {
        let edges: BTreeSet<Edge> = edges
            .iter()
            .map(|(a, b)| Edge { rule: Rule::R3, atom: key(a), shared: key(b), evidence: vec![] })
            .collect();
        let atoms: Vec<Key> = edges.iter().map(|edge| edge.atom.clone()).collect();
        let force = in_force(assertions);
        let unified = unify(atoms.iter(), &edges, &Said::settle(&force), &Key::clone);
        let text = |keys: &BTreeSet<Key>| keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ");
        unified.devices.values().map(text).collect()
    }

    fn merge(a: &str, b: &str) -> Act {
        Act::Merge { a: key(a), b: key(b) }
    }

    fn never(a: &str, b: &str) -> Act {
        Act::Never { a: key(a), b: key(b) }
    }

    const EDGES: &[(&str, &str)] = &[("10.0.0.1", "pc"), ("10.0.0.2", "pc"), ("10.0.0.3", "other")];

    #[test]
    fn names_join_and_never_parts() {
        assert_eq!(devices(EDGES, &[]), ["10.0.0.1 10.0.0.2 pc", "10.0.0.3 other"]);
        let parted = devices(EDGES, &[say(1, "n", never("10.0.0.1", "10.0.0.2"))]);
        assert_eq!(parted, ["10.0.0.1 pc", "10.0.0.2", "10.0.0.3 other"]);
    }

    #[test]
    fn the_latest_of_merge_and_never_stands() {
        let m = |time| say(time, "m", merge("10.0.0.1", "10.0.0.3"));
        let n = |time| say(time, "n", never("pc", "10.0.0.3"));
        assert_eq!(devices(EDGES, &[m(1)]).len(), 1);
        assert_eq!(devices(EDGES, &[n(2), m(1)]), ["10.0.0.1 10.0.0.3 other", "10.0.0.2 pc"]);
        assert_eq!(devices(&EDGES[..1], &[m(2), n(1)]), ["10.0.0.1 pc"]);
    }

    #[test]
    fn a_split_takes_keys_out_and_a_later_merge_brings_them_back() {
        let split = Act::Split { keys: BTreeSet::from([key("10.0.0.2")]) };
        let out = [say(5, "s", split)];
        assert_eq!(devices(EDGES, &out), ["10.0.0.1 pc", "10.0.0.2", "10.0.0.3 other"]);
        let back = [out[0].clone(), say(6, "m", merge("10.0.0.2", "10.0.0.1"))];
        assert_eq!(devices(EDGES, &back), devices(EDGES, &[]));
        let before = [out[0].clone(), say(4, "m", merge("10.0.0.2", "10.0.0.1"))];
        assert_eq!(devices(EDGES, &before), devices(EDGES, &out));
    }
}
