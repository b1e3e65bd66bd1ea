//! What is written of sensors, codes, networks and configurations: documents in
//! the store's JSON. Fields that are added later get a default.

use std::collections::BTreeMap;

use model::Time;
use serde::{Deserialize, Serialize};
use store::SensorNumber;
use wire::{Hardware, Nonce};

use crate::views::Configuration;

/// A sensor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SensorDocument {
    /// In rows of the store; never used again for another.
    pub(crate) number: SensorNumber,
    /// Name, unique among those not removed.
    pub(crate) name: String,
    /// Site.
    pub(crate) site: String,
    /// Networks it was made for, the home network first.
    pub(crate) networks: Vec<u16>,
    /// When it was made.
    pub(crate) made: Time,
    /// When it registered first.
    pub(crate) registered: Option<Time>,
    /// What its box said of itself.
    pub(crate) hardware: Option<Hardware>,
    /// Told to pause.
    pub(crate) paused: bool,
    /// Removed.
    pub(crate) removed: bool,
    /// Its certificates, oldest first.
    pub(crate) certificates: Vec<CertificateDocument>,
    /// Nonces with which a new line may begin, oldest first.
    pub(crate) openings: Vec<Nonce>,
    /// Batches its lines had to drop, by epoch (32 hexadecimal digits).
    pub(crate) gaps: BTreeMap<String, u64>,
    /// Version of the configuration made for it.
    pub(crate) config: u64,
    /// SHA-256 of that configuration without its version, hexadecimal.
    pub(crate) config_digest: String,
}

/// Where a certificate stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CertificateState {
    /// Given, not used yet.
    #[default]
    Given,
    /// In use.
    Good,
    /// No longer good.
    Revoked,
}

/// A certificate of a sensor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CertificateDocument {
    /// SHA-256 of the whole certificate (DER), hexadecimal.
    pub(crate) digest: String,
    /// Its serial number, hexadecimal.
    pub(crate) serial: String,
    /// Since when.
    pub(crate) since: Time,
    /// Until when.
    pub(crate) until: Time,
    /// Where it stands.
    pub(crate) state: CertificateState,
    /// It is of a box that replaces another: the lines before end when it is used.
    pub(crate) replaces: bool,
}

/// A personalization code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CodeDocument {
    /// Whose.
    pub(crate) sensor: String,
    /// The derived password, sealed, hexadecimal; empty once it is deleted.
    pub(crate) sealed: String,
    /// When it was made.
    pub(crate) made: Time,
    /// Until when it is good.
    pub(crate) until: Time,
    /// Wrong tries in its life.
    pub(crate) tries: u32,
    /// Wrong tries since it was locked last.
    pub(crate) since_lock: u32,
    /// Locked until then.
    pub(crate) locked: Time,
    /// When it registered its sensor.
    pub(crate) used: Option<Time>,
    /// Taken back.
    pub(crate) revoked: bool,
    /// Too many wrong tries in its life.
    pub(crate) void: bool,
    /// It replaces the hardware of a registered sensor.
    pub(crate) replaces: bool,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct NetworkDocument {
    /// Name, unique.
    pub(crate) name: String,
}

/// A version of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ConfigurationDocument {
    /// Who made it.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Time,
    /// What it changed.
    pub(crate) words: String,
    /// The whole of it.
    pub(crate) configuration: Configuration,
}
