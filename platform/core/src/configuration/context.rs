//! What is configured, as the inventory wants it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use model::NetworkId;
use zones::{Config, Range, Zones};

use super::compile::{allowed, applies, newest, range};
use crate::engine::Context;
use crate::parts::{digest, hex};
use crate::registry::{SensorDocument, Tables};
use crate::views::{Configuration, InternalGroup};

/// One network's address space: what is configured for any sensor that speaks for it.
struct Space {
    zones: Zones,
    /// Ranges whose addresses are static, and those given by DHCP.
    fixed: Vec<Range>,
    given: Vec<Range>,
}

/// What the inventory is made with.
pub(crate) fn of(tables: &Tables) -> Context {
    let configuration = newest(tables);
    let mut spaces = BTreeMap::new();
    let mut said = Vec::new();
    for id in tables.networks.keys() {
        let (config, groups) = space(tables, &configuration, NetworkId(*id));
        let ranges = |dhcp: bool| -> Vec<Range> {
            let of_kind = groups.iter().filter(|group| group.dhcp == dhcp);
            of_kind.flat_map(|group| &group.ranges).filter_map(|text| range(text)).collect()
        };
        let made = Space { zones: Zones::new(&config), fixed: ranges(false), given: ranges(true) };
        said.push(format!("{id} {config:?} {:?} {:?}", made.fixed, made.given));
        spaces.insert(NetworkId(*id), made);
    }
    let identity = identity(&configuration);
    let networks: BTreeMap<NetworkId, String> =
        tables.networks.iter().map(|(id, network)| (NetworkId(*id), network.name.clone())).collect();
    said.push(format!("{identity:?} {networks:?}"));
    let spaces = Arc::new(spaces);
    let zone_spaces = spaces.clone();
    Context {
        digest: hex(&digest(said.join("\n").as_bytes())),
        zone: Arc::new(move |network, ip| {
            zone_spaces.get(&network).map_or(assets::Zone::External, |space| zone(&space.zones, ip))
        }),
        configured_dhcp: Arc::new(move |network, ip| {
            let space = spaces.get(&network)?;
            let within = |ranges: &[Range]| ranges.iter().any(|range| range.contains(ip));
            // Static in one group and DHCP in another is static.
            if within(&space.fixed) {
                return Some(false);
            }
            within(&space.given).then_some(true)
        }),
        identity,
        networks,
        sensors: tables.sensors.values().map(|sensor| (sensor.number, sensor.name.clone())).collect(),
    }
}

/// Zones of a network, and the internal groups in it.
fn space<'c>(
    tables: &Tables,
    configuration: &'c Configuration,
    network: NetworkId,
) -> (Config, Vec<&'c InternalGroup>) {
    let speaks = |sensor: &&Arc<SensorDocument>| allowed(tables, sensor).contains(&network);
    // Removed ones too: what they heard stays in the inventory.
    let sensors: Vec<&Arc<SensorDocument>> = tables.sensors.values().filter(speaks).collect();
    let meant = |group: &&InternalGroup| {
        group.sensors.is_empty() || sensors.iter().any(|sensor| applies(&group.sensors, sensor))
    };
    let groups: Vec<&InternalGroup> = configuration.internal.iter().filter(meant).collect();
    let internal = groups.iter().map(|group| super::compile::internal(group)).collect();
    (Config { internal, ..super::compile::everywhere(configuration) }, groups)
}

fn zone(zones: &Zones, ip: IpAddr) -> assets::Zone {
    match zones.place(ip).zone {
        zones::Zone::Excluded => assets::Zone::Excluded,
        zones::Zone::Inventoried => assets::Zone::Inventoried,
        zones::Zone::NonInventoried => assets::Zone::NonInventoried,
        zones::Zone::MonitoredExternal => assets::Zone::MonitoredExternal,
        zones::Zone::External => assets::Zone::External,
    }
}

fn identity(configuration: &Configuration) -> identity::Config {
    identity::Config {
        domains: configuration.domains.iter().cloned().collect(),
        excluded_hostnames: configuration.excluded_hostnames.iter().cloned().collect(),
        ip_inactivity: u64::from(configuration.ip_inactivity_hours) * 3_600,
        ..identity::Config::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

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
    fn zones_follow_the_sensors_of_a_network() {
        let bench = Bench::new();
        let cell = NetworkId(bench.platform.new_network("cell", "x").unwrap().id);
        bench.new_sensor("one", &["cell"]);
        bench.new_sensor("two", &[]);
        let before = of(&bench.platform.inner().tables()).digest;
        let mut configuration = bench.platform.configuration().unwrap();
        configuration.internal =
            vec![group("a", "10.1.0.0/16", true, &["one"]), group("b", "10.1.2.0/24", false, &[])];
        configuration.excluded = vec!["10.1.9.0/24".into()];
        bench.platform.configure(&configuration, "x").unwrap();
        let context = of(&bench.platform.inner().tables());
        assert_ne!(context.digest, before);
        let zone = |network, ip: &str| (context.zone)(network, ip.parse().unwrap());
        assert_eq!(zone(cell, "10.1.1.1"), assets::Zone::Inventoried);
        assert_eq!(zone(NetworkId(0), "10.1.1.1"), assets::Zone::External);
        assert_eq!(zone(NetworkId(0), "10.1.2.1"), assets::Zone::Inventoried);
        assert_eq!(zone(cell, "10.1.9.1"), assets::Zone::Excluded);
        let dhcp = |ip: &str| (context.configured_dhcp)(cell, ip.parse().unwrap());
        assert_eq!((dhcp("10.1.1.1"), dhcp("10.1.2.1"), dhcp("10.2.0.1")), (Some(true), Some(false), None));
    }

    #[test]
    fn a_name_of_a_sensor_makes_nothing_anew() {
        let bench = Bench::new();
        let before = of(&bench.platform.inner().tables()).digest;
        bench.new_sensor("one", &[]);
        assert_eq!(of(&bench.platform.inner().tables()).digest, before);
    }
}
