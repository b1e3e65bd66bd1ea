//! The Asset document.

use std::net::IpAddr;

use model::Mac;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Attribute, Interface, Stamp};

/// One device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Asset {
    /// UUID-shaped, derived from the strongest identity key: the same for the
    /// same device whatever the order things were heard in.
    pub asset_id: String,
    /// What to call it: the best hostname, else model, else its address.
    pub name: String,
    /// The observation `name` came from (`dhcp.hostname`), or `model`, `ip`, `mac`.
    pub name_source: String,
    /// `computer`, `network`, `printer`, `ot` …; `unknown` when not known.
    pub category: String,
    /// `server`, `switch`, `plc` …; `unknown` when not known.
    #[serde(rename = "type")]
    pub kind: String,
    /// Manufacturer.
    pub maker: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Operating system.
    pub os: Option<Os>,
    /// Serial number.
    pub serial: Option<String>,
    /// Firmware version.
    pub firmware: Option<String>,
    /// How sure the type is, 0 to 1; 0 when unknown.
    pub confidence: f64,
    /// Name of the network it was first heard in.
    pub network: String,
    /// `unmanaged`: known from traffic only.
    pub state: String,
    /// Its interfaces: those with a MAC in MAC order, then without.
    pub interfaces: Vec<Interface>,
    /// Its names, best first.
    pub hostnames: Vec<Hostname>,
    /// Ports it answered on, or was asked on.
    pub services: Vec<Service>,
    /// What it uses on others.
    pub services_used: Vec<UsedService>,
    /// Applications it takes part in.
    pub applications: Vec<UsedApplication>,
    /// Decided attributes by name, with evidence.
    pub attributes: Vec<Attribute>,
    /// What it does for the network.
    pub roles: Vec<Role>,
    /// What is worth a look.
    pub flags: Vec<Flag>,
    /// Labels set by users.
    pub tags: Vec<String>,
    /// Why all this is one device.
    pub identity: Identity,
    /// First time anything of it was heard.
    pub first_seen: Stamp,
    /// Last time.
    pub last_seen: Stamp,
    /// Version of the rule pack whose tables it was made with; absent: those of the program itself.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub rules: String,
    /// Everything that was heard of it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub observations: Vec<Observation>,
}

/// Operating system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Os {
    /// `Windows Server 2019`.
    pub value: String,
    /// `windows`; `unknown` when only the value is known.
    pub family: String,
}

/// A name and who said it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Hostname {
    /// As heard.
    pub name: String,
    /// The observation (`dhcp.hostname`).
    pub source: String,
    /// First and last time.
    pub first_seen: Stamp,
    /// See `first_seen`.
    pub last_seen: Stamp,
}

/// A port of this asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// Address it was reached at.
    pub ip: IpAddr,
    /// `tcp`, `udp` …
    pub transport: String,
    /// Port number.
    pub port: u16,
    /// Protocol (`ssh`), empty when not known.
    pub protocol: String,
    /// Application, as of the conversations.
    pub application: String,
    /// Software that serves it.
    pub product: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// True when it was seen to answer; false: only asked.
    pub answered: bool,
    /// Different clients.
    pub clients: u64,
    /// First and last time.
    pub first_seen: Stamp,
    /// See `first_seen`.
    pub last_seen: Stamp,
    /// Frame (from 1) of its first packet, 0 when unknown.
    pub frame: u64,
}

/// What this asset uses on others, by protocol and port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsedService {
    /// `tcp`, `udp` …
    pub transport: String,
    /// Server's port.
    pub port: u16,
    /// Protocol, empty when not known.
    pub protocol: String,
    /// Different servers.
    pub servers: u64,
    /// Flows.
    pub flows: u64,
}

/// An application this asset takes part in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsedApplication {
    /// Application.
    pub name: String,
    /// Family (`web`).
    pub family: String,
    /// Whether this asset is the client or the server.
    pub role: Side,
    /// How sure, 0 to 1: the best of its conversations.
    pub confidence: f64,
    /// Flows.
    pub flows: u64,
    /// Bytes this asset received.
    pub ingress: u64,
    /// Bytes this asset sent.
    pub egress: u64,
}

/// Side of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Opened it.
    Client,
    /// Was asked.
    Server,
}

/// What an asset does for the network, and the observation that says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Role {
    /// `router`, `dhcp-server`, `dns-server`, `switch`, `access-point`, `domain-controller`,
    /// `plc`, `hmi` …
    pub name: String,
    /// Why, in words.
    pub because: String,
}

/// Something worth a look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Flag {
    /// `router`, `virtual-router`, `nat-suspect`, `private-address`, `shared-mac`, `duplicate-ip`, `review` …
    pub name: String,
    /// Why, in words.
    pub because: String,
}

/// Why the pieces are one asset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// Its keys, strongest first.
    pub keys: Vec<IdentityKey>,
    /// Rules of the table that joined them (`R2`).
    pub joined_by: Vec<String>,
    /// Which rule joined which keys, on what evidence.
    pub joins: Vec<Join>,
    /// Keys that a user said are never of this asset.
    pub never_merge: Vec<IdentityKey>,
}

/// One identity key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct IdentityKey {
    /// `correlation_id`, `mac`, `client_id`, `ip`, `hostname`.
    pub kind: String,
    /// The key as people write it.
    pub value: String,
    /// Network it is valid in; absent when in all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub network: Option<String>,
    /// For an address that had an earlier owner: since when.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<Stamp>,
}

/// One step of joining.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Join {
    /// Rule (`R3`).
    pub rule: String,
    /// The two keys it joined.
    pub a: IdentityKey,
    /// See `a`.
    pub b: IdentityKey,
    /// The observations that say so, in words: `arp.binding=reply, frame 12`.
    pub because: Vec<String>,
}

/// One thing heard of this asset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// Protocol (`dhcp`).
    pub proto: String,
    /// Field within it.
    pub field: String,
    /// The value.
    pub value: String,
    /// Addresses of the sighting it was heard with.
    #[schemars(with = "Option<String>")]
    pub mac: Option<Mac>,
    /// See `mac`.
    pub ip: Option<IpAddr>,
    /// Port of the service it was heard on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub port: Option<u16>,
    /// First and last time.
    pub first_seen: Stamp,
    /// See `first_seen`.
    pub last_seen: Stamp,
    /// How often.
    pub count: u64,
    /// Frame (from 1) it was first heard in, 0 when unknown.
    pub frame: u64,
}
