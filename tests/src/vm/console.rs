//! Somebody at a serial console: waits for text, types lines, and keeps all that was said, with times.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::plain::Plain;

/// Lines that a failure tells of.
const TOLD: usize = 60;

/// The console's other end. What was said before somebody waits for it is not lost.
pub struct Console {
    stream: UnixStream,
    heard: Arc<(Mutex<Heard>, Condvar)>,
    /// Everything before was waited for already.
    at: usize,
    began: Instant,
}

#[derive(Default)]
struct Heard {
    text: Vec<u8>,
    /// Where each piece that arrived ends, and when it came.
    pieces: Vec<(usize, Instant)>,
    ended: bool,
}

impl Console {
    /// At a line. `began` is when the machine was switched on.
    ///
    /// # Errors
    /// The line cannot be used by two threads.
    pub fn new(stream: UnixStream, began: Instant) -> io::Result<Console> {
        let heard: Arc<(Mutex<Heard>, Condvar)> = Arc::default();
        let (mut reading, told) = (stream.try_clone()?, Arc::clone(&heard));
        std::thread::spawn(move || {
            let (mut plain, mut bytes) = (Plain::default(), [0; 4096]);
            loop {
                let count = match reading.read(&mut bytes) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    other => other.unwrap_or(0),
                };
                let mut heard = lock(&told.0);
                plain.feed(&bytes[..count], &mut heard.text);
                let end = heard.text.len();
                heard.pieces.push((end, Instant::now()));
                heard.ended = count == 0;
                told.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Ok(Console { stream, heard, at: 0, began })
    }

    /// Waits until `text` is said, counted from what was waited for before; gives what stood before it.
    ///
    /// # Panics
    /// It is not said within `limit`, or the machine goes off first; with the end of the transcript.
    #[track_caller]
    pub fn expect(&mut self, text: &str, limit: Duration) -> String {
        match self.any(&[text], limit) {
            Ok((_, before)) => before,
            Err(why) => panic!("the console did not say {text:?} {why}:\n{}", self.tail()),
        }
    }

    /// Waits until one of these is said; gives which, and what stood before it. The earliest wins.
    ///
    /// # Errors
    /// In words, when none is said.
    pub fn any(&mut self, texts: &[&str], limit: Duration) -> Result<(usize, String), String> {
        let end = Instant::now() + limit;
        let mut heard = lock(&self.heard.0);
        loop {
            let new = &heard.text[self.at..];
            let places = texts.iter().enumerate().filter_map(|(at, text)| Some((find(new, text)?, at)));
            if let Some((place, which)) = places.min() {
                let before = String::from_utf8_lossy(&new[..place]).into_owned();
                self.at += place + texts[which].len();
                return Ok((which, before));
            }
            if heard.ended {
                return Err("before it went off".into());
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(format!("within {} s", limit.as_secs()));
            }
            heard = self.heard.1.wait_timeout(heard, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The rest of the line that was waited for.
    ///
    /// # Panics
    /// See [`Console::expect`].
    #[track_caller]
    pub fn rest(&mut self, limit: Duration) -> String {
        self.expect("\n", limit).trim().to_owned()
    }

    /// Types a line and Enter, as a terminal sends it.
    ///
    /// # Panics
    /// The machine is off.
    #[track_caller]
    pub fn line(&mut self, text: &str) {
        self.keys(&format!("{text}\r"));
    }

    /// Types these keys.
    ///
    /// # Panics
    /// The machine is off.
    #[track_caller]
    pub fn keys(&mut self, text: &str) {
        if let Err(error) = self.stream.write_all(text.as_bytes()) {
            panic!("nobody takes {text:?} ({error}):\n{}", self.tail());
        }
    }

    /// Forgets what was said and not waited for.
    pub fn skip(&mut self) {
        self.at = lock(&self.heard.0).text.len();
    }

    /// All that was said.
    pub fn transcript(&self) -> String {
        String::from_utf8_lossy(&lock(&self.heard.0).text).into_owned()
    }

    /// The end of it, for failures.
    pub fn tail(&self) -> String {
        let all = self.transcript();
        let lines: Vec<&str> = all.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(TOLD)..].join("\n")
    }

    /// When `text` was first there, counted from switching on.
    pub fn when(&self, text: &str) -> Option<Duration> {
        let heard = lock(&self.heard.0);
        let end = find(&heard.text, text)? + text.len();
        let piece = heard.pieces.iter().find(|(to, _)| *to >= end)?;
        Some(piece.1.saturating_duration_since(self.began))
    }

    /// The transcript with the second of each line before it.
    pub fn timed(&self) -> String {
        let heard = lock(&self.heard.0);
        let (mut out, mut at) = (String::new(), 0);
        for line in heard.text.split_inclusive(|byte| *byte == b'\n') {
            at += line.len();
            let when = heard.pieces.iter().find(|(to, _)| *to >= at).map(|piece| piece.1);
            let seconds = when.unwrap_or(self.began).saturating_duration_since(self.began).as_secs_f64();
            let _ = writeln!(out, "{seconds:7.2} {}", String::from_utf8_lossy(line).trim_end());
        }
        out
    }
}

fn find(text: &[u8], what: &str) -> Option<usize> {
    text.windows(what.len().max(1)).position(|part| part == what.as_bytes())
}

fn lock(mutex: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(30);

    #[test]
    fn waits_types_and_remembers() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut console = Console::new(ours, Instant::now()).unwrap();
        theirs.write_all(b"\x1b[2Jready\r\nname: ").unwrap();
        assert_eq!(console.expect("name: ", SOON), "ready\n");
        console.line("hall 3");
        let mut typed = [0; 7];
        theirs.read_exact(&mut typed).unwrap();
        assert_eq!(&typed, b"hall 3\r");
        theirs.write_all(b"two, one\n").unwrap();
        assert_eq!(console.any(&["one", "two"], SOON), Ok((1, String::new())));
        assert_eq!(console.rest(SOON), ", one");
        assert!(console.any(&["three"], Duration::from_millis(20)).unwrap_err().contains("within"));
        drop(theirs);
        assert!(console.any(&["three"], SOON).unwrap_err().contains("went off"));
        assert_eq!(console.transcript(), "ready\nname: two, one\n");
        assert!(console.when("two").unwrap() >= console.when("ready").unwrap());
        assert!(console.when("three").is_none() && console.timed().contains(" ready\n"));
    }
}
