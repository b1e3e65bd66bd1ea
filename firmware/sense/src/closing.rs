//! The ends of reporting periods: each conversation's counters become a record of
//! their own, once, and it counts on from zero.
//!
//! Flows tell what they counted before a boundary little by little after it, and
//! meanwhile others count on. So a conversation may hold two sets of counters:
//! those before the boundary, and those since.

use std::ops::Range;

use model::Time;

use crate::clock::Clock;
use crate::conversations::{Conversations, Hints, Known, State};
use crate::counters::Counters;
use crate::event::{FlowDelta, Talk};
use crate::key;
use crate::slab::Slab;

/// What is to become of counters that ended before a boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Their period is longer: the count goes on.
    Continue,
    /// They are told of.
    Tell,
    /// They wait.
    Hold,
    /// Nothing may be told of it, ever.
    Purge,
}

/// A conversation's count of one period that is to be told.
pub struct Closed<'a> {
    pub talk: &'a Talk,
    pub counters: &'a Counters,
    pub known: Known,
    pub hints: Option<&'a Hints>,
}

impl State {
    /// The counters that a flow's numbers belong to. Without room for a second set,
    /// two periods are counted as one.
    pub fn period<'s>(
        &'s mut self,
        delta: &FlowDelta,
        clock: &Clock,
        befores: &'s mut Slab<Counters>,
    ) -> &'s mut Counters {
        self.heard = self.heard.max(delta.last);
        if delta.last >= self.until && !self.now.is_empty() {
            match befores.get_mut(self.before) {
                Some(before) => before.join(&self.now),
                None => self.before = befores.put(self.now),
            }
            if self.before != 0 {
                self.now = Counters::default();
                self.since = self.until;
            }
            self.until = clock.ceil(delta.last, clock.new);
        }
        let late = self.before != 0 && !self.now.is_empty() && delta.last < self.now.start;
        if late && let Some(before) = befores.get_mut(self.before) {
            before.start = before.start.min(clock.floor(delta.first, clock.new));
            return before;
        }
        // What comes late of a period that is closed belongs to what follows.
        if self.now.is_empty() {
            self.until = clock.ceil(delta.last.max(self.since), clock.new);
        }
        self.now.start = self.now.start.min(clock.floor(delta.first.max(self.since), clock.new));
        &mut self.now
    }
}

impl Conversations {
    /// Looks at these places of the table for counters that ended before `boundary`:
    /// what `fate` says is done with them. `tell` takes those that are told; `crowded`
    /// lets go what has been told even if it may go on.
    pub fn close(
        &mut self,
        places: Range<usize>,
        boundary: Time,
        crowded: bool,
        mut fate: impl FnMut(&Talk, &Counters) -> Fate,
        mut tell: impl FnMut(Closed<'_>),
    ) {
        let Some(clock) = self.clock else { return };
        let slot = |counters: &Counters| clock.floor(counters.start, clock.known);
        let Conversations { table, hints, before, waiting, others, .. } = self;
        table.visit(places, |_, state| {
            let Some(talk) = state.talk else { return true };
            let known = state.known;
            let of = hints.get(state.hints);
            let mut purged = false;
            let mut since = state.since;
            // True when these counters are done with.
            let mut end = |counters: &Counters| {
                match fate(&talk, counters) {
                    Fate::Continue => return false,
                    Fate::Tell => tell(Closed { talk: &talk, counters, known, hints: of }),
                    Fate::Hold => {
                        let who = (key::talk(&talk), talk);
                        if !waiting.push(who, slot(counters), counters, known, of) {
                            others.add(counters);
                        }
                    }
                    Fate::Purge => {
                        others.add(counters);
                        purged = true;
                    }
                }
                since = boundary;
                true
            };
            if let Some(held) = before.get(state.before).copied() {
                before.free(&mut state.before);
                let both_over = state.now.last < boundary && slot(&held) == slot(&state.now);
                if both_over || !end(&held) {
                    state.now.join(&held);
                }
            }
            if !state.now.is_empty() && state.now.last < boundary && end(&state.now) {
                state.now = Counters::default();
            }
            if state.now.is_empty() || state.now.last < boundary {
                state.until = Time(boundary.0.saturating_add(clock.new));
                state.since = since;
            }
            if state.heard == Time(0) {
                // So far it was only hinted at: its first packets are on their way.
                state.heard = boundary;
            }
            let patience = if crowded { clock.new } else { clock.known };
            let silent = boundary.since(state.heard) > patience;
            let over = purged || (state.now.is_empty() && silent);
            if purged && !state.now.is_empty() {
                others.add(&state.now);
            }
            if over {
                hints.free(&mut state.hints);
            }
            over
        });
    }

    /// Looks at what waits from one place on, at most `steps` of it: what is over is
    /// told, or joined to what the table holds of the same period. Gives the place to
    /// go on at, `None` at the end.
    pub fn tell_waiting(
        &mut self,
        mut place: usize,
        steps: usize,
        mut fate: impl FnMut(&Talk, &Counters) -> Fate,
        mut tell: impl FnMut(Closed<'_>),
    ) -> Option<usize> {
        for _ in 0..steps {
            let waiting = self.waiting.get_mut(place)?;
            let fate = fate(&waiting.talk, &waiting.counters);
            match fate {
                Fate::Hold | Fate::Continue => {
                    place += 1;
                    continue;
                }
                Fate::Purge => self.others.add(&waiting.counters),
                Fate::Tell => {
                    let mut joined = false;
                    if let Some(slot) = self.table.find(waiting.key, self.now) {
                        let (_, state) = self.table.both(slot);
                        let before = self.before.get_mut(state.before);
                        let mut counted = before.into_iter().chain([&mut state.now]);
                        let same =
                            |held: &&mut Counters| !held.is_empty() && held.start == waiting.counters.start;
                        if let Some(held) = counted.find(same) {
                            held.join(&waiting.counters);
                            state.known.join(waiting.known);
                            joined = true;
                        }
                    }
                    if !joined {
                        tell(Closed {
                            talk: &waiting.talk,
                            counters: &waiting.counters,
                            known: waiting.known,
                            hints: Some(&waiting.hints),
                        });
                    }
                }
            }
            self.waiting.remove(place);
        }
        Some(place)
    }

    /// Takes out of these places of the table every conversation that is `hidden`, and
    /// every hint that `names` what is. What waits is looked at when it is told.
    pub fn purge(
        &mut self,
        places: Range<usize>,
        hidden: impl Fn(&Talk) -> bool,
        names: impl Fn(&str) -> bool,
    ) {
        let Conversations { table, hints, before, others, .. } = self;
        table.visit(places, |_, state| {
            if let Some(hints) = hints.get_mut(state.hints) {
                hints.retain(|(_, text)| !names(text));
            }
            let over = state.talk.is_none_or(|talk| hidden(&talk));
            if over {
                let counted = before.get(state.before).into_iter().chain([&state.now]);
                counted.filter(|counters| !counters.is_empty()).for_each(|counters| others.add(counters));
                before.free(&mut state.before);
                hints.free(&mut state.hints);
            }
            over
        });
    }
}
