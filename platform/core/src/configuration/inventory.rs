//! What is configured, as the inventory is made by it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use assets::Zone;
use model::NetworkId;
use zones::{Range, Zones};

use crate::configuration::compile;
use crate::engine::Context;
use crate::parts::{digest, hex};
use crate::registry::Tables;

/// Classes of addresses, names and settings of identity, for all sensors together.
pub(crate) fn inventory(tables: &Tables) -> Context {
    let configuration = compile::newest(tables);
    let mut by_network: BTreeMap<NetworkId, Vec<Zones>> = BTreeMap::new();
    let mut laid = Vec::new();
    for sensor in tables.sensors.values() {
        let config = compile::sensor(tables, sensor).zones;
        for network in compile::allowed(tables, sensor) {
            by_network.entry(network).or_default().push(Zones::new(&config));
            laid.push((network, config.clone()));
        }
    }
    let identity = identity::Config {
        domains: configuration.domains.iter().cloned().collect(),
        excluded_hostnames: configuration.excluded_hostnames.iter().cloned().collect(),
        ip_inactivity: u64::from(configuration.ip_inactivity_hours) * 3_600,
        ..identity::Config::default()
    };
    let given: Vec<(Range, bool)> = configuration
        .internal
        .iter()
        .flat_map(|group| group.ranges.iter().map(|range| (range, group.dhcp)))
        .filter_map(|(range, dhcp)| Some((range.trim().parse().ok()?, dhcp)))
        .collect();
    let networks: BTreeMap<NetworkId, String> =
        tables.networks.iter().map(|(id, network)| (NetworkId(*id), network.name.clone())).collect();
    let text = format!("{laid:?} {identity:?} {given:?} {networks:?}");
    Context {
        digest: hex(&digest(text.as_bytes())),
        zone: Arc::new(move |network, ip| zone(&by_network, network, ip)),
        configured_dhcp: Arc::new(move |_, ip| dhcp(&given, ip)),
        identity,
        networks,
        sensors: tables.sensors.values().map(|sensor| (sensor.number, sensor.name.clone())).collect(),
    }
}

/// Class of an address: of the sensors that speak for the network, the one whose
/// configuration says most; the order of the classes decides (`product.md` §2).
fn zone(by_network: &BTreeMap<NetworkId, Vec<Zones>>, network: NetworkId, ip: IpAddr) -> Zone {
    let said = by_network.get(&network).into_iter().flatten().map(|zones| zones.place(ip).zone).min();
    match said {
        Some(zones::Zone::Excluded) => Zone::Excluded,
        Some(zones::Zone::Inventoried) => Zone::Inventoried,
        Some(zones::Zone::NonInventoried) => Zone::NonInventoried,
        Some(zones::Zone::MonitoredExternal) => Zone::MonitoredExternal,
        Some(zones::Zone::External) | None => Zone::External,
    }
}

/// Whether an address is given by DHCP: the narrowest range decides, and of two
/// alike the static one.
fn dhcp(given: &[(Range, bool)], ip: IpAddr) -> Option<bool> {
    let holding = given.iter().filter(|(range, _)| range.contains(ip));
    let narrowest = holding.max_by_key(|(range, dhcp)| (range.specificity(), !dhcp));
    narrowest.map(|(_, dhcp)| *dhcp)
}
