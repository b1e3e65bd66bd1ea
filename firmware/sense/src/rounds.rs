//! Rounds over everything that is known: each looks at its rows a few at a time and
//! tells what is due, closes periods, lets the oldest go when room is short.

use model::Time;

use crate::ages::{Ages, Cut};
use crate::closing::Fate;
use crate::excluded::Excluded;
use crate::judge::Judge;
use crate::keeping::Standing;
use crate::reporter::{INTERVALS, RECORDS, Reporter};
use crate::text::Texts;
use crate::tracker::Tracker;

/// Rows looked at in one call: a few hundred microseconds, a few milliseconds when
/// all of them have something to tell.
pub const ROWS: usize = 8_192;

/// Why everything is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// New facts are due.
    News,
    /// Zones have changed.
    Zones,
    /// Counters were cut; whether last-seen times of known assets are due too.
    Boundary(bool),
}

/// What is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Conversations, for what is excluded now.
    Purge,
    /// Presences become facts.
    Flush,
    /// Facts.
    Tell,
    /// Conversations that wait.
    Wait,
    /// Conversations.
    Close,
    /// Facts that must go.
    LetFactsGo,
    /// Presences that must go.
    LetPresencesGo,
}

/// Where a round stands.
pub struct Round {
    kind: Kind,
    stage: Stage,
    at: usize,
    /// Ages of facts and of presences that may go.
    ages: [Ages; 2],
    cut: Option<Cut>,
    /// Conversations need room.
    crowded: bool,
    /// The first fact that could not be judged yet.
    unsettled: usize,
}

/// True when three quarters are in use.
fn is_short([used, room]: [usize; 2]) -> bool {
    used * 4 >= room * 3
}

/// What an eighth of the room is.
fn eighth([_, room]: [usize; 2]) -> u64 {
    room as u64 / 8
}

impl Round {
    /// At a boundary: whether last-seen times of known assets are due.
    fn known(&self) -> Option<bool> {
        match self.kind {
            Kind::Boundary(known) => Some(known),
            Kind::News | Kind::Zones => None,
        }
    }

    /// The next stage of its kind, from the first row on; `None` at the end.
    fn next(mut self) -> Option<Round> {
        use Stage::*;
        let stage = match (self.kind, self.stage) {
            (_, Purge) => Flush,
            (_, Flush) => Tell,
            (Kind::Zones | Kind::Boundary(..), Tell) => Wait,
            (Kind::Boundary(..), Wait) => Close,
            (Kind::Boundary(..), Close) => LetFactsGo,
            (Kind::Boundary(..), LetFactsGo) => LetPresencesGo,
            _ => return None,
        };
        (self.stage, self.at, self.cut) = (stage, 0, None);
        Some(self)
    }
}

impl Reporter {
    /// Does some of what is due.
    pub(crate) fn work(&mut self, now: Time) {
        let mut rows = ROWS;
        while rows > 0 && !self.is_full() {
            let Some(mut round) = self.round.take().or_else(|| self.begin(now)) else { return };
            let before = round.at;
            if self.step(&mut round, rows, now) {
                self.end_stage(&round);
                self.round = round.next().map(|mut next| {
                    self.begin_stage(&mut next);
                    next
                });
                rows = rows.saturating_sub(1);
            } else {
                rows = rows.saturating_sub((round.at - before).max(1));
                self.round = Some(round);
            }
        }
    }

    /// The round that is due.
    fn begin(&mut self, now: Time) -> Option<Round> {
        let clock = self.tracker.conversations.clock?;
        let (kind, stage) = if std::mem::take(&mut self.rezoned) {
            (Kind::Zones, Stage::Purge)
        } else if let Some(boundary) = self.tracker.told_until.take() {
            self.boundary = boundary;
            self.tracker.conversations.closed = boundary;
            let known = clock.floor(boundary, clock.known);
            let is_known = known > self.known_boundary;
            if is_known {
                self.known_boundary = known;
                self.tracker.facts.forget_limits();
            }
            (Kind::Boundary(is_known), Stage::Flush)
        } else if now >= self.next_news {
            self.next_news = Time(now.0 + u64::from(self.config.timing.news.max(1)) * Time::SECOND);
            (Kind::News, Stage::Flush)
        } else {
            return None;
        };
        let table = &self.tracker.conversations.table;
        let mut round = Round {
            kind,
            stage,
            at: 0,
            ages: [Ages::new(now, clock.known), Ages::new(now, clock.known)],
            cut: None,
            crowded: is_short([table.live(), table.places()]),
            unsettled: usize::MAX,
        };
        self.begin_stage(&mut round);
        Some(round)
    }

    /// News begin where the last ones ended; who has to go is decided by age.
    fn begin_stage(&self, round: &mut Round) {
        let facts = &self.tracker.facts;
        let rows = [facts.facts.len(), facts.facts.capacity()];
        let seen = [facts.seen.len(), facts.seen.capacity()];
        match (round.stage, round.kind) {
            (Stage::Flush, Kind::News) => round.at = self.news[0],
            (Stage::Tell, Kind::News) => round.at = self.news[1],
            (Stage::LetFactsGo, _) => {
                let short = is_short(rows) || is_short(facts.hosts.fill());
                let text = facts.text.fill();
                let wanted = [(short, rows), (is_short(text), text)];
                let wanted = wanted.map(|(short, fill)| if short { eighth(fill) } else { 0 });
                round.cut = round.ages[0].cut(wanted);
            }
            (Stage::LetPresencesGo, _) if is_short(seen) => {
                round.cut = round.ages[1].cut([eighth(seen), 0]);
            }
            _ => {}
        }
    }

    fn end_stage(&mut self, round: &Round) {
        let facts = &self.tracker.facts;
        match round.stage {
            Stage::Flush => self.news[0] = facts.seen.len(),
            Stage::Tell => self.news[1] = facts.facts.len().min(round.unsettled),
            // Rows that were not looked at yet may have come to an earlier place.
            Stage::LetFactsGo | Stage::LetPresencesGo if round.cut.is_some() => self.news = [0; 2],
            _ => {}
        }
    }

    /// Goes on with a stage; true at its end.
    fn step(&mut self, round: &mut Round, rows: usize, now: Time) -> bool {
        match round.stage {
            Stage::Purge => self.purge(round, rows),
            Stage::Flush => self.flush(round, rows),
            Stage::Tell => self.tell(round, rows, now),
            Stage::Wait => self.tell_waiting(round, rows),
            Stage::Close => self.close(round, rows),
            Stage::LetFactsGo => self.let_facts_go(round, rows, now),
            Stage::LetPresencesGo => self.let_presences_go(round, rows),
        }
    }

    fn purge(&mut self, round: &mut Round, rows: usize) -> bool {
        let Tracker { zones, conversations, .. } = &mut self.tracker;
        let excluded = Excluded::new(zones);
        if !excluded.any() {
            return true;
        }
        let end = round.at + rows;
        conversations.purge(
            round.at..end,
            |talk| excluded.ip(talk.client) || excluded.ip(talk.server),
            |text| excluded.named_in(text),
        );
        round.at = end;
        end >= conversations.table.places()
    }

    fn flush(&mut self, round: &mut Round, rows: usize) -> bool {
        for _ in 0..rows {
            let Some(presence) = self.tracker.facts.seen.get(round.at) else { return true };
            if round.kind == Kind::Zones && self.tracker.excluded().sighting(&presence.sighting) {
                self.tracker.facts.remove_seen(round.at);
                continue;
            }
            if round.known().is_some() {
                round.ages[1].add(presence.times.last, 0);
            }
            self.tracker.facts.flush(round.at);
            round.at += 1;
        }
        false
    }

    fn tell(&mut self, round: &mut Round, rows: usize, now: Time) -> bool {
        let holding = self.is_holding();
        let judge = self.judge(self.boundary);
        // At the end nothing more becomes known.
        let now = if self.ending { Time(u64::MAX) } else { now };
        for _ in 0..rows {
            if self.out.intervals.len() >= INTERVALS {
                return false;
            }
            let Tracker { zones, facts, .. } = &mut self.tracker;
            let Some(fact) = facts.facts.get(round.at).copied() else { return true };
            let fresh = fact.told == 0;
            if fresh || round.kind != Kind::News {
                facts.introduce(round.at, zones);
            }
            let standing = if holding { Standing::Kept } else { facts.standing(&fact, now) };
            let due = fresh || fact.told != fact.times.count && judge.is_due(round.known(), facts, &fact);
            let tells = due && standing == Standing::Told;
            let excluded = Excluded::new(zones);
            if excluded.any() && (tells || round.kind == Kind::Zones) {
                let value = String::from_utf8_lossy(facts.text.get(fact.text));
                if excluded.sighting(&fact.sighting) || excluded.named_in(&value) {
                    facts.remove(round.at);
                    self.removed = true;
                    continue;
                }
            }
            if tells {
                self.out.intervals.push(facts.interval(&fact));
                facts.facts[round.at].told = fact.times.count;
            } else if fresh && standing == Standing::Unsettled {
                round.unsettled = round.unsettled.min(round.at);
            }
            let may_go = !due || standing != Standing::Told || tells;
            if may_go && round.known().is_some() {
                let size = Texts::size(facts.text.get(fact.text));
                round.ages[0].add(fact.times.last, size);
            }
            round.at += 1;
        }
        false
    }

    fn tell_waiting(&mut self, round: &mut Round, rows: usize) -> bool {
        let room = RECORDS.saturating_sub(self.out.records.len());
        let judge = self.judge(self.boundary);
        let holding = self.is_holding();
        let Tracker { zones, facts, conversations, .. } = &mut self.tracker;
        let (records, names) = (&mut self.out.records, self.config.external_names);
        let next = conversations.tell_waiting(
            round.at,
            rows.min(room),
            |talk, counters| match judge.fate(talk, counters, facts, zones) {
                Fate::Tell if holding && judge.is_old(counters) => Fate::Purge,
                Fate::Tell if holding => Fate::Hold,
                fate => fate,
            },
            |closed| records.push(judge.record(&closed, facts, zones, names)),
        );
        round.at = next.unwrap_or(round.at);
        next.is_none()
    }

    fn close(&mut self, round: &mut Round, rows: usize) -> bool {
        // Each may have two periods to tell of.
        let room = RECORDS.saturating_sub(self.out.records.len()) / 2;
        let judge = self.judge(self.boundary);
        let holding = self.is_holding();
        let Tracker { zones, facts, conversations, .. } = &mut self.tracker;
        let (records, names) = (&mut self.out.records, self.config.external_names);
        let end = round.at + rows.min(room.max(1));
        conversations.close(
            round.at..end,
            judge.boundary,
            round.crowded,
            |talk, counters| match judge.fate(talk, counters, facts, zones) {
                Fate::Tell if holding => Fate::Hold,
                fate => fate,
            },
            |closed| records.push(judge.record(&closed, facts, zones, names)),
        );
        round.at = end;
        end >= conversations.table.places()
    }

    fn let_facts_go(&mut self, round: &mut Round, rows: usize, now: Time) -> bool {
        let Some(cut) = &mut round.cut else { return true };
        let holding = self.is_holding();
        let facts = &mut self.tracker.facts;
        for _ in 0..rows {
            let Some(fact) = facts.facts.get(round.at).filter(|_| cut.wanted != [0; 2]) else { return true };
            let told = fact.told == fact.times.count;
            let may_go = told || holding || facts.standing(fact, now) != Standing::Told;
            if may_go && cut.takes(fact.times.last, Texts::size(facts.text.get(fact.text))) {
                facts.remove(round.at);
                self.removed = true;
                self.let_go += 1;
            } else {
                round.at += 1;
            }
        }
        false
    }

    fn let_presences_go(&mut self, round: &mut Round, rows: usize) -> bool {
        let Some(cut) = &mut round.cut else { return true };
        let facts = &mut self.tracker.facts;
        for _ in 0..rows {
            let Some(presence) = facts.seen.get(round.at).filter(|_| cut.wanted != [0; 2]) else {
                return true;
            };
            if presence.told == presence.times.count && cut.takes(presence.times.last, 0) {
                facts.remove_seen(round.at);
            } else {
                round.at += 1;
            }
        }
        false
    }

    fn judge(&self, boundary: Time) -> Judge {
        let clock = self.tracker.conversations.clock.unwrap_or_else(|| crate::clock::Clock::new(0, 0));
        Judge { clock, boundary }
    }
}
