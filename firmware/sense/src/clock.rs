//! Periods of UTC over a clock that never jumps.
//!
//! Frames are stamped by a monotonic clock plus one offset, the one of the start.
//! When the wall clock is set, nothing inside moves; what is told is shifted.

use model::Time;

/// Longest period, in seconds (`product.md` §4).
const LONGEST: u32 = 1_800;

/// Which wall time it is, and how long periods are.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Nanoseconds from time inside to wall time.
    shift: i64,
    /// Conversations of new assets are told so often, in nanoseconds.
    pub new: u64,
    /// Those of known ones, and last-seen times; a multiple of `new`.
    pub known: u64,
}

impl Clock {
    /// For these lengths in seconds; what does not fit together is made to.
    pub fn new(new: u32, known: u32) -> Clock {
        let new = (new / 60 * 60).clamp(60, LONGEST);
        let known = known.clamp(new, LONGEST) / new * new;
        let nanos = |seconds: u32| u64::from(seconds) * Time::SECOND;
        Clock { shift: 0, new: nanos(new), known: nanos(known) }
    }

    /// The same clock for other lengths.
    #[must_use]
    pub fn with_periods(self, new: u32, known: u32) -> Clock {
        Clock { shift: self.shift, ..Clock::new(new, known) }
    }

    /// The wall clock was moved.
    pub fn step(&mut self, nanos: i64) {
        self.shift = self.shift.saturating_add(nanos);
    }

    /// Wall time of a time inside; those that are none (the end of all time) stay.
    pub fn wall(&self, time: Time) -> Time {
        match time {
            Time(u64::MAX) => time,
            Time(nanos) => Time(nanos.saturating_add_signed(self.shift)),
        }
    }

    /// The wall time a boundary inside stood for, on the raster of new assets also
    /// when the clock was moved since.
    pub fn wall_boundary(&self, time: Time) -> Time {
        let wall = self.wall(time).0.saturating_add(self.new / 2);
        Time(wall - wall % self.new)
    }

    /// The beginning of the period of that length in which a moment lies.
    pub fn floor(&self, time: Time, period: u64) -> Time {
        let wall = self.wall(time).0;
        Time((wall - wall % period).saturating_add_signed(-self.shift))
    }

    /// The end of that period.
    pub fn ceil(&self, time: Time, period: u64) -> Time {
        Time(self.floor(time, period).0.saturating_add(period))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::new(1_767_600_000 + 17 * 60 + 3, 0);

    #[test]
    fn periods_are_aligned_to_the_wall_however_often_it_moves() {
        let mut clock = Clock::new(300, 1_800);
        for step in [0, 7, -12, 3_600, -7_200, 86_400 * 365] {
            clock.step(step * Time::SECOND as i64);
            for period in [clock.new, clock.known] {
                let (start, end) = (clock.floor(NOW, period), clock.ceil(NOW, period));
                assert!(start <= NOW && NOW < end && end.since(start) == period);
                assert_eq!(clock.wall(start).0 % period, 0);
                assert_eq!(clock.wall_boundary(start), clock.wall(start));
            }
        }
        assert_eq!(clock.wall(Time(u64::MAX)), Time(u64::MAX));
    }

    #[test]
    fn an_older_boundary_keeps_its_place_when_the_clock_is_set_a_little() {
        let mut clock = Clock::new(300, 1_800);
        let start = clock.floor(NOW, clock.new);
        clock.step(-7 * Time::SECOND as i64);
        assert_eq!(clock.wall_boundary(start), start);
    }

    #[test]
    fn lengths_are_made_to_fit() {
        let seconds = |new, known| {
            let clock = Clock::new(new, known);
            [clock.new, clock.known].map(|nanos| nanos / Time::SECOND)
        };
        assert_eq!(seconds(300, 1_800), [300, 1_800]);
        assert_eq!(seconds(60, 150), [60, 120]);
        assert_eq!(seconds(0, 0), [60, 60]);
        assert_eq!(seconds(7_200, 1), [1_800, 1_800]);
    }
}
