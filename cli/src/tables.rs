//! A rule pack that is tried on a capture before a platform puts it in force (`docs/rules.md`).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bundle::{Keys, LONGEST_KEY, MOST_KEYS};
use platform_core::{Clock, SystemClock, read_rule_pack};

use crate::args::Tables;
use crate::exit::Failure;

impl Tables {
    /// Puts the pack's tables in force for this run; without one those of the program stay. It is checked as a platform
    /// checks it, but for its version: an older one may be tried as well.
    ///
    /// # Errors
    /// A file cannot be read, is no key or no pack that is taken, and why.
    pub fn put(&self) -> Result<(), Failure> {
        let Some(path) = &self.rules else { return Ok(()) };
        if self.rules_key.len() > MOST_KEYS {
            return Err(Failure::Usage(format!(
                "--rules-key: at most {MOST_KEYS} keys are taken, as by a platform"
            )));
        }
        let mut keys = Keys::default();
        for file in &self.rules_key {
            keys = keys.and(key(file).map_err(|why| Failure::Input(format!("{}: {why}", file.display())))?);
        }
        let named =
            self.rules_key.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
        let read = || {
            let mut file = File::open(path).map_err(|error| format!("it cannot be read: {error}"))?;
            read_rule_pack(&mut file, &keys, &named, SystemClock::default().now())
        };
        let pack = read().map_err(|why| Failure::Input(format!("--rules {}: {why}", path.display())))?;
        rules::put(rules::keep(pack));
        Ok(())
    }
}

fn key(path: &Path) -> Result<Keys, String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST_KEY + 1).read_to_string(&mut text));
    read.map_err(|error| format!("it cannot be read: {error}"))?;
    Keys::one(&text)
}
