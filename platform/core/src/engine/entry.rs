//! One asset in the catalogue: all that lists show and queries ask, small.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use assets::doc::Stamp;
use model::{Mac, NetworkId, Time};
use store::SensorNumber;

use super::summary::{AssetId, Hold, Summary, unique};
use super::view::{Names, sensor};
use super::words::{Word, Words};
use crate::views::AssetRow;

/// An asset in memory.
#[derive(Debug)]
pub struct Entry {
    pub id: AssetId,
    /// In lower case: name, and behind it everything that words are looked for in.
    text: Box<str>,
    /// Bytes of the name in `text`.
    name_length: u32,
    pub name: Box<str>,
    pub category: Word,
    pub kind: Word,
    pub maker: Word,
    pub model: Word,
    pub os: Word,
    pub os_family: Word,
    pub network: Word,
    pub switch_port: Word,
    pub state: Word,
    pub owner: Word,
    pub criticality: Word,
    pub ips: Box<[IpAddr]>,
    pub macs: Box<[(NetworkId, Mac)]>,
    pub mac_vendors: Box<[Word]>,
    pub hostnames: Box<[Box<str>]>,
    pub vlans: Box<[u16]>,
    pub services: Box<[(Word, u16)]>,
    pub protocols: Box<[Word]>,
    pub flags: Box<[Word]>,
    pub roles: Box<[Word]>,
    pub tags: Box<[Word]>,
    pub sensors: Box<[SensorNumber]>,
    pub held: Box<[Hold]>,
    pub private_mac: bool,
    confidence: f32,
    pub first: Time,
    pub digest: u64,
    /// Moves with what is heard, before the document is made anew.
    last: AtomicU64,
}

impl Entry {
    /// From a summary.
    pub fn new(id: AssetId, summary: Summary, words: &Words) -> Entry {
        let all = |texts: &[String]| words.all(texts.iter().map(String::as_str));
        let mut text = summary.name.to_lowercase();
        let name_length = text.len() as u32;
        let mut add = |part: &str| {
            if !part.is_empty() {
                text.push('\n');
                text.push_str(&part.to_lowercase());
            }
        };
        summary.hostnames.iter().filter(|name| **name != summary.name).for_each(|name| add(name));
        for part in [
            &summary.kind,
            &summary.category,
            &summary.maker,
            &summary.model,
            &summary.os,
            &summary.network,
            &summary.switch_port,
            &summary.owner,
        ] {
            add(part);
        }
        let lists = [&summary.mac_vendors, &summary.flags, &summary.roles, &summary.tags];
        lists.into_iter().flatten().for_each(|part| add(part));
        summary.ips.iter().for_each(|ip| add(&ip.to_string()));
        summary.macs.iter().for_each(|(_, mac)| add(&mac.to_string()));
        Entry {
            id,
            text: text.into(),
            name_length,
            category: words.word(&summary.category),
            kind: words.word(&summary.kind),
            maker: words.word(&summary.maker),
            model: words.word(&summary.model),
            os: words.word(&summary.os),
            os_family: words.word(&summary.os_family),
            network: words.word(&summary.network),
            switch_port: words.word(&summary.switch_port),
            state: words.word(&summary.state),
            owner: words.word(&summary.owner),
            criticality: words.word(&summary.criticality),
            mac_vendors: all(&summary.mac_vendors),
            services: summary
                .services
                .iter()
                .map(|(transport, port)| (words.word(transport), *port))
                .collect(),
            protocols: all(&summary.protocols),
            flags: all(&summary.flags),
            roles: all(&summary.roles),
            tags: all(&summary.tags),
            sensors: summary.sensors.iter().copied().map(SensorNumber).collect(),
            ips: summary.ips.into(),
            macs: summary.macs.into(),
            hostnames: summary.hostnames.iter().map(|name| name.as_str().into()).collect(),
            vlans: summary.vlans.into(),
            held: summary.held.into(),
            private_mac: summary.private_mac,
            confidence: summary.confidence,
            first: Time(summary.first),
            digest: summary.digest,
            last: AtomicU64::new(summary.last),
            name: summary.name.into(),
        }
    }

    /// What words are looked for in, in lower case.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How sure its type is; kept small, so it is cut to four digits again.
    pub fn confidence(&self) -> f64 {
        (f64::from(self.confidence) * 1e4).round() / 1e4
    }

    /// Its name in lower case, to order by.
    pub fn folded_name(&self) -> &str {
        self.text.get(..self.name_length as usize).unwrap_or_default()
    }

    /// Last time it was heard.
    pub fn last(&self) -> Time {
        Time(self.last.load(Ordering::Relaxed))
    }

    /// It was heard at this time too.
    pub fn heard(&self, at: Time) {
        self.last.fetch_max(at.0, Ordering::Relaxed);
    }

    /// As pages and API show it.
    pub fn row(&self, names: &Names) -> AssetRow {
        let texts = |words: &[Word]| words.iter().map(|word| word.to_string()).collect();
        AssetRow {
            asset_id: self.id.to_string(),
            name: self.name.to_string(),
            category: self.category.to_string(),
            kind: self.kind.to_string(),
            maker: self.maker.to_string(),
            model: self.model.to_string(),
            os: self.os.to_string(),
            os_family: self.os_family.to_string(),
            ips: self.ips.to_vec(),
            macs: unique(self.macs.iter().map(|(_, mac)| *mac)),
            mac_vendors: texts(&self.mac_vendors),
            private_mac: self.private_mac,
            hostnames: self.hostnames.iter().map(|name| name.to_string()).collect(),
            network: self.network.to_string(),
            vlans: self.vlans.to_vec(),
            switch_port: self.switch_port.to_string(),
            services: self.services.iter().map(|(transport, port)| format!("{transport}/{port}")).collect(),
            flags: texts(&self.flags),
            roles: texts(&self.roles),
            tags: texts(&self.tags),
            owner: self.owner.to_string(),
            criticality: self.criticality.to_string(),
            sensors: self.sensors.iter().map(|number| sensor(names, *number).into_owned()).collect(),
            state: self.state.to_string(),
            confidence: self.confidence(),
            first_seen: Stamp(self.first),
            last_seen: Stamp(self.last()),
        }
    }
}
