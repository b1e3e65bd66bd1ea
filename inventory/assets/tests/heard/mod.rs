//! Random observations, conversations and assertions about a few hosts.

use identity::{Act, Assertion, Key};
use model::{Conversation, Interval, KnownBy, Mac, NetworkId, Port, Sighting, Time};
use proptest::prelude::*;

/// Fields that do something to identity or to documents, each with values.
const HEARD: &[(&str, &[&str])] = &[
    ("eth.source", &["frame"]),
    ("eth.vlan", &["10", "20.30"]),
    ("ip.ttl", &["64", "127", "57"]),
    ("ip.forwarded", &["router"]),
    ("arp.binding", &["request", "reply", "announce"]),
    ("ndp.binding", &["ns"]),
    ("ndp.router", &["lifetime=1800 managed=0 other=0 pref=medium"]),
    ("dhcp.lease", &["600", "86400"]),
    ("dhcp.router", &["10.0.0.1"]),
    ("dhcp.hostname", &["one", "two", "three", "raspberrypi"]),
    ("dhcp.client_id", &["duid:0004aabb", "text:longenough"]),
    ("nbns.name", &["ONE<20>", "TWO<00>"]),
    ("nbns.mac", &["00:1b:1b:00:00:01"]),
    ("mdns.hostname", &["two.local"]),
    ("dns.ptr", &["one.example.org"]),
    ("ssh.banner", &["SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"]),
];

fn ip(number: u8) -> std::net::IpAddr {
    match number {
        0..4 => [10, 0, 0, number + 1].into(),
        4 => [192, 0, 2, 9].into(),
        5 => "fe80::21b:1bff:fe00:1".parse().unwrap(),
        _ => "fd00::7".parse().unwrap(),
    }
}

fn sighting() -> impl Strategy<Value = Sighting> {
    let mac = prop_oneof![
        (0..3u8).prop_map(|n| Mac([0, 0x1b, 0x1b, 0, 0, n])),
        (0..3u8).prop_map(|n| Mac([2, 0, 0, 0, 0, n])),
    ];
    (0..2u16, proptest::option::of(mac), proptest::option::of((0..7u8).prop_map(ip)))
        .prop_filter_map("names a host", |(network, mac, ip)| Sighting::new(NetworkId(network), mac, ip))
}

/// An observation of one of a few hosts.
pub fn interval() -> impl Strategy<Value = Interval> {
    let field = (0..HEARD.len()).prop_flat_map(|at| (Just(HEARD[at].0), 0..HEARD[at].1.len(), Just(at)));
    (sighting(), field, 0..50u64, 0..50u64, 1..9u64).prop_map(
        |(sighting, (field, value, at), first, more, count)| {
            let port = (field == "ssh.banner").then_some(Port { transport: 6, number: 22 });
            Interval {
                sighting,
                field: field.into(),
                port,
                value: HEARD[at].1[value].to_owned(),
                first: Time::new(first * 1_000, 0),
                last: Time::new((first + more) * 1_000, 0),
                count,
                frame: first + 1,
            }
        },
    )
}

/// A conversation between two of them.
pub fn conversation() -> impl Strategy<Value = Conversation> {
    (0..7u8, 0..7u8, 0..3usize, 0..50u64, 1..99u64, any::<bool>()).prop_map(
        |(client, server, port, first, n, answered)| Conversation {
            network: NetworkId(0),
            client: ip(client),
            server: ip(server),
            port: [22, 443, 50_000][port],
            transport: 6,
            flows: 1,
            packets: [n, n],
            bytes: [n * 60, n * 90],
            copies: [0, 0],
            copy_bytes: [0, 0],
            first: Time::new(first * 1_000, 0),
            last: Time::new((first + n) * 1_000, 0),
            frame: n,
            protocol: "tls".into(),
            known_by: KnownBy::Payload,
            answered,
            hints: Vec::new(),
        },
    )
}

/// A key of one of them.
pub fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        (0..3u8).prop_map(|n| Key::Mac { mac: Mac([0, 0x1b, 0x1b, 0, 0, n]) }),
        (0..7u8).prop_map(|n| Key::of_ip(NetworkId(0), ip(n))),
        prop_oneof!["one", "two"].prop_map(|name| Key::Hostname { name }),
    ]
}

/// Something said of them; ids repeat.
pub fn assertion() -> impl Strategy<Value = Assertion> {
    let act = prop_oneof![
        (key(), key()).prop_map(|(a, b)| Act::Merge { a, b }),
        (key(), key()).prop_map(|(a, b)| Act::Never { a, b }),
        proptest::collection::btree_set(key(), 1..3).prop_map(|keys| Act::Split { keys }),
        (0..6u8).prop_map(|of| Act::Undo { of: of.to_string() }),
    ];
    (0..9u64, 0..6u8, act).prop_map(|(time, id, act)| Assertion { time: Time(time), id: id.to_string(), act })
}
