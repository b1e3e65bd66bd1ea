//! `cargo xtask tidy`: the rules of the house as tests.
//!
//! A rule = one file here + one line in [`RULES`]. What breaks a rule is told
//! with its place and what to do. Where a rule must give way, the reason stands
//! beside it: `tidy: allow(RULE) because …` on the line or the one above.

mod captures;
mod dependencies;
mod docs;
mod headers;
mod licences;
mod manifests;
mod no_std;
mod observations;
mod protocols;
mod provenance;
mod pure;
mod repo;
mod sending;
mod size;
mod source;
mod text;
mod unsafe_code;

use std::path::Path;

use anyhow::{Result, bail};
use repo::Repo;

/// One rule.
pub struct Rule {
    /// Name, as in `tidy: allow(NAME) because …`.
    pub name: &'static str,
    /// What it holds, in one line.
    pub about: &'static str,
    /// Finds what breaks it.
    pub check: fn(&Repo) -> Vec<Failure>,
}

/// Every rule, in the order they are reported.
pub const RULES: &[Rule] = &[
    dependencies::RULE,
    manifests::RULE,
    licences::RULE,
    pure::RULE,
    no_std::RULE,
    unsafe_code::RULE,
    sending::RULE,
    headers::RULE,
    size::RULE,
    docs::RULE,
    protocols::RULE,
    observations::RULE,
    provenance::RULE,
    text::RULE,
    captures::RULE,
];

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// File (or crate), from the root of the repository.
    pub place: String,
    /// Line from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub cure: String,
}

impl Failure {
    /// A failure on a line (0: the file as a whole).
    pub fn at(place: &str, line: usize, what: impl Into<String>, cure: impl Into<String>) -> Failure {
        Failure { place: place.into(), line, what: what.into(), cure: cure.into() }
    }
}

/// Runs every rule over the repository at `root`, or only those named.
///
/// # Errors
/// When a rule is broken, when a name is no rule's, and when the repository
/// cannot be read.
pub fn run(root: &Path, only: &[String]) -> Result<()> {
    if let Some(unknown) = only.iter().find(|name| RULES.iter().all(|rule| rule.name != **name)) {
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        bail!("no rule is called {unknown}; there are: {}", names.join(", "));
    }
    let repo = Repo::read(root)?;
    let mut broken = 0;
    for rule in RULES.iter().filter(|rule| only.is_empty() || only.iter().any(|name| name == rule.name)) {
        let failures: Vec<Failure> =
            (rule.check)(&repo).into_iter().filter(|failure| !repo.allows(rule.name, failure)).collect();
        println!("{} {:13} {}", if failures.is_empty() { "ok  " } else { "FAIL" }, rule.name, rule.about);
        for failure in &failures {
            let line = if failure.line == 0 { String::new() } else { format!(":{}", failure.line) };
            println!("     {}{line}: {}\n       → {}", failure.place, failure.what, failure.cure);
        }
        broken += failures.len();
    }
    println!("{}", docs::summary(&repo));
    println!("{}", size::summary(&repo));
    if broken > 0 {
        bail!(
            "tidy: {broken} to put right; where a rule must give way, write beside it: tidy: allow(RULE) because …"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_have_words() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(!rule.about.is_empty());
            assert!(RULES.iter().skip(at + 1).all(|other| other.name != rule.name), "{}", rule.name);
        }
    }
}
