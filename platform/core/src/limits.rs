//! How often somebody may do something: counts in sliding windows, in memory.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Mutex;

use model::Time;

use crate::parts::lock;

/// Sources that are remembered; beyond, those that did nothing lately go first.
const MOST_KEYS: usize = 10_000;

/// So many in so many seconds for each key.
pub(crate) struct Limit {
    most: usize,
    seconds: u64,
    seen: Mutex<HashMap<String, VecDeque<Time>>>,
}

impl Limit {
    /// `most` in any `seconds`.
    pub(crate) fn new(most: usize, seconds: u64) -> Limit {
        Limit { most, seconds, seen: Mutex::default() }
    }

    /// Seconds to wait before the next is allowed; `None`: now.
    pub(crate) fn wait(&self, key: &str, now: Time) -> Option<u64> {
        let mut seen = lock(&self.seen);
        let times = seen.get_mut(key)?;
        self.forget(times, now);
        if times.len() < self.most {
            return None;
        }
        let window = self.seconds * Time::SECOND;
        let oldest = *times.front()?;
        Some(window.saturating_sub(now.since(oldest)).div_ceil(Time::SECOND).max(1))
    }

    /// Counts one.
    pub(crate) fn count(&self, key: &str, now: Time) {
        let mut seen = lock(&self.seen);
        if seen.len() >= MOST_KEYS && !seen.contains_key(key) {
            seen.retain(|_, times| {
                self.forget(times, now);
                !times.is_empty()
            });
            // All busy: somebody makes keys up. The one that was quiet longest goes.
            if seen.len() >= MOST_KEYS {
                let quiet = seen.iter().min_by_key(|(_, times)| times.back().copied());
                if let Some(quiet) = quiet.map(|(key, _)| key.clone()) {
                    seen.remove(&quiet);
                }
            }
        }
        let times = seen.entry(key.into()).or_default();
        times.push_back(now);
        self.forget(times, now);
        // More than the limit tells nothing more.
        while times.len() > self.most {
            times.pop_front();
        }
    }

    /// Forgets a key.
    pub(crate) fn clear(&self, key: &str) {
        lock(&self.seen).remove(key);
    }

    fn forget(&self, times: &mut VecDeque<Time>, now: Time) {
        while times.front().is_some_and(|time| now.since(*time) >= self.seconds * Time::SECOND) {
            times.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_until_the_oldest_is_out_of_the_window() {
        let limit = Limit::new(2, 10);
        let at = |seconds: u64| Time::new(1_000 + seconds, 0);
        limit.count("a", at(0));
        assert_eq!(limit.wait("a", at(1)), None);
        limit.count("a", at(4));
        assert_eq!(limit.wait("a", at(5)), Some(5));
        assert_eq!(limit.wait("b", at(5)), None);
        assert_eq!(limit.wait("a", at(10)), None);
        limit.count("a", at(10));
        limit.clear("a");
        assert_eq!(limit.wait("a", at(10)), None);
    }

    #[test]
    fn memory_is_bounded_and_a_busy_key_stays() {
        let limit = Limit::new(3, 100);
        for _ in 0..50 {
            limit.count("busy", Time::new(1_000, 0));
        }
        for n in 0..2 * MOST_KEYS as u64 {
            limit.count(&n.to_string(), Time::new(1_000, n as u32 / 1_000));
            limit.count("busy", Time::new(1_000, n as u32 / 1_000 + 1));
        }
        assert!(lock(&limit.seen).len() <= MOST_KEYS);
        assert!(limit.wait("busy", Time::new(1_001, 0)).is_some());
    }
}
