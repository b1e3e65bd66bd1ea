//! What users say about identity, on top of what was heard.
//!
//! Assertions are a set: the order in which they arrive does not matter, the
//! latest by (time, id) wins, and an undone one leaves no trace in the result.
//! They speak of keys, never of asset ids, so they hold when data comes again.

use std::collections::{BTreeMap, BTreeSet};

use model::Time;
use serde::{Deserialize, Serialize};

use crate::Key;

/// One thing a user said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Assertion {
    /// When it was said.
    pub time: Time,
    /// Unique; ties of `time` are settled by it.
    pub id: String,
    /// What was said.
    pub act: Act,
}

/// What may be said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// The assets holding these keys are one.
    Merge {
        /// A key of the one.
        a: Key,
        /// A key of the other.
        b: Key,
    },
    /// These keys are an asset of their own, apart from all other keys.
    Split {
        /// The keys taken out.
        keys: BTreeSet<Key>,
    },
    /// The assets holding these keys are never one.
    Never {
        /// A key of the one.
        a: Key,
        /// A key of the other.
        b: Key,
    },
    /// An earlier assertion no longer holds (also an earlier undo).
    Undo {
        /// Its id.
        of: String,
    },
}

impl Act {
    /// The keys it speaks of.
    pub fn keys(&self) -> Vec<&Key> {
        match self {
            Act::Merge { a, b } | Act::Never { a, b } => vec![a, b],
            Act::Split { keys } => keys.iter().collect(),
            Act::Undo { .. } => Vec::new(),
        }
    }
}

/// The assertions that hold, latest first; repeats and undone ones are gone.
/// An undo counts only if it is later than what it undoes.
pub fn in_force(assertions: &[Assertion]) -> Vec<&Assertion> {
    let mut by_id: BTreeMap<&str, &Assertion> = BTreeMap::new();
    for assertion in assertions {
        let kept = by_id.entry(&assertion.id).or_insert(assertion);
        *kept = (*kept).max(assertion);
    }
    let mut latest_first: Vec<&Assertion> = by_id.into_values().collect();
    latest_first.sort_by_key(|assertion| std::cmp::Reverse((assertion.time, &assertion.id)));
    let mut undone: BTreeSet<&str> = BTreeSet::new();
    latest_first.retain(|assertion| {
        if undone.contains(assertion.id.as_str()) {
            return false;
        }
        match &assertion.act {
            Act::Undo { of } => {
                undone.insert(of);
                false
            }
            _ => true,
        }
    });
    latest_first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(time: u64, id: &str, act: Act) -> Assertion {
        Assertion { time: Time(time), id: id.into(), act }
    }

    fn name(name: &str) -> Key {
        Key::Hostname { name: name.into() }
    }

    #[test]
    fn an_undone_undo_restores() {
        let merge = say(1, "m", Act::Merge { a: name("a"), b: name("b") });
        let undo = say(2, "u", Act::Undo { of: "m".into() });
        let redo = say(3, "r", Act::Undo { of: "u".into() });
        assert!(in_force(&[undo.clone(), merge.clone()]).is_empty());
        let all = [redo, merge.clone(), undo.clone(), merge.clone()];
        assert_eq!(in_force(&all), [&merge]);
    }

    #[test]
    fn an_undo_before_its_target_says_nothing() {
        let merge = say(5, "m", Act::Merge { a: name("a"), b: name("b") });
        let undo = say(2, "u", Act::Undo { of: "m".into() });
        assert_eq!(in_force(&[undo, merge.clone()]), [&merge]);
    }
}
