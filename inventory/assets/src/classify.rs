//! What the fingerprints make of an asset's observations.

use std::cell::RefCell;
use std::collections::BTreeSet;

use fingerprint::{Attribute as Named, Candidate, Heard, Verdict};
use identity::Group;
use model::{Interval, Mac, Port};

use crate::doc::{self, Attribute, Evidence, Stamp};

/// Candidates of every interval, asked for once each.
pub struct Candidates<'a> {
    intervals: &'a [Interval],
    known: RefCell<Vec<Option<Vec<Candidate>>>>,
}

impl<'a> Candidates<'a> {
    /// For these (folded) intervals.
    pub fn new(intervals: &'a [Interval]) -> Candidates<'a> {
        Candidates { intervals, known: RefCell::new(vec![None; intervals.len()]) }
    }

    /// What is concluded from one interval about a host with these MACs. The MAC
    /// a routed frame came with is the router's and says nothing of the host.
    pub fn of(&self, at: usize, macs: &BTreeSet<Mac>) -> Vec<Candidate> {
        let interval = &self.intervals[at];
        if interval.sighting.mac.is_some_and(|mac| !macs.contains(&mac)) {
            if interval.field == "eth.source" {
                return Vec::new();
            }
            let mut without = interval.clone();
            without.sighting.mac = None;
            return fingerprint::candidates(&without);
        }
        self.known.borrow_mut()[at].get_or_insert_with(|| fingerprint::candidates(interval)).clone()
    }
}

/// True when the observations are of a phone, tablet or watch.
pub fn is_mobile(heard: &[&Interval]) -> bool {
    let said = |(interval, one): (usize, &&Interval)| {
        let candidates = fingerprint::candidates(one);
        candidates.into_iter().map(move |candidate| Heard { candidate, interval })
    };
    let all: Vec<Heard> = heard
        .iter()
        .enumerate()
        .flat_map(said)
        .filter(|heard| heard.candidate.attribute == Named::Category)
        .collect();
    fingerprint::decide(Named::Category, &all)
        .is_some_and(|verdict| verdict.value.as_deref() == Some("mobile"))
}

/// One decided attribute.
pub struct Decided {
    /// Which.
    pub attribute: Named,
    /// The service it is of, for attributes of services.
    pub port: Option<Port>,
    /// The verdict.
    pub verdict: Verdict,
}

/// All attributes of a group.
pub fn decide(group: &Group, candidates: &Candidates<'_>) -> (Vec<Decided>, Vec<Heard>) {
    let macs: BTreeSet<Mac> = group
        .macs
        .iter()
        .map(|seen| seen.mac)
        .chain(group.keys.iter().filter_map(identity::Key::mac))
        .collect();
    let mut intervals: Vec<usize> = group.pieces.iter().map(|piece| piece.interval).collect();
    intervals.sort_unstable();
    intervals.dedup();
    let heard: Vec<Heard> = intervals
        .into_iter()
        .flat_map(|interval| {
            candidates.of(interval, &macs).into_iter().map(move |candidate| Heard { candidate, interval })
        })
        .collect();
    let decided = fingerprint::decide_all(&heard)
        .into_iter()
        .map(|(attribute, port, verdict)| Decided { attribute, port, verdict })
        .collect();
    (decided, heard)
}

/// The value of an attribute of the host, when it is known.
pub fn value(decided: &[Decided], attribute: Named) -> Option<&str> {
    let one = decided.iter().find(|one| one.attribute == attribute && one.port.is_none())?;
    one.verdict.value.as_deref()
}

/// A share in thousandths as 0 to 1.
pub fn share(per_mille: u16) -> f64 {
    f64::from(per_mille) / 1000.0
}

/// An attribute as a document; an unknown value is said.
pub fn document(decided: &Decided, heard: &[Heard], intervals: &[Interval]) -> Attribute {
    let verdict = &decided.verdict;
    let evidence = |at: usize, rule: &str, weight: u16| evidence(&intervals[at], rule, weight);
    let lost = |lost: &fingerprint::Lost| doc::Candidate {
        value: lost.value.clone(),
        confidence: share(lost.confidence),
        lost_because: lost.because.clone(),
        evidence: heard
            .iter()
            .filter(|one| one.candidate.attribute == decided.attribute && one.candidate.port == decided.port)
            .filter(|one| one.candidate.value.eq_ignore_ascii_case(&lost.value))
            .take(MAX_LOST_EVIDENCE)
            .map(|one| evidence(one.interval, one.candidate.rule, one.candidate.weight))
            .collect(),
    };
    Attribute {
        name: decided.attribute.id().to_owned(),
        value: verdict.value.clone().unwrap_or_else(|| "unknown".to_owned()),
        confidence: share(verdict.confidence),
        set_by: "auto".to_owned(),
        locked: false,
        port: decided.port.map(|port| port.number),
        evidence: verdict.evidence.iter().map(|one| evidence(one.interval, one.rule, one.weight)).collect(),
        candidates: verdict.lost.iter().map(lost).collect(),
    }
}

/// Evidence shown for a candidate that lost.
const MAX_LOST_EVIDENCE: usize = 4;

fn evidence(interval: &Interval, rule: &str, weight: u16) -> Evidence {
    let (proto, field) = interval.field.split_once('.').unwrap_or((&interval.field, ""));
    Evidence {
        proto: proto.to_owned(),
        field: field.to_owned(),
        raw: interval.value.clone(),
        rule: rule.to_owned(),
        weight: share(weight),
        port: interval.port.map(|port| port.number),
        count: interval.count,
        first_seen: Stamp(interval.first),
        last_seen: Stamp(interval.last),
        frame: interval.frame,
    }
}
