//! From all candidates of one asset to one value with its confidence and evidence.
//!
//! The result is a function of the *set* of candidates: they are sorted before
//! anything is added up, and weights are whole thousandths.
//!
//! 1. A candidate supports every value it covers ([`crate::relate`]): `Windows`
//!    supports `Windows 10`, and `Windows 10/11` supports both `Windows 10` and
//!    `Windows 11`. One rule counts once for a value, however often it spoke.
//! 2. Supports of different rules add as independent evidence: 1 − Π(1 − w).
//! 3. The best supported value wins, the more specific of two that agree –
//!    unless what makes it specific is weaker than [`SPECIFIC_FLOOR`].
//! 4. A rival that is about as well supported makes the verdict fall back to
//!    what both have in common; a weaker one loses, and costs confidence.
//! 5. Below [`KNOWN_FLOOR`] the verdict is unknown, and the candidates are hints.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::attribute::{Attribute, Many};
use crate::candidate::{Candidate, Heard, PerMille};
use crate::relate::{alternatives, common, covers, join};

/// Least confidence for a value to be called known.
pub const KNOWN_FLOOR: PerMille = 300;
/// Least support that a value needs of its own, beside what supports the more general one.
pub const SPECIFIC_FLOOR: PerMille = 200;
/// A rival this near in support makes a draw.
pub const DRAW: PerMille = 75;
/// Highest confidence: nothing that is heard is certain.
pub const CEILING: PerMille = 990;
/// Most distinct values of one attribute that are weighed; the heaviest are kept.
pub const MAX_VALUES: usize = 128;

/// One piece of evidence for a verdict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    /// Index of the interval, as given in [`Heard`].
    pub interval: usize,
    /// The rule that read it.
    pub rule: &'static str,
    /// What the rule said, perhaps in more general words than the verdict.
    pub value: String,
    /// The rule's weight.
    pub weight: PerMille,
}

/// A value that was proposed and did not win.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Lost {
    /// The value.
    pub value: String,
    /// Support it had.
    pub confidence: PerMille,
    /// Why it lost, in words.
    pub because: String,
}

/// What is concluded of one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The value; `None` is unknown, and `lost` then holds the hints.
    pub value: Option<String>,
    /// How sure; for an unknown value, of the best hint.
    pub confidence: PerMille,
    /// What speaks for it: heaviest first, then by interval and rule.
    pub evidence: Vec<Evidence>,
    /// What was proposed besides, best first.
    pub lost: Vec<Lost>,
}

/// All verdicts of an asset: every attribute that has a candidate, in display
/// order; services by port; roles one verdict each, by value.
pub fn decide_all(heard: &[Heard]) -> Vec<(Attribute, Option<model::Port>, Verdict)> {
    let mut groups: BTreeMap<_, Vec<&Heard>> = BTreeMap::new();
    for one in heard {
        let c = &one.candidate;
        let each = (c.attribute.many() == Many::Each).then(|| c.value.to_lowercase());
        groups.entry((c.attribute, c.port, each)).or_default().push(one);
    }
    let verdict =
        |((attribute, port, _), of): (_, Vec<&Heard>)| Some((attribute, port, weigh(attribute, of)?));
    groups.into_iter().filter_map(verdict).collect()
}

/// The verdict on one attribute. Candidates of other attributes are passed over;
/// for services, pass the candidates of one port. `None` when there is none.
pub fn decide(attribute: Attribute, heard: &[Heard]) -> Option<Verdict> {
    weigh(attribute, heard.iter().filter(|one| one.candidate.attribute == attribute).collect())
}

/// One distinct (value, rule): what it may stand for, and where it was heard.
struct Claim<'a> {
    candidate: &'a Candidate,
    means: Vec<String>,
    intervals: Vec<usize>,
}

/// A value that may win, and the claims that support it or refine it.
struct Contender {
    text: String,
    /// Claims that cover it.
    support: BTreeSet<usize>,
    /// Claims it covers.
    within: BTreeSet<usize>,
}

fn weigh(attribute: Attribute, mut heard: Vec<&Heard>) -> Option<Verdict> {
    heard.sort();
    let claims = claims(attribute, &heard);
    let contenders = contenders(attribute, &claims);
    let weigh = |set: &BTreeSet<usize>| support(&claims, set.iter().copied());

    let strong = contenders.iter().filter(|c| weigh(&c.within) >= SPECIFIC_FLOOR);
    let rank = |c: &&Contender| {
        let specific = (c.text.split_whitespace().count(), c.text.len());
        (weigh(&c.support), specific, std::cmp::Reverse(c.text.clone()))
    };
    let best = strong.max_by_key(rank).or_else(|| contenders.iter().max_by_key(rank))?;

    // The strongest contender that contradicts the best, by what each has for itself.
    let rival = contenders
        .iter()
        .filter(|c| !related(attribute, &c.text, &best.text) && c.support != best.support)
        .map(|c| (weigh(&(&c.support - &best.support)), c))
        .max_by_key(|(weight, c)| (*weight, std::cmp::Reverse(&c.text)));
    let against = rival.as_ref().map_or(0, |(weight, _)| *weight);

    let mut value = named(attribute, best, &contenders, &claims);
    let mut supporters = &best.support | &best.within;
    let mut confidence = weigh(&best.support);
    if let Some((_, rival)) = rival {
        let alone = weigh(&(&best.support - &rival.support));
        let common = common(attribute, &best.text, &rival.text);
        if alone < against + DRAW && !common.is_empty() {
            supporters = &supporters | &(&rival.support | &rival.within);
            confidence = weigh(&supporters);
            value = common;
        } else {
            let against = u32::from(against);
            confidence = (u32::from(confidence) * (1000 - against * against / 2000) / 1000) as PerMille;
        }
    }
    confidence = confidence.min(CEILING);
    let known = confidence >= KNOWN_FLOOR;
    let lost = lost(&claims, &contenders, &supporters, &value, known, attribute);
    let mut evidence: Vec<_> = supporters.iter().flat_map(|&at| evidence(&claims[at])).collect();
    evidence.sort_by_key(|e| (std::cmp::Reverse(e.weight), e.interval, e.rule));
    Some(Verdict { value: known.then_some(value), confidence, evidence, lost })
}

fn claims<'a>(attribute: Attribute, heard: &[&'a Heard]) -> Vec<Claim<'a>> {
    let mut claims: Vec<Claim<'a>> = Vec::new();
    for one in heard {
        let candidate = &one.candidate;
        match claims.last_mut() {
            Some(last) if *last.candidate == *candidate => last.intervals.push(one.interval),
            _ => claims.push(Claim {
                candidate,
                means: alternatives(attribute, &candidate.value),
                intervals: vec![one.interval],
            }),
        }
    }
    if claims.len() > MAX_VALUES {
        claims.sort_by_key(|c| (std::cmp::Reverse(c.candidate.weight), c.candidate));
        claims.truncate(MAX_VALUES);
        claims.sort_by_key(|c| c.candidate);
    }
    for claim in &mut claims {
        claim.intervals.dedup();
    }
    claims
}

fn contenders(attribute: Attribute, claims: &[Claim<'_>]) -> Vec<Contender> {
    // Spellings that differ in case alone are one value, written as the heaviest rule does.
    let mut spellings: BTreeMap<String, (PerMille, &str)> = BTreeMap::new();
    for claim in claims {
        for text in &claim.means {
            let entry = spellings.entry(text.to_lowercase()).or_insert((0, text));
            if claim.candidate.weight > entry.0 {
                *entry = (claim.candidate.weight, text);
            }
        }
    }
    let contender = |(_, text): &(PerMille, &str)| {
        let such = |holds: &dyn Fn(&str) -> bool| -> BTreeSet<usize> {
            (0..claims.len()).filter(|&at| claims[at].means.iter().any(|m| holds(m))).collect()
        };
        Contender {
            text: (*text).to_owned(),
            support: such(&|means| covers(attribute, means, text)),
            within: such(&|means| covers(attribute, text, means)),
        }
    };
    spellings.values().map(contender).collect()
}

/// 1 − Π(1 − w) over the rules of these claims, each rule with its heaviest.
fn support(claims: &[Claim<'_>], set: impl Iterator<Item = usize>) -> PerMille {
    let mut rules: BTreeMap<&str, PerMille> = BTreeMap::new();
    for at in set {
        let candidate = claims[at].candidate;
        let weight = rules.entry(candidate.rule).or_default();
        *weight = (*weight).max(candidate.weight);
    }
    let mut weights: Vec<_> = rules.into_values().collect();
    weights.sort_unstable();
    let doubt =
        weights.iter().fold(1_000_000_u64, |doubt, w| doubt * u64::from(1000 - (*w).min(1000)) / 1000);
    (1000 - doubt / 1000) as PerMille
}

fn related(attribute: Attribute, a: &str, b: &str) -> bool {
    covers(attribute, a, b) || covers(attribute, b, a)
}

/// The winner's name: together with those the same claims cannot tell it from
/// (`Windows 10` and `Windows 11` of `Windows 10/11`).
fn named(attribute: Attribute, best: &Contender, all: &[Contender], claims: &[Claim<'_>]) -> String {
    let same: BTreeSet<String> =
        all.iter().filter(|c| c.support == best.support).map(|c| c.text.to_lowercase()).collect();
    let among = |claim: &&Claim<'_>| {
        claim.means.len() > 1 && claim.means.iter().any(|m| m.eq_ignore_ascii_case(&best.text))
    };
    let widest = best.support.iter().map(|&at| &claims[at]).filter(among).map(|claim| {
        let kept = claim.means.iter().filter(|m| same.contains(&m.to_lowercase()));
        kept.map(String::as_str).collect::<Vec<_>>()
    });
    match widest.min_by_key(|kept| kept.len()) {
        Some(kept) if attribute == Attribute::Os && kept.len() > 1 => join(&kept),
        _ => best.text.clone(),
    }
}

fn evidence<'a>(claim: &'a Claim<'_>) -> impl Iterator<Item = Evidence> + 'a {
    let Candidate { rule, value, weight, .. } = claim.candidate;
    claim.intervals.iter().map(move |&interval| Evidence {
        interval,
        rule,
        value: value.clone(),
        weight: *weight,
    })
}

fn lost(
    claims: &[Claim<'_>],
    contenders: &[Contender],
    supporters: &BTreeSet<usize>,
    value: &str,
    known: bool,
    attribute: Attribute,
) -> Vec<Lost> {
    let mut lost: BTreeMap<&str, Lost> = BTreeMap::new();
    for (at, claim) in claims.iter().enumerate() {
        let text = claim.candidate.value.as_str();
        let because = if !known {
            "too weak alone".to_owned()
        } else if claim.means.iter().any(|m| covers(attribute, m, value)) {
            continue;
        } else if claim.means.iter().any(|m| covers(attribute, value, m)) {
            // Inside what was concluded, but not what decided it.
            let strong = contenders
                .iter()
                .filter(|c| c.support.contains(&at))
                .any(|c| support(claims, c.within.iter().copied()) >= SPECIFIC_FLOOR);
            if strong {
                "contradicted by others about as strong".to_owned()
            } else {
                format!("too weak to refine {value}")
            }
        } else if supporters.contains(&at) {
            continue;
        } else {
            format!("contradicts {value}")
        };
        let best = contenders.iter().filter(|c| claim.means.contains(&c.text));
        let confidence =
            best.map(|c| support(claims, c.support.iter().copied())).max().unwrap_or(claim.candidate.weight);
        lost.entry(text).or_insert(Lost {
            value: text.to_owned(),
            confidence: confidence.min(CEILING),
            because,
        });
    }
    let mut lost: Vec<_> = lost.into_values().collect();
    lost.sort_by(|a, b| (b.confidence, &a.value).cmp(&(a.confidence, &b.value)));
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(values: &[(&str, PerMille, &'static str)]) -> Vec<Heard> {
        let one = |(interval, (value, weight, rule)): (usize, &(&str, PerMille, &'static str))| Heard {
            candidate: Candidate {
                attribute: Attribute::Os,
                value: (*value).to_owned(),
                weight: *weight,
                rule,
                port: None,
            },
            interval,
        };
        values.iter().enumerate().map(one).collect()
    }

    fn os(values: &[(&str, PerMille, &'static str)]) -> (Option<String>, PerMille) {
        let verdict = decide(Attribute::Os, &heard(values)).unwrap();
        (verdict.value, verdict.confidence)
    }

    #[test]
    fn general_values_support_specific_ones() {
        let both = os(&[("Windows", 700, "a"), ("Windows 10 (build 19041)", 800, "b")]);
        assert_eq!(both, (Some("Windows 10 (build 19041)".into()), 940));
    }

    #[test]
    fn ambiguity_is_kept_until_something_resolves_it() {
        let ntlm = ("Windows 10/Server 2016+ (build 19041)", 800, "a");
        assert_eq!(os(&[ntlm]).0.as_deref(), Some("Windows 10/Server 2016+ (build 19041)"));
        let agent = ("Windows 10/11", 600, "b");
        assert_eq!(os(&[ntlm, agent]).0.as_deref(), Some("Windows 10 (build 19041)"));
        let role = ("Windows Server", 700, "c");
        let server = os(&[("Windows 10/Server 2019 (build 17763)", 800, "a"), role]);
        assert_eq!(server, (Some("Windows Server 2019 (build 17763)".into()), 940));
    }

    #[test]
    fn contradiction_loses_with_a_reason_and_costs_confidence() {
        let verdict =
            decide(Attribute::Os, &heard(&[("Linux", 900, "a"), ("Windows XP", 400, "b")])).unwrap();
        assert_eq!((verdict.value.as_deref(), verdict.confidence), (Some("Linux"), 828));
        assert_eq!(verdict.evidence.len(), 1);
        assert_eq!(verdict.lost.len(), 1);
        assert_eq!(verdict.lost[0].because, "contradicts Linux");
    }

    #[test]
    fn a_draw_falls_back_to_what_is_common() {
        let verdict =
            decide(Attribute::Os, &heard(&[("Windows 7", 600, "a"), ("Windows 10", 600, "b")])).unwrap();
        assert_eq!(verdict.value.as_deref(), Some("Windows"));
        assert_eq!(verdict.evidence.len(), 2);
        assert_eq!(verdict.lost.len(), 2);
    }

    #[test]
    fn a_weak_detail_does_not_refine_and_weak_hints_stay_unknown() {
        let verdict =
            decide(Attribute::Os, &heard(&[("Windows", 800, "a"), ("Windows 7", 150, "b")])).unwrap();
        assert_eq!(verdict.value.as_deref(), Some("Windows"));
        assert_eq!(verdict.lost[0].because, "too weak to refine Windows");
        let weak = decide(Attribute::Os, &heard(&[("Windows", 200, "a")])).unwrap();
        assert_eq!((weak.value, weak.lost.len()), (None, 1));
        assert_eq!(decide(Attribute::Os, &[]), None);
    }

    #[test]
    fn a_rule_counts_once_and_case_does_not_matter() {
        let one = os(&[("Windows 10", 500, "a"), ("WINDOWS 10", 400, "a")]);
        assert_eq!(one, (Some("Windows 10".into()), 500));
    }

    #[test]
    fn kinds_of_linux_are_supported_by_linux() {
        let android = os(&[("Linux", 500, "a"), ("Android 11", 500, "b")]);
        assert_eq!(android, (Some("Android 11".into()), 750));
    }

    #[test]
    fn what_supports_in_general_words_has_not_lost() {
        let verdict = decide(
            Attribute::Os,
            &heard(&[("iOS", 550, "a"), ("macOS/iOS", 250, "b"), ("iOS 18", 600, "c")]),
        )
        .unwrap();
        assert_eq!((verdict.value.as_deref(), verdict.lost.len()), (Some("iOS 18"), 0));
        let full = [
            ("macOS 10.13", 950, "a"),
            ("macOS 10.13.6", 950, "b"),
            ("macOS", 950, "c"),
            ("macOS/iOS", 900, "d"),
        ];
        assert_eq!(os(&full).0.as_deref(), Some("macOS 10.13.6"));
        let server = [
            ("Windows Server 2003/XP x64 (build 3790)", 900, "a"),
            ("Windows Server 2003 R2 (build 3790)", 850, "b"),
        ];
        assert_eq!(os(&server).0.as_deref(), Some("Windows Server 2003 R2 (build 3790)"));
    }

    proptest::proptest! {
        #[test]
        fn order_does_not_matter(picks in proptest::collection::vec((0..10_usize, 1..10_u16, 0..5_usize), 0..12), turn in 0..12_usize) {
            const VALUES: [&str; 10] = ["Windows", "Windows 10", "Windows 10/11", "Windows 11", "windows 10",
                "Windows 10/Server 2016+ (build 19041)", "Linux", "Linux (Ubuntu)", "Android 11", "macOS/iOS"];
            const RULES: [&str; 5] = ["a", "b", "c", "d", "e"];
            let picks: Vec<_> = picks.iter().map(|(v, w, r)| (VALUES[*v], w * 100, RULES[*r])).collect();
            let mut all = heard(&picks);
            let straight = decide(Attribute::Os, &all);
            all.reverse();
            let len = all.len().max(1);
            all.rotate_left(turn % len);
            proptest::prop_assert_eq!(decide(Attribute::Os, &all), straight);
        }
    }
}
