//! Chance for waits and transaction numbers: a small generator from a seed
//! (xorshift64*, Vigna 2016), so that tests repeat. Nothing secret comes of it.

/// The generator.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        // The one state it must not have is 0.
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From 0 to `most`, both possible.
    pub(crate) fn up_to(&mut self, most: u64) -> u64 {
        match most.checked_add(1) {
            Some(all) => self.next() % all,
            None => self.next(),
        }
    }

    /// A time from 0 to `most`, to the millisecond.
    pub(crate) fn time(&mut self, most: std::time::Duration) -> std::time::Duration {
        std::time::Duration::from_millis(self.up_to(most.as_millis() as u64))
    }
}

/// A seed that no other machine has.
pub(crate) fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_repeats_and_spreads() {
        let all = |seed| {
            let mut random = Random::new(seed);
            (0..100).map(|_| random.up_to(9)).collect::<Vec<_>>()
        };
        assert_eq!(all(7), all(7));
        assert_ne!(all(7), all(8));
        assert!((0..10).all(|digit| all(7).contains(&digit)));
        assert_eq!(Random::new(0).up_to(0), 0);
        Random::new(3).up_to(u64::MAX);
    }
}
