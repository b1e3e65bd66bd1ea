//! The thread that makes touched components anew.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Shared;

/// Components of one commit.
pub const ROUND: usize = 64;
/// Longest sleep when there is nothing to do.
const IDLE: Duration = Duration::from_millis(500);
/// Components that only grew take at most one part in so many of a core: pages
/// that show one make it anew themselves.
const SHARE: u32 = 3;
/// Pause after the store failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Pause for those who wait for their turn.
const AFTER_YOU: Duration = Duration::from_millis(1);

/// Works until the queue is closed.
pub fn run(shared: &Shared) {
    while !shared.queue.is_closed() {
        if shared.callers.load(Ordering::Relaxed) > 0 {
            shared.queue.pause(AFTER_YOU);
        }
        let start = Instant::now();
        let done = shared.round(|queue| queue.take_urgent(ROUND)).and_then(|urgent| match urgent {
            0 => {
                let now = shared.clock.now();
                Ok((0, shared.round(|queue| queue.take_calm(ROUND, now, false))?))
            }
            some => Ok((some, 0)),
        });
        match done {
            Ok((0, 0)) => {
                if let Err(error) = shared.finish_context() {
                    tracing::error!(%error, "the inventory cannot be written");
                }
                shared.queue.wait(IDLE);
            }
            // Something urgent ends the pause.
            Ok((0, _)) => {
                shared.queue.wait(start.elapsed() * (SHARE - 1));
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "the inventory cannot be made anew; trying again");
                shared.queue.pause(AFTER_FAILURE);
            }
        }
    }
}
