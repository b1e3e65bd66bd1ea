//! `keys`: a key pair of minisign.

use std::path::PathBuf;

use crate::signing;
use anyhow::{Context, Result, bail};

use super::{HELP, Words};

/// Makes it.
pub fn run(mut words: Words) -> Result<()> {
    let (mut out, mut password) = (None, false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--out" => out = Some(PathBuf::from(words.value("--out")?)),
            "--password" => password = true,
            other => bail!("{other} is not known\n\n{HELP}"),
        }
    }
    let out = out.with_context(|| format!("say where to: keys --out DIR\n\n{HELP}"))?;
    let [public, secret] = signing::make_keys(&out, password)?;
    println!("public: {}  goes into images: cargo xtask image --keys DIR", public.display());
    println!("secret: {}  signs: cargo xtask image sign --key FILE", secret.display());
    println!(
        "Whoever has the secret file can replace the system of every appliance with this key: keep it \
         off-line, on two media, and never beside the images. Put a second pair away for the day it is lost."
    );
    Ok(())
}
