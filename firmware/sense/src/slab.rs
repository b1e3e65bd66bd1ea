//! Places for what only some rows of a table need, in memory taken at the start.

use std::ops::Range;

/// Addresses of all that a vector has room for.
pub fn room<T>(of: &Vec<T>) -> Range<usize> {
    let start = of.as_ptr() as usize;
    start..start + of.capacity() * size_of::<T>()
}

/// Places by number, from 1; 0 is none.
#[derive(Debug)]
pub struct Slab<T> {
    rows: Vec<T>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    /// Room for that many.
    pub fn new(count: usize) -> Slab<T> {
        Slab { rows: Vec::with_capacity(count), free: Vec::with_capacity(count) }
    }

    /// Addresses of its memory.
    pub fn region(&self) -> Range<usize> {
        room(&self.rows)
    }

    /// A place that holds this; 0 when there is no room.
    pub fn put(&mut self, value: T) -> u32 {
        if let Some(number) = self.free.pop() {
            self.rows[number as usize - 1] = value;
            return number;
        }
        if self.rows.len() == self.rows.capacity() {
            return 0;
        }
        self.rows.push(value);
        self.rows.len() as u32
    }

    /// What a place holds.
    pub fn get(&self, number: u32) -> Option<&T> {
        self.rows.get((number as usize).wrapping_sub(1))
    }

    /// See [`Slab::get`].
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.rows.get_mut((number as usize).wrapping_sub(1))
    }

    /// Gives a place back and sets its number to none.
    pub fn free(&mut self, number: &mut u32) {
        if *number != 0 {
            self.free.push(core::mem::take(number));
        }
    }

    /// Gives all places back.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.free.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again_and_never_more_than_there_are() {
        let mut slab = Slab::new(2);
        let (mut a, b) = (slab.put('a'), slab.put('b'));
        assert_eq!((slab.put('c'), slab.get(0), slab.get(b)), (0, None, Some(&'b')));
        slab.free(&mut a);
        slab.free(&mut a);
        let c = slab.put('c');
        assert_eq!((a, slab.get(c), slab.get(b)), (0, Some(&'c'), Some(&'b')));
        assert_eq!(slab.put('d'), 0);
    }
}
