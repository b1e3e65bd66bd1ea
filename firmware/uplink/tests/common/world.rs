//! Time that passes only when somebody waits, and chance from a seed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use model::Time;
use uplink::World;

/// 2026-01-01.
pub const START: u64 = 1_767_225_600;

pub struct Simulated {
    wall: AtomicU64,
    elapsed: AtomicU64,
    seed: Mutex<u64>,
}

impl Simulated {
    pub fn new(seed: u64) -> Simulated {
        let wall = AtomicU64::new(START * Time::SECOND);
        Simulated { wall, elapsed: AtomicU64::new(0), seed: Mutex::new(seed | 1) }
    }

    pub fn pass(&self, nanos: u64) {
        self.wall.fetch_add(nanos, Ordering::SeqCst);
        self.elapsed.fetch_add(nanos, Ordering::SeqCst);
    }

    /// The wall clock alone.
    pub fn set_wall(&self, time: Time) {
        self.wall.store(time.0, Ordering::SeqCst);
    }

    pub fn below(&self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes) % limit
    }
}

impl World for Simulated {
    fn now(&self) -> Time {
        Time(self.wall.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> u64 {
        self.elapsed.load(Ordering::SeqCst)
    }

    fn wait(&self, nanos: u64) -> bool {
        self.pass(nanos);
        true
    }

    fn fill(&self, bytes: &mut [u8]) {
        let mut seed = self.seed.lock().unwrap();
        for byte in bytes {
            // xorshift64 (Marsaglia 2003).
            *seed ^= *seed << 13;
            *seed ^= *seed >> 7;
            *seed ^= *seed << 17;
            *byte = (*seed >> 24) as u8;
        }
    }
}
