//! Conversations whose count ended before they could be told of: they made room
//! for others, or no range is configured yet. Bounded; memory is taken at the start.

use std::ops::Range;

use flow::Key;
use model::Time;
use packet::mix;

use crate::conversations::{Hints, Known};
use crate::counters::Counters;
use crate::event::Talk;
use crate::index::Index;
use crate::slab::room;

/// One of them.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub key: Key,
    /// Beginning of the longest period it may be of.
    slot: Time,
    pub talk: Talk,
    pub counters: Counters,
    pub known: Known,
    pub hints: Hints,
}

/// All of them, each conversation once in a longest period.
pub struct Queue {
    index: Index,
    rows: Vec<Waiting>,
}

fn hash(key: Key, slot: Time) -> u64 {
    mix(key.0, slot.0)
}

impl Queue {
    /// Addresses of its memory, but for the index.
    pub fn region(&self) -> Range<usize> {
        room(&self.rows)
    }

    /// Room for that many.
    pub fn new(count: usize) -> Queue {
        Queue { index: Index::new(count), rows: Vec::with_capacity(count) }
    }

    /// The one at a place.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut Waiting> {
        self.rows.get_mut(place)
    }

    /// Where a conversation stands, or where to file it.
    fn find(&self, key: Key, slot: Time) -> Result<usize, usize> {
        let same = |place: usize| (self.rows[place].key, self.rows[place].slot) == (key, slot);
        self.index.find(hash(key, slot), same)
    }

    /// Takes one in, or joins it to what waits of the same conversation and longest
    /// period, which began at `slot`; false when there is no room.
    pub fn push(
        &mut self,
        (key, talk): (Key, Talk),
        slot: Time,
        counters: &Counters,
        known: Known,
        hints: Option<&Hints>,
    ) -> bool {
        match self.find(key, slot) {
            Ok(place) => {
                let row = &mut self.rows[place];
                row.counters.join(counters);
                row.known.join(known);
                if row.hints.is_empty() {
                    row.hints = hints.cloned().unwrap_or_default();
                }
            }
            Err(_) if self.rows.len() == self.rows.capacity() => return false,
            Err(at) => {
                self.index.file(at, hash(key, slot), self.rows.len());
                let (counters, hints) = (*counters, hints.cloned().unwrap_or_default());
                self.rows.push(Waiting { key, slot, talk, counters, known, hints });
            }
        }
        true
    }

    /// What waits of a conversation that goes on.
    pub fn take(&mut self, key: Key, slot: Time) -> Option<Waiting> {
        let place = self.find(key, slot).ok()?;
        let taken = self.rows[place].clone();
        self.remove(place);
        Some(taken)
    }

    /// Takes one out; the last takes its place.
    pub fn remove(&mut self, place: usize) {
        let gone = self.rows.swap_remove(place);
        self.index.remove(hash(gone.key, gone.slot), place);
        if let Some(moved) = self.rows.get(place) {
            self.index.moved(hash(moved.key, moved.slot), self.rows.len(), place);
        }
    }
}
