//! Tunnels and networks: what is inside belongs to other hosts than the ends, and
//! the same address in two networks is two hosts.

mod support;

use capture::craft::{Craft, Path};
use model::NetworkId;
use support::{SMALL, Talk, at, hear, hear_with, input, ip, path, private};
use zones::{Config, Network, NetworkRule, NetworkSource, Zones};

/// A VXLAN header (RFC 7348 §5) for a VNI, and the frame it carries.
fn vxlan(vni: u32, inner: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = vni.to_be_bytes();
    [&[8, 0, 0, 0, a, b, c, 0][..], inner].concat()
}

/// Every frame of a connection in a tunnel between hosts 201 and 202 on VLAN 9.
fn tunnelled(vni: u32) -> Craft {
    let mut inner = Craft::new();
    Talk::new(&mut inner, path(1, 2), 40_000, 50_000).open();
    let mut outer_path = path(201, 202);
    outer_path.link.vlan = Some(9);
    let mut craft = Craft::new();
    for (time, frame) in inner.frames() {
        craft.udp(time, &outer_path, 55_555, 4_789, &vxlan(vni, frame));
    }
    craft
}

fn rule(source: NetworkSource, id: u16, name: &str) -> NetworkRule {
    NetworkRule { source, network: Network { id: NetworkId(id), name: name.into() } }
}

#[test]
fn the_flows_of_a_tunnel_are_the_inner_ones() {
    let heard = hear(&tunnelled(77));
    let talk = heard.only();
    assert_eq!((talk.client, talk.server, talk.port, talk.packets), (ip(1), ip(2), 50_000, [2, 1]));
    assert!(heard.values("eth.tunnel").iter().all(|value| *value == "vxlan 77"));
    assert!(heard.has(ip(1), "eth.tunnel") && heard.has(ip(2), "eth.tunnel"));
    let vxlan = packet::Stripped::NAMES.iter().position(|(_, name)| *name == "VXLAN").unwrap();
    assert_eq!(heard.stats.stripped[vxlan], 3);
}

#[test]
fn the_ends_of_a_tunnel_are_hosts_with_their_own_vlan() {
    let heard = hear(&tunnelled(77));
    assert!(heard.has(ip(201), "eth.source") && heard.has(ip(201), "eth.vlan"));
    assert!(!heard.has(ip(201), "eth.tunnel"), "it is not inside");
    assert!(!heard.has(ip(1), "eth.vlan"), "the outer tag is not the inner host's");
    assert_eq!((heard.values("eth.vlan"), heard.stats.vlans.get(&9)), (vec!["9"], Some(&3)));
}

/// The same exchange on VLAN 10, on VLAN 11 and untagged.
fn three_times() -> Craft {
    let mut craft = Craft::new();
    for (n, vlan) in [Some(10), Some(11), None].into_iter().enumerate() {
        let path = |from, to| -> Path {
            let mut path = path(from, to);
            path.link.vlan = vlan;
            path
        };
        craft.udp(at(100 * n as u64), &path(1, 2), 40_000, 50_000, b"question");
        craft.udp(at(100 * n as u64 + 1), &path(1, 2).back(64), 50_000, 40_000, b"answer");
    }
    craft
}

#[test]
fn without_rules_all_vlans_are_one_network() {
    let heard = hear(&three_times());
    assert_eq!((heard.only().flows, heard.only().packets), (1, [3, 3]));
    assert_eq!(heard.only().network, NetworkId(0));
}

#[test]
fn the_same_addresses_in_two_vlans_are_two_conversations() {
    let networks = vec![rule(NetworkSource::Vlan(10), 1, "one"), rule(NetworkSource::Vlan(11), 2, "two")];
    let heard = hear_with(&three_times(), &Config { networks, ..private() }, 64, SMALL);
    let found: Vec<_> =
        heard.report.conversations.iter().map(|talk| (talk.network.0, talk.packets)).collect();
    assert_eq!(found, [(0, [1, 1]), (1, [1, 1]), (2, [1, 1])]);
    let mut seen: Vec<u16> = heard.report.intervals.iter().map(|one| one.sighting.network.0).collect();
    seen.dedup();
    assert_eq!(seen, [0, 1, 2]);
}

#[test]
fn a_tunnel_is_a_network_before_its_vlan_is() {
    let networks =
        vec![rule(NetworkSource::Vlan(9), 1, "underlay"), rule(NetworkSource::Tunnel(77), 2, "cell")];
    let heard = hear_with(&tunnelled(77), &Config { networks, ..private() }, 64, SMALL);
    assert_eq!(heard.only().network, NetworkId(2));
    let networks = vec![rule(NetworkSource::Vlan(9), 1, "underlay")];
    let heard = hear_with(&tunnelled(77), &Config { networks, ..private() }, 64, SMALL);
    assert_eq!(heard.only().network, NetworkId(1), "the outer VLAN counts when the tunnel has no rule");
}

#[test]
fn ports_of_the_sensor_are_networks() {
    let networks = vec![rule(NetworkSource::Port(1), 1, "lab")];
    let zones = Zones::new(&Config { networks, ..private() });
    let mut tracker = sense::Tracker::new(zones.clone(), SMALL);
    let mut worker = sense::Worker::new(64, 1);
    let mut craft = Craft::new();
    craft.udp(at(1), &path(1, 2), 40_000, 50_000, b"one");
    craft.udp(at(900), &path(1, 2), 40_000, 50_000, b"two");
    for (port, (time, data)) in craft.frames().enumerate() {
        worker.frame(&sense::Input { port: port as u16, ..input(1, time, data) }, &zones, &mut tracker);
    }
    worker.finish(&mut tracker);
    let counted: Vec<_> = worker.stats().ports.iter().map(|port| (port.frames, port.last)).collect();
    assert_eq!(counted, [(1, at(1)), (1, at(900))]);
    let networks: Vec<_> = tracker.report().conversations.iter().map(|talk| talk.network.0).collect();
    assert_eq!(networks, [0, 1]);
}

#[test]
fn the_same_packet_in_two_networks_is_no_copy() {
    let mut craft = Craft::new();
    let mut tagged = path(1, 2);
    tagged.link.vlan = Some(10);
    craft.udp(at(1), &tagged, 40_000, 50_000, b"identical cells");
    let mut frame = craft.frames().next().map(|(_, frame)| frame.to_vec()).unwrap();
    frame[15] = 11;
    craft.raw(at(2), &frame);
    let networks = vec![rule(NetworkSource::Vlan(10), 1, "one"), rule(NetworkSource::Vlan(11), 2, "two")];
    let heard = hear_with(&craft, &Config { networks, ..private() }, 64, SMALL);
    assert_eq!((heard.report.conversations.len(), heard.stats.copied()), (2, 0));
}
