//! The clock of this machine, kept by network time: stepped at boot, then slewed; never
//! before the time that is known to have passed. What decides is pure; what sets the clock
//! is behind [`Clock`], so that a test sets none.

mod keeper;
mod sntp;

use std::io;
use std::time::Duration;

pub use keeper::{Keeper, Report};
pub use sntp::{PORT, query};

/// Smallest offset that is stepped at boot, microseconds: NTP's own threshold (RFC 5905
/// §11.3, `STEPT`); less is slewed away within five minutes.
pub const STEP_FIRST: i64 = 128_000;

/// Smallest offset that is stepped later, microseconds. Slewing so much takes more than
/// five hours; a virtual machine that was paused for a day would be wrong for years.
pub const STEP_LATER: i64 = 10_000_000;

/// Largest offset that is let be, microseconds: what SNTP over a network can tell.
pub const FINE: i64 = 1_000;

/// What to do about an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Set the clock at once.
    Step,
    /// Let it run a little faster or slower.
    Slew,
    /// It is right.
    Nothing,
}

/// Decides on an offset in microseconds (positive: our clock is late); `first` is the first
/// answer since the start.
pub fn decide(offset: i64, first: bool) -> Decision {
    let step = if first { STEP_FIRST } else { STEP_LATER };
    match offset.saturating_abs() {
        size if size >= step => Decision::Step,
        size if size > FINE => Decision::Slew,
        _ => Decision::Nothing,
    }
}

/// The offset to believe of several: the middle one of three or more, so that one wrong
/// server moves nothing; of two the first. None of none.
pub fn choose(offsets: &[i64]) -> Option<i64> {
    if offsets.len() < 3 {
        return offsets.first().copied();
    }
    let mut sorted = offsets.to_vec();
    sorted.sort_unstable();
    sorted.get((sorted.len() - 1) / 2).copied()
}

/// A clock that can be set.
pub trait Clock: Send {
    /// Time since 1970-01-01 UTC.
    fn now(&self) -> Duration;
    /// Sets it at once.
    ///
    /// # Errors
    /// What the system says: `EPERM` without the right to.
    fn step(&mut self, to: Duration) -> io::Result<()>;
    /// Lets it gain so many microseconds little by little.
    ///
    /// # Errors
    /// As [`Clock::step`].
    fn slew(&mut self, micros: i64) -> io::Result<()>;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Clock for Machine {
    fn now(&self) -> Duration {
        Duration::from_nanos(sys::clock::wall())
    }

    fn step(&mut self, to: Duration) -> io::Result<()> {
        // What was still to be slewed away belonged to the old time.
        sys::set_clock::slew(0)?;
        sys::set_clock::step(to)
    }

    fn slew(&mut self, micros: i64) -> io::Result<()> {
        sys::set_clock::slew(micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_at_boot_and_slews_afterwards() {
        use Decision::{Nothing, Slew, Step};
        for sign in [1, -1] {
            assert_eq!(decide(sign * 500, true), Nothing);
            assert_eq!(decide(sign * 20_000, true), Slew);
            assert_eq!(decide(sign * 128_000, true), Step);
            assert_eq!(decide(sign * 500, false), Nothing);
            assert_eq!(decide(sign * 9_000_000, false), Slew);
            assert_eq!(decide(sign * 3_600_000_000, false), Step);
        }
        assert_eq!(decide(i64::MIN, false), Step);
    }

    #[test]
    fn one_wrong_server_of_three_moves_nothing() {
        assert_eq!(choose(&[]), None);
        assert_eq!(choose(&[7]), Some(7));
        assert_eq!(choose(&[7, 90_000_000]), Some(7));
        assert_eq!(choose(&[90_000_000, 7, 9]), Some(9));
        assert_eq!(choose(&[90_000_000, 7, 9, 8]), Some(8));
    }
}
