//! The newest lines of what happened, for the console and the support bundle.
//! Bounded; no secret is ever written.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use model::Time;

/// Lines that are kept.
const LINES: usize = 1_000;

/// The log.
#[derive(Default)]
pub struct Log(Mutex<VecDeque<(Time, String)>>);

impl Log {
    /// Notes a line; control characters become dots.
    pub fn note(&self, now: Time, words: &str) {
        let words = words.chars().map(|c| if c.is_control() { '.' } else { c }).take(512).collect();
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back((now, words));
    }

    /// The newest so many, oldest first.
    pub fn last(&self, most: usize) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let skip = lines.len().saturating_sub(most);
        lines.iter().skip(skip).map(|(time, words)| format!("{time} {words}")).collect()
    }
}
