//! Everything that people and the platform said, in memory and in the store.
//!
//! Readers take a whole, unchanging [`Tables`] and never wait. A writer edits a
//! copy; what differs is written in one commit, and only then do readers see it.

mod documents;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Changes, Document, Kind, Store};
use wire::SensorConfig;

pub(crate) use documents::{
    CertificateDocument, CertificateState, CodeDocument, ConfigurationDocument, NetworkDocument,
    SensorDocument,
};

use crate::access::{KeyDocument, SessionDocument, UserDocument};
use crate::configuration::compile;
use crate::error::{Error, Result};
use crate::fleet::{Rollout, SystemDocument};
use crate::parts::{lock, read, write};
use crate::rule_packs::RulesDocument;

/// Documents of a kind by id.
pub(crate) type Table<K, D> = BTreeMap<K, Arc<D>>;

/// All documents at one moment.
#[derive(Clone, Default)]
pub(crate) struct Tables {
    /// By id.
    pub(crate) sensors: Table<String, SensorDocument>,
    /// By the six digits.
    pub(crate) codes: Table<u32, CodeDocument>,
    /// By number.
    pub(crate) networks: Table<u16, NetworkDocument>,
    /// By version.
    pub(crate) configurations: Table<u64, ConfigurationDocument>,
    /// By name.
    pub(crate) users: Table<String, UserDocument>,
    /// By SHA-256 of the token, hexadecimal.
    pub(crate) sessions: Table<String, SessionDocument>,
    /// By prefix.
    pub(crate) keys: Table<String, KeyDocument>,
    /// What appliances said of their systems, by sensor's id.
    pub(crate) systems: Table<String, SystemDocument>,
    /// By number.
    pub(crate) rollouts: Table<u64, Rollout>,
    /// Rule packs, by number; the last is in force.
    pub(crate) rules: Table<u64, RulesDocument>,
    /// What each sensor is to do, by id; made from the above.
    pub(crate) configs: BTreeMap<String, Arc<SensorConfig>>,
}

/// The tables and their one writer.
pub(crate) struct Registry {
    tables: RwLock<Arc<Tables>>,
    writer: Mutex<()>,
}

impl Registry {
    /// Reads everything.
    pub(crate) fn open(store: &dyn Store) -> Result<Registry> {
        let number = |id: &str| id.parse().ok();
        let tables = Tables {
            sensors: load(store, Kind::Sensor, text)?,
            codes: load(store, Kind::Code, |id| id.parse().ok())?,
            networks: load(store, Kind::Network, |id| id.parse().ok())?,
            configurations: load(store, Kind::Configuration, number)?,
            users: load(store, Kind::User, text)?,
            sessions: load(store, Kind::Session, text)?,
            keys: load(store, Kind::ApiKey, text)?,
            systems: load(store, Kind::System, text)?,
            rollouts: load(store, Kind::Rollout, number)?,
            rules: load(store, Kind::Rules, number)?,
            configs: BTreeMap::new(),
        };
        Ok(Registry { tables: RwLock::new(Arc::new(tables)), writer: Mutex::new(()) })
    }

    /// The tables as they are now.
    pub(crate) fn tables(&self) -> Arc<Tables> {
        read(&self.tables).clone()
    }

    /// Edits the tables and writes what differs together with `beside`. True in
    /// the answer: some sensor's configuration is another now. When `edit` or the
    /// store says no, nothing has changed.
    pub(crate) fn change<T>(
        &self,
        store: &dyn Store,
        beside: Changes,
        edit: impl FnOnce(&mut Tables) -> Result<T>,
    ) -> Result<(T, bool)> {
        let _writer = lock(&self.writer);
        let old = self.tables();
        let mut new = Tables::clone(&old);
        let out = edit(&mut new)?;
        let configs = configure_sensors(&old, &mut new);
        let mut changes = beside;
        differ(&mut changes, Kind::Sensor, &old.sensors, &new.sensors, String::clone)?;
        differ(&mut changes, Kind::Code, &old.codes, &new.codes, |id| format!("{id:06}"))?;
        differ(&mut changes, Kind::Network, &old.networks, &new.networks, u16::to_string)?;
        let versions = (&old.configurations, &new.configurations);
        differ(&mut changes, Kind::Configuration, versions.0, versions.1, |version| {
            format!("{version:010}")
        })?;
        differ(&mut changes, Kind::User, &old.users, &new.users, String::clone)?;
        differ(&mut changes, Kind::Session, &old.sessions, &new.sessions, String::clone)?;
        differ(&mut changes, Kind::ApiKey, &old.keys, &new.keys, String::clone)?;
        differ(&mut changes, Kind::System, &old.systems, &new.systems, String::clone)?;
        let rollouts = (&old.rollouts, &new.rollouts);
        differ(&mut changes, Kind::Rollout, rollouts.0, rollouts.1, |number| format!("{number:010}"))?;
        differ(&mut changes, Kind::Rules, &old.rules, &new.rules, |number| format!("{number:010}"))?;
        if changes != Changes::default() {
            store.commit(&changes)?;
        }
        *write(&self.tables) = Arc::new(new);
        Ok((out, configs))
    }
}

impl Tables {
    /// A sensor that is not removed, by id.
    pub(crate) fn sensor(&self, id: &str) -> Result<&Arc<SensorDocument>> {
        let found = self.sensors.get(id).filter(|sensor| !sensor.removed);
        found.ok_or_else(|| Error::Missing { what: "sensor", id: id.into() })
    }

    /// The same, to edit.
    pub(crate) fn sensor_mut(&mut self, id: &str) -> Result<&mut SensorDocument> {
        self.sensor(id)?;
        let found = self.sensors.get_mut(id).map(Arc::make_mut);
        found.ok_or_else(|| Error::Missing { what: "sensor", id: id.into() })
    }

    /// True when nothing that the inventory is made by differs: sensors, networks,
    /// configuration, rule packs.
    pub(crate) fn lies_the_same(&self, other: &Tables) -> bool {
        same(&self.sensors, &other.sensors)
            && same(&self.networks, &other.networks)
            && same(&self.configurations, &other.configurations)
            && same(&self.rules, &other.rules)
    }

    /// A sensor that is not removed, by name: id and document.
    pub(crate) fn sensor_named(&self, name: &str) -> Option<(&String, &Arc<SensorDocument>)> {
        self.sensors.iter().find(|(_, sensor)| !sensor.removed && sensor.name == name)
    }

    /// Name of a network; its number in words when there is none.
    pub(crate) fn network_name(&self, id: u16) -> String {
        self.networks.get(&id).map_or_else(|| format!("network {id}"), |network| network.name.clone())
    }

    /// A network by name.
    pub(crate) fn network_named(&self, name: &str) -> Option<u16> {
        self.networks.iter().find(|(_, network)| network.name == name).map(|(id, _)| *id)
    }
}

/// Makes each sensor's configuration again when what it is made of has changed.
fn configure_sensors(old: &Tables, new: &mut Tables) -> bool {
    let first = new.configs.is_empty();
    let same = same(&old.sensors, &new.sensors)
        && same(&old.networks, &new.networks)
        && same(&old.configurations, &new.configurations);
    if same && !first {
        return false;
    }
    let mut changed = false;
    let ids: Vec<String> = new.sensors.keys().cloned().collect();
    new.configs.retain(|id, _| ids.contains(id));
    for id in ids {
        let Some(sensor) = new.sensors.get(&id) else { continue };
        let mut config = compile::sensor(new, sensor);
        let digest = compile::digest(&config);
        if digest != sensor.config_digest {
            let sensor = new.sensors.get_mut(&id).map(Arc::make_mut);
            if let Some(sensor) = sensor {
                (sensor.config, sensor.config_digest) = (sensor.config + 1, digest);
            }
            changed = true;
        }
        config.version = new.sensors.get(&id).map_or(0, |sensor| sensor.config);
        new.configs.insert(id, Arc::new(config));
    }
    changed
}

fn text(id: &str) -> Option<String> {
    Some(id.into())
}

fn load<K: Ord, D: DeserializeOwned>(
    store: &dyn Store,
    kind: Kind,
    key: impl Fn(&str) -> Option<K>,
) -> Result<Table<K, D>> {
    let damaged = |id: &str, cause: String| {
        let cause = format!("{kind:?} {id}: {cause}");
        Error::Store(store::Error::Damaged { table: "documents", cause })
    };
    let mut table = Table::new();
    for document in store.documents(kind)? {
        let id = key(&document.id).ok_or_else(|| damaged(&document.id, "its id cannot be".into()))?;
        let read = serde_json::from_str(&document.json);
        let read: D = read.map_err(|cause| damaged(&document.id, cause.to_string()))?;
        table.insert(id, Arc::new(read));
    }
    Ok(table)
}

/// True when both hold the very same documents.
fn same<K: Ord, D>(old: &Table<K, D>, new: &Table<K, D>) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|((a, old), (b, new))| a == b && Arc::ptr_eq(old, new))
}

fn differ<K: Ord, D: Serialize + PartialEq>(
    changes: &mut Changes,
    kind: Kind,
    old: &Table<K, D>,
    new: &Table<K, D>,
    id: impl Fn(&K) -> String,
) -> Result<()> {
    for (key, document) in new {
        if old.get(key).is_some_and(|old| Arc::ptr_eq(old, document) || old == document) {
            continue;
        }
        let json = serde_json::to_string(document.as_ref());
        let json = json.map_err(|cause| Error::Internal(format!("a document cannot be written: {cause}")))?;
        changes.documents.push(Document { kind, id: id(key), json });
    }
    let gone = old.keys().filter(|key| !new.contains_key(key));
    changes.gone_documents.extend(gone.map(|key| (kind, id(key))));
    Ok(())
}
