//! `rules`: a rule pack, to be signed and given to platforms.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rule_pack;
use anyhow::{Context, Result, bail};

use super::{HELP, Words};

/// Makes it.
pub fn run(mut words: Words) -> Result<()> {
    let (mut out, mut version, mut tables, mut names) = (None, None, None, Vec::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--out" => out = Some(PathBuf::from(words.value("--out")?)),
            "--version" => version = Some(words.value("--version")?),
            "--tables" => tables = Some(PathBuf::from(words.value("--tables")?)),
            other if other.starts_with('-') => bail!("{other} is not known\n\n{HELP}"),
            _ => names.push(word),
        }
    }
    let out = out.with_context(|| format!("say where to: rules --out FILE\n\n{HELP}"))?;
    let version = version.with_context(|| format!("say which: rules --version TEXT\n\n{HELP}"))?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let pack = rule_pack::make(root, tables.as_deref(), &names, &version)?;
    fs::write(&out, &pack).with_context(|| format!("writing {}", out.display()))?;
    println!("written: {}, {} bytes, not signed yet", out.display(), pack.len());
    println!("sign it: cargo xtask image sign --key FILE --expires DATE {}", out.display());
    Ok(())
}
