//! What is kept of an asset beside its document, and how it is written.

use std::net::IpAddr;

use assets::doc::{AddressKind, Asset, MacNature};
use model::{Mac, NetworkId, Time};
use serde::{Deserialize, Serialize};

/// An asset's id as a number; its text is a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(pub u128);

impl AssetId {
    /// Reads the text; `None` when it is no UUID.
    pub fn parse(text: &str) -> Option<AssetId> {
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let form = text.len() == 36 && digits.len() == 32 && digits.chars().all(|c| c.is_ascii_hexdigit());
        form.then(|| u128::from_str_radix(&digits, 16).ok().map(AssetId)).flatten()
    }
}

impl std::fmt::Display for AssetId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hex = format!("{:032x}", self.0);
        let part = |from, to| hex.get(from..to).unwrap_or_default();
        write!(f, "{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }
}

/// An address and when the asset had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hold {
    /// Network.
    pub network: NetworkId,
    /// Address.
    pub ip: IpAddr,
    /// First and last time.
    pub first: Time,
    /// See `first`.
    pub last: Time,
}

/// What is kept of an entry in the store: plain, since texts are shared in memory only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub name: String,
    pub category: String,
    pub kind: String,
    pub maker: String,
    pub model: String,
    pub os: String,
    pub os_family: String,
    pub ips: Vec<IpAddr>,
    pub macs: Vec<(NetworkId, Mac)>,
    pub mac_vendors: Vec<String>,
    pub private_mac: bool,
    pub hostnames: Vec<String>,
    pub network: String,
    pub vlans: Vec<u16>,
    pub switch_port: String,
    pub services: Vec<(String, u16)>,
    pub protocols: Vec<String>,
    pub flags: Vec<String>,
    pub roles: Vec<String>,
    pub tags: Vec<String>,
    pub owner: String,
    pub criticality: String,
    pub sensors: Vec<u32>,
    pub state: String,
    pub confidence: f32,
    pub first: u64,
    pub last: u64,
    pub held: Vec<Hold>,
    /// Of all this and of the document: the same is not written again.
    pub digest: u64,
}

/// Format of summaries; another one makes all assets anew.
const FORMAT: u8 = 1;

impl Summary {
    /// For the store.
    pub fn bytes(&self) -> Vec<u8> {
        // Plain data into memory cannot fail.
        postcard::to_extend(self, vec![FORMAT]).unwrap_or_default()
    }

    /// Reads [`Summary::bytes`]; `None`: of another version, or damaged.
    pub fn read(bytes: &[u8]) -> Option<Summary> {
        let body = bytes.strip_prefix(&[FORMAT])?;
        postcard::from_bytes(body).ok()
    }

    /// Puts the digest in.
    pub fn seal(&mut self, document: &str) {
        self.digest = 0;
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        context.update(&self.bytes());
        context.update(document.as_bytes());
        let hash = context.finish();
        self.digest = hash.as_ref().first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
    }

    /// Of a document and the addresses it had. `network_of` gives back the number
    /// of a network's name.
    pub fn of(
        asset: &Asset,
        held: Vec<Hold>,
        sensors: Vec<u32>,
        network_of: &dyn Fn(&str) -> NetworkId,
    ) -> Summary {
        let mut addresses: Vec<_> =
            asset.interfaces.iter().flat_map(|interface| &interface.addresses).collect();
        addresses.sort_by_key(|address| {
            let link_local = address.kind == AddressKind::LinkLocal;
            (link_local, address.ip.is_ipv6(), std::cmp::Reverse(address.count), address.ip)
        });
        let macs: Vec<(NetworkId, Mac)> = asset
            .interfaces
            .iter()
            .filter_map(|interface| Some((network_of(&interface.network), interface.mac?)))
            .collect();
        let switch = asset.interfaces.iter().find_map(|interface| interface.switch.as_ref());
        let private = |nature| matches!(nature, MacNature::LocalRotating | MacNature::Unknown);
        let with_mac = || asset.interfaces.iter().filter(|interface| interface.mac.is_some());
        let answered = asset.services.iter().filter(|service| service.answered);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Summary {
            name: asset.name.clone(),
            category: asset.category.clone(),
            kind: asset.kind.clone(),
            maker: text(&asset.maker),
            model: text(&asset.model),
            os: asset.os.as_ref().map_or(String::new(), |os| os.value.clone()),
            os_family: asset.os.as_ref().map_or(String::new(), |os| os.family.clone()),
            ips: unique(addresses.iter().map(|address| address.ip)),
            private_mac: !macs.is_empty() && with_mac().all(|interface| private(interface.mac_kind)),
            macs: unique(macs),
            mac_vendors: unique(asset.interfaces.iter().filter_map(|interface| interface.vendor.clone())),
            hostnames: unique(asset.hostnames.iter().map(|hostname| hostname.name.clone())),
            network: asset.network.clone(),
            vlans: sorted(asset.interfaces.iter().flat_map(|interface| interface.vlan.iter().copied())),
            switch_port: switch.map_or(String::new(), |at| format!("{} {}", at.name, at.port)),
            services: sorted(answered.map(|service| (service.transport.clone(), service.port))),
            protocols: sorted(
                asset.services.iter().map(|service| service.protocol.clone()).filter(|name| !name.is_empty()),
            ),
            flags: sorted(asset.flags.iter().map(|flag| flag.name.clone())),
            roles: sorted(asset.roles.iter().map(|role| role.name.clone())),
            tags: asset.tags.clone(),
            owner: String::new(),
            criticality: String::new(),
            sensors,
            state: asset.state.clone(),
            confidence: asset.confidence as f32,
            first: asset.first_seen.0.0,
            last: asset.last_seen.0.0,
            held: sorted(held),
            digest: 0,
        }
    }
}

/// Each once, in the order they come.
pub fn unique<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut out = Vec::new();
    for one in all {
        if !out.contains(&one) {
            out.push(one);
        }
    }
    out
}

fn sorted<T: Ord>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut out: Vec<T> = all.into_iter().collect();
    out.sort();
    out.dedup();
    out
}
