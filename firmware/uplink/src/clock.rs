//! The clock that certificates are judged by: the latest of the wall clock, the
//! time of the build, and the last time an authenticated answer gave
//! (`setup.md` §5). So a box without a battery and without NTP still works.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::Time;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

use crate::World;

/// When this was built: `SOURCE_DATE_EPOCH` of the build, 0 without one.
pub const BUILT: Time = Time::new(seconds(option_env!("SOURCE_DATE_EPOCH")), 0);

const fn seconds(text: Option<&str>) -> u64 {
    let Some(text) = text else { return 0 };
    let (mut at, mut number) = (0, 0u64);
    while at < text.len() {
        let digit = text.as_bytes()[at].wrapping_sub(b'0');
        if digit > 9 {
            return 0;
        }
        number = number.wrapping_mul(10).wrapping_add(digit as u64);
        at += 1;
    }
    number
}

/// The clock with its floor; clones share it.
#[derive(Clone)]
pub struct Clock {
    world: Arc<dyn World>,
    floor: Arc<AtomicU64>,
}

impl Clock {
    /// With the last good time that was kept.
    pub fn new(world: Arc<dyn World>, good: Time) -> Clock {
        Clock { world, floor: Arc::new(AtomicU64::new(good.max(BUILT).0)) }
    }

    /// An authenticated answer gave this time.
    pub fn learn(&self, time: Time) {
        self.floor.fetch_max(time.0, Ordering::Relaxed);
    }

    /// What certificates are judged by.
    pub fn now(&self) -> Time {
        self.world.now().max(Time(self.floor.load(Ordering::Relaxed)))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_nanos(self.now().0)))
    }
}
