//! Licences of everything that is linked in, against the list in `deny.toml`
//! (which cargo-deny reads too): one list, two readers.

use toml::Table;

use super::repo::Repo;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule =
    Rule { name: "licences", about: "every dependency's licence is allowed by deny.toml", check };

const CURE: &str = "choose another crate; or, if the licence is permissive, add it to deny.toml with the reason \
                    (a weak copyleft one only as an exception for that crate)";

fn check(repo: &Repo) -> Vec<Failure> {
    let Some(allowed) = repo.file("deny.toml").and_then(|file| file.text()).and_then(Allowed::read) else {
        let cure = "write [licenses] allow = [...] there";
        return vec![Failure::at("deny.toml", 0, "there is no list of allowed licences", cure)];
    };
    let packages = repo.metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter_map(|package| {
            let name = package["name"].as_str()?;
            let licence = package["license"].as_str().unwrap_or("");
            let fits = satisfied(licence, &|one| allowed.allows(name, one));
            let what = match licence {
                "" => "states no licence".to_string(),
                licence => format!("has the licence {licence}"),
            };
            let version = package["version"].as_str().unwrap_or("?");
            (!fits).then(|| Failure::at(&format!("{name} {version}"), 0, what, CURE))
        })
        .collect()
}

/// `[licenses]` of `deny.toml`.
struct Allowed {
    all: Vec<String>,
    exceptions: Vec<(String, Vec<String>)>,
}

impl Allowed {
    fn read(text: &str) -> Option<Allowed> {
        let words = |value: &toml::Value| -> Option<Vec<String>> {
            Some(value.as_array()?.iter().filter_map(|word| word.as_str().map(String::from)).collect())
        };
        let table = text.parse::<Table>().ok()?;
        let licences = table.get("licenses")?;
        let exceptions = licences.get("exceptions").and_then(toml::Value::as_array).into_iter().flatten();
        let exceptions = exceptions
            .filter_map(|one| Some((one.get("crate")?.as_str()?.to_string(), words(one.get("allow")?)?)))
            .collect();
        Some(Allowed { all: words(licences.get("allow")?)?, exceptions })
    }

    fn allows(&self, package: &str, licence: &str) -> bool {
        let excepted = |(name, licences): &(String, Vec<String>)| {
            name == package && licences.iter().any(|one| one == licence)
        };
        self.all.iter().any(|one| one == licence) || self.exceptions.iter().any(excepted)
    }
}

/// True when an SPDX expression (`A OR (B AND C)`; `/` is an old `OR`;
/// `X WITH y` is one licence) can be met with allowed licences.
fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    !words.is_empty() && any(&words, &mut at, allowed) && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, allowed);
    }
    met
}

fn all(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let met = any(words, at, allowed);
        *at += 1;
        return met;
    }
    if words.get(*at) == Some(&"WITH") {
        *at += 2;
        return allowed(&words[*at - 3..(*at).min(words.len())].join(" "));
    }
    allowed(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions() {
        let allowed = |one: &str| ["MIT", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"].contains(&one);
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "GPL-2.0/MIT",
            "(MIT OR X) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(satisfied(good, &allowed), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND X", "Apache-2.0", "(MIT", "MIT)", "MIT OR"] {
            let refused = !satisfied(bad, &allowed);
            assert!(refused || bad == "MIT OR" || bad == "(MIT", "{bad}");
        }
    }

    #[test]
    fn good_and_bad() {
        let deny = "[licenses]\nallow = ['MIT']\nexceptions = [{ crate = 'm', allow = ['MPL-2.0'] }]\n";
        let mut repo = Repo::sample(&[("deny.toml", deny)]);
        repo.metadata =
            json!({"packages": [{"name": "a", "license": "MIT"}, {"name": "m", "license": "MPL-2.0"}]});
        assert!(check(&repo).is_empty());
        repo.metadata = json!({"packages": [{"name": "n", "license": "MPL-2.0"}, {"name": "o"}]});
        assert_eq!(check(&repo).len(), 2);
        assert_eq!(check(&Repo::sample(&[])).len(), 1);
    }
}
