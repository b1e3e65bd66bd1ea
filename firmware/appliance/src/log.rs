//! The box's log: what PID 1, its parts and the kernel say, newest kept. Two files in memory take
//! turns, so that it is bounded and every face can read it; the set-up service sends it on to a
//! syslog server.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use model::Time;

/// Bytes of one of the two files.
const SIZE: u64 = 256 << 10;
/// Longest line in bytes; the rest is cut.
const LINE: usize = 512;

/// Writes the log; PID 1 alone has one.
#[derive(Debug)]
pub struct Log {
    folder: PathBuf,
    file: Option<File>,
    written: u64,
    /// The kernel's console, while there is no menu on it.
    echo: bool,
}

impl Log {
    /// In a folder.
    pub fn new(folder: &Path) -> Log {
        let _ = fs::create_dir_all(folder);
        Log { folder: folder.into(), file: None, written: 0, echo: false }
    }

    /// Notes what a part says. Control characters become dots.
    pub fn note(&mut self, part: &str, words: &str) {
        let now = Time(sys::clock::wall());
        let clean: String = words.chars().map(|c| if c.is_control() { '.' } else { c }).collect();
        let mut end = clean.len().min(LINE);
        while !clean.is_char_boundary(end) {
            end -= 1;
        }
        let line = format!("{now} {part}: {}\n", &clean[..end]);
        if self.written + line.len() as u64 > SIZE {
            let _ = fs::rename(self.folder.join("log"), self.folder.join("log.1"));
            self.file = None;
        }
        if self.file.is_none() {
            self.file = File::create(self.folder.join("log")).ok();
            self.written = 0;
        }
        if let Some(file) = &mut self.file
            && file.write_all(line.as_bytes()).is_ok()
        {
            self.written += line.len() as u64;
        }
        if self.echo {
            eprint!("{line}");
        }
    }

    /// Shows each line on the kernel's console too: nobody else does yet.
    pub fn echo(&mut self, on: bool) {
        self.echo = on;
    }
}

/// The newest lines of the log in a folder, at most so many, oldest first.
pub fn last(folder: &Path, most: usize) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let text = [read("log.1"), read("log")].concat();
    let lines: Vec<&str> = text.lines().collect();
    let skip = lines.len().saturating_sub(most);
    lines.into_iter().skip(skip).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_and_the_newest_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::new(folder.path());
        for number in 0..20_000 {
            log.note("part", &format!("line {number} \u{7}{}", "x".repeat(30)));
        }
        let lines = last(folder.path(), usize::MAX);
        assert!(lines.len() > 4_000 && lines.len() < 10_000, "{}", lines.len());
        assert!(lines.last().unwrap().contains("part: line 19999 .xxx"));
        assert_eq!(last(folder.path(), 3).len(), 3);
        let size: u64 =
            ["log", "log.1"].iter().map(|name| fs::metadata(folder.path().join(name)).unwrap().len()).sum();
        assert!(size <= 2 * SIZE);
        log.note("part", &"ä".repeat(600));
        assert!(last(folder.path(), 1)[0].len() < LINE + 40);
    }
}
