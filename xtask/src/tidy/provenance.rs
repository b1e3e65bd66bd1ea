//! Data that was not written here says where it came from.

use toml::Table;

use super::repo::Repo;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule =
    Rule { name: "provenance", about: "every data folder has a whole PROVENANCE.toml", check };

/// Below which folders: `inventory/NAME/data/`, whole or by kind.
const ABOVE: &str = "inventory/";
const DATA: &str = "/data/";

/// What it must say, and what that is.
const KEYS: &[(&str, &str)] = &[
    ("what", "what the data is, in a sentence"),
    (
        "source",
        "where it came from: publisher and address, or `written here` and the specifications followed",
    ),
    ("licence", "SPDX expression, or `facts` with the reason in `note`"),
    ("retrieved", "date it was fetched or written, YYYY-MM-DD"),
    ("how", "the command that makes it again, or how it was written"),
];

fn check(repo: &Repo) -> Vec<Failure> {
    let mut folders: Vec<&str> = repo
        .files
        .iter()
        .filter(|file| file.path.starts_with(ABOVE) && file.path.contains(DATA))
        .filter_map(|file| Some(file.path.rsplit_once('/')?.0))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    let mut out = Vec::new();
    for folder in folders {
        let path = format!("{folder}/PROVENANCE.toml");
        let Some(table) = repo.file(&path).and_then(|file| file.text()?.parse::<Table>().ok()) else {
            let keys: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
            let cure = format!("write it, with the keys {}", keys.join(", "));
            out.push(Failure::at(&path, 0, "is missing or is not TOML", cure));
            continue;
        };
        for (key, meaning) in KEYS {
            if !table.get(*key).is_some_and(said) {
                out.push(Failure::at(
                    &path,
                    0,
                    format!("does not say `{key}`"),
                    format!("add {key}: {meaning}"),
                ));
            }
        }
    }
    out
}

fn said(value: &toml::Value) -> bool {
    value.as_str().is_none_or(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let good = "what = 'a'\nsource = 'b'\nlicence = 'MIT'\nretrieved = 2026-11-23\nhow = 'c'\n";
        let count = |text: &str| {
            check(&Repo::sample(&[
                ("inventory/fingerprint/data/oui/table.bin", "x"),
                ("inventory/fingerprint/data/oui/PROVENANCE.toml", text),
            ]))
            .len()
        };
        assert_eq!(count(good), 0);
        assert_eq!(count(&good.replace("how = 'c'", "how = ' '")), 1);
        assert_eq!(check(&Repo::sample(&[("inventory/fingerprint/data/oui/table.bin", "x")])).len(), 1);
    }
}
