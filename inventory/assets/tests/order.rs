//! The inventory is a function of what was heard, not of the order, batching or
//! repetition it arrived in.

use assets::{Config, Input, build, canonical_json};
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

fn interval() -> impl Strategy<Value = Interval> {
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

fn conversation() -> impl Strategy<Value = Conversation> {
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

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        (0..3u8).prop_map(|n| Key::Mac { mac: Mac([0, 0x1b, 0x1b, 0, 0, n]) }),
        (0..7u8).prop_map(|n| Key::of_ip(NetworkId(0), ip(n))),
        prop_oneof!["one", "two"].prop_map(|name| Key::Hostname { name }),
    ]
}

fn assertion() -> impl Strategy<Value = Assertion> {
    let act = prop_oneof![
        (key(), key()).prop_map(|(a, b)| Act::Merge { a, b }),
        (key(), key()).prop_map(|(a, b)| Act::Never { a, b }),
        proptest::collection::btree_set(key(), 1..3).prop_map(|keys| Act::Split { keys }),
        (0..6u8).prop_map(|of| Act::Undo { of: of.to_string() }),
    ];
    (0..9u64, 0..6u8, act).prop_map(|(time, id, act)| Assertion { time: Time(time), id: id.to_string(), act })
}

fn json(intervals: &[Interval], conversations: &[Conversation], assertions: &[Assertion]) -> String {
    let inventory = build(&Input { intervals, conversations, assertions }, &Config::default());
    canonical_json(&inventory).unwrap()
}

/// An earlier state of the same running total.
fn earlier(interval: &Interval) -> Interval {
    let last = Time((interval.first.0 + interval.last.0) / 2);
    Interval { last, count: interval.count.div_ceil(2), ..interval.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_batch_and_repeat_gives_the_same_bytes(
        heard in proptest::collection::vec(interval(), 0..40),
        talks in proptest::collection::vec(conversation(), 0..8),
        said in proptest::collection::vec(assertion(), 0..5),
        seed in any::<u64>(),
    ) {
        let plain = json(&heard, &talks, &said);
        let mut again: Vec<Interval> = heard.iter().chain(&heard).cloned().collect();
        again.extend(heard.iter().map(earlier));
        let mut talks_again: Vec<Conversation> = talks.iter().chain(&talks).cloned().collect();
        let mut said_again: Vec<Assertion> = said.iter().chain(&said).cloned().collect();
        let mut state = seed | 1;
        let mut draw = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        for at in (1..again.len()).rev() {
            again.swap(at, draw(at + 1));
        }
        for at in (1..talks_again.len()).rev() {
            talks_again.swap(at, draw(at + 1));
        }
        said_again.reverse();
        prop_assert_eq!(&plain, &json(&again, &talks_again, &said_again));

        // Folded in two batches first, as a store would.
        let (left, right) = again.split_at(draw(again.len() + 1));
        let mut store: Vec<Interval> = Vec::new();
        for interval in left.iter().chain(right) {
            match store.iter_mut().find(|held| held.same_key(interval)) {
                Some(held) => held.fold(interval),
                None => store.push(interval.clone()),
            }
        }
        prop_assert_eq!(&plain, &json(&store, &talks, &said));
    }

    #[test]
    fn undo_gives_back_the_earlier_bytes(
        heard in proptest::collection::vec(interval(), 0..40),
        said in proptest::collection::vec(assertion(), 0..3),
        a in key(),
        b in key(),
    ) {
        let before = json(&heard, &[], &said);
        let merge = Assertion { time: Time(100), id: "new".into(), act: Act::Merge { a, b } };
        let undo = Assertion { time: Time(101), id: "undo".into(), act: Act::Undo { of: "new".into() } };
        let after: Vec<Assertion> = said.iter().cloned().chain([undo, merge]).collect();
        prop_assert_eq!(before, json(&heard, &[], &after));
    }

    #[test]
    fn the_counts_reconcile(
        heard in proptest::collection::vec(interval(), 0..40),
        talks in proptest::collection::vec(conversation(), 0..8),
    ) {
        let input = Input { intervals: &heard, conversations: &talks, assertions: &[] };
        let inventory = build(&input, &Config::default());
        let sum = &inventory.summary;
        prop_assert_eq!(sum.assets as usize, inventory.assets.len());
        prop_assert_eq!(sum.assets, sum.by_category.values().sum::<u64>());
        prop_assert_eq!(sum.assets, sum.by_type.values().sum::<u64>());
        prop_assert_eq!(sum.observations, sum.in_assets + sum.in_others);
        prop_assert_eq!(sum.conversations as usize, inventory.conversations.len());
        let ids: std::collections::BTreeSet<&String> = inventory.assets.iter().map(|asset| &asset.asset_id).collect();
        prop_assert_eq!(ids.len(), inventory.assets.len());
        for talk in &inventory.conversations {
            for id in talk.client_asset.iter().chain(&talk.server_asset) {
                prop_assert!(ids.contains(id));
            }
        }
    }
}
