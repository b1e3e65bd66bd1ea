//! Time and chance, from outside: so a day passes in a second of a test.

use std::io;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use model::Time;
use ring::rand::{SecureRandom, SystemRandom};

/// Where time and chance come from.
pub trait World: Send + Sync {
    /// The wall clock, right or wrong.
    fn now(&self) -> Time;
    /// Nanoseconds since some moment; never jumps. All waiting is by this.
    fn elapsed(&self) -> u64;
    /// Waits so many nanoseconds; false when it is time to end.
    fn wait(&self, nanos: u64) -> bool;
    /// Fills with random bytes fit for keys.
    fn fill(&self, bytes: &mut [u8]);
}

/// What a call that the world's end cut short fails with.
pub(crate) fn ending() -> io::Error {
    io::Error::other("the sensor is ending")
}

/// Random bytes.
pub(crate) fn random<const N: usize>(world: &dyn World) -> [u8; N] {
    let mut bytes = [0; N];
    world.fill(&mut bytes);
    bytes
}

/// The real world.
pub struct System {
    begin: Instant,
    ended: Mutex<bool>,
    bell: Condvar,
}

impl Default for System {
    fn default() -> System {
        System { begin: Instant::now(), ended: Mutex::new(false), bell: Condvar::new() }
    }
}

impl System {
    /// Ends every wait, now and from now on, and within half a second every call of
    /// the uplink that is blocked.
    pub fn end(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_all();
    }
}

impl World for System {
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Time::new(since.as_secs(), since.subsec_nanos())
    }

    fn elapsed(&self) -> u64 {
        self.begin.elapsed().as_nanos() as u64
    }

    fn wait(&self, nanos: u64) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.wait_timeout_while(ended, Duration::from_nanos(nanos), |ended| !*ended);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn fill(&self, bytes: &mut [u8]) {
        // Without chance no key is safe: waiting for it is the only way on.
        while SystemRandom::new().fill(bytes).is_err() {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
