//! How a running sensor is told to end, and what it tells while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use model::Time;
use uplink::{Phase, System, UplinkError};
use wire::{State, Status};

/// Ends a running sensor from another thread. Cheap to clone.
#[derive(Clone, Default)]
pub struct Control {
    stop: Arc<AtomicBool>,
    life: Arc<Life>,
    pub(crate) world: Arc<System>,
}

/// Signs of life of the loop that reads frames.
#[derive(Default)]
struct Life {
    turns: AtomicU64,
    /// The loop runs: from its first turn to its last.
    sensing: AtomicBool,
}

impl Control {
    /// Stop sensing, write down what is known, end. What the platform has not
    /// got by then stays in the spool.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.world.end();
    }

    /// How often the loop that reads frames has turned; `None` while there is no such loop. A
    /// number that stands still for seconds is a loop that hangs.
    pub fn turns(&self) -> Option<u64> {
        let sensing = self.life.sensing.load(Ordering::Relaxed);
        sensing.then(|| self.life.turns.load(Ordering::Relaxed))
    }

    /// Another run's, that is told to stop alone; its signs of life are shown here too.
    pub(crate) fn inner(&self) -> Control {
        Control { life: Arc::clone(&self.life), ..Control::default() }
    }

    /// The loop turns.
    pub(crate) fn turn(&self) {
        self.life.turns.fetch_add(1, Ordering::Relaxed);
        self.life.sensing.store(true, Ordering::Relaxed);
    }

    /// The loop is over.
    pub(crate) fn rest(&self) {
        self.life.sensing.store(false, Ordering::Relaxed);
    }

    /// True after [`Control::stop`].
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// How a running sensor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// As the platform gets it.
    pub status: Status,
    /// Who is at the other end of each port, where they say so: port, who.
    pub neighbours: Vec<(String, String)>,
    /// Inventoried hosts that are new in the last 24 hours.
    pub new: u64,
    /// When the platform last took a report; zero: never.
    pub heard: Time,
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
    /// How everything stands, every second.
    Status(Box<Standing>),
}
