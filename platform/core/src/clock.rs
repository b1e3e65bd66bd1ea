//! Time and chance come from outside, so that tests can hold them.

use model::Time;
use ring::rand::{SecureRandom, SystemRandom};

/// Where the platform reads the time and draws random bytes.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn now(&self) -> Time;

    /// Fills with unpredictable bytes.
    ///
    /// # Errors
    /// When the system has none to give; nothing that needs them may go on then.
    fn random(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandomness;

/// The system's own.
#[derive(Debug)]
pub struct SystemClock {
    random: SystemRandom,
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock { random: SystemRandom::new() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Time::new(since.as_secs(), since.subsec_nanos())
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        self.random.fill(bytes).map_err(|_| NoRandomness)
    }
}
