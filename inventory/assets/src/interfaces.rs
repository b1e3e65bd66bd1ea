//! Interfaces of an asset: MACs, addresses and how they were given.

use std::collections::{BTreeMap, BTreeSet};

use identity::{Group, Held, MacNature};
use model::{Interval, Mac, NetworkId, Time};

use crate::assignment::Assignment;
use crate::config::Config;
use crate::doc::{Address, Interface, MacNature as Nature, Stamp, SwitchPort};

/// The interfaces of a group.
pub fn all(
    group: &Group,
    intervals: &[Interval],
    assignment: &Assignment,
    config: &Config<'_>,
) -> Vec<Interface> {
    let siblings: Vec<&Held> = group.addresses.iter().collect();
    let address = |held: &Held| Address {
        ip: held.ip,
        kind: assignment.kind(held, &siblings, config),
        proof: held.proof.map_or(String::new(), |proof| proof.name().to_owned()),
        first_seen: Stamp(held.first),
        last_seen: Stamp(held.last),
        count: held.count,
        lease_until: held.lease_until.map(Stamp),
    };
    let mut out: Vec<Interface> = Vec::new();
    for seen in &group.macs {
        let of = |held: &&Held| held.mac == Some(seen.mac) && held.network == seen.network;
        let said = Said::of(group, intervals, seen.network, Some(seen.mac));
        out.push(Interface {
            mac: Some(seen.mac),
            mac_kind: match seen.nature {
                MacNature::Universal => Nature::Universal,
                MacNature::LocalStable => Nature::LocalStable,
                MacNature::LocalRotating => Nature::LocalRotating,
                MacNature::Local => Nature::Unknown,
            },
            vendor: fingerprint::vendor(seen.mac).map(str::to_owned),
            network: config.network_name(seen.network),
            vlan: said.vlans,
            addresses: group.addresses.iter().filter(of).map(address).collect(),
            switch: said.switch,
            first_seen: Stamp(seen.first),
            last_seen: Stamp(seen.last),
        });
    }
    // MACs the host named, which were not heard themselves.
    let heard: BTreeSet<Mac> = group.macs.iter().map(|seen| seen.mac).collect();
    let named = group.keys.iter().filter_map(identity::Key::mac).filter(|mac| !heard.contains(mac));
    let span = span(group);
    for mac in named {
        out.push(Interface {
            mac: Some(mac),
            mac_kind: Nature::Universal,
            vendor: fingerprint::vendor(mac).map(str::to_owned),
            network: first_network(group, intervals, config),
            first_seen: Stamp(span.0),
            last_seen: Stamp(span.1),
            ..Interface::default()
        });
    }
    let mut without: BTreeMap<NetworkId, Vec<&Held>> = BTreeMap::new();
    for held in group.addresses.iter().filter(|held| held.mac.is_none()) {
        without.entry(held.network).or_default().push(held);
    }
    for (network, list) in without {
        let said = Said::of(group, intervals, network, None);
        out.push(Interface {
            network: config.network_name(network),
            vlan: said.vlans,
            switch: said.switch,
            first_seen: Stamp(list.iter().map(|held| held.first).min().unwrap_or_default()),
            last_seen: Stamp(list.iter().map(|held| held.last).max().unwrap_or_default()),
            addresses: list.into_iter().map(address).collect(),
            ..Interface::default()
        });
    }
    out
}

/// First and last time of anything of a group.
pub fn span(group: &Group) -> (Time, Time) {
    let firsts = group.pieces.iter().map(|p| p.first).chain(group.macs.iter().map(|m| m.first));
    let lasts = group.pieces.iter().map(|p| p.last).chain(group.macs.iter().map(|m| m.last));
    (firsts.min().unwrap_or_default(), lasts.max().unwrap_or_default())
}

/// Name of the network a group was first heard in.
pub fn first_network(group: &Group, intervals: &[Interval], config: &Config<'_>) -> String {
    let pieces = group.pieces.iter().map(|p| (p.first, intervals[p.interval].sighting.network));
    let macs = group.macs.iter().map(|seen| (seen.first, seen.network));
    config.network_name(pieces.chain(macs).min().map_or(NetworkId(0), |(_, network)| network))
}

/// What observations say of where an interface hangs.
#[derive(Default)]
struct Said {
    vlans: Vec<u16>,
    switch: Option<SwitchPort>,
}

impl Said {
    fn of(group: &Group, intervals: &[Interval], network: NetworkId, mac: Option<Mac>) -> Said {
        let own: BTreeSet<Mac> = group.macs.iter().map(|seen| seen.mac).collect();
        let mut vlans = BTreeSet::new();
        let (mut port, mut remote) = (None, None);
        for piece in &group.pieces {
            let interval = &intervals[piece.interval];
            let theirs = interval.sighting.mac.filter(|mac| own.contains(mac));
            if interval.sighting.network != network || theirs != mac {
                continue;
            }
            match &*interval.field {
                "eth.vlan" => {
                    let outer = interval.value.split('.').next().and_then(|text| text.parse::<u16>().ok());
                    vlans.extend(outer);
                }
                "dhcp.relay_circuit" => port = port.max(Some((interval.last, &interval.value))),
                "dhcp.relay_remote" => remote = remote.max(Some((interval.last, &interval.value))),
                _ => {}
            }
        }
        let switch = port.map(|(_, port)| SwitchPort {
            name: remote.map_or(String::new(), |(_, name)| name.clone()),
            port: port.clone(),
            via: "dhcp option 82".to_owned(),
        });
        Said { vlans: vlans.into_iter().collect(), switch }
    }
}
