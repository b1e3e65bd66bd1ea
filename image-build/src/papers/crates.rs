//! The crates that are linked into a program, by cargo's own account.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, as an SPDX expression.
    pub licence: String,
    /// Sum of its file, in hexadecimal; none for the workspace's own.
    pub sha256: Option<String>,
    /// Its texts of licences, by the names of their files.
    pub texts: BTreeMap<String, String>,
}

/// The crates that `package` of the workspace at `root` links in, itself too, sorted. Empty when there
/// is no such package.
///
/// # Errors
/// cargo cannot be asked, or the lock cannot be read.
pub fn reached(root: &Path, package: &str) -> Result<Vec<Crate>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let args =
        ["metadata", "--format-version=1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"];
    let done = Command::new(cargo).current_dir(root).args(args).output().context("running cargo metadata")?;
    if !done.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    let metadata: Value = serde_json::from_slice(&done.stdout).context("reading cargo metadata")?;
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).context("reading Cargo.lock")?;
    let sums = sums(&lock.parse().context("reading Cargo.lock")?);
    let ids = ids(&metadata, package);
    let packages =
        array(&metadata, "packages").filter(|one| one["id"].as_str().is_some_and(|id| ids.contains(id)));
    let mut out: Vec<Crate> = packages
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap_or("").to_owned();
            let (name, version) = (text("name"), text("version"));
            let sha256 = sums.get(&(name.clone(), version.clone())).cloned();
            let folder = Path::new(one["manifest_path"].as_str().unwrap_or("")).parent();
            let texts = folder.map(texts).unwrap_or_default();
            Crate { name, version, licence: text("license").replace('/', " OR "), sha256, texts }
        })
        .collect();
    out.sort();
    Ok(out)
}

/// Ids of what is linked in: ordinary dependencies, not those of tests and build scripts.
fn ids(metadata: &Value, package: &str) -> BTreeSet<String> {
    let nodes: BTreeMap<&str, &Value> =
        array(&metadata["resolve"], "nodes").filter_map(|node| Some((node["id"].as_str()?, node))).collect();
    let first =
        array(metadata, "packages").find(|one| one["name"] == package).and_then(|one| one["id"].as_str());
    let mut out = BTreeSet::new();
    let mut next: Vec<&str> = first.into_iter().collect();
    while let Some(id) = next.pop() {
        if !out.insert(id.to_owned()) {
            continue;
        }
        let Some(node) = nodes.get(id) else { continue };
        let linked = |dep: &&Value| array(dep, "dep_kinds").any(|kind| kind["kind"].is_null());
        next.extend(array(node, "deps").filter(linked).filter_map(|dep| dep["pkg"].as_str()));
    }
    out
}

/// Sums of `Cargo.lock` by name and version.
fn sums(lock: &toml::Table) -> BTreeMap<(String, String), String> {
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    packages
        .filter_map(|one| {
            let text = |key: &str| Some(one.get(key)?.as_str()?.to_owned());
            Some(((text("name")?, text("version")?), text("checksum")?))
        })
        .collect()
}

/// Texts of licences in a crate's folder.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = entry.file_name().to_str()?.to_owned();
            let upper = name.to_ascii_uppercase();
            let is = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
            let text = std::fs::read_to_string(entry.path()).ok()?;
            is.iter().any(|word| upper.starts_with(word)).then_some((name, text))
        })
        .collect()
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_in_and_nothing_else() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let crates = reached(root, "stillwatch-board").unwrap();
        let named = |name: &str| crates.iter().find(|one| one.name == name);
        let toml = named("toml").unwrap();
        assert_eq!(toml.licence, "MIT OR Apache-2.0");
        assert_eq!(toml.sha256.as_ref().unwrap().len(), 64);
        assert!(toml.texts.values().any(|text| text.contains("Permission is hereby granted")));
        assert!(named("stillwatch-board").is_some_and(|own| own.sha256.is_none()));
        assert!(named("tempfile").is_none(), "what tests alone use is not in the image");
        assert!(reached(root, "stillwatch-nothing").unwrap().is_empty());
    }
}
