//! Exchanges of registration that are going on, in memory: each step takes the
//! state of the step before it away, so none is answered twice.

use std::collections::HashMap;
use std::sync::Mutex;

use model::Time;
use pairing::platform::{Answered, Offered};
use wire::Sealed;

use crate::limits::Limit;
use crate::parts::{after, lock};

/// Exchanges at once, in all and of one source.
const MOST: usize = 1_024;
const MOST_OF_SOURCE: usize = 32;
/// An unfinished exchange lives that long.
const UNFINISHED: u64 = 120;
/// The same request gets the same answer for that long.
const REPEATED: u64 = 600;

/// Where an exchange stands.
pub(crate) enum Step {
    /// `Start` was answered; the code's id if there is such a code.
    Answered(Answered, Option<u32>),
    /// The code was proved.
    Offered(Offered, u32),
    /// Answered for good: SHA-256 of the request, and the answer.
    Granted([u8; 32], Sealed),
}

struct Exchange {
    step: Step,
    source: String,
    until: Time,
}

/// The exchanges, and how often they may be begun.
pub(crate) struct Desk {
    exchanges: Mutex<HashMap<[u8; 16], Exchange>>,
    starts: Limit,
    all_starts: Limit,
    wrong: Limit,
    all_wrong: Limit,
}

impl Default for Desk {
    fn default() -> Desk {
        Desk {
            exchanges: Mutex::default(),
            starts: Limit::new(60, 600),
            all_starts: Limit::new(1_200, 600),
            wrong: Limit::new(10, 900),
            all_wrong: Limit::new(300, 3_600),
        }
    }
}

impl Desk {
    /// Counts a beginning; seconds to wait when it is too many.
    pub(crate) fn begin(&self, source: &str, now: Time) -> Result<(), u64> {
        let limits =
            [(&self.starts, source), (&self.all_starts, ""), (&self.wrong, source), (&self.all_wrong, "")];
        if let Some(wait) = limits.iter().filter_map(|(limit, key)| limit.wait(key, now)).max() {
            return Err(wait);
        }
        let mut exchanges = lock(&self.exchanges);
        exchanges.retain(|_, exchange| exchange.until > now);
        let unfinished = exchanges.values().filter(|exchange| !matches!(exchange.step, Step::Granted(..)));
        let of_source = unfinished.filter(|exchange| exchange.source == source).count();
        if exchanges.len() >= MOST || of_source >= MOST_OF_SOURCE {
            return Err(UNFINISHED);
        }
        self.starts.count(source, now);
        self.all_starts.count("", now);
        Ok(())
    }

    /// Counts a wrong proof of a source.
    pub(crate) fn wrong(&self, source: &str, now: Time) {
        self.wrong.count(source, now);
        self.all_wrong.count("", now);
    }

    /// Keeps a step until the next.
    pub(crate) fn put(&self, exchange: [u8; 16], step: Step, source: &str, now: Time) {
        let life = if matches!(step, Step::Granted(..)) { REPEATED } else { UNFINISHED };
        let kept = Exchange { step, source: source.into(), until: after(now, life) };
        lock(&self.exchanges).insert(exchange, kept);
    }

    /// Takes a step away, with its source; `None`: there is none, or its time is over.
    pub(crate) fn take(&self, exchange: &[u8; 16], now: Time) -> Option<(Step, String)> {
        let kept = lock(&self.exchanges).remove(exchange)?;
        (kept.until > now).then_some((kept.step, kept.source))
    }
}
