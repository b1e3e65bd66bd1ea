//! Moments, as the capture gives them.

use core::fmt;

use serde::{Deserialize, Serialize};

/// A moment: nanoseconds since 1970-01-01T00:00:00Z. In files this is the
/// frame's time, clamped to be non-decreasing; never the wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub u64);

impl Time {
    /// Nanoseconds in a second.
    pub const SECOND: u64 = 1_000_000_000;

    /// From whole seconds and nanoseconds; saturates at the end of the range (year 2554).
    pub const fn new(seconds: u64, nanos: u32) -> Time {
        Time(seconds.saturating_mul(Self::SECOND).saturating_add(nanos as u64))
    }

    /// Nanoseconds from `earlier` to `self`, zero when `earlier` is later.
    pub const fn since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> u64 {
        self.0 / Self::SECOND
    }
}

/// RFC 3339 in UTC with milliseconds, e.g. `2026-11-17T13:58:04.201Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds();
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        // Civil date from days (Howard Hinnant, "chrono-compatible low-level date algorithms").
        let shifted = days + 719_468;
        let era = shifted / 146_097;
        let day_of_era = shifted % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            rest / 3_600,
            rest % 3_600 / 60,
            rest % 60,
            self.0 % Self::SECOND / 1_000_000
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn formats_as_rfc_3339() {
        assert_eq!(Time(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Time::new(951_782_400, 5_000_000).to_string(), "2000-02-29T00:00:00.005Z");
        assert_eq!(Time::new(1_795_183_083, 999_999_999).to_string(), "2026-11-20T13:58:03.999Z");
    }

    #[test]
    fn differences_saturate() {
        assert_eq!(Time(5).since(Time(9)), 0);
        assert_eq!(Time::new(u64::MAX, 1), Time(u64::MAX));
    }
}
