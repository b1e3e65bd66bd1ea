//! Conversations in lists.

use std::net::IpAddr;

use assets::doc::Stamp;
use serde::{Deserialize, Serialize};

/// Which conversations; newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TalkQuery {
    /// Only of this asset, by id.
    pub asset: Option<String>,
    /// Only with this address as either end.
    pub ip: Option<IpAddr>,
    /// Only of this network, by name.
    pub network: Option<String>,
    /// Only with this server port.
    pub port: Option<u16>,
    /// Only after, and before, these times.
    pub after: Option<Stamp>,
    /// See `after`.
    pub before: Option<Stamp>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Most rows, 1 to 1,000; 0: 50.
    pub limit: usize,
}

/// A page of conversations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TalkPage {
    /// Its rows.
    pub items: Vec<TalkView>,
    /// Where it goes on.
    pub next: Option<String>,
}

/// One conversation in one reporting period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TalkView {
    /// The period.
    pub start: Stamp,
    /// Its end, not included.
    pub end: Stamp,
    /// Name of the sensor.
    pub sensor: String,
    /// Name of the client's asset, empty when it is none.
    pub client_name: String,
    /// Name of the server's asset, empty when it is none.
    pub server_name: String,
    /// The conversation with both ends looked up. An excluded end reads
    /// `0.0.0.0` or `::` and has the zone `excluded`.
    pub talk: assets::Talk,
}
