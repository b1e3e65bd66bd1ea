//! How the run before ended: as it was told to, or not.
//!
//! PID 1 writes down at its start that it runs and at an orderly end that it ended. What is
//! found still running at the next start ended by itself: the kernel's last words say how
//! (`pstore`), or the watchdog does, or it was the power.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Where the kernel keeps its last words over a restart.
const PSTORE: &str = "/sys/fs/pstore";

/// A run, as it is kept on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The version that ran.
    pub version: String,
    /// True while it runs.
    pub running: bool,
    /// Why it ended, once it did.
    pub reason: String,
}

fn read(state: &Path) -> Option<Run> {
    toml::from_str(&fs::read_to_string(state.join("run.toml")).ok()?).ok()
}

/// Writes down how this run stands; on disk when it comes back.
pub fn keep(state: &Path, run: &Run) {
    let Ok(text) = toml::to_string(run) else { return };
    let new = state.join("run.toml.new");
    let write = || -> std::io::Result<()> {
        use std::io::Write;
        let mut file = fs::File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, state.join("run.toml"))?;
        fs::File::open(state)?.sync_all()
    };
    // A disk that fails is said elsewhere; it must not stop a shut-down.
    let _ = write();
}

/// How the run before ended, in words; empty: in order, or there was none.
pub fn of_the_run_before(state: &Path, watchdog: bool) -> String {
    let last_words = last_words(Path::new(PSTORE));
    judge(read(state), watchdog, last_words)
}

fn judge(before: Option<Run>, watchdog: bool, last_words: Option<String>) -> String {
    let Some(before) = before.filter(|run| run.running) else { return String::new() };
    let how = match (last_words, watchdog) {
        (Some(words), _) => format!("the kernel stopped: {words}"),
        (None, true) => "the watchdog restarted a machine that hung".into(),
        (None, false) => "the power failed, or somebody reset the machine".into(),
    };
    format!("version {} did not end in order: {how}", before.version)
}

/// What last words may be, the one that says most first.
const LAST_WORDS: &[&str] = &["Kernel panic", "BUG:", "Oops"];

/// The kernel's last words, taken out of where they were kept so that there is room for the next.
fn last_words(folder: &Path) -> Option<String> {
    let mut all = String::new();
    for entry in fs::read_dir(folder).ok()?.flatten() {
        all += &String::from_utf8_lossy(&fs::read(entry.path()).unwrap_or_default());
        all.push('\n');
        let _ = fs::remove_file(entry.path());
    }
    let line = LAST_WORDS.iter().find_map(|words| all.lines().find(|line| line.contains(words)))?;
    // `<0>[   12.345678] Kernel panic - not syncing: …`
    Some(line.rsplit_once("] ").map_or(line, |(_, words)| words).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(running: bool) -> Option<Run> {
        Some(Run { version: "1.2.3".into(), running, reason: String::new() })
    }

    #[test]
    fn an_end_has_a_reason() {
        assert_eq!(judge(None, true, None), "");
        assert_eq!(judge(run(false), true, None), "");
        assert!(judge(run(true), true, None).contains("the watchdog"));
        assert!(judge(run(true), false, None).contains("the power failed"));
        let words = judge(run(true), true, Some("Kernel panic - not syncing: sysrq".into()));
        assert_eq!(
            words,
            "version 1.2.3 did not end in order: the kernel stopped: Kernel panic - not syncing: sysrq"
        );
    }

    #[test]
    fn what_is_kept_comes_back_and_last_words_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()), None);
        keep(folder.path(), &run(true).unwrap());
        assert_eq!(read(folder.path()), run(true));
        let store = tempfile::tempdir().unwrap();
        fs::write(store.path().join("dmesg-efi-1"), "Panic#1\n<0>[ 1.5] Kernel panic - not syncing: x\n")
            .unwrap();
        assert_eq!(last_words(store.path()).unwrap(), "Kernel panic - not syncing: x");
        assert_eq!(last_words(store.path()), None);
        // The log is kept in parts, and most of it is no last word.
        for (name, text) in [
            ("dmesg-efi-2", "<6>[ 0.9] NMI watchdog: Perf NMI watchdog permanently disabled"),
            (
                "dmesg-efi-1",
                "<1>[ 1.4] BUG: unable to handle page fault\n<0>[ 1.5] Kernel panic - not syncing: y",
            ),
        ] {
            fs::write(store.path().join(name), text).unwrap();
        }
        assert_eq!(last_words(store.path()).unwrap(), "Kernel panic - not syncing: y");
    }
}
