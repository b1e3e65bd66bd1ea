//! What is configured, as the inventory is made by it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use assets::Zone;
use model::NetworkId;
use zones::{Config, Network, Range, Zones};

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
        // Classes only: which frames are of which network the sensor has judged.
        let classes = Config {
            networks: Vec::new(),
            home: Network::default(),
            ..compile::sensor(tables, sensor).zones
        };
        for network in compile::allowed(tables, sensor) {
            // Another sensor with the same configuration says nothing new, and must
            // not have every asset made anew.
            if !laid.contains(&(network, classes.clone())) {
                by_network.entry(network).or_default().push(Zones::new(&classes));
                laid.push((network, classes.clone()));
            }
        }
    }
    laid.sort_by_key(|(network, classes)| (*network, format!("{classes:?}")));
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
    // Other tables say otherwise what was heard means.
    let rules = tables.rules.values().next_back().map(|pack| &pack.sha256);
    let text = format!("{laid:?} {identity:?} {given:?} {networks:?} {rules:?}");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use crate::views::InternalGroup;

    fn group(name: &str, range: &str, dhcp: bool, sensors: &[&str]) -> InternalGroup {
        InternalGroup {
            name: name.into(),
            ranges: vec![range.into()],
            inventory: true,
            dhcp,
            sensors: sensors.iter().map(|name| (*name).into()).collect(),
        }
    }

    #[test]
    fn classes_follow_the_sensors_of_a_network() {
        let bench = Bench::new();
        let cell = NetworkId(bench.platform.new_network("cell", "x").unwrap().id);
        bench.new_sensor("one", &["cell"]);
        bench.new_sensor("two", &[]);
        let before = inventory(&bench.platform.inner().tables()).digest;
        let mut configuration = bench.platform.configuration().unwrap();
        configuration.internal =
            vec![group("a", "10.1.0.0/16", true, &["one"]), group("b", "10.1.2.0/24", false, &[])];
        configuration.excluded = vec!["10.1.9.0/24".into()];
        bench.platform.configure(&configuration, "x").unwrap();
        let context = inventory(&bench.platform.inner().tables());
        assert_ne!(context.digest, before);
        let zone = |network, ip: &str| (context.zone)(network, ip.parse().unwrap());
        assert_eq!(zone(cell, "10.1.1.1"), Zone::Inventoried);
        assert_eq!(zone(NetworkId(0), "10.1.1.1"), Zone::External);
        assert_eq!(zone(NetworkId(0), "10.1.2.1"), Zone::Inventoried);
        assert_eq!(zone(cell, "10.1.9.1"), Zone::Excluded);
        let dhcp = |ip: &str| (context.configured_dhcp)(cell, ip.parse().unwrap());
        assert_eq!((dhcp("10.1.1.1"), dhcp("10.1.2.1"), dhcp("10.2.0.1")), (Some(true), Some(false), None));
    }

    #[test]
    fn one_more_sensor_of_the_same_kind_makes_nothing_anew() {
        let bench = Bench::new();
        bench.new_sensor("one", &[]);
        let before = inventory(&bench.platform.inner().tables()).digest;
        let (id, _) = bench.new_sensor("two", &[]);
        bench.platform.pause(&id, true, "x").unwrap();
        assert_eq!(inventory(&bench.platform.inner().tables()).digest, before);
    }
}
