//! Every file opens with why it exists.

use super::repo::Repo;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule =
    Rule { name: "headers", about: "every .rs file opens with //! saying why it exists", check };

fn check(repo: &Repo) -> Vec<Failure> {
    let opens = |text: &str| {
        let mut lines = text.lines().skip_while(|line| line.trim().is_empty());
        lines.next().and_then(|line| line.strip_prefix("//!")).is_some_and(|words| words.trim().len() > 8)
    };
    let cure = "begin the file with //! and a sentence: what it is for, after which specification";
    repo.rust()
        .filter(|file| !file.text().is_some_and(opens))
        .map(|file| Failure::at(&file.path, 0, "has no opening //! sentence", cure))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let count = |text: &str| check(&Repo::sample(&[("a.rs", text)])).len();
        assert_eq!(count("\n//! Reads frames.\nfn a() {}"), 0);
        assert_eq!(count("//!\nfn a() {}"), 1);
        assert_eq!(count("fn a() {}"), 1);
    }
}
