//! QEMU's control line (QMP): one JSON object a line, a question and its answer, and events in between.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longest time an answer takes.
const ANSWER: Duration = Duration::from_secs(60);

/// The line, greeted.
pub struct Qmp {
    reader: BufReader<UnixStream>,
    /// A line that has begun to arrive.
    started: Vec<u8>,
    /// Events that nobody waited for yet.
    events: Vec<Value>,
}

impl Qmp {
    /// Greets.
    ///
    /// # Errors
    /// It is not QEMU, or it is gone.
    pub fn new(stream: UnixStream) -> io::Result<Qmp> {
        let mut qmp = Qmp { reader: BufReader::new(stream), started: Vec::new(), events: Vec::new() };
        let greeting = qmp.read(Instant::now() + ANSWER)?;
        if greeting.get("QMP").is_none() {
            return Err(io::Error::other(format!("no greeting but {greeting}")));
        }
        qmp.ask("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// Has a command done; gives what it returns.
    ///
    /// # Errors
    /// QEMU refuses, in its words, or it is gone.
    pub fn ask(&mut self, command: &str, arguments: Value) -> io::Result<Value> {
        let question = json!({ "execute": command, "arguments": arguments });
        self.reader.get_mut().write_all(format!("{question}\n").as_bytes())?;
        let end = Instant::now() + ANSWER;
        loop {
            let mut said = self.read(end)?;
            if let Some(error) = said.get("error") {
                return Err(io::Error::other(format!("{command}: {error}")));
            }
            if said.get("event").is_some() {
                self.events.push(said);
            } else if let Some(returned) = said.get_mut("return") {
                return Ok(returned.take());
            }
        }
    }

    /// Waits for an event, also one that came already; gives its data.
    ///
    /// # Errors
    /// `TimedOut`; `UnexpectedEof` when QEMU went without it.
    pub fn event(&mut self, name: &str, limit: Duration) -> io::Result<Value> {
        let end = Instant::now() + limit;
        loop {
            if let Some(at) = self.events.iter().position(|event| event["event"] == name) {
                return Ok(self.events.remove(at)["data"].take());
            }
            let said = self.read(end)?;
            if said.get("event").is_some() {
                self.events.push(said);
            }
        }
    }

    /// Forgets events that nobody waited for.
    pub fn forget(&mut self) {
        self.events.clear();
    }

    fn read(&mut self, end: Instant) -> io::Result<Value> {
        loop {
            let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            self.reader.get_ref().set_read_timeout(Some(left))?;
            match self.reader.read_until(b'\n', &mut self.started) {
                Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "QEMU is gone")),
                Ok(_) if self.started.ends_with(b"\n") => {
                    let line = std::mem::take(&mut self.started);
                    return serde_json::from_slice(&line).map_err(io::Error::other);
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if Instant::now() >= end {
                        return Err(io::Error::new(io::ErrorKind::TimedOut, "QEMU says nothing"));
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_from_events() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let other = std::thread::spawn(move || {
            let mut asked = BufReader::new(theirs.try_clone().unwrap()).lines();
            theirs.write_all(b"{\"QMP\": {}}\n").unwrap();
            assert!(asked.next().unwrap().unwrap().contains("qmp_capabilities"));
            theirs.write_all(b"{\"return\": {}}\n").unwrap();
            assert!(asked.next().unwrap().unwrap().contains("\"execute\":\"a\""));
            theirs.write_all(b"{\"event\": \"X\", \"data\": {\"n\": 1}}\n{\"return\": 7}\n").unwrap();
            asked.next().unwrap().unwrap();
            theirs.write_all(b"{\"error\": {\"desc\": \"no such thing\"}}\n").unwrap();
        });
        let mut qmp = Qmp::new(ours).unwrap();
        assert_eq!(qmp.ask("a", json!({})).unwrap(), 7);
        assert!(qmp.ask("b", json!({})).unwrap_err().to_string().contains("no such thing"));
        assert_eq!(qmp.event("X", ANSWER).unwrap()["n"], 1);
        other.join().unwrap();
        assert_eq!(qmp.event("X", ANSWER).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
