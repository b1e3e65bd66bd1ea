//! When to try again: 1 s, doubled up to 5 min, each spread over its upper half
//! so that a thousand sensors do not come back in one moment.

use model::Time;

use crate::World;
use crate::world::random;

/// Shortest wait, nanoseconds.
const LEAST: u64 = Time::SECOND;
/// Longest wait, nanoseconds.
const MOST: u64 = 300 * Time::SECOND;

/// Waits that grow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It worked.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// It failed: nanoseconds to wait.
    pub fn next(&mut self, world: &dyn World) -> u64 {
        let full = LEAST.saturating_mul(1 << self.failures.min(20)).min(MOST);
        self.failures = self.failures.saturating_add(1);
        full / 2 + u64::from_le_bytes(random(world)) % (full / 2 + 1)
    }
}
