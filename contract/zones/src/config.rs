//! What an operator configures of address space.

use alloc::string::String;
use alloc::vec::Vec;

use model::{Mac, NetworkId};
use serde::{Deserialize, Serialize};

use crate::Range;

/// Whether an internal group's addresses become assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InventoryMode {
    /// They do.
    Inventoried,
    /// Their traffic is counted, no asset is made.
    FlowsOnly,
}

/// A named group of internal ranges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Name, shown as the reason for a zone.
    pub name: String,
    /// Its ranges.
    pub ranges: Vec<Range>,
    /// Inventoried or not; of no meaning in monitored external groups.
    pub inventory: InventoryMode,
}

impl Group {
    /// A group from ranges as text; what is not a range is left out.
    pub fn new(name: &str, ranges: &[&str], inventory: InventoryMode) -> Group {
        let ranges = ranges.iter().filter_map(|text| text.parse().ok()).collect();
        Group { name: name.into(), ranges, inventory }
    }

    /// Private and unique local addresses (RFC 1918, RFC 4193), link-local ones
    /// (RFC 3927, RFC 4291) and shared address space (RFC 6598): internal unless
    /// configured otherwise.
    pub fn private() -> Group {
        let ranges = [
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "169.254.0.0/16",
            "100.64.0.0/10",
            "fc00::/7",
            "fe80::/10",
        ];
        Group::new("private addresses", &ranges, InventoryMode::Inventoried)
    }
}

/// What tells a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkSource {
    /// Sniffing port or capture interface.
    Port(u16),
    /// Outer VLAN id.
    Vlan(u16),
    /// VNI, GRE key, ERSPAN session, MPLS label …
    Tunnel(u32),
}

/// A network and its name. The platform gives the numbers, so that one number
/// means the same network at every sensor; the command line counts its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Its number.
    pub id: NetworkId,
    /// What people call it.
    pub name: String,
}

impl Default for Network {
    fn default() -> Network {
        Network { id: NetworkId(0), name: "default".into() }
    }
}

/// Frames from `source` belong to this network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkRule {
    /// Where from.
    pub source: NetworkSource,
    /// Which network; several rules may share one.
    pub network: Network,
}

/// Address space as configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Never reported.
    pub excluded: Vec<Range>,
    /// Never reported.
    pub excluded_macs: Vec<Mac>,
    /// Internal groups.
    pub internal: Vec<Group>,
    /// External groups that are watched.
    pub monitored_external: Vec<Group>,
    /// Which frames belong to which network; without a rule: `home`.
    pub networks: Vec<NetworkRule>,
    /// The network of all other frames.
    pub home: Network,
    /// Keep what is heard of external addresses too, because the internal ranges
    /// are still being learned.
    pub learning: bool,
}
