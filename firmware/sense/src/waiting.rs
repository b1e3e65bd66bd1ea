//! Conversations whose count ended before they could be told of: they made room
//! for others, or no range is configured yet. Bounded; memory is taken at the start.

use flow::Key;
use model::Time;
use packet::mix;

use crate::conversations::{Hints, Known};
use crate::counters::Counters;
use crate::event::Talk;
use crate::index::Index;

/// One of them.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub key: Key,
    pub talk: Talk,
    pub counters: Counters,
    pub known: Known,
    pub hints: Hints,
}

/// All of them, each conversation and period once.
pub struct Queue {
    index: Index,
    rows: Vec<Waiting>,
}

fn hash(key: Key, start: Time) -> u64 {
    mix(key.0, start.0)
}

impl Queue {
    /// Room for that many.
    pub fn new(count: usize) -> Queue {
        Queue { index: Index::new(count), rows: Vec::with_capacity(count) }
    }

    /// The one at a place.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut Waiting> {
        self.rows.get_mut(place)
    }

    /// Takes one in, or joins it to what waits of the same conversation and period;
    /// false when there is no room.
    pub fn push(
        &mut self,
        (key, talk): (Key, Talk),
        counters: &Counters,
        known: Known,
        hints: Option<&Hints>,
    ) -> bool {
        let hash = hash(key, counters.start);
        let same = |place: usize| {
            let row = &self.rows[place];
            (row.key, row.counters.start) == (key, counters.start)
        };
        match self.index.find(hash, same) {
            Ok(place) => {
                let row = &mut self.rows[place];
                row.counters.join(counters);
                row.known.join(known);
                if row.hints.is_empty() {
                    row.hints = hints.cloned().unwrap_or_default();
                }
            }
            Err(_) if self.rows.len() == self.rows.capacity() => return false,
            Err(slot) => {
                self.index.file(slot, hash, self.rows.len());
                let (counters, hints) = (*counters, hints.cloned().unwrap_or_default());
                self.rows.push(Waiting { key, talk, counters, known, hints });
            }
        }
        true
    }

    /// Takes one out; the last takes its place.
    pub fn remove(&mut self, place: usize) {
        let gone = self.rows.swap_remove(place);
        self.index.remove(hash(gone.key, gone.counters.start), place);
        if let Some(moved) = self.rows.get(place) {
            self.index.moved(hash(moved.key, moved.counters.start), self.rows.len(), place);
        }
    }
}
