//! What is configured, made into what one sensor is to do.

use model::{Mac, NetworkId};
use wire::SensorConfig;
use zones::{Config, Group, InventoryMode, Network, NetworkRule, NetworkSource, Range};

use crate::parts::{digest as sha256, hex};
use crate::registry::{SensorDocument, Tables};
use crate::views::Configuration;

/// The configuration in force.
pub(crate) fn newest(tables: &Tables) -> Configuration {
    let newest = tables.configurations.last_key_value();
    let first = || Configuration { ip_inactivity_hours: 24, ..Configuration::default() };
    newest.map_or_else(first, |(version, document)| Configuration {
        version: *version,
        ..document.configuration.clone()
    })
}

/// A sensor's configuration, without its version. What was checked when it was
/// put is taken as it is; what cannot be read (written by another version) is left out.
pub(crate) fn sensor(tables: &Tables, sensor: &SensorDocument) -> SensorConfig {
    let configuration = newest(tables);
    let ranges = |texts: &[String]| texts.iter().filter_map(|text| text.trim().parse().ok()).collect();
    let internal = configuration.internal.iter().filter(|group| applies(&group.sensors, sensor));
    let internal = internal.map(|group| Group {
        name: group.name.clone(),
        ranges: ranges(&group.ranges),
        inventory: if group.inventory { InventoryMode::Inventoried } else { InventoryMode::FlowsOnly },
    });
    let monitored = configuration.monitored_external.iter().map(|(name, texts)| Group {
        name: name.clone(),
        ranges: ranges(texts),
        inventory: InventoryMode::FlowsOnly,
    });
    let home = sensor.networks.first().copied().unwrap_or_default();
    SensorConfig {
        name: sensor.name.clone(),
        zones: Config {
            excluded: ranges(&configuration.excluded),
            excluded_macs: configuration.excluded.iter().filter_map(|text| mac(text)).collect(),
            internal: internal.collect(),
            monitored_external: monitored.collect(),
            networks: rules(tables, &configuration, sensor),
            home: network(tables, home),
            learning: false,
        },
        paused: sensor.paused,
        external_names: configuration.external_names,
        ..SensorConfig::default()
    }
}

/// Networks that a sensor may speak for: those it was made for and those its
/// frames are mapped to.
pub(crate) fn allowed(tables: &Tables, sensor: &SensorDocument) -> Vec<NetworkId> {
    let mut allowed: Vec<NetworkId> = sensor.networks.iter().map(|id| NetworkId(*id)).collect();
    allowed.extend(rules(tables, &newest(tables), sensor).into_iter().map(|rule| rule.network.id));
    allowed.sort_unstable();
    allowed.dedup();
    allowed
}

/// Tells one configuration from another.
pub(crate) fn digest(config: &SensorConfig) -> String {
    let unversioned = SensorConfig { version: 0, ..config.clone() };
    hex(&sha256(&wire::encode(&unversioned)))
}

/// True when a list of sensors' names means this one.
pub(super) fn applies(names: &[String], sensor: &SensorDocument) -> bool {
    names.is_empty() || names.contains(&sensor.name)
}

fn network(tables: &Tables, id: u16) -> Network {
    Network { id: NetworkId(id), name: tables.network_name(id) }
}

fn rules(tables: &Tables, configuration: &Configuration, sensor: &SensorDocument) -> Vec<NetworkRule> {
    let own = configuration.network_maps.iter().filter(|map| map.sensor == sensor.name);
    let rules = own.filter_map(|map| {
        let id = tables.network_named(&map.network)?;
        Some(NetworkRule { source: source(&map.source)?, network: network(tables, id) })
    });
    rules.collect()
}

/// Reads `vlan:10`, `tunnel:5001`, `port:1`.
pub(super) fn source(text: &str) -> Option<NetworkSource> {
    match text.trim().split_once(':')? {
        ("vlan", id) => id.parse().ok().filter(|vlan| (1..=4094).contains(vlan)).map(NetworkSource::Vlan),
        ("tunnel", id) => id.parse().ok().map(NetworkSource::Tunnel),
        ("port", number) => number.parse().ok().map(NetworkSource::Port),
        _ => None,
    }
}

/// Reads a MAC address as people write it.
pub(super) fn mac(text: &str) -> Option<Mac> {
    text.trim().parse().ok()
}

/// Reads a range.
pub(super) fn range(text: &str) -> Option<Range> {
    text.trim().parse().ok()
}
