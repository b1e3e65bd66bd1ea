//! Sensors and their codes.

use assets::doc::Stamp;
use serde::{Deserialize, Serialize};
use wire::{Hardware, Status};

use super::SystemView;

/// Where a sensor stands (`product.md` §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensorState {
    /// Its code was not used yet.
    Unregistered,
    /// Registered; no internal range is configured for it.
    Registered,
    /// Sensing.
    Sensing,
    /// Told to pause.
    Paused,
    /// Removed; its assets are kept.
    Deregistered,
}

/// One sensor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SensorView {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Site, may be empty.
    pub site: String,
    /// Where it stands.
    pub state: SensorState,
    /// Registered and not heard of for 3 status periods.
    pub offline: bool,
    /// Networks it may speak for, by name; the first is its home network.
    pub networks: Vec<String>,
    /// What the box says it is.
    pub hardware: Option<Hardware>,
    /// Its last status.
    pub status: Option<Status>,
    /// What the appliance said of its own system; none: it is no appliance.
    pub system: Option<SystemView>,
    /// When the status came.
    pub last_contact: Option<Stamp>,
    /// When it registered.
    pub registered: Option<Stamp>,
    /// Until when its certificate is good.
    pub certificate_until: Option<Stamp>,
    /// Version of the configuration made for it; its status says which it has.
    pub config: u64,
    /// Assets heard by it: in all, heard in the last 24 h, new in the last 24 h.
    pub assets: [u64; 3],
    /// Its codes, newest first.
    pub codes: Vec<CodeView>,
    /// Its lines of deliveries, newest first; more than one and a quarantined
    /// one among them wants a choice.
    pub lines: Vec<LineView>,
    /// Traffic of the last hour, oldest first.
    pub history: Vec<Point>,
}

/// One status period in a sensor's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// When.
    pub at: Stamp,
    /// Bits per second over all ports.
    pub bits: u64,
    /// Frames per second.
    pub packets: u64,
    /// Frames lost since the point before.
    pub lost: u64,
}

/// State of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// Waits for its sensor.
    Issued,
    /// Registered one.
    Used,
    /// Its time is over.
    Expired,
    /// Taken back.
    Revoked,
    /// Too many wrong tries: locked for a while.
    Locked,
    /// Too many wrong tries in its life.
    Void,
}

/// A personalization code, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeView {
    /// Its first six digits.
    pub id: String,
    /// State.
    pub state: CodeState,
    /// When it was made.
    pub made: Stamp,
    /// Until when it is good.
    pub until: Stamp,
    /// Wrong tries so far.
    pub tries: u32,
    /// It replaces the hardware of a registered sensor.
    pub replaces: bool,
}

/// A line of deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineView {
    /// First 8 hexadecimal digits of its epoch.
    pub epoch: String,
    /// Since when.
    pub since: Stamp,
    /// Batches taken.
    pub batches: u64,
    /// It is quarantined.
    pub quarantined: bool,
    /// Batches that the sensor had to drop.
    pub gaps: u64,
}

/// What is said when a sensor is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewSensor {
    /// Name, 1 to 63 characters, unique.
    pub name: String,
    /// Site.
    pub site: String,
    /// Networks by name, the home network first; empty: `default`.
    pub networks: Vec<String>,
    /// Hours the code is good: 1 to 720; 0: 336 (14 days).
    pub hours: u32,
}
