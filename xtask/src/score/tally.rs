//! The count of one row, and the differences behind it.

use std::collections::BTreeMap;

/// What kind of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Expected, and we do not have it.
    Missing,
    /// We say it, and an expected fact contradicts.
    Wrong,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Capture.
    pub capture: String,
    /// Row.
    pub row: &'static str,
    /// What kind.
    pub kind: Kind,
    /// Whom or what it is about: `host 00:…`, `tcp 10.0.0.1:80`.
    pub subject: String,
    /// What was expected; empty when nothing was.
    pub expected: String,
    /// What we have; empty when nothing.
    pub ours: String,
    /// Frame of the expected fact, 0 when it has none.
    pub frame: u64,
}

/// The count of one row, of one capture or of many.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    capture: String,
    row: &'static str,
    /// Expected facts in scope.
    pub expected: usize,
    /// Those we have.
    pub matched: usize,
    /// Ours that contradict.
    pub wrong: usize,
    /// Ours that nobody else spoke of.
    pub extra: usize,
    /// Expected facts outside the scope, by reason.
    pub left_out: BTreeMap<String, usize>,
    /// What is missing or wrong.
    pub differences: Vec<Difference>,
    /// Differences where the expectation itself is wrong, with the reason.
    pub known_wrong: Vec<(Difference, String)>,
}

impl Tally {
    /// An empty count for one row of one capture.
    pub fn new(capture: &str, row: &'static str) -> Tally {
        Tally { capture: capture.into(), row, ..Tally::default() }
    }

    /// An expected fact that we have.
    pub fn hit(&mut self) {
        self.expected += 1;
        self.matched += 1;
    }

    /// An expected fact that we do not have. `ours` is what we have instead: if
    /// it is not empty, it contradicts and counts as wrong too.
    pub fn miss(&mut self, subject: &str, expected: &str, ours: &str, frame: u64) {
        self.expected += 1;
        if !ours.is_empty() {
            self.wrong += 1;
        }
        self.push(Kind::Missing, subject, expected, ours, frame);
    }

    /// An expected fact that we do not have because its subject is missing, which
    /// another row lists.
    pub fn lost(&mut self) {
        self.expected += 1;
    }

    /// Something of ours that an expected fact contradicts, without an expected
    /// fact that it could have matched.
    pub fn wrong(&mut self, subject: &str, ours: &str) {
        self.wrong += 1;
        self.push(Kind::Wrong, subject, "", ours, 0);
    }

    /// An expected fact outside the scope.
    pub fn leave_out(&mut self, reason: &str) {
        *self.left_out.entry(reason.into()).or_default() += 1;
    }

    fn push(&mut self, kind: Kind, subject: &str, expected: &str, ours: &str, frame: u64) {
        let [subject, expected, ours] = [subject, expected, ours].map(String::from);
        let (capture, row) = (self.capture.clone(), self.row);
        self.differences.push(Difference { capture, row, kind, subject, expected, ours, frame });
    }

    /// Moves the differences that `reason` knows to be wrong expectations out of
    /// the count: not expected, not wrong.
    pub fn settle(&mut self, reason: impl Fn(&Difference) -> Option<String>) {
        for difference in std::mem::take(&mut self.differences) {
            let Some(why) = reason(&difference) else {
                self.differences.push(difference);
                continue;
            };
            if difference.kind == Kind::Missing {
                self.expected -= 1;
            }
            if difference.kind == Kind::Wrong || !difference.ours.is_empty() {
                self.wrong -= 1;
            }
            self.known_wrong.push((difference, why));
        }
    }

    /// Adds another count of the same row.
    pub fn add(&mut self, other: Tally) {
        self.row = other.row;
        self.expected += other.expected;
        self.matched += other.matched;
        self.wrong += other.wrong;
        self.extra += other.extra;
        for (reason, count) in other.left_out {
            *self.left_out.entry(reason).or_default() += count;
        }
        self.differences.extend(other.differences);
        self.known_wrong.extend(other.known_wrong);
    }

    /// Matched share of what was expected; `None` when nothing was.
    pub fn recall(&self) -> Option<f64> {
        (self.expected > 0).then(|| self.matched as f64 / self.expected as f64)
    }

    /// Matched share of what can be judged of ours; `None` when nothing can.
    pub fn precision(&self) -> Option<f64> {
        let judged = self.matched + self.wrong;
        (judged > 0).then(|| self.matched as f64 / judged as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_settles() {
        let mut tally = Tally::new("a.pcap", "mac");
        tally.hit();
        tally.miss("host", "x", "", 3);
        tally.miss("host", "x", "y", 4);
        tally.wrong("host", "z");
        assert_eq!((tally.expected, tally.matched, tally.wrong), (3, 1, 2));
        assert_eq!((tally.recall(), tally.precision()), (Some(1.0 / 3.0), Some(1.0 / 3.0)));
        tally.settle(|difference| (difference.frame == 4).then(|| "tshark misread it".into()));
        tally.settle(|difference| (difference.ours == "z").then(|| "it is true".into()));
        assert_eq!((tally.expected, tally.matched, tally.wrong), (2, 1, 0));
        assert_eq!((tally.differences.len(), tally.known_wrong.len()), (1, 2));
    }
}
