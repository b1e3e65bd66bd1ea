//! Who may know whom: the table of `ARCHITECTURE.md` as data.
//!
//! Development dependencies (tests) may look further, but never across the wire
//! between appliance and platform.

use serde_json::Value;

use super::repo::Repo;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule =
    Rule { name: "dependencies", about: "every crate knows only whom the table allows", check };

/// Crate folder → crate folders it may depend on. `*` is: any but the platform.
const TABLE: &[(&str, &[&str])] = &[
    ("contract/model", &[]),
    ("contract/zones", &["contract/model"]),
    ("contract/wire", &["contract/model", "contract/zones"]),
    ("contract/pairing", &["contract/model", "contract/wire"]),
    ("contract/bundle", &["contract/model", "contract/wire"]),
    ("contract/settings", &[]),
    ("contract/seed", &["contract/model", "contract/settings"]),
    ("inventory/rules", &["contract/model"]),
    ("inventory/fingerprint", &["contract/model", "inventory/rules"]),
    ("inventory/identity", &["contract/model", "inventory/fingerprint"]),
    ("inventory/app", &["contract/model", "inventory/rules"]),
    ("inventory/query", &["contract/model", "contract/zones"]),
    (
        "inventory/assets",
        &[
            "contract/model",
            "contract/zones",
            "inventory/app",
            "inventory/fingerprint",
            "inventory/identity",
            "inventory/rules",
        ],
    ),
    ("inventory/export", &["contract/model", "inventory/app", "inventory/assets"]),
    ("firmware/packet", &["contract/model"]),
    ("firmware/capture", &["contract/model", "firmware/packet", "firmware/sys"]),
    ("firmware/flow", &["contract/model", "firmware/packet", "firmware/sys"]),
    ("firmware/dissect", &["contract/model", "firmware/packet"]),
    (
        "firmware/sense",
        &[
            "contract/model",
            "contract/wire",
            "contract/zones",
            "firmware/dissect",
            "firmware/flow",
            "firmware/packet",
            "firmware/sys",
        ],
    ),
    ("firmware/sys", &[]),
    ("firmware/spool", &["contract/model", "contract/wire"]),
    ("firmware/uplink", &["contract/model", "contract/pairing", "contract/wire", "firmware/spool"]),
    (
        "firmware/agent",
        &[
            "contract/model",
            "contract/wire",
            "firmware/capture",
            "firmware/sense",
            "firmware/spool",
            "firmware/sys",
            "firmware/uplink",
        ],
    ),
    ("firmware/netcfg", &["contract/model", "firmware/sys"]),
    ("firmware/update", &["contract/bundle", "contract/model", "contract/wire", "firmware/sys"]),
    (
        "firmware/setup",
        &[
            "contract/model",
            "contract/settings",
            "contract/wire",
            "firmware/agent",
            "firmware/netcfg",
            "firmware/spool",
            "firmware/sys",
            "firmware/uplink",
        ],
    ),
    (
        "firmware/appliance",
        &[
            "board",
            "console",
            "contract/model",
            "contract/settings",
            "contract/wire",
            "firmware/agent",
            "firmware/capture",
            "firmware/sense",
            "firmware/setup",
            "firmware/spool",
            "firmware/sys",
            "firmware/update",
            "firmware/uplink",
            "lcd-ui",
        ],
    ),
    ("lcd-ui", &["contract/model", "contract/settings", "contract/wire"]),
    ("board", &[]),
    (
        "image-build",
        &[
            "board",
            "contract/bundle",
            "contract/model",
            "contract/settings",
            "firmware/update",
            "inventory/rules",
        ],
    ),
    ("console", &["contract/model", "contract/settings", "contract/wire"]),
    ("platform/store", &["contract/model", "contract/wire"]),
    (
        "platform/core",
        &[
            "contract/bundle",
            "contract/model",
            "contract/pairing",
            "contract/wire",
            "contract/zones",
            "inventory/app",
            "inventory/assets",
            "inventory/export",
            "inventory/fingerprint",
            "inventory/identity",
            "inventory/query",
            "inventory/rules",
            "platform/store",
        ],
    ),
    (
        "platform/api",
        &[
            "contract/model",
            "contract/wire",
            "inventory/assets",
            "inventory/export",
            "inventory/query",
            "platform/core",
        ],
    ),
    (
        "platform/web",
        &[
            "contract/model",
            "contract/seed",
            "contract/wire",
            "inventory/assets",
            "inventory/query",
            "platform/core",
        ],
    ),
    ("platform/server", &["platform/api", "platform/core", "platform/store", "platform/web"]),
    ("firmware/lab", &["firmware/sys"]),
    ("cli", &["*"]),
    ("bench", &["*"]),
    ("fuzz", &["*"]),
    ("tests", &["*"]),
    ("xtask", &[]),
];

/// Crates that bring an async runtime: none may go into the image.
const RUNTIMES: &[&str] = &["tokio", "async-std", "smol"];

fn check(repo: &Repo) -> Vec<Failure> {
    let members = members(&repo.metadata, &repo.root);
    let mut out = Vec::new();
    for (folder, package) in &members {
        let Some((_, may)) = TABLE.iter().find(|(name, _)| name == folder) else {
            out.push(Failure::at(
                folder,
                0,
                "this crate is not in the table of who may know whom",
                "add a line to TABLE in xtask/src/tidy/dependencies.rs and to ARCHITECTURE.md",
            ));
            continue;
        };
        for dependency in array(package, "dependencies") {
            let Some(to) = dependency["path"].as_str().map(|path| path.trim_start_matches(&repo.root)) else {
                continue;
            };
            let ends = [folder.split('/').next(), to.split('/').next()];
            let across = ends.contains(&Some("firmware")) && ends.contains(&Some("platform"));
            let for_tests = dependency["kind"] == "dev";
            let allowed = may.contains(&to) || may.contains(&"*");
            if across || (!allowed && !for_tests) {
                out.push(Failure::at(
                    &format!("{folder}/Cargo.toml"),
                    0,
                    format!("{folder} depends on {to}"),
                    "move what is needed into a crate both may know (contract/model), or pass it in from above; \
                     if the design itself changed, change TABLE and ARCHITECTURE.md together",
                ));
            }
        }
    }
    out.extend(runtimes(&repo.metadata, &members));
    out
}

/// Folder and package of every workspace member.
fn members<'a>(metadata: &'a Value, root: &str) -> Vec<(String, &'a Value)> {
    let ids: Vec<&str> = array(metadata, "workspace_members").filter_map(Value::as_str).collect();
    array(metadata, "packages")
        .filter(|package| package["id"].as_str().is_some_and(|id| ids.contains(&id)))
        .filter_map(|package| {
            let folder = package["manifest_path"].as_str()?.trim_start_matches(root);
            Some((folder.trim_end_matches("/Cargo.toml").to_string(), package))
        })
        .collect()
}

/// Firmware crates that reach an async runtime through ordinary dependencies.
fn runtimes(metadata: &Value, members: &[(String, &Value)]) -> Vec<Failure> {
    let nodes: Vec<&Value> = array(&metadata["resolve"], "nodes").collect();
    let mut out = Vec::new();
    for (folder, package) in members.iter().filter(|(folder, _)| folder.starts_with("firmware/")) {
        let mut reached: Vec<&str> = package["id"].as_str().into_iter().collect();
        let mut next = 0;
        while let Some(id) = reached.get(next).copied() {
            next += 1;
            let deps = nodes.iter().filter(|node| node["id"] == id).flat_map(|node| array(node, "deps"));
            let ordinary = deps.filter(|dep| array(dep, "dep_kinds").any(|kind| kind["kind"].is_null()));
            for to in ordinary.filter_map(|dep| dep["pkg"].as_str()) {
                if !reached.contains(&to) {
                    reached.push(to);
                }
            }
        }
        for runtime in array(metadata, "packages").filter(|package| {
            let (name, id) = (package["name"].as_str(), package["id"].as_str());
            name.is_some_and(|name| RUNTIMES.contains(&name)) && id.is_some_and(|id| reached.contains(&id))
        }) {
            out.push(Failure::at(
                &format!("{folder}/Cargo.toml"),
                0,
                format!("brings the async runtime {} into the image", runtime["name"]),
                "use threads and blocking libraries in firmware; see who pulls it with `cargo tree -i`",
            ));
        }
    }
    out
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn repo(from: &str, to: &str, kind: Option<&str>) -> Repo {
        let mut repo = Repo::sample(&[]);
        repo.root = "/r/".into();
        repo.metadata = json!({
            "workspace_members": ["a"],
            "packages": [
                {"id": "a", "name": "a", "manifest_path": format!("/r/{from}/Cargo.toml"),
                 "dependencies": [{"path": format!("/r/{to}"), "kind": kind}, {"path": null, "kind": null}]},
                {"id": "t", "name": "tokio", "manifest_path": "/elsewhere/Cargo.toml", "dependencies": []},
            ],
            "resolve": {"nodes": [
                {"id": "a", "deps": [{"pkg": "t", "dep_kinds": [{"kind": kind}]}]},
                {"id": "t", "deps": []},
            ]},
        });
        repo
    }

    #[test]
    fn good_and_bad() {
        assert!(check(&repo("inventory/identity", "inventory/fingerprint", None)).is_empty());
        assert!(check(&repo("inventory/fingerprint", "firmware/dissect", Some("dev"))).is_empty());
        assert_eq!(check(&repo("inventory/fingerprint", "firmware/dissect", None)).len(), 1);
        assert_eq!(check(&repo("firmware/sense", "platform/core", Some("dev"))).len(), 1);
        assert!(check(&repo("somewhere/new", "contract/model", None))[0].what.contains("not in the table"));
    }

    #[test]
    fn runtimes_stay_out_of_the_image() {
        let failures = check(&repo("firmware/sense", "firmware/flow", None));
        assert!(failures.len() == 1 && failures[0].what.contains("tokio"), "{failures:?}");
        assert!(check(&repo("firmware/sense", "firmware/flow", Some("dev"))).is_empty());
    }
}
