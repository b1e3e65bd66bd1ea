//! The verbs of `cargo xtask image`, one file each; without one, an image is built.

use std::collections::VecDeque;

use anyhow::{Context, Result};

mod build;
mod keys;
mod rules;
mod sign;
mod verify;

/// Everything there is to say on the command line.
const HELP: &str = "cargo xtask image --board NAME… [--out DIR] [--keys DIR] [--init FILE]
cargo xtask image --list | --move-lock
cargo xtask image keys --out DIR [--password]
cargo xtask image rules --version TEXT --out FILE [--tables DIR] [TABLE…]
cargo xtask image sign --key FILE --expires DATE FOLDER|FILE…
cargo xtask image sign --signature FILE BUNDLE
cargo xtask image verify FOLDER [--against FOLDER|SHA256SUMS] [--keys DIR]

  --board NAME     build this board's image; several times for several, `all` for all
  --out DIR        where to: DIR/BOARD/…, with SHA256SUMS (target/image/out)
  --keys DIR       the image installs updates signed by a key of DIR/*.pub, at most two; none: no updates
  --program P/NAME the program that becomes PID 1: package and name (stillwatch-appliance/stillwatch-appliance)
  --init FILE      do not build it, it is this file; it must be static
  --boards DIR     take boards from DIR/NAME.toml, not from board/defs
  --version TEXT   the product's version (the workspace's)
  --cache DIR      where Debian's packages are kept (target/image/debian)
  --list           the boards, with what is made for them
  --move-lock      move image-build/packages.lock.toml to the newest packages

  keys             make a key pair of minisign; with --password, its secret half is locked with one
  rules            make a rule pack for platforms: the tree's tables, or those of DIR; all, or those that are
                   named (oui.bin, names.tsv …); sign it as a bundle
  sign             sign the bundles of folders with their SHA256SUMS, or single bundles, until DATE; with
                   --signature, put on what minisign -S said of a bundle's manifest.toml
  verify           a folder's files are those of SHA256SUMS, each bundle holds its system; with --against,
                   they are the same as there but for signatures; with --keys, they are signed
";

/// Does what these words of the command line ask.
///
/// # Errors
/// In words, for who wrote them.
pub fn run(words: Vec<String>) -> Result<()> {
    if words.iter().any(|word| word == "-h" || word == "--help") {
        print!("{HELP}");
        return Ok(());
    }
    let rest = || Words::new(words.iter().skip(1).cloned());
    match words.first().map(String::as_str) {
        Some("keys") => keys::run(rest()),
        Some("rules") => rules::run(rest()),
        Some("sign") => sign::run(rest()),
        Some("verify") => verify::run(rest()),
        _ => build::run(Words::new(words.into_iter())),
    }
}

/// Words of the command line, taken from the front.
struct Words(VecDeque<String>);

impl Words {
    /// Of these.
    pub fn new(words: impl Iterator<Item = String>) -> Words {
        Words(words.collect())
    }

    /// The next one.
    pub fn next(&mut self) -> Option<String> {
        self.0.pop_front()
    }

    /// The value of `option`.
    pub fn value(&mut self, option: &str) -> Result<String> {
        self.next().with_context(|| format!("{option} needs a value\n\n{HELP}"))
    }
}
