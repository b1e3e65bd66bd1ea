//! How PID 1 stands, for its parts: a file in memory that is replaced when something changes.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// When PID 1 was there, nanoseconds since 1970 by the machine's clock then.
    pub started: u64,
    /// How the run before ended; empty: as it was told to, or there was none.
    pub ended: String,
    /// Why the state is in memory alone; empty: it is on disk.
    pub forgetful: String,
    /// What watches the machine; empty: nothing.
    pub watchdog: String,
    /// Milliseconds of the start.
    pub boot: Boot,
    /// Parts, in the order of their start.
    pub parts: Vec<Part>,
}

/// What the start took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// The kernel, until PID 1 began.
    pub kernel: u64,
    /// Loading modules.
    pub modules: u64,
    /// Everything else until the parts were started.
    pub ours: u64,
}

/// A part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its process; 0: it does not run just now.
    pub pid: i32,
    /// It has given a sign of life since it began.
    pub alive: bool,
    /// How often it was started again.
    pub again: u32,
    /// When it last ended, nanoseconds since 1970; 0: never.
    pub ended: u64,
    /// How it last ended, and its last words.
    pub words: String,
}

fn path() -> PathBuf {
    Path::new(crate::paths::RUN).join("system.toml")
}

/// Reads it; an empty one where there is none.
pub fn read() -> Status {
    let text = fs::read_to_string(path()).unwrap_or_default();
    toml::from_str(&text).unwrap_or_default()
}

impl Status {
    /// Replaces the file.
    pub fn write(&self) {
        let new = path().with_extension("new");
        // The folder is in memory: what cannot be written now is written a moment later.
        if toml::to_string(self).is_ok_and(|text| fs::write(&new, text).is_ok()) {
            let _ = fs::rename(new, path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_as_it_was() {
        let part = Part { name: "sensor".into(), pid: 7, words: "signal \"11\"\n".into(), ..Part::default() };
        let status = Status { started: 9, parts: vec![part], ..Status::default() };
        let text = toml::to_string(&status).unwrap();
        assert_eq!(toml::from_str::<Status>(&text).unwrap(), status);
    }
}
