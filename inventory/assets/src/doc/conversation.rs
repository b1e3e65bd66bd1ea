//! Conversations with the application named and both ends looked up.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Stamp;

/// Class of an address; exactly one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// Left out altogether.
    Excluded,
    /// Internal, becomes an asset.
    Inventoried,
    /// Internal, does not become an asset.
    NonInventoried,
    /// External, in a named group.
    MonitoredExternal,
    /// Everything else.
    External,
}

impl Zone {
    /// As written in documents.
    pub fn name(self) -> &'static str {
        match self {
            Zone::Excluded => "excluded",
            Zone::Inventoried => "inventoried",
            Zone::NonInventoried => "non_inventoried",
            Zone::MonitoredExternal => "monitored_external",
            Zone::External => "external",
        }
    }
}

/// All flows of one (network, client, server, server port, transport).
/// Two-element arrays are `[client to server, server to client]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Talk {
    /// Name of the network.
    pub network: String,
    /// The side that opened it.
    pub client: IpAddr,
    /// The side that was asked.
    pub server: IpAddr,
    /// The asset that had the client's address then.
    pub client_asset: Option<String>,
    /// The asset that had the server's address then.
    pub server_asset: Option<String>,
    /// Zone of the client.
    pub client_zone: Zone,
    /// Zone of the server.
    pub server_zone: Zone,
    /// `tcp`, `udp` …
    pub transport: String,
    /// Server's port, 0 without ports.
    pub port: u16,
    /// Protocol, empty when not known.
    pub protocol: String,
    /// How the protocol was known: `payload`, `port`, `nothing`.
    pub known_by: String,
    /// Application.
    pub application: String,
    /// Family (`web`).
    pub family: String,
    /// How sure the application is, 0 to 1.
    pub confidence: f64,
    /// True when the server was seen to answer.
    pub answered: bool,
    /// Flows.
    pub flows: u64,
    /// Packets each way, copies not counted.
    pub packets: [u64; 2],
    /// Bytes of frames each way, copies not counted.
    pub bytes: [u64; 2],
    /// Copies left out of `packets`.
    pub copies: [u64; 2],
    /// Bytes of the copies.
    pub copy_bytes: [u64; 2],
    /// Time of the first packet.
    pub first_seen: Stamp,
    /// Time of the last packet.
    pub last_seen: Stamp,
    /// Frame (from 1) of the first packet, 0 when unknown.
    pub frame: u64,
}
