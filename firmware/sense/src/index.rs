//! Hash to place: open addressing over memory taken at the start.

use std::ops::Range;

/// Places by 64-bit hash. Holds at most half as many entries as it has slots, so
/// a search ends soon.
#[derive(Debug)]
pub struct Index {
    /// Hash and place plus one; 0: free.
    slots: Box<[(u64, u32)]>,
}

impl Index {
    /// Room for that many entries.
    pub fn new(entries: usize) -> Index {
        Index { slots: vec![(0, 0); (entries * 2).next_power_of_two()].into() }
    }

    /// The place filed under this hash for which `same` holds; or, when there is
    /// none, the slot to give to [`Index::file`].
    #[inline]
    pub fn find(&self, hash: u64, mut same: impl FnMut(usize) -> bool) -> Result<usize, usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let (held, place) = self.slots[at];
            match place.checked_sub(1) {
                None => return Err(at),
                Some(place) if held == hash && same(place as usize) => return Ok(place as usize),
                Some(_) => at = (at + 1) & mask,
            }
        }
    }

    /// Brings the slots where a search for this hash begins towards the processor,
    /// without waiting for them.
    #[inline]
    pub fn approach(&self, hash: u64) {
        sys::memory::prefetch(&self.slots[hash as usize & (self.slots.len() - 1)]);
    }

    /// Files a place under a hash, in the slot that [`Index::find`] gave.
    pub fn file(&mut self, slot: usize, hash: u64, place: usize) {
        self.slots[slot] = (hash, place as u32 + 1);
    }

    /// The slot under which this place is filed.
    fn slot_of(&self, hash: u64, place: usize) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                (_, 0) => return None,
                held if held == (hash, place as u32 + 1) => return Some(at),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// What was filed under `hash` as place `from` is now at `to`.
    pub fn moved(&mut self, hash: u64, from: usize, to: usize) {
        if let Some(slot) = self.slot_of(hash, from) {
            self.slots[slot].1 = to as u32 + 1;
        }
    }

    /// Takes a place out. Entries behind it that a search would no longer reach move up.
    pub fn remove(&mut self, hash: u64, place: usize) {
        let Some(mut hole) = self.slot_of(hash, place) else { return };
        let mask = self.slots.len() - 1;
        let mut next = (hole + 1) & mask;
        while self.slots[next].1 != 0 {
            let home = self.slots[next].0 as usize & mask;
            let from_home = next.wrapping_sub(home) & mask;
            if from_home >= next.wrapping_sub(hole) & mask {
                self.slots[hole] = self.slots[next];
                hole = next;
            }
            next = (next + 1) & mask;
        }
        self.slots[hole] = (0, 0);
    }

    /// Addresses of its memory.
    pub fn region(&self) -> Range<usize> {
        flow::addresses(&self.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_hashes_are_told_apart_by_what_they_point_to() {
        let mut index = Index::new(2);
        for place in [0, 1] {
            let slot = index.find(7, |held| held == place).unwrap_err();
            index.file(slot, 7, place);
        }
        assert_eq!(index.find(7, |held| held == 1), Ok(1));
        assert_eq!(index.find(7, |held| held == 0), Ok(0));
        assert!(index.find(8, |_| true).is_err());
    }

    /// Against a plain list, with hashes that collide and wrap around the end.
    #[test]
    fn what_is_taken_out_hides_nothing_else() {
        let mut index = Index::new(16);
        let mut held: Vec<(u64, usize)> = Vec::new();
        let mut chance = 1_u64;
        for step in 0..20_000 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let hash = (chance >> 40) % 7 + 28;
            if held.len() < 16 && chance >> 63 == 0 {
                let slot = index.find(hash, |_| false).unwrap_err();
                index.file(slot, hash, step);
                held.push((hash, step));
            } else if !held.is_empty() {
                let at = (chance >> 33) as usize % held.len();
                if step % 3 == 0 {
                    index.moved(held[at].0, held[at].1, step);
                    held[at].1 = step;
                } else {
                    let (hash, place) = held.swap_remove(at);
                    index.remove(hash, place);
                    assert!(index.find(hash, |found| found == place).is_err());
                }
            }
            for (hash, place) in &held {
                assert_eq!(index.find(*hash, |found| found == *place), Ok(*place));
            }
        }
    }
}
