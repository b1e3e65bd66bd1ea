//! Whether files are what their list says, and what somebody else built. Signatures are put on
//! afterwards and differ each time, so bundles are compared without them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use bundle::{Keys, Manifest, SUMS};
use sha2::{Digest, Sha256};
use update::policy::unproved;

use crate::bundles;
use crate::seed::hex;
use crate::signing::{SUMS_SIGNATURE, list};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What holds, a line each.
    pub good: Vec<String>,
    /// What does not; none: all is well.
    pub wrong: Vec<String>,
}

/// What a folder is compared with.
#[derive(Clone, Debug)]
pub enum Against {
    /// Another folder of files.
    Folder(PathBuf),
    /// A list of sums.
    Sums(BTreeMap<String, String>),
}

impl Against {
    /// A folder, or a file like `SHA256SUMS`.
    ///
    /// # Errors
    /// It cannot be read, or is no such list.
    pub fn read(path: &Path) -> Result<Against> {
        if path.is_dir() { Ok(Against::Folder(path.into())) } else { Ok(Against::Sums(list(path)?)) }
    }
}

/// The folders with a list of sums: this one, or those in it.
///
/// # Errors
/// There is none.
pub fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    if folder.join(SUMS).exists() {
        return Ok(vec![folder.into()]);
    }
    let items = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut out: Vec<PathBuf> = items.filter_map(|item| Some(item.ok()?.path())).collect();
    out.retain(|path| path.join(SUMS).exists());
    out.sort();
    if out.is_empty() {
        bail!("there is no {SUMS} in {}: give a folder that an image was built in", folder.display());
    }
    Ok(out)
}

/// Verifies a folder with a list of sums: each file is the listed one, each bundle holds the system
/// beside it; with `keys`, list and bundles are signed by one of them.
///
/// # Errors
/// A file cannot be read.
pub fn folder(folder: &Path, keys: Option<&Keys>, against: Option<&Against>) -> Result<Found> {
    let mut found = Found::default();
    let listed = list(&folder.join(SUMS))?;
    let mut sums = BTreeMap::new();
    for (name, wanted) in &listed {
        let Some(bytes) = read(folder, name)? else {
            found.wrong.push(format!("{name}: is listed and not there"));
            continue;
        };
        let sum = hex(&Sha256::digest(&bytes));
        if sum != *wanted {
            found.wrong.push(format!("{name}: is not the listed one: its SHA-256 is {sum}"));
        }
        if name.ends_with(bundles::END) {
            match inside(&bytes, listed.get(&name.replace(bundles::END, ".efi")), keys) {
                Ok(words) => found.good.push(format!("{name}: {words}")),
                Err(error) => found.wrong.push(format!("{name}: {error:#}")),
            }
        }
        sums.insert(name.clone(), sum);
    }
    if found.wrong.is_empty() {
        found.good.push(format!("{} files are those of {SUMS}", listed.len()));
    }
    if let Some(keys) = keys {
        match signed_list(folder, keys) {
            Ok(words) => found.good.push(format!("{SUMS}: {words}")),
            Err(error) => found.wrong.push(format!("{SUMS}: {error:#}")),
        }
    }
    for name in names(folder)? {
        if !listed.contains_key(&name) && name != SUMS && name != SUMS_SIGNATURE {
            found.wrong.push(format!("{name}: is not listed in {SUMS}"));
        }
    }
    let wrong = match against {
        None => return Ok(found),
        Some(Against::Sums(other)) => differ_from_list(folder, &sums, other)?,
        Some(Against::Folder(other)) => differ_from_folder(folder, other)?,
    };
    if wrong.is_empty() {
        found.good.push("all are the same there".into());
    }
    found.wrong.extend(wrong);
    Ok(found)
}

/// What a bundle says of itself, when that is so.
fn inside(bytes: &[u8], system: Option<&String>, keys: Option<&Keys>) -> Result<String> {
    let words = |failed: bundle::Failed| anyhow!("{}", failed.words);
    let (front, mut rest) = bundles::split(bytes)?;
    let manifest = Manifest::read(&front.manifest).map_err(words)?;
    let mut none = std::io::sink();
    bundle::payload(&mut rest, &manifest, &mut none, &mut |_| {}).map_err(|broken| words(broken.failed()))?;
    if system.is_some_and(|sum| *sum != hex(&manifest.sha256)) {
        bail!("holds another system than the .efi beside it");
    }
    let signed = match keys {
        Some(keys) => {
            format!(
                "signed: {}",
                keys.statements(&front.manifest, &front.signatures)
                    .map_err(|why| words(unproved(why)))?
                    .join("; ")
            )
        }
        None => format!("{} signatures, not checked", front.signatures.len()),
    };
    let Manifest { kind, board, version, .. } = &manifest;
    Ok(match board.as_str() {
        "" => format!("{kind} {version}, {signed}"),
        board => format!("{kind} {version} for {board}, {signed}"),
    })
}

fn signed_list(folder: &Path, keys: &Keys) -> Result<String> {
    let signature = read(folder, SUMS_SIGNATURE)?.with_context(|| format!("there is no {SUMS_SIGNATURE}"))?;
    let bytes = fs::read(folder.join(SUMS))?;
    let statements = keys.statements(&bytes, &[signature]);
    Ok(format!("signed: {}", statements.map_err(|why| anyhow!("{}", unproved(why).words))?.join("; ")))
}

/// A bundle's sum in a list may be that of the signed one, which nobody else can build. A bundle
/// follows from board, version and system: both are the same when the systems are.
fn differ_from_list(
    folder: &Path,
    sums: &BTreeMap<String, String>,
    other: &BTreeMap<String, String>,
) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for name in both(sums.keys(), other.keys()) {
        let (here, there) = (sums.get(&name), other.get(&name));
        let same = here == there || {
            let system = name.replace(bundles::END, ".efi");
            let known = name.ends_with(bundles::END) && here.is_some() && there.is_some();
            known && sums.get(&system).is_some_and(|sum| other.get(&system) == Some(sum)) && {
                let bytes = read(folder, &name)?.unwrap_or_default();
                inside(&bytes, sums.get(&system), None).is_ok()
            }
        };
        match (here, there) {
            _ if same => {}
            (Some(here), Some(there)) => out.push(format!("{name}: differs: {here} here, {there} there")),
            (Some(_), None) => out.push(format!("{name}: is only here")),
            _ => out.push(format!("{name}: is only there")),
        }
    }
    Ok(out)
}

fn differ_from_folder(folder: &Path, other: &Path) -> Result<Vec<String>> {
    let (mine, theirs) = (list(&folder.join(SUMS))?, list(&other.join(SUMS))?);
    let mut out = Vec::new();
    for name in both(mine.keys(), theirs.keys()) {
        match (bare(folder, &name)?, bare(other, &name)?) {
            (Some(here), Some(there)) if here == there => {}
            (Some(here), Some(there)) => {
                let at = here.iter().zip(&there).position(|(one, two)| one != two);
                let at = at.unwrap_or(here.len().min(there.len()));
                let (len, other) = (here.len(), there.len());
                out.push(format!("{name}: differs from byte {at} on ({len} bytes here, {other} there)"));
            }
            (Some(_), None) => out.push(format!("{name}: is only here")),
            (None, Some(_)) => out.push(format!("{name}: is only there")),
            (None, None) => {}
        }
    }
    Ok(out)
}

/// A file without the signatures that it may have.
fn bare(folder: &Path, name: &str) -> Result<Option<Vec<u8>>> {
    let bytes = read(folder, name)?;
    // What is no bundle, whatever its name, is compared as it is.
    let strip = |bytes: Vec<u8>| bundles::strip(&bytes).unwrap_or(bytes);
    Ok(if name.ends_with(bundles::END) { bytes.map(strip) } else { bytes })
}

fn both<'a>(
    one: impl Iterator<Item = &'a String>,
    two: impl Iterator<Item = &'a String>,
) -> BTreeSet<String> {
    one.chain(two).cloned().collect()
}

fn read(folder: &Path, name: &str) -> Result<Option<Vec<u8>>> {
    match fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {name}")),
    }
}

/// Names of the files in a folder, sorted.
fn names(folder: &Path) -> Result<Vec<String>> {
    let items = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let files = items.filter_map(Result::ok).filter(|item| item.path().is_file());
    let mut out: Vec<String> = files.map(|item| item.file_name().to_string_lossy().into_owned()).collect();
    out.sort();
    Ok(out)
}
