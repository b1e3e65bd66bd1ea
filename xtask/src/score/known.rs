//! Expectations that are wrong themselves: `xtask/score/wrong-expectations.toml`.
//!
//! ```toml
//! [[wrong]]
//! capture = "NAME.pcap"
//! rows = ["service"]
//! subject = "tcp 10.0.0.1:80"   # as printed; a part of it is enough, "" is any
//! fact = "http"                 # of expected or ours, as printed; optional
//! frame = 12                    # the frame that shows it
//! reason = "why, from the bytes of that frame and the specification"
//! ```

use std::path::Path;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::Outcome;
use super::tally::{Difference, Tally};

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    capture: String,
    rows: Vec<String>,
    subject: String,
    fact: String,
    frame: i64,
    reason: String,
}

/// The list.
#[derive(Debug, Default)]
pub struct Known(Vec<Wrong>);

impl Known {
    /// Reads the list; a missing file is an empty one.
    ///
    /// # Errors
    /// When it is not TOML, or an entry lacks a key.
    pub fn read(path: &Path) -> Result<Known> {
        match std::fs::read_to_string(path) {
            Ok(text) => Known::parse(&text).with_context(|| format!("in {}", path.display())),
            Err(_) => Ok(Known::default()),
        }
    }

    fn parse(text: &str) -> Result<Known> {
        let table: Table = text.parse().context("not TOML")?;
        let entries = table.get("wrong").and_then(Value::as_array).into_iter().flatten();
        let mut out = Vec::new();
        for entry in entries {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).map(String::from);
            let rows = entry.get("rows").and_then(Value::as_array);
            let rows =
                rows.map(|rows| rows.iter().filter_map(|row| Some(row.as_str()?.to_string())).collect());
            let (Some(capture), Some(rows), Some(subject), Some(reason), Some(frame)) = (
                text("capture"),
                rows,
                text("subject"),
                text("reason"),
                entry.get("frame").and_then(Value::as_integer),
            ) else {
                bail!("an entry wants capture, rows, subject, frame and reason: {entry}");
            };
            out.push(Wrong { capture, rows, subject, fact: text("fact").unwrap_or_default(), frame, reason });
        }
        Ok(Known(out))
    }

    /// Takes the known ones out of a count, keeping them to be printed.
    pub fn apply(&self, tally: &mut Tally) {
        tally.settle(|difference| {
            let entry = self.0.iter().find(|entry| entry.fits(difference))?;
            Some(format!("frame {}: {}", entry.frame, entry.reason))
        });
    }

    /// Entries that no difference needed: out of date.
    pub fn unused(&self, outcome: &Outcome) -> Vec<String> {
        let used = |entry: &Wrong| {
            let mut settled = outcome.rows.values().flat_map(|tally| &tally.known_wrong);
            settled.any(|(difference, _)| entry.fits(difference))
        };
        self.0
            .iter()
            .filter(|entry| !used(entry))
            .map(|entry| format!("{} {} {}", entry.capture, entry.rows.join(","), entry.subject))
            .collect()
    }
}

impl Wrong {
    fn fits(&self, difference: &Difference) -> bool {
        let says = |text: &str| text.contains(&self.fact);
        self.capture == difference.capture
            && self.rows.iter().any(|row| row == difference.row)
            && difference.subject.contains(&self.subject)
            && (says(&difference.expected) || says(&difference.ours))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "[[wrong]]\ncapture = 'a.pcap'\nrows = ['mac']\nsubject = 'host 02'\nframe = 7\nreason = 'because'\n";

    #[test]
    fn takes_out_what_fits_and_names_what_is_stale() {
        let known = Known::parse(LIST).unwrap();
        let mut tally = Tally::new("a.pcap", "mac");
        tally.miss("host 02:00:00:00:00:01", "02:00:00:00:00:01", "", 7);
        tally.miss("host 04:00:00:00:00:01", "04:00:00:00:00:01", "", 8);
        known.apply(&mut tally);
        assert_eq!((tally.expected, tally.known_wrong.len()), (1, 1));
        assert_eq!(tally.known_wrong[0].1, "frame 7: because");
        let outcome = Outcome { rows: [("mac", tally)].into(), ..Outcome::default() };
        assert!(known.unused(&outcome).is_empty());
        assert_eq!(known.unused(&Outcome::default()).len(), 1);
    }

    #[test]
    fn an_entry_must_be_whole() {
        assert!(Known::parse("[[wrong]]\ncapture = 'a'\n").is_err());
        assert!(Known::parse("").unwrap().0.is_empty());
    }
}
