//! Configuration of address space and networks, and what is made of it for each sensor.

mod check;
pub(crate) mod compile;
mod inventory;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use assets::doc::Stamp;
use zones::InventoryMode;

use crate::error::{Error, Result};
use crate::events::{Raise, kind};
use crate::parts::name;
use crate::platform::Platform;
use crate::registry::{ConfigurationDocument, NetworkDocument, Tables};
use crate::views::{Configuration, ConfigurationVersion, Heard, NetworkView, Severity};

pub(crate) use inventory::inventory;

/// Versions that are kept.
const KEPT_VERSIONS: usize = 1_000;

/// The network of number 0.
pub(crate) fn default_network() -> NetworkDocument {
    NetworkDocument { name: "default".into() }
}

impl Platform {
    /// What is configured.
    ///
    /// # Errors
    /// When the store fails.
    pub fn configuration(&self) -> Result<Configuration> {
        Ok(compile::newest(&self.inner().tables()))
    }

    /// Puts a configuration in place of the one with its version; sensors get it
    /// at once. Gives the new version. One that changes nothing keeps the version.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when the version is no longer the newest;
    /// [`crate::Error::Invalid`] with the field (`internal[2].ranges[0]`) and what is wrong.
    pub fn configure(&self, new: &Configuration, by: &str) -> Result<u64> {
        let at = self.inner().clock.now();
        let version = self.inner().change(|tables| {
            let old = compile::newest(tables);
            if new.version != old.version {
                return Err(Error::Conflict { what: "the configuration" });
            }
            check::check(tables, new)?;
            if *new == old {
                return Ok(old.version);
            }
            let words = words::difference(&old, new);
            let configuration = Configuration { version: old.version + 1, ..new.clone() };
            let version = configuration.version;
            let document = ConfigurationDocument { by: by.into(), at, words, configuration };
            tables.configurations.insert(version, Arc::new(document));
            while tables.configurations.len() > KEPT_VERSIONS {
                tables.configurations.pop_first();
            }
            Ok(version)
        })?;
        let overlaps = overlaps(&self.inner().tables());
        self.inner().raise_all(overlaps)?;
        Ok(version)
    }

    /// Earlier versions, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn configuration_versions(&self) -> Result<Vec<ConfigurationVersion>> {
        let tables = self.inner().tables();
        let versions = tables.configurations.iter().rev().map(|(version, document)| ConfigurationVersion {
            version: *version,
            by: document.by.clone(),
            at: Stamp(document.at),
            words: document.words.clone(),
        });
        Ok(versions.collect())
    }

    /// Networks by number.
    ///
    /// # Errors
    /// When the store fails.
    pub fn networks(&self) -> Result<Vec<NetworkView>> {
        let (tables, assets) = (self.inner().tables(), self.inner().engine.by_network());
        Ok(tables.networks.iter().map(|(id, network)| view(&tables, *id, network, &assets)).collect())
    }

    /// Makes a network.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when the name is taken or of a wrong form.
    pub fn new_network(&self, name_of: &str, by: &str) -> Result<NetworkView> {
        name("name", name_of)?;
        let id = self.inner().change(|tables| {
            if tables.network_named(name_of).is_some() {
                return Err(Error::invalid("name", format!("there is a network {name_of:?} already")));
            }
            let id = tables.networks.keys().next_back().map_or(0, |last| last.saturating_add(1));
            let network = Arc::new(NetworkDocument { name: name_of.into() });
            match tables.networks.insert(id, network) {
                None => Ok(id),
                Some(_) => Err(Error::invalid("name", "there are 65536 networks already")),
            }
        })?;
        tracing::info!(network = ?name_of, ?by, "network made");
        let tables = self.inner().tables();
        match tables.networks.get(&id) {
            Some(network) => Ok(view(&tables, id, network, &BTreeMap::new())),
            None => Err(Error::Missing { what: "network", id: id.to_string() }),
        }
    }

    /// Ranges that sensors hear, those with most hosts first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn heard_ranges(&self) -> Result<Vec<Heard>> {
        let tables = self.inner().tables();
        let mut all = Vec::new();
        for (id, status) in self.inner().live.statuses() {
            let Ok(sensor) = tables.sensor(&id) else { continue };
            let Some(config) = tables.configs.get(&id) else { continue };
            let allowed = compile::allowed(&tables, sensor);
            for heard in status.heard.iter().filter(|heard| allowed.contains(&heard.network)) {
                let covers =
                    |group: &&zones::Group| group.ranges.iter().any(|range| range.covers(&heard.range));
                all.push(Heard {
                    range: words::range(&heard.range),
                    sensor: sensor.name.clone(),
                    network: tables.network_name(heard.network.0),
                    vlans: heard.vlans.clone(),
                    hosts: heard.hosts,
                    last: Stamp(heard.last),
                    group: config.zones.internal.iter().find(covers).map(|group| group.name.clone()),
                    excluded: config.zones.excluded.iter().any(|range| range.covers(&heard.range)),
                });
            }
        }
        all.sort_by(|a, b| (b.hosts, &a.range, &a.sensor).cmp(&(a.hosts, &b.range, &b.sensor)));
        Ok(all)
    }
}

fn view(tables: &Tables, id: u16, network: &NetworkDocument, assets: &BTreeMap<String, u64>) -> NetworkView {
    let speak = tables.sensors.values().filter(|sensor| {
        !sensor.removed && compile::allowed(tables, sensor).iter().any(|allowed| allowed.0 == id)
    });
    NetworkView {
        id,
        name: network.name.clone(),
        assets: assets.get(&network.name).copied().unwrap_or(0),
        sensors: speak.map(|sensor| sensor.name.clone()).collect(),
    }
}

/// Ranges that two sensors inventory in one network by different groups: each
/// host of them would be counted by both (`product.md` §7).
fn overlaps(tables: &Tables) -> Vec<Raise> {
    let sensors: Vec<_> = tables.sensors.iter().filter(|(_, sensor)| !sensor.removed).collect();
    let mut out = Vec::new();
    for (at, (id, sensor)) in sensors.iter().enumerate() {
        for (other_id, other) in sensors.iter().skip(at + 1) {
            if sensor.networks.first() != other.networks.first() {
                continue;
            }
            let configs = (tables.configs.get(*id), tables.configs.get(*other_id));
            let (Some(one), Some(two)) = configs else { continue };
            let Some((a, b)) = overlap(one, two) else { continue };
            out.push(Raise {
                sensor: sensor.name.clone(),
                subject: format!("{id} {other_id}"),
                ..Raise::new(
                    kind::OVERLAPPING_RANGES,
                    Severity::Low,
                    format!(
                        "{a} of {} and {b} of {} overlap and both are inventoried: hosts in both are heard twice. \
                         Make one of them non-inventoried.",
                        sensor.name, other.name
                    ),
                )
            });
        }
    }
    out
}

/// Names of two different inventoried groups that overlap.
fn overlap(one: &wire::SensorConfig, two: &wire::SensorConfig) -> Option<(String, String)> {
    let inventoried = |config: &'_ wire::SensorConfig| {
        let groups = config.zones.internal.iter();
        groups.filter(|group| group.inventory == InventoryMode::Inventoried).cloned().collect::<Vec<_>>()
    };
    let (ones, twos) = (inventoried(one), inventoried(two));
    for a in &ones {
        // A group that both have is meant for both.
        let others = twos.iter().filter(|b| b.name != a.name);
        for b in others {
            if a.ranges.iter().any(|range| b.ranges.iter().any(|other| range.overlaps(other))) {
                return Some((a.name.clone(), b.name.clone()));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
