//! What was found beside the box becomes its settings.

use model::{ErrorCode, Time};
use settings::Change;
use spool::Disk;
use wire::Fact;
use wire::local::{Say, Secret};

use super::{Found, Origin};
use crate::service::Service;
use crate::store::Kept;

/// Between the first two tries to register with a code that was found, nanoseconds: the network is still coming up.
/// After each one it is twice as long, up to [`LONGEST`].
const AGAIN: u64 = 5 * Time::SECOND;
/// Longest time between two tries.
const LONGEST: u64 = 60 * Time::SECOND;

/// A code that was found and has not registered the box yet.
pub struct Waiting {
    code: Secret,
    origin: Origin,
    /// When it is tried next ([`uplink::World::elapsed`]).
    at: u64,
    /// From the next try to the one after it.
    again: u64,
}

impl<D: Disk> Service<D> {
    /// Takes what is new of these. A source is taken as a whole or not at all: with
    /// one wrong value nothing of it is set, and the log says which.
    pub fn take(&self, mut found: Vec<Found>) {
        found.sort_by_key(|one| one.origin);
        let mut named: Vec<String> = Vec::new();
        for one in found {
            if one.keeps_secrets() {
                let words = format!("a password still stands in {}; take it out there", one.origin.words());
                self.warn(&words);
            }
            let new = self.lock().kept.taken.get(one.origin.id()) != Some(&one.crc);
            let mine: Vec<Change> =
                one.changes.iter().filter(|(id, _)| !named.contains(id)).cloned().collect();
            named.extend(mine.iter().map(|(id, _)| id.clone()));
            if new {
                self.take_one(one, &mine);
            }
        }
    }

    fn take_one(&self, one: Found, mine: &[Change]) {
        let mut kept: Kept = self.lock().kept.clone();
        match kept.settings.with(mine) {
            Ok(next) => kept.settings = next,
            Err(wrong) => {
                let why: Vec<String> = wrong.iter().map(|(id, why)| format!("{id}: {why}")).collect();
                self.warn(&format!("nothing of {} was taken. {}", one.origin.words(), why.join(" ")));
                return;
            }
        }
        kept.taken.insert(one.origin.id().into(), one.crc);
        if self.keep(kept).is_err() {
            self.warn(&format!("{} could not be kept: the disk is full or failing", one.origin.words()));
            return;
        }
        self.note(&format!("{} settings were taken from {}", mine.len(), one.origin.words()));
        self.enforce();
        if let Some(code) = one.code.filter(|_| self.identity().is_none()) {
            let at = self.world.elapsed();
            let mut now = self.lock();
            // Of several codes, the first source's.
            now.waiting.get_or_insert(Waiting { code, origin: one.origin, at, again: AGAIN });
        }
    }

    /// Tries a code that waits, which takes as long as the way to the platform does. To be
    /// called every second, on a thread of its own.
    pub fn try_code(&self) {
        let due = {
            let mut now = self.lock();
            let elapsed = self.world.elapsed();
            match &mut now.waiting {
                Some(waiting) if waiting.at <= elapsed => {
                    waiting.at = elapsed + waiting.again;
                    waiting.again = (2 * waiting.again).min(LONGEST);
                    Some((waiting.code.clone(), waiting.origin))
                }
                _ => None,
            }
        };
        let Some((code, origin)) = due else { return };
        let failed = match self.register(&code, false) {
            Ok(_) => None,
            Err(refused) => match refused.say() {
                Say::Failed(failed) => Some(failed),
                _ => None,
            },
        };
        let for_good = [ErrorCode::CodeUnknown, ErrorCode::CodeUsed, ErrorCode::CodeExpired];
        match failed {
            // It may work in a minute: the network comes up, a proxy is set.
            Some(failed) if !failed.code.is_some_and(|code| for_good.contains(&code)) => {}
            Some(failed) => {
                self.warn(&format!("the code in {} does not register this box: {failed}", origin.words()));
                self.lock().waiting = None;
            }
            None => self.lock().waiting = None,
        }
    }

    /// Notes a line that stays among the findings until the next start.
    /// Told once, however often what it is about is looked at.
    fn warn(&self, words: &str) {
        let fact = Fact { code: None, words: words.into() };
        let mut now = self.lock();
        if now.warnings.contains(&fact) {
            return;
        }
        if now.warnings.len() < 16 {
            now.warnings.push(fact);
        }
        drop(now);
        self.note(words);
    }
}
