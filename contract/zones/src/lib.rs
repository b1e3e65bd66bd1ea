//! Configuration of address space, compiled: which network a frame belongs to,
//! which zone an address is in, and why (`product.md` §2).
#![no_std]
extern crate alloc;

mod config;
mod range;

use alloc::vec::Vec;
use core::net::IpAddr;

pub use config::{Config, Group, InventoryMode, Network, NetworkRule, NetworkSource};
use model::{Mac, NetworkId};
pub use range::{NotARange, Range};

/// What an address is to a sensor. Exactly one applies; the first that matches, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zone {
    /// Never reported: no address of it leaves the sensor.
    Excluded,
    /// Internal, shown in the inventory.
    Inventoried,
    /// Internal, flows only.
    NonInventoried,
    /// A named external group that is watched.
    MonitoredExternal,
    /// Everything else.
    External,
}

/// The tables a sensor works from, made once from a [`Config`].
#[derive(Clone, Debug, Default)]
pub struct Zones {
    /// Longest prefix first within each zone.
    ranges: Vec<(Zone, Range, u16)>,
    /// The IPv4 ones among them in the same order, first and last address and
    /// place: every packet of note is looked up here.
    v4: Vec<([u32; 2], u32)>,
    macs: Vec<Mac>,
    networks: Vec<(NetworkSource, NetworkId)>,
    home: Network,
    names: Vec<Network>,
    groups: Vec<alloc::string::String>,
    learning: bool,
    excludes_any: bool,
}

/// The zone of an address and the name of the group that decided it, if any did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<'z> {
    /// The zone.
    pub zone: Zone,
    /// Name of the deciding group; `None` when nothing matched.
    pub group: Option<&'z str>,
}

impl Zones {
    /// Compiles a configuration.
    pub fn new(config: &Config) -> Zones {
        let mut made =
            Zones { macs: config.excluded_macs.clone(), learning: config.learning, ..Zones::default() };
        made.home = config.home.clone();
        made.networks.extend(config.networks.iter().map(|rule| (rule.source, rule.network.id)));
        made.names.extend(config.networks.iter().map(|rule| rule.network.clone()));
        let group = |made: &mut Zones, name: &str| {
            made.groups.push(name.into());
            (made.groups.len() - 1) as u16
        };
        let excluded = group(&mut made, "excluded");
        made.ranges.extend(config.excluded.iter().map(|range| (Zone::Excluded, *range, excluded)));
        for each in &config.internal {
            let zone = match each.inventory {
                InventoryMode::Inventoried => Zone::Inventoried,
                InventoryMode::FlowsOnly => Zone::NonInventoried,
            };
            let index = group(&mut made, &each.name);
            made.ranges.extend(each.ranges.iter().map(|range| (zone, *range, index)));
        }
        for each in &config.monitored_external {
            let index = group(&mut made, &each.name);
            made.ranges.extend(each.ranges.iter().map(|range| (Zone::MonitoredExternal, *range, index)));
        }
        made.ranges.sort_by(|a, b| (a.0, b.1.specificity()).cmp(&(b.0, a.1.specificity())));
        let v4 =
            made.ranges.iter().enumerate().filter_map(|(at, (_, range, _))| Some((range.v4()?, at as u32)));
        made.v4 = v4.collect();
        made.macs.sort_unstable();
        made.excludes_any = !config.excluded_macs.is_empty() || !config.excluded.is_empty();
        made
    }

    /// The zone of an address, and the group that decided it.
    pub fn place(&self, ip: IpAddr) -> Placed<'_> {
        match self.deciding(ip) {
            Some((zone, _, group)) => {
                Placed { zone: *zone, group: self.groups.get(usize::from(*group)).map(|name| name.as_str()) }
            }
            None => Placed { zone: Zone::External, group: None },
        }
    }

    /// The first range that holds the address.
    fn deciding(&self, ip: IpAddr) -> Option<&(Zone, Range, u16)> {
        let IpAddr::V4(v4) = ip else {
            return self.ranges.iter().find(|(_, range, _)| range.contains(ip));
        };
        let bits = v4.to_bits();
        let (_, at) = self.v4.iter().find(|([first, last], _)| *first <= bits && bits <= *last)?;
        self.ranges.get(*at as usize)
    }

    /// True when what is said of this address may describe an asset: it is
    /// inventoried, or nothing is known of it and ranges are still being learned.
    pub fn may_be_asset(&self, ip: IpAddr) -> bool {
        match self.deciding(ip).map_or(Zone::External, |(zone, ..)| *zone) {
            Zone::Inventoried => true,
            Zone::External => self.learning,
            Zone::Excluded | Zone::NonInventoried | Zone::MonitoredExternal => false,
        }
    }

    /// True when nothing about this MAC may be reported.
    pub fn excludes_mac(&self, mac: Mac) -> bool {
        self.macs.binary_search(&mac).is_ok()
    }

    /// True when any address is excluded at all.
    pub fn excludes_any(&self) -> bool {
        self.excludes_any
    }

    /// The network of a frame: by tunnel, else by VLAN, else by port, else the home network.
    pub fn network(&self, port: u16, vlan: Option<u16>, tunnel: Option<(&str, u32)>) -> NetworkId {
        if self.networks.is_empty() {
            return self.home.id;
        }
        let by = |wanted: NetworkSource| {
            self.networks.iter().find(|(source, _)| *source == wanted).map(|(_, id)| *id)
        };
        let by_tunnel = tunnel.and_then(|(_, id)| by(NetworkSource::Tunnel(id)));
        let by_vlan = || vlan.and_then(|vlan| by(NetworkSource::Vlan(vlan)));
        by_tunnel.or_else(by_vlan).or_else(|| by(NetworkSource::Port(port))).unwrap_or(self.home.id)
    }

    /// Name of a network.
    pub fn network_name(&self, id: NetworkId) -> &str {
        let named = self.names.iter().find(|network| network.id == id).unwrap_or(&self.home);
        named.name.as_str()
    }

    /// Every network that frames may be of, with its name; several rules may repeat one.
    pub fn all_networks(&self) -> impl Iterator<Item = &Network> {
        core::iter::once(&self.home).chain(&self.names)
    }

    /// True when frames are told apart by their VLAN: a source that does not see
    /// tags must not be used then.
    pub fn maps_vlans(&self) -> bool {
        self.networks.iter().any(|(source, _)| matches!(source, NetworkSource::Vlan(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn the_order_of_the_table_decides_then_the_longest_prefix() {
        let config = Config {
            excluded: vec!["10.9.0.0/16".parse().unwrap()],
            internal: vec![
                Group::new("all", &["10.0.0.0/8"], InventoryMode::Inventoried),
                Group::new("guests", &["10.1.0.0/16"], InventoryMode::FlowsOnly),
                Group::new("desk", &["10.1.1.0-10.1.1.9"], InventoryMode::Inventoried),
            ],
            ..Config::default()
        };
        let zones = Zones::new(&config);
        let zone = |ip: &str| zones.place(ip.parse().unwrap()).zone;
        assert_eq!(zone("10.9.1.1"), Zone::Excluded);
        assert_eq!(zone("10.1.1.5"), Zone::Inventoried);
        assert_eq!(zone("10.2.0.1"), Zone::Inventoried);
        assert_eq!(zone("8.8.8.8"), Zone::External);
        assert_eq!(zones.place("10.1.1.5".parse().unwrap()).group, Some("desk"));
    }

    #[test]
    fn networks_by_tunnel_then_vlan_then_port() {
        let rule = |source, id, name: &str| NetworkRule {
            source,
            network: Network { id: NetworkId(id), name: name.into() },
        };
        let config = Config {
            networks: vec![
                rule(NetworkSource::Vlan(10), 7, "cell-1"),
                rule(NetworkSource::Tunnel(5001), 8, "dc"),
                rule(NetworkSource::Port(2), 9, "lab"),
                rule(NetworkSource::Vlan(11), 7, "cell-1"),
            ],
            ..Config::default()
        };
        let zones = Zones::new(&config);
        let name = |port, vlan, tunnel| zones.network_name(zones.network(port, vlan, tunnel));
        assert_eq!(name(0, Some(10), None), "cell-1");
        assert_eq!(name(0, Some(11), Some(("vxlan", 5001))), "dc");
        assert_eq!(name(2, None, None), "lab");
        assert_eq!(name(0, Some(99), None), "default");
    }
}
