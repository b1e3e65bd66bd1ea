//! Every field the sensor can emit stands on `docs/observations.md`, the page
//! by which dissectors and rules understand each other.

use super::repo::Repo;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule =
    Rule { name: "observations", about: "every emitted field is on docs/observations.md", check };

const PAGE: &str = "docs/observations.md";

/// How a field is declared.
const DECLARED: &[&str] = &["Field::host(\"", "Field::service(\""];

fn check(repo: &Repo) -> Vec<Failure> {
    let Some(page) = repo.file(PAGE).and_then(|file| file.text()) else {
        return vec![Failure::at(PAGE, 0, "is not there", "write it: one line a field")];
    };
    let mut out = Vec::new();
    for file in repo.rust().filter(|file| file.path.starts_with("firmware/") && !file.shipped.is_empty()) {
        for (at, line) in file.text().unwrap_or("").lines().enumerate() {
            let shipped = file.shipped.lines().nth(at).is_some_and(|code| code.contains("Field::"));
            for (_, rest) in DECLARED.iter().filter(|_| shipped).filter_map(|mark| line.split_once(mark)) {
                let key = rest.split('"').next().unwrap_or("");
                if !page.contains(&format!("`{key}`")) {
                    let what = format!("emits {key}, which {PAGE} does not list");
                    let cure = format!("add a line to {PAGE}: field, about whom, shape of its value");
                    out.push(Failure::at(&file.path, at + 1, what, cure));
                }
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
        let page = "| field | about | value |\n|---|---|---|\n| `arp.probe` | O | address |\n";
        let code = "pub const A: Field = Field::host(\"arp.probe\");\n\
                    #[cfg(test)]\nmod tests { const B: Field = Field::host(\"test.only\"); }\n";
        let check = |code: &str| {
            check(&Repo::sample(&[(PAGE, page), ("firmware/dissect/src/proto/arp.rs", code)])).len()
        };
        assert_eq!(check(code), 0);
        assert_eq!(check(&code.replace("arp.probe", "arp.probed")), 1);
    }
}
