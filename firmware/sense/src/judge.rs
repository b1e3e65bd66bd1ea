//! Which counters are due at a boundary, and the records made of them.

use model::Time;
use wire::Record;
use zones::Zones;

use crate::clock::Clock;
use crate::closing::{Closed, Fate};
use crate::conversations::conversation;
use crate::counters::Counters;
use crate::event::Talk;
use crate::excluded::Excluded;
use crate::facts::{Fact, Facts};
use crate::heard;

/// The boundary that is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Judge {
    pub clock: Clock,
    pub boundary: Time,
}

impl Judge {
    /// Who was heard first after this moment is new.
    fn new_since(&self) -> Time {
        Time(self.boundary.0.saturating_sub(self.clock.known))
    }

    /// True when one end is a new asset.
    fn is_new(&self, talk: &Talk, facts: &Facts) -> bool {
        let since = self.new_since();
        [talk.client, talk.server].into_iter().any(|ip| facts.is_new(talk.network, ip, since))
    }

    /// The end of the period that these counters are of.
    fn end(&self, talk: &Talk, counters: &Counters, facts: &Facts) -> Time {
        let period = if self.is_new(talk, facts) { self.clock.new } else { self.clock.known };
        self.clock.ceil(counters.last, period)
    }

    /// What is to become of counters, as if there were an internal range.
    pub fn fate(&self, talk: &Talk, counters: &Counters, facts: &Facts, zones: &Zones) -> Fate {
        let excluded = Excluded::new(zones);
        if excluded.ip(talk.client) || excluded.ip(talk.server) {
            Fate::Purge
        } else if self.end(talk, counters, facts) <= self.boundary {
            Fate::Tell
        } else {
            Fate::Continue
        }
    }

    /// True when counters have been held for a whole period already.
    pub fn is_old(&self, counters: &Counters) -> bool {
        self.clock.ceil(counters.last, self.clock.known) <= self.new_since()
    }

    /// Counters as they are told, in time as inside.
    pub fn record(&self, closed: &Closed<'_>, facts: &Facts, zones: &Zones, names: bool) -> Record {
        let Closed { talk, counters, known, hints } = *closed;
        let mut conversation = conversation(talk, counters, known, hints);
        heard::keep_hints(&mut conversation, zones, names);
        Record { start: counters.start, end: self.end(talk, counters, facts), conversation }
    }

    /// True when a fact that was told before is told again with what it counted since;
    /// `known`: whether those of known assets are, `None` when it is no boundary.
    pub fn is_due(&self, known: Option<bool>, facts: &Facts, fact: &Fact) -> bool {
        let is_new = || facts.host_of(fact).is_some_and(|host| host.first > self.new_since());
        known.is_some_and(|known| known || is_new())
    }
}
