//! `sign`: puts signatures on.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::{signing, verify};
use anyhow::{Context, Result, bail};
use model::Time;

use super::{HELP, Words};

/// Signs.
pub fn run(mut words: Words) -> Result<()> {
    let (mut key, mut expires, mut signature, mut paths) = (None, None, None, Vec::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--key" => key = Some(PathBuf::from(words.value("--key")?)),
            "--expires" => expires = Some(words.value("--expires")?),
            "--signature" => signature = Some(PathBuf::from(words.value("--signature")?)),
            other if other.starts_with('-') => bail!("{other} is not known\n\n{HELP}"),
            path => paths.push(PathBuf::from(path)),
        }
    }
    if let Some(signature) = signature {
        let [bundle] = paths.as_slice() else { bail!("one signature is for one bundle\n\n{HELP}") };
        for written in signing::put_by_hand(bundle, &signature)? {
            println!("written: {}", written.display());
        }
        return Ok(());
    }
    let key = key.with_context(|| format!("say with what: sign --key FILE\n\n{HELP}"))?;
    let expires = expires.with_context(|| format!("say until when: sign --expires DATE\n\n{HELP}"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    let expires = signing::expiry(&expires, Time::new(now.as_secs(), 0))?;
    if paths.is_empty() {
        bail!("name what to sign: the folder of a board, or a bundle\n\n{HELP}");
    }
    let mut all = Vec::new();
    for path in &paths {
        if path.is_dir() { all.extend(verify::folders(path)?) } else { all.push(path.clone()) }
    }
    let key = signing::secret_key(&key)?;
    for path in all {
        for written in signing::sign(&path, &key, expires)? {
            println!("signed: {}", written.display());
        }
    }
    Ok(())
}
