//! Crates that must run without the standard library, and parsers that must
//! run without an allocator.

use super::repo::Repo;
use super::source::lines_with;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule = Rule { name: "no_std", about: "no_std and no-alloc crates are what they say", check };

/// Crates without the standard library, and whether they may allocate.
const CRATES: &[(&str, bool)] = &[
    ("contract/model", true),
    ("contract/zones", true),
    ("firmware/packet", false),
    ("firmware/dissect", false),
];

fn check(repo: &Repo) -> Vec<Failure> {
    let mut out = Vec::new();
    for (folder, may_allocate) in CRATES {
        let root = format!("{folder}/src/lib.rs");
        if repo.file(&root).is_some_and(|file| !file.code.contains("#![no_std]")) {
            out.push(Failure::at(&root, 0, "does not begin with #![no_std]", "add it below the //! lines"));
        }
        let inside = format!("{folder}/src/");
        for file in repo.rust().filter(|file| file.path.starts_with(&inside)) {
            let mut refuse = |word: &str, cure: &str| {
                for line in lines_with(&file.shipped, word) {
                    out.push(Failure::at(&file.path, line, format!("names {word}"), cure));
                }
            };
            refuse("std::", "use core:: (or alloc:: where the crate may allocate)");
            refuse("extern crate std", "put it under #[cfg(test)]");
            if !may_allocate {
                refuse("alloc::", "keep it in fixed memory: heapless, slices of the frame, the sink");
                refuse(
                    "extern crate alloc",
                    "keep it in fixed memory: heapless, slices of the frame, the sink",
                );
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let count = |path: &str, text: &str| check(&Repo::sample(&[(path, text)])).len();
        assert_eq!(count("firmware/packet/src/lib.rs", "//! x\n#![no_std]\nuse core::fmt;\n"), 0);
        assert_eq!(count("firmware/packet/src/lib.rs", "//! #![no_std]\n"), 1);
        assert_eq!(count("firmware/packet/src/a.rs", "use alloc::vec::Vec;\nuse std::fmt;"), 2);
        assert_eq!(count("contract/model/src/a.rs", "use alloc::vec::Vec;"), 0);
        assert_eq!(count("firmware/dissect/src/lib.rs", "#![no_std]\n#[cfg(test)]\nextern crate std;\n"), 0);
    }
}
