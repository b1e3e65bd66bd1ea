//! `verify`: whether files are what they should be.

use std::path::PathBuf;

use crate::verify::{self, Against};
use anyhow::{Context, Result, bail};
use update::read_keys;

use super::{HELP, Words};

/// Verifies; an error when something is not as it should be.
pub fn run(mut words: Words) -> Result<()> {
    let (mut folder, mut against, mut keys) = (None, None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--against" => against = Some(PathBuf::from(words.value("--against")?)),
            "--keys" => keys = Some(PathBuf::from(words.value("--keys")?)),
            other if other.starts_with('-') || folder.is_some() => bail!("{other} is not known\n\n{HELP}"),
            path => folder = Some(PathBuf::from(path)),
        }
    }
    let folder = folder.with_context(|| format!("name the folder: verify FOLDER\n\n{HELP}"))?;
    let keys = match &keys {
        Some(path) => {
            crate::signing::public_keys(path)?;
            Some(read_keys(path).0)
        }
        None => None,
    };
    let folders = verify::folders(&folder)?;
    let mut wrong = 0;
    for one in &folders {
        // A folder of boards is compared with a folder of boards.
        let other = against.as_ref().map(|path| match one.strip_prefix(&folder) {
            Ok(name) if path.is_dir() && name.components().next().is_some() => path.join(name),
            _ => path.clone(),
        });
        let other = other.map(|path| Against::read(&path)).transpose()?;
        let found = verify::folder(one, keys.as_ref(), other.as_ref())?;
        println!("{}", one.display());
        found.good.iter().for_each(|line| println!("  ok    {line}"));
        found.wrong.iter().for_each(|line| println!("  WRONG {line}"));
        wrong += found.wrong.len();
    }
    match wrong {
        0 => Ok(()),
        1 => bail!("one thing is not as it should be"),
        more => bail!("{more} things are not as they should be"),
    }
}
