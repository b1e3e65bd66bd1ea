//! The one place that reads a clock.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The wall clock: nanoseconds since 1970-01-01 UTC; 0 when it stands before that.
pub fn wall() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

/// Time since the first call of this process: never jumps, whoever sets the wall clock.
pub fn monotonic() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Seconds since the machine started, with those it slept (`CLOCK_BOOTTIME`).
#[cfg(target_os = "linux")]
pub fn since_boot() -> u64 {
    let time = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME);
    time.map_or(0, |time| u64::try_from(time.tv_sec()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_later_than_the_program() {
        assert!(super::wall() > 1_700_000_000_000_000_000);
    }
}
