//! What the console's tests stand on: boxes in several states, a double of the
//! set-up service, a scripted terminal, snapshots.
#![allow(dead_code, reason = "each test program uses its part")]

pub mod boxes;
pub mod double;
pub mod line;
pub mod script;
pub mod socket;

use std::fs;
use std::path::Path;

/// Compares with `tests/snapshots/NAME.txt`; `UPDATE_SNAPSHOTS=1` writes it.
pub fn snapshot(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(format!("{name}.txt"));
    // Trailing spaces and carriage returns would not survive an editor.
    let text: String = text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} differs (UPDATE_SNAPSHOTS=1 takes it). Now:\n{text}", path.display());
}
