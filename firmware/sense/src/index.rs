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
}
