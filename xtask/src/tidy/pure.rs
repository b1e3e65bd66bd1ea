//! Pure crates touch no files, sockets, threads, clocks, environment or chance:
//! the result is a function of what was heard.

use super::repo::Repo;
use super::source::lines_with;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule =
    Rule { name: "pure", about: "pure crates have no files, sockets, threads, clocks or randomness", check };

/// Folders of the pure crates.
const PURE: &[&str] = &[
    "contract/",
    "inventory/",
    "firmware/packet/",
    "firmware/flow/",
    "firmware/dissect/",
    "firmware/sense/",
];

/// What they may not name, and what to do instead.
const FORBIDDEN: &[(&str, &str)] = &[
    ("std::fs", "take bytes, not paths: the caller reads files"),
    ("std::net::TcpStream", "the caller owns sockets"),
    ("std::net::TcpListener", "the caller owns sockets"),
    ("std::net::UdpSocket", "the caller owns sockets"),
    ("std::thread", "the caller owns threads"),
    ("std::time", "take model::Time from the caller: time is frame time"),
    ("std::env", "take a setting from the caller"),
    ("std::process", "return an error: the caller decides to end"),
    ("Instant::now", "take model::Time from the caller: time is frame time"),
    ("SystemTime", "take model::Time from the caller: time is frame time"),
    ("RandomState", "use BTreeMap or a fixed hasher: the same input gives the same output"),
    (
        "HashMap",
        "use BTreeMap: a HashMap's order differs from run to run; or give the reason why it is never walked",
    ),
    (
        "HashSet",
        "use BTreeSet: a HashSet's order differs from run to run; or give the reason why it is never walked",
    ),
    ("rand::", "take a seed from the caller"),
    ("getrandom", "take a seed from the caller"),
];

fn check(repo: &Repo) -> Vec<Failure> {
    let mut out = Vec::new();
    for file in repo.rust().filter(|file| PURE.iter().any(|folder| file.path.starts_with(folder))) {
        for (word, cure) in FORBIDDEN {
            // The first place is enough: a reason beside an import covers the file.
            for line in lines_with(&file.shipped, word).into_iter().take(1) {
                out.push(Failure::at(&file.path, line, format!("a pure crate names {word}"), *cure));
            }
        }
        for line in grouped_imports(&file.shipped) {
            let cure = "import one path a line from std, so that the rule sees it";
            out.push(Failure::at(&file.path, line, "a pure crate imports from std in a group", cure));
        }
    }
    out
}

/// Lines with `use std::{…`, which would hide a forbidden module.
fn grouped_imports(code: &str) -> Vec<usize> {
    lines_with(code, "std::{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let lines = |path: &str, text: &str| -> Vec<usize> {
            check(&Repo::sample(&[(path, text)])).iter().map(|failure| failure.line).collect()
        };
        let text = "use std::fs;\n// std::fs\nlet a = std::time::Instant::now();\n";
        assert_eq!(lines("inventory/app/src/lib.rs", text), [1, 3, 3]);
        assert_eq!(
            lines("contract/model/src/a.rs", "use std::{fs, env};\nuse std::collections::HashMap;"),
            [2, 1]
        );
        assert!(lines("firmware/capture/src/lib.rs", text).is_empty());
        assert!(
            lines("firmware/flow/src/a.rs", "use core::net::IpAddr;\n#[cfg(test)]\nmod t { use std::fs; }")
                .is_empty()
        );
    }
}
