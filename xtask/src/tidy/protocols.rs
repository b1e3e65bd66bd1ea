//! The list of protocols: every file in it, no more than dispatch has bits for.

use super::repo::Repo;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule =
    Rule { name: "protocols", about: "every dissector is in PROTOCOLS, at most 64 of them", check };

const FOLDER: &str = "firmware/dissect/src/proto/";

/// Dispatch keeps protocols as bits of one word.
const MOST: usize = 64;

fn check(repo: &Repo) -> Vec<Failure> {
    let path = format!("{FOLDER}mod.rs");
    let Some(list) = repo.file(&path) else { return Vec::new() };
    let entries: Vec<&str> = list
        .code
        .split_once("PROTOCOLS:")
        .and_then(|(_, rest)| rest.split_once("];"))
        .map(|(body, _)| body.lines().filter_map(|line| line.trim().strip_prefix('&')).collect())
        .unwrap_or_default();
    let mut out = Vec::new();
    if entries.len() > MOST {
        let what = format!("PROTOCOLS has {} entries, more than {MOST}", entries.len());
        out.push(Failure::at(&path, 0, what, "widen the word in dispatch.rs first"));
    }
    for file in repo.rust() {
        let Some(rest) = file.path.strip_prefix(FOLDER) else { continue };
        let module = rest.split(['/', '.']).next().unwrap_or("");
        let is_protocol = file.shipped.contains("Protocol for ");
        if module != "mod"
            && is_protocol
            && !entries.iter().any(|entry| entry.starts_with(&format!("{module}::")))
        {
            let cure = format!("add &{module}::NAME to PROTOCOLS in {path}");
            out.push(Failure::at(&file.path, 0, "is a dissector that is not in PROTOCOLS", cure));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let count = |list: &str| {
            check(&Repo::sample(&[
                ("firmware/dissect/src/proto/mod.rs", list),
                ("firmware/dissect/src/proto/arp.rs", "impl Protocol for Arp {}"),
                ("firmware/dissect/src/proto/names.rs", "pub fn helper() {}"),
            ]))
            .len()
        };
        assert_eq!(count("pub static PROTOCOLS: &[&dyn Protocol] = &[\n    &arp::Arp,\n];\n"), 0);
        assert_eq!(count("pub static PROTOCOLS: &[&dyn Protocol] = &[\n];\n"), 1);
        let long =
            format!("pub static PROTOCOLS: &[&dyn Protocol] = &[\n{}];\n", "    &arp::Arp,\n".repeat(65));
        assert_eq!(count(&long), 1);
    }
}
