//! Configuration of address space.

use assets::doc::Stamp;
use serde::{Deserialize, Serialize};

/// What is configured, as one document with a version. Ranges and MACs are text
/// as people write them; they are checked when it is put.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Configuration {
    /// Version; putting needs the one that was read.
    pub version: u64,
    /// Internal groups.
    pub internal: Vec<InternalGroup>,
    /// Excluded ranges (`10.9.0.0/16`, `10.0.0.5`) and MACs.
    pub excluded: Vec<String>,
    /// Monitored external groups: name and ranges.
    pub monitored_external: Vec<(String, Vec<String>)>,
    /// Domains whose short and full names are one.
    pub domains: Vec<String>,
    /// Hostnames that never match.
    pub excluded_hostnames: Vec<String>,
    /// *IP inactivity time* in hours.
    pub ip_inactivity_hours: u32,
    /// Which frames are of which network, by sensor.
    pub network_maps: Vec<NetworkMap>,
    /// Sites that clients visit may be reported.
    pub external_names: bool,
}

/// A group of internal ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InternalGroup {
    /// Name.
    pub name: String,
    /// Ranges.
    pub ranges: Vec<String>,
    /// Its hosts become assets.
    pub inventory: bool,
    /// Addresses are given by DHCP; else static.
    pub dhcp: bool,
    /// Sensors it applies to, by name; empty: all.
    pub sensors: Vec<String>,
}

/// Frames of a sensor that are of a network of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkMap {
    /// Sensor's name.
    pub sensor: String,
    /// `vlan:10`, `tunnel:5001` or `port:1`.
    pub source: String,
    /// Network's name.
    pub network: String,
}

/// One version of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigurationVersion {
    /// Its number.
    pub version: u64,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: Stamp,
    /// What it changed, in words.
    pub words: String,
}

/// A network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkView {
    /// Its number.
    pub id: u16,
    /// Name.
    pub name: String,
    /// Assets in it.
    pub assets: u64,
    /// Sensors that speak for it, by name.
    pub sensors: Vec<String>,
}

/// A range that sensors hear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// The range, as CIDR.
    pub range: String,
    /// Sensor's name.
    pub sensor: String,
    /// Network's name.
    pub network: String,
    /// VLANs.
    pub vlans: Vec<u16>,
    /// Hosts.
    pub hosts: u32,
    /// Last time.
    pub last: Stamp,
    /// Name of the internal group that covers it, if one does.
    pub group: Option<String>,
    /// It is excluded.
    pub excluded: bool,
}
