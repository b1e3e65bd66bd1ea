//! Network interfaces of an asset and the addresses seen on them.

use std::net::IpAddr;

use model::Mac;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Stamp;

/// One MAC of an asset, or – `mac` absent – the addresses known without one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interface {
    /// Its MAC; absent for hosts behind a router.
    #[schemars(with = "Option<String>")]
    pub mac: Option<Mac>,
    /// What kind of MAC it is; whether a local one rotates is known from behaviour only.
    pub mac_kind: MacNature,
    /// Maker of the MAC's block, when the table names one.
    pub vendor: Option<String>,
    /// Name of the network it was heard in.
    pub network: String,
    /// Outer VLAN ids it was heard on, ascending; empty: untagged.
    pub vlan: Vec<u16>,
    /// Its addresses, in address order.
    pub addresses: Vec<Address>,
    /// The switch port it hangs on, as a neighbour on the same wire said.
    pub switch: Option<SwitchPort>,
    /// First and last time the MAC (or, without one, an address) was heard.
    pub first_seen: Stamp,
    /// See `first_seen`.
    pub last_seen: Stamp,
}

/// Kind of a MAC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MacNature {
    /// From an IEEE block.
    Universal,
    /// Locally administered, and nothing says that it changes (virtual machines, bridges, repeaters).
    LocalStable,
    /// Locally administered, and the same device was heard with another one.
    LocalRotating,
    /// Locally administered or absent, and too little was heard to say more.
    #[default]
    Unknown,
}

/// One address of an interface and when it was there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// How it was given.
    pub kind: AddressKind,
    /// The strongest observation that binds it to the MAC (`arp.binding`, `dhcp.lease` …);
    /// `frame` for a plain frame, empty when no MAC is known.
    pub proof: String,
    /// First and last time it was heard on this interface.
    pub first_seen: Stamp,
    /// See `first_seen`.
    pub last_seen: Stamp,
    /// Observations of it.
    pub count: u64,
    /// End of the lease that was heard last, for `dhcp`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lease_until: Option<Stamp>,
}

/// How an address was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AddressKind {
    /// Set by hand: configured so, set by DCP, or announced by ARP and never
    /// leased although DHCP leases are heard in this network.
    Static,
    /// A lease was heard, or the range is configured as DHCP.
    Dhcp,
    /// IPv6 with an identifier made of the MAC.
    Slaac,
    /// IPv6 in a prefix announced for SLAAC, with a random identifier.
    Temporary,
    /// 169.254.0.0/16 or fe80::/10.
    LinkLocal,
    /// Not known.
    #[default]
    Unknown,
}

impl AddressKind {
    /// As written in documents.
    pub fn name(self) -> &'static str {
        match self {
            AddressKind::Static => "static",
            AddressKind::Dhcp => "dhcp",
            AddressKind::Slaac => "slaac",
            AddressKind::Temporary => "temporary",
            AddressKind::LinkLocal => "link-local",
            AddressKind::Unknown => "unknown",
        }
    }
}

/// Where an asset is plugged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SwitchPort {
    /// Name of the switch, or its chassis id.
    pub name: String,
    /// Its port.
    pub port: String,
    /// Protocol that said so: `lldp`, `cdp`, `dhcp option 82`.
    pub via: String,
}
