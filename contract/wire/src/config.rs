//! What the platform tells a sensor to do.

use alloc::string::String;

use serde::{Deserialize, Serialize};
use zones::Config;

use crate::envelope::{Kind, Message};

/// A sensor's configuration; it keeps the last one and works from it when the
/// platform is away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SensorConfig {
    /// Goes up with every change, 0 for none yet.
    pub version: u64,
    /// Name of the sensor.
    pub name: String,
    /// Address space: zones and networks. Without an internal range the sensor
    /// keeps what it hears to itself (the holding area).
    pub zones: Config,
    /// Do not sense.
    pub paused: bool,
    /// Which sites clients visit (server names, DNS names) of external servers may be reported.
    pub external_names: bool,
    /// When to report.
    pub timing: Timing,
    /// Most bits per second of uploads, 0: not limited.
    pub rate_limit: u64,
}

/// When a sensor reports, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// New observations are gathered that long.
    pub news: u32,
    /// Conversations of new assets; a divisor of `known`, a multiple of 60.
    pub new: u32,
    /// Conversations and last-seen times of known assets; a multiple of `new`, at most 1,800.
    pub known: u32,
    /// Status messages.
    pub status: u32,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing { news: 1, new: 300, known: 1_800, status: 5 }
    }
}

/// Sensor: tell me when the configuration is another than this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitConfig {
    /// The version it has, 0 for none.
    pub have: u64,
    /// Answer after so many seconds at the latest (25 to 50: proxies cut idle
    /// requests at 60); 0: at once.
    pub wait: u16,
}

impl Message for SensorConfig {
    const KIND: Kind = Kind::SensorConfig;
}
impl Message for WaitConfig {
    const KIND: Kind = Kind::WaitConfig;
}
