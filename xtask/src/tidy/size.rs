//! Files stay small enough to read in one go.

use super::repo::Repo;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule = Rule { name: "size", about: "no .rs file above 600 lines without a reason", check };

/// Most lines of a file, tests and all.
const MOST: usize = 600;

/// A reason for a longer one.
const REASON: &str = "// tidy: long because ";

fn check(repo: &Repo) -> Vec<Failure> {
    let cure = format!("split it by what it does; or say why it is one thing: {REASON}…");
    repo.rust()
        .filter_map(|file| {
            let text = file.text()?;
            let lines = text.lines().count();
            let long = lines > MOST && !text.contains(REASON);
            long.then(|| Failure::at(&file.path, 0, format!("has {lines} lines, more than {MOST}"), &*cure))
        })
        .collect()
}

/// One line for the end of the report: how many files, and the median.
pub fn summary(repo: &Repo) -> String {
    let mut lines: Vec<usize> = repo.rust().filter_map(|file| Some(file.text()?.lines().count())).collect();
    lines.sort_unstable();
    let median = lines.get(lines.len() / 2).copied().unwrap_or(0);
    let longest = lines.last().copied().unwrap_or(0);
    format!(
        "size: {} .rs files, {} lines, median {median}, longest {longest}",
        lines.len(),
        lines.iter().sum::<usize>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let count = |text: &str| check(&Repo::sample(&[("a.rs", text)])).len();
        assert_eq!(count(&"x\n".repeat(MOST)), 0);
        assert_eq!(count(&"x\n".repeat(MOST + 1)), 1);
        assert_eq!(count(&format!("{REASON}it is a table\n{}", "x\n".repeat(MOST + 1))), 0);
    }
}
