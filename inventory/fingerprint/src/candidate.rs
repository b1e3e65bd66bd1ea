//! What rules say: candidates for an attribute, and the rules and sources they come from.

use model::{Interval, Port};
use serde::Serialize;

use crate::attribute::{Attribute, Many, category_of};

/// A weight or confidence in thousandths: 0 nothing, 1000 certain. Whole numbers,
/// so that results do not depend on the order of additions.
pub type PerMille = u16;

/// One proposed value of one attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Candidate {
    /// What is spoken of.
    pub attribute: Attribute,
    /// The proposed value, in this crate's normal words (`Windows 10/11`, `Cisco`).
    pub value: String,
    /// How far this rule alone is to be believed.
    pub weight: PerMille,
    /// Id and version of the rule, `smb-0031@1`.
    pub rule: &'static str,
    /// The service spoken of, for attributes of services only.
    pub port: Option<Port>,
}

/// One rule: its words for people, and its weight. What it does is code in its source.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// `SOURCE-NNNN@VERSION`; a rule that changes its meaning gets a new version.
    pub id: &'static str,
    /// The fields it reads, comma-separated.
    pub reads: &'static str,
    /// What it concludes, and why that is justified.
    pub says: &'static str,
    /// How far it alone is to be believed.
    pub weight: PerMille,
}

impl Rule {
    /// Adds a candidate of this rule. A value without a letter or digit is no
    /// value. A type brings its category along.
    pub fn say(
        &self,
        of: &Interval,
        attribute: Attribute,
        value: impl Into<String>,
        out: &mut Vec<Candidate>,
    ) {
        let value = tidy(value.into());
        if !value.chars().any(char::is_alphanumeric) {
            return;
        }
        if attribute == Attribute::Type {
            let category = category_of(&value);
            debug_assert_ne!(
                category, "other",
                "{} says the type {value}, which is not in CATEGORIES",
                self.id
            );
            self.push(of, Attribute::Category, category.to_owned(), out);
        }
        self.push(of, attribute, value, out);
    }

    fn push(&self, of: &Interval, attribute: Attribute, value: String, out: &mut Vec<Candidate>) {
        let port = of.port.filter(|_| attribute.many() == Many::OnePerPort);
        if attribute.many() == Many::OnePerPort && port.is_none() {
            return;
        }
        out.push(Candidate { attribute, value, weight: self.weight, rule: self.id, port });
    }
}

/// Trims, and makes every run of white space one blank.
fn tidy(value: String) -> String {
    if value.split(' ').all(|word| !word.is_empty() && !word.contains(char::is_whitespace)) {
        return value;
    }
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A family of rules that read the same kind of evidence: one file of `sources/`.
pub trait Source: Sync {
    /// Short lower-case name, the first part of its rules' ids.
    fn name(&self) -> &'static str;

    /// The fields (`proto.name`) that are to be handed to [`Source::read`].
    fn fields(&self) -> &'static [&'static str];

    /// Every rule it may name.
    fn rules(&self) -> &'static [Rule];

    /// Reads one interval of one of its fields and adds what it concludes.
    fn read(&self, interval: &Interval, out: &mut Vec<Candidate>);
}

/// A candidate together with the interval it was read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heard {
    /// The candidate.
    pub candidate: Candidate,
    /// Index of the interval in the caller's (sorted) list.
    pub interval: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::interval;

    #[test]
    fn values_are_tidied_and_empty_ones_dropped() {
        const RULE: Rule = Rule { id: "x-0001@1", reads: "", says: "", weight: 500 };
        let mut out = Vec::new();
        RULE.say(&interval("a.b", ""), Attribute::Model, "  a \t b ", &mut out);
        RULE.say(&interval("a.b", ""), Attribute::Model, " -- ", &mut out);
        RULE.say(&interval("a.b", ""), Attribute::Type, "plc", &mut out);
        RULE.say(&interval("a.b", ""), Attribute::ServiceProduct, "no port, no service", &mut out);
        let said: Vec<_> = out.iter().map(|c| (c.attribute.id(), c.value.as_str())).collect();
        assert_eq!(said, [("model", "a b"), ("category", "ot"), ("type", "plc")]);
    }
}
