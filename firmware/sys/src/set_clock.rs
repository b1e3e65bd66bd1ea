//! Setting the wall clock (clock_settime(2), adjtimex(2)); reading it is
//! [`crate::clock`]'s. Both need `CAP_SYS_TIME`.
#![expect(unsafe_code, reason = "adjtimex takes a raw structure")]

use std::io;
use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::time::{ClockId, clock_settime};

/// Sets it to a time since 1970-01-01 UTC, at once.
///
/// # Errors
/// What the kernel says: `EPERM` without the right to.
pub fn step(to: Duration) -> io::Result<()> {
    Ok(clock_settime(ClockId::CLOCK_REALTIME, TimeSpec::from_duration(to))?)
}

/// Lets it run 0.05 % faster (slower) until it has gained (lost) so many
/// microseconds; takes the place of an earlier call. 0 ends it.
///
/// # Errors
/// What the kernel says: `EPERM` without the right to, `EINVAL` for more than some 2000 s.
pub fn slew(micros: i64) -> io::Result<()> {
    // SAFETY: all zeroes is a valid `timex`.
    let mut request: libc::timex = unsafe { std::mem::zeroed() };
    request.modes = libc::ADJ_OFFSET_SINGLESHOT;
    request.offset = micros as _;
    // SAFETY: `request` is a valid `timex`, which the kernel reads and writes.
    let done = unsafe { libc::adjtimex(&raw mut request) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
