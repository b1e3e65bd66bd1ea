//! Public items say what they are for.

use super::repo::{File, Repo};
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule = Rule { name: "docs", about: "at least 90 % of public items are documented", check };

/// Share of public items with a docstring, in percent.
const LEAST: usize = 90;

const KINDS: &[&str] =
    &["fn", "struct", "enum", "trait", "const", "static", "type", "union", "unsafe", "async", "extern"];

fn check(repo: &Repo) -> Vec<Failure> {
    let (all, bare) = count(repo);
    if (all - bare.len()) * 100 >= all * LEAST {
        return Vec::new();
    }
    let cure = "add a /// line: purpose, units, byte order, bounds, errors, source";
    bare.into_iter()
        .map(|(path, line)| Failure::at(&path, line, "is public and undocumented", cure))
        .collect()
}

/// One line for the end of the report.
pub fn summary(repo: &Repo) -> String {
    let (all, bare) = count(repo);
    let share = (all - bare.len()) as f64 * 100.0 / all.max(1) as f64;
    format!("docs: {} of {all} public items documented ({share:.1} %)", all - bare.len())
}

/// Number of public items, and the places of those without a docstring.
fn count(repo: &Repo) -> (usize, Vec<(String, usize)>) {
    let mut all = 0;
    let mut bare = Vec::new();
    for file in repo.rust() {
        let items = items(file);
        all += items.len();
        bare.extend(items.into_iter().filter(|item| !item.1).map(|item| (file.path.clone(), item.0)));
    }
    (all, bare)
}

/// Line and whether it is documented, for every public item and field of the
/// shipped code.
fn items(file: &File) -> Vec<(usize, bool)> {
    let text: Vec<&str> = file.text().unwrap_or("").lines().map(str::trim).collect();
    let mut out = Vec::new();
    for (at, line) in file.shipped.lines().map(str::trim).enumerate() {
        let Some(rest) = line.strip_prefix("pub ") else { continue };
        let first = rest.split([' ', '(', '<', ':']).next().unwrap_or("");
        let is_field = rest.contains(':') && !rest.starts_with("use ") && !rest.contains('(');
        if !KINDS.contains(&first) && !is_field {
            continue;
        }
        let is_doc = |line: &str| line.starts_with("///") || line.starts_with("#[doc");
        let attribute = |line: &str| !is_doc(line) && (line.starts_with("#[") || line.ends_with(']'));
        let above = text[..at].iter().rev().find(|line| !attribute(line));
        let documented = above.is_some_and(|line| is_doc(line));
        out.push((at + 1, documented));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let good = "/// A.\n#[derive(Debug)]\npub struct A {\n    /// B.\n    pub b: u8,\n}\npub use c::D;\npub mod e;\npub(crate) fn f() {}\n";
        assert_eq!(items(&File { shipped: good.into(), ..File::new("a.rs", good) }), [(3, true), (5, true)]);
        assert!(check(&Repo::sample(&[("a.rs", good)])).is_empty());
        assert_eq!(check(&Repo::sample(&[("a.rs", "pub fn a() {}\npub const B: u8 = 1;\n")])).len(), 2);
        assert!(check(&Repo::sample(&[])).is_empty());
    }
}
