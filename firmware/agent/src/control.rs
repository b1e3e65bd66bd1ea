//! How a running sensor is told to end, and what it tells while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use uplink::{Phase, System, UplinkError};
use wire::State;

/// Ends a running sensor from another thread. Cheap to clone.
#[derive(Clone, Default)]
pub struct Control {
    stop: Arc<AtomicBool>,
    pub(crate) world: Arc<System>,
}

impl Control {
    /// Stop sensing, write down what is known, end. What the platform has not
    /// got by then stays in the spool.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.world.end();
    }

    /// True after [`Control::stop`].
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// Something changed that a person at the sensor may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The line to the platform: how it stands, and what is wrong if it is away.
    Line(Phase, Option<UplinkError>),
    /// The configuration cannot be fetched or kept; `None`: it can again.
    Config(Option<UplinkError>),
    /// What the sensor does, and the version of the configuration it does it by.
    Sensing(State, u64),
    /// The spool cannot write (E19), in words; `None`: it can again.
    Disk(Option<String>),
}
