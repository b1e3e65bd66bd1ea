//! Rule packs: tables of the tree, or newer ones, as a bundle that a platform takes once it is signed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use bundle::{MOST_RULES, Manifest, Payload, tar};
use rules::{Pack, TABLES};

use crate::bundles;

/// The pack of the tables with these names (none: all), without signatures. A table's file is
/// `FOLDER/NAME` where `tables` is given, else the tree's own. Every row is checked here as the platform
/// will: what is made is taken.
///
/// # Errors
/// A name is no table's; a file cannot be read or has a row that is wrong, which one is said.
pub fn make(root: &Path, tables: Option<&Path>, names: &[String], version: &str) -> Result<Vec<u8>> {
    let version = bundles::version(version)?;
    if let Some(unknown) = names.iter().find(|name| TABLES.iter().all(|table| table.name != **name)) {
        let known: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        bail!("{unknown} is no table: there are {}", known.join(", "));
    }
    let mut files = Vec::new();
    for table in TABLES.iter().filter(|table| names.is_empty() || names.iter().any(|name| name == table.name))
    {
        let path = match tables {
            Some(folder) => folder.join(table.name),
            None => root.join("inventory/rules/data").join(table.folder).join(table.name),
        };
        // Of a folder without names, what is there is meant.
        if tables.is_some() && names.is_empty() && !path.exists() {
            continue;
        }
        files.push((table.name, fs::read(&path).with_context(|| format!("reading {}", path.display()))?));
    }
    let members: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    Pack::read(&version.to_string(), &members).map_err(|why| anyhow!("{why}"))?;
    let archive = tar::archive(&members);
    if archive.len() as u64 > MOST_RULES {
        bail!("the tables have {} bytes together, at most {MOST_RULES} are taken", archive.len());
    }
    Ok(bundles::whole(&Manifest::of_rules(version, &archive), Payload::Rules, &archive))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing;
    use bundle::{Front, date};

    #[test]
    fn the_tree_s_tables_are_a_pack_that_can_be_signed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pack = make(root, None, &[], "2026.11.1").unwrap();
        assert_eq!(make(root, None, &[], "2026.11.1").unwrap(), pack, "the same bytes every time");
        let file = folder.path().join("rules.update");
        fs::write(&file, &pack).unwrap();
        let [public, secret] = signing::make_keys(folder.path(), false).unwrap();
        let until = date::read("2099-01-01T00:00:00Z").unwrap();
        signing::sign(&file, &signing::secret_key(&secret).unwrap(), until).unwrap();
        let signed = fs::read(&file).unwrap();
        let front = Front::read(&mut signed.as_slice()).unwrap();
        let keys = bundle::Keys::one(&fs::read_to_string(public).unwrap()).unwrap();
        assert_eq!(keys.statements(&front.manifest, &front.signatures).unwrap().len(), 1);
        assert!(front.payload == Payload::Rules && front.size > 1 << 20);
    }

    #[test]
    fn what_a_platform_would_not_take_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let make = |names: &[&str], version: &str| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            make(Path::new("."), Some(folder.path()), &names, version).map_err(|error| format!("{error:#}"))
        };
        assert!(make(&[], "1.0.0").unwrap_err().contains("no table in it"));
        assert!(make(&["names"], "1.0.0").unwrap_err().contains("names is no table: there are oui.bin"));
        assert!(make(&["names.tsv"], "1.0.0").unwrap_err().contains("reading"));
        fs::write(folder.path().join("names.tsv"), "b.example\tB\tweb\na.example\tA\tweb\n").unwrap();
        assert!(make(&[], "1.0.0").unwrap_err().contains("names.tsv: line 2: does not come after"));
        fs::write(folder.path().join("names.tsv"), "a.example\tA\tweb\n").unwrap();
        assert!(make(&[], "1.0.0").is_ok());
        assert!(make(&[], "1.0-rc1").unwrap_err().contains("is no version"));
    }
}
