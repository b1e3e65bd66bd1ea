//! What names a person or gives access must not be in our answer.
//! The values themselves are never printed.

use crate::score::case::Case;
use crate::score::expected::Fact;
use crate::score::scope;
use crate::score::tally::Tally;

/// Shorter ones turn up in anything.
const LEAST: usize = 4;

/// Counts each such value: matched when it is nowhere in ours.
pub fn score(case: &Case, tally: &mut Tally) {
    for host in &case.expected.hosts {
        for fact in host.facts.iter().filter(|fact| scope::PERSONS.contains(&fact.name.as_str())) {
            let value = secret(fact);
            if value.len() < LEAST {
                tally.leave_out("too short to tell");
                continue;
            }
            let heard = case.ours.assets.iter().flat_map(|asset| &asset.heard);
            let leaks: Vec<&str> =
                heard.filter(|one| says(&one.value, &value)).map(|one| one.field.as_str()).collect();
            match leaks.first() {
                None => tally.hit(),
                Some(field) => tally.miss(&host.title(), &format!("no {}", fact.name), field, fact.frame),
            }
        }
    }
}

fn secret(fact: &Fact) -> String {
    let value = fact.value.rsplit_once("mstshash=").map_or(fact.value.as_str(), |(_, name)| name);
    value.to_lowercase()
}

/// The value stands in the text as a word of its own.
fn says(text: &str, value: &str) -> bool {
    let text = text.to_lowercase();
    text.match_indices(value).any(|(at, _)| {
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !word(text[..at].chars().next_back()) && !word(text[at + value.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_only() {
        assert!(says("user=Alice1;", "alice1") && !says("alice10", "alice1") && !says("malice1", "alice1"));
    }
}
