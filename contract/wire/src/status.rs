//! How a sensor is doing (`setup.md` §6). Told every few seconds, never spooled.

use alloc::string::String;
use alloc::vec::Vec;

use model::{ErrorCode, Mac, Time};
use serde::{Deserialize, Serialize};

use crate::HeardRange;
use crate::envelope::{Kind, Message};

/// What the sensing process does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// No internal range is configured: what is heard stays in the holding area.
    #[default]
    Holding,
    /// Sensing.
    Sensing,
    /// Told not to.
    Paused,
    /// No frame can be read from any port.
    Failed,
}

/// Everything a platform shows of a sensor's health.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Sensor's clock.
    pub time: Time,
    /// Product and version.
    pub version: String,
    /// Seconds since the sensing process began.
    pub uptime: u64,
    /// What it does.
    pub state: State,
    /// Version of the configuration in force.
    pub config: u64,
    /// Its sniffing ports.
    pub ports: Vec<PortStatus>,
    /// Load of each core, in thousandths.
    pub cores: Vec<u16>,
    /// Memory used and present, KiB.
    pub memory_kib: [u64; 2],
    /// Sightings known, and how many of them are inventoried.
    pub sightings: [u64; 2],
    /// Conversations being counted.
    pub conversations: u64,
    /// Observations for which there was no room, in this run.
    pub dropped: u64,
    /// The spool.
    pub spool: SpoolStatus,
    /// Ranges in which hosts are heard, most hosts first, at most 256.
    pub heard: Vec<HeardRange>,
    /// What is wrong or worth a look, worst first.
    pub findings: Vec<Fact>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its code, when it has one.
    pub code: Option<ErrorCode>,
    /// What is seen, and where.
    pub words: String,
}

/// One sniffing port. Rates are of the last status period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortStatus {
    /// Its name.
    pub name: String,
    /// Its MAC.
    pub mac: Option<Mac>,
    /// Carrier.
    pub link: bool,
    /// Speed in Mb/s, 0 when not known.
    pub speed: u32,
    /// Speed the box is rated for on this port in Mb/s, 0 when not known.
    pub rated: u32,
    /// Bits per second.
    pub bits: u64,
    /// Frames per second.
    pub packets: u64,
    /// Frames in all.
    pub frames: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// When the last frame came; zero: none yet.
    pub last: Time,
    /// Lost in the interface, and in the kernel's ring.
    pub lost: [u64; 2],
    /// Driver (`vmxnet3`).
    pub driver: String,
    /// The source cannot see VLAN tags.
    pub blind_to_vlans: bool,
}

/// The spool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpoolStatus {
    /// Batches waiting.
    pub batches: u64,
    /// Bytes waiting, and allowed.
    pub bytes: [u64; 2],
    /// When the oldest of them was made; zero: none waits.
    pub oldest: Time,
    /// Batches dropped, ever.
    pub dropped: u64,
}

/// Platform: heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReply {
    /// The platform's clock.
    pub time: Time,
    /// Seconds to the next status.
    pub again: u32,
}

impl Message for Status {
    const KIND: Kind = Kind::Status;
}
impl Message for StatusReply {
    const KIND: Kind = Kind::StatusReply;
}
