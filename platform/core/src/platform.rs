//! The platform: one value, shared by everything that serves it.

use std::path::PathBuf;
use std::sync::Arc;

use store::Store;

use crate::clock::Clock;
use crate::engine::{Context, Engine, Limits};
use crate::error::Result;

/// What the operator of the platform decides at its start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of keys and certificates, 0700.
    pub keys: PathBuf,
    /// Name or address and port at which sensors reach the sensor endpoint
    /// (`platform.example.org:8443`), as told to people and put into certificates.
    pub sensor_address: String,
    /// Most new sightings a sensor may bring in an hour.
    pub new_sightings_per_hour: u32,
    /// Days that conversation records are kept.
    pub keep_days: u32,
}

/// The platform. Cheap to clone.
#[derive(Clone)]
pub struct Platform {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    /// What sensors report, and the assets made of it.
    pub(crate) engine: Engine,
}

impl Platform {
    /// Opens the platform over a store: reads what is there, makes keys and the
    /// first network when nothing is.
    ///
    /// # Errors
    /// When the store or the folder of keys cannot be read or written.
    pub fn open(store: Arc<dyn Store>, settings: Settings, clock: Arc<dyn Clock>) -> Result<Platform> {
        let limits =
            Limits { new_sightings_per_hour: settings.new_sightings_per_hour, keep_days: settings.keep_days };
        let engine = Engine::open(store.clone(), clock.clone(), limits, Context::default())?;
        Ok(Platform { inner: Arc::new(Inner { store, clock, settings, engine }) })
    }

    /// The inventory itself, for those who feed it without a registered sensor: a
    /// capture that is served, a benchmark.
    pub fn inventory(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}
