//! The configuration: asked for on a connection of its own, answered when it
//! changes. The last one is kept on disk and is in force while the platform is
//! away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wire::{SensorConfig, WaitConfig, path};

use crate::backoff::Backoff;
use crate::client::{Line, ask};
use crate::identity::Vault;
use crate::world::random;
use crate::{UplinkError, World};

/// Called with each new configuration.
pub type OnConfig = Box<dyn FnMut(&SensorConfig) + Send>;

/// The long poll.
pub struct Poll<L: Line> {
    line: L,
    vault: Vault,
    world: Arc<dyn World>,
    rate: Arc<AtomicU64>,
    on_config: OnConfig,
    current: SensorConfig,
    backoff: Backoff,
    error: Option<UplinkError>,
}

impl<L: Line> Poll<L> {
    /// Begins with the configuration on disk, and puts it in force. `rate` is the
    /// limit of uploads, which the configuration sets.
    ///
    /// # Errors
    /// E19.
    pub fn new(
        line: L,
        vault: Vault,
        world: Arc<dyn World>,
        rate: Arc<AtomicU64>,
        mut on_config: OnConfig,
    ) -> Result<Poll<L>, UplinkError> {
        let current = vault.config()?;
        rate.store(current.rate_limit, Ordering::Relaxed);
        on_config(&current);
        Ok(Poll { line, vault, world, rate, on_config, current, backoff: Backoff::default(), error: None })
    }

    /// The configuration in force.
    pub fn current(&self) -> &SensorConfig {
        &self.current
    }

    /// Why the last question failed.
    pub fn error(&self) -> Option<&UplinkError> {
        self.error.as_ref()
    }

    /// Asks once; nanoseconds to wait before the next time.
    pub fn step(&mut self) -> u64 {
        match self.once() {
            Ok(()) => {
                self.error = None;
                self.backoff.reset();
                0
            }
            Err(error) => {
                self.error = Some(error);
                self.line.close();
                self.backoff.next(&*self.world)
            }
        }
    }

    /// Asks until the world ends.
    pub fn run(mut self) {
        loop {
            let wait = self.step();
            if !self.world.wait(wait) {
                return;
            }
        }
    }

    fn once(&mut self) -> Result<(), UplinkError> {
        self.line.open()?;
        // 25 to 50 s, spread.
        let wait = 25 + u16::from_le_bytes(random(&*self.world)) % 26;
        let question = WaitConfig { have: self.current.version, wait };
        let limit = Duration::from_secs(u64::from(wait) + 20);
        let answer: Option<SensorConfig> = ask(&mut self.line, path::CONFIG, &question, limit)?;
        let Some(config) = answer.filter(|config| *config != self.current) else { return Ok(()) };
        self.rate.store(config.rate_limit, Ordering::Relaxed);
        (self.on_config)(&config);
        self.current = config;
        // In force even where it cannot be kept; that is told.
        self.vault.keep_config(&self.current)
    }
}
