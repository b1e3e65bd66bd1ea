//! Versions live only in the root `Cargo.toml`; every crate takes the
//! workspace's lints, edition and licence.

use toml::{Table, Value};

use super::repo::Repo;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule = Rule { name: "manifests", about: "versions only in the root Cargo.toml", check };

const SECTIONS: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

fn check(repo: &Repo) -> Vec<Failure> {
    let manifests = repo.files.iter().filter(|file| file.path.ends_with("/Cargo.toml"));
    let mut out = Vec::new();
    for file in manifests {
        let Some(manifest) = file.text().and_then(|text| text.parse::<Table>().ok()) else {
            out.push(Failure::at(&file.path, 0, "is not TOML", "put it right"));
            continue;
        };
        for section in SECTIONS {
            for (name, entry) in manifest.get(*section).and_then(Value::as_table).into_iter().flatten() {
                if !inherits(entry) {
                    out.push(Failure::at(
                        &file.path,
                        0,
                        format!("{section}.{name} does not come from the workspace"),
                        format!("put it under [workspace.dependencies] in the root Cargo.toml and write {name}.workspace = true"),
                    ));
                }
            }
        }
        let package = manifest.get("package").and_then(Value::as_table);
        for key in INHERITED {
            if !package.and_then(|package| package.get(*key)).is_some_and(inherits) {
                let cure = format!("write {key}.workspace = true under [package]");
                out.push(Failure::at(&file.path, 0, format!("package.{key} is not the workspace's"), cure));
            }
        }
        if !manifest.get("lints").is_some_and(inherits) {
            let what = "does not take the workspace's lints";
            out.push(Failure::at(&file.path, 0, what, "write [lints] workspace = true"));
        }
    }
    out
}

fn inherits(entry: &Value) -> bool {
    entry.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = 'a'\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
        [dependencies]\nserde = { workspace = true, features = ['derive'] }\n[lints]\nworkspace = true\n";

    #[test]
    fn good_and_bad() {
        let failures = |text: &str| check(&Repo::sample(&[("a/Cargo.toml", text)]));
        assert!(failures(GOOD).is_empty());
        assert_eq!(failures(&GOOD.replace("workspace = true, features", "version = '1', features")).len(), 1);
        assert_eq!(failures(&GOOD.replace("edition.workspace = true", "edition = '2024'")).len(), 1);
        assert_eq!(failures(&GOOD.replace("[lints]\nworkspace = true\n", "")).len(), 1);
        assert_eq!(failures("[").len(), 1);
    }
}
