//! Committed text names no machine: no package mirror, no path of a home or
//! work folder. What is built here must build anywhere.

use super::repo::Repo;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule =
    Rule { name: "text", about: "no registry host and no path of one machine in committed text", check };

/// Absolute folders that exist on one machine only.
// tidy: allow(text) because this is the list itself
const FOLDERS: &[&str] = &["/work/", "/home/", "/root/", "/Users/"];

/// Words by which a host gives itself away as a package registry or mirror.
const HOSTS: &[&str] = &["registry", "mirror", "artifactory", "nexus", "index.crates.io", "static.crates.io"];

/// The only source a locked package may come from.
const LOCKED: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn check(repo: &Repo) -> Vec<Failure> {
    let mut out = Vec::new();
    for file in &repo.files {
        let Some(text) = file.text() else { continue };
        for (at, line) in text.lines().enumerate() {
            if let Some(folder) = folder(line) {
                let cure = "use a path from the root of the repository, or an argument";
                out.push(Failure::at(
                    &file.path,
                    at + 1,
                    format!("names the folder {folder} of one machine"),
                    cure,
                ));
            }
            if let Some(host) = host(line) {
                let cure = "leave package sources to the machine's own configuration";
                out.push(Failure::at(&file.path, at + 1, format!("names the package registry {host}"), cure));
            }
            let source = line.strip_prefix("source = ").map(|source| source.trim_matches('"'));
            if file.path.ends_with("Cargo.lock") && source.is_some_and(|source| source != LOCKED) {
                let cure = "lock against the public index only";
                out.push(Failure::at(&file.path, at + 1, "a package is locked to another source", cure));
            }
        }
    }
    out
}

/// An absolute machine folder named as a path of its own (not `a/home/b`).
fn folder(line: &str) -> Option<&'static str> {
    let starts = |at: usize| {
        line[..at]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric() && !"./_-*}>".contains(before))
    };
    FOLDERS.iter().find(|folder| line.match_indices(**folder).any(|(at, _)| starts(at))).copied()
}

/// The host of a URL that looks like a package registry.
fn host(line: &str) -> Option<&str> {
    let hosts = line.match_indices("://").map(|(at, _)| {
        let rest = &line[at + 3..];
        rest.split(|c: char| !c.is_ascii_alphanumeric() && !".-:".contains(c)).next().unwrap_or("")
    });
    hosts.into_iter().find(|host| host.contains('.') && HOSTS.iter().any(|word| host.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let count = |path: &str, text: &str| check(&Repo::sample(&[(path, text)])).len();
        assert_eq!(count("a.md", "see ../shared/captures and https://www.rfc-editor.org/rfc/rfc826"), 0);
        assert_eq!(count("a.md", "from https://docs.rs/x and a/home/b"), 0);
        // tidy: allow(text) because this is the bad sample
        assert_eq!(count("a.md", "cd /work/main"), 1);
        // tidy: allow(text) because this is the bad sample
        assert_eq!(count("a.toml", "url = 'https://registry.example.org/x'"), 1);
        assert_eq!(count("Cargo.lock", &format!("source = \"{LOCKED}\"\n")), 0);
        assert_eq!(count("Cargo.lock", "source = \"git+https://example.org/x\"\n"), 1);
    }
}
