//! Waiting until something can be read, or until a time is over.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Longest single wait: whoever waits looks around at least so often.
const MOST: Duration = Duration::from_secs(30);

/// Frames that are taken in before the clock is looked at again: whoever floods the link
/// must not keep us from everything else.
pub(crate) const AT_ONCE: usize = 64;

/// Waits until one of these can be read or has failed, at most so long (none: [`MOST`]).
/// To the millisecond above, so that a deadline is not polled just before it.
pub(crate) fn readable(fds: &[BorrowedFd<'_>], timeout: Option<Duration>) -> io::Result<()> {
    let millis = timeout.unwrap_or(MOST).min(MOST).as_micros().div_ceil(1000);
    let mut all: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
    let timeout = PollTimeout::try_from(millis as i32).unwrap_or(PollTimeout::ZERO);
    match poll(&mut all, timeout) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
