//! Assets in lists and in detail.

use std::net::IpAddr;

use assets::Asset;
use assets::doc::Stamp;
use model::Mac;
use serde::{Deserialize, Serialize};

/// Which assets, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssetQuery {
    /// The query language's text (`type:camera AND NOT network:cctv`); plain
    /// words match any column; empty: all.
    pub q: String,
    /// Column to order by, `-` before it for descending (`-last_seen`); empty: `name`.
    pub sort: String,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Most rows, 1 to 1,000; 0: 50.
    pub limit: usize,
    /// Count the facets too.
    pub facets: bool,
}

/// A page of assets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AssetPage {
    /// Its rows.
    pub items: Vec<AssetRow>,
    /// Where it goes on.
    pub next: Option<String>,
    /// All rows that match.
    pub total: u64,
    /// Counts by column that respect the query; empty unless asked for.
    pub facets: Vec<Facet>,
}

/// Counts of one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    /// Column as the query language names it (`type`).
    pub column: String,
    /// What people call it.
    pub label: String,
    /// Values and counts, largest first, at most 12.
    pub values: Vec<(String, u64)>,
    /// Values beyond those.
    pub more: u64,
}

/// One asset in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AssetRow {
    /// Its id.
    pub asset_id: String,
    /// Name.
    pub name: String,
    /// Category and type.
    pub category: String,
    /// See `category`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Maker, empty when not known.
    pub maker: String,
    /// Model, empty when not known.
    pub model: String,
    /// Operating system, empty when not known.
    pub os: String,
    /// Its family (`windows`), empty when not known.
    pub os_family: String,
    /// Addresses, the one to show first.
    pub ips: Vec<IpAddr>,
    /// MACs, the one to show first.
    pub macs: Vec<Mac>,
    /// Makers of the MACs' blocks.
    pub mac_vendors: Vec<String>,
    /// Known by private MACs only.
    pub private_mac: bool,
    /// All names, best first.
    pub hostnames: Vec<String>,
    /// Network.
    pub network: String,
    /// VLANs, ascending.
    pub vlans: Vec<u16>,
    /// Switch and port (`sw-2 Gi1/0/7`), empty when not known.
    pub switch_port: String,
    /// Ports it answers on (`tcp/443`).
    pub services: Vec<String>,
    /// Flags (`router`, `duplicate-ip` …).
    pub flags: Vec<String>,
    /// Roles (`dhcp-server` …).
    pub roles: Vec<String>,
    /// Tags set by people.
    pub tags: Vec<String>,
    /// Owner set by people, may be empty.
    pub owner: String,
    /// Criticality set by people, may be empty.
    pub criticality: String,
    /// Sensors that heard it, by name.
    pub sensors: Vec<String>,
    /// `unmanaged` or `managed`.
    pub state: String,
    /// How sure the type is, 0 to 1.
    pub confidence: f64,
    /// First and last time.
    pub first_seen: Stamp,
    /// See `first_seen`.
    pub last_seen: Stamp,
}

/// What became of an asset's id.
#[derive(Clone, Debug, PartialEq)]
pub enum AssetAnswer {
    /// It is here.
    Found(Box<AssetDetail>),
    /// It is another asset's now (merged, or a stronger key was heard): 301.
    Moved(String),
    /// It never was, or is gone.
    Missing,
}

/// One asset with everything behind it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssetDetail {
    /// The document, the same as the command line's.
    pub asset: Asset,
    /// Its row, as lists show it.
    pub row: AssetRow,
    /// Which sensors heard which observation.
    pub heard_by: Vec<HeardBy>,
    /// Values that people set; they win over `asset`'s.
    pub manual: Vec<ManualValue>,
    /// What people said of its identity, latest first, undone ones too.
    pub judgements: Vec<Judgement>,
}

/// Which sensor heard an observation, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct HeardBy {
    /// `protocol.field`.
    pub field: String,
    /// The value heard.
    pub value: String,
    /// The sensor's name.
    pub sensor: String,
    /// First and last time.
    pub first_seen: Stamp,
    /// See `first_seen`.
    pub last_seen: Stamp,
    /// How often.
    pub count: u64,
}

/// A value that somebody set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualValue {
    /// `name`, `type`, `maker`, `model`, `os`, `owner`, `criticality`, `notes`, `tags`.
    pub field: String,
    /// The value; tags parted by `;`.
    pub value: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Stamp,
}

/// Something a person said of identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Id of the assertion.
    pub id: String,
    /// `merge`, `split`, `never`.
    pub act: String,
    /// The keys it speaks of, as people write them.
    pub keys: Vec<String>,
    /// Who.
    pub by: String,
    /// When.
    pub at: Stamp,
    /// It was undone.
    pub undone: bool,
}
