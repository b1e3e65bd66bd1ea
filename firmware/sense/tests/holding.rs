//! Until a range is configured nothing leaves the sensor but ranges; then all that
//! was held of them does.

mod support;

use capture::craft::{Craft, Link, Path};
use model::Mac;
use support::{Running, at, configured, ip, mac, path, private};
use wire::{SensorConfig, State};
use zones::{Config, Group, InventoryMode};

const MINUTE: u64 = 60_000;

fn inventoried(ranges: &[&str]) -> Config {
    Config { internal: vec![Group::new("a", ranges, InventoryMode::Inventoried)], ..Config::default() }
}

/// Private hosts on two VLANs, a public one on the link, and one beyond a router.
fn traffic(running: &mut Running, minute: u64) {
    let mut craft = Craft::new();
    let now = minute * MINUTE;
    for host in 1..=9 {
        craft.udp(at(now + u64::from(host)), &path(host, 200), 40_000, 50_000, b"hello");
    }
    let mut tagged = path(1, 2);
    tagged.link.vlan = Some(30);
    (tagged.src, tagged.dst) = ([10, 0, 7, 1].into(), [10, 0, 7, 2].into());
    craft.udp(at(now + 20), &tagged, 40_000, 50_000, b"plant");
    let link = Link { src: mac(77), dst: Mac([0xff; 6]), vlan: None };
    craft.arp(
        at(now + 30),
        &link,
        2,
        (mac(77), [198, 51, 100, 7].into()),
        (mac(1), [198, 51, 100, 1].into()),
    );
    let far = Path { src: [203, 0, 113, 9].into(), ttl: 57, ..path(200, 1) };
    craft.udp(at(now + 40), &far, 443, 40_000, b"from afar");
    craft.udp(at(now + 41), &far.back(64), 40_000, 443, b"to afar");
    running.hear(&craft);
}

#[test]
fn while_holding_no_address_is_told_but_ranges_are() {
    let mut running = Running::new(&SensorConfig::default());
    (0..120).for_each(|minute| traffic(&mut running, minute));
    assert_eq!(running.told, [], "{}", running.text());
    let counts = running.sensor.counts();
    assert_eq!((counts.state, counts.sightings[1]), (State::Holding, 0));
    let heard: Vec<_> = running
        .sensor
        .heard_ranges()
        .into_iter()
        .map(|heard| (heard.range.to_string(), heard.hosts, heard.vlans))
        .collect();
    let wanted = [
        ("10.0.0.0-10.0.0.255", 9, vec![]),
        ("10.0.7.0-10.0.7.255", 1, vec![30]),
        ("198.51.100.0-198.51.100.255", 1, vec![]),
    ];
    assert_eq!(heard, wanted.map(|(range, hosts, vlans)| (range.to_owned(), hosts, vlans)));
    let first = &running.sensor.heard_ranges()[0];
    assert_eq!(first.first, at(1));
    assert!(first.last > at(110 * MINUTE));
}

#[test]
fn what_was_held_is_told_as_soon_as_a_range_is_configured() {
    let mut running = Running::new(&SensorConfig::default());
    (0..100).for_each(|minute| traffic(&mut running, minute));
    running.sensor.set_config(&configured(inventoried(&["10.0.0.0/24"])));
    running.until(at(100 * MINUTE + 3_000));
    assert_eq!(running.sensor.counts().state, State::Sensing);
    let of = |host| running.intervals().filter(move |one| one.sighting.ip == Some(ip(host)));
    for host in 1..=9 {
        let source = of(host).find(|one| one.field == "eth.source").expect("it was held");
        assert_eq!((source.first, source.frame > 0), (at(u64::from(host)), true));
        assert!(source.count >= 90, "{}", source.count);
    }
    let mut networks: Vec<_> = running.intervals().filter_map(|one| one.sighting.ip).collect();
    networks.retain(|ip| !ip.to_string().starts_with("10.0.0."));
    assert_eq!(networks, [] as [std::net::IpAddr; 0], "nothing else is inventoried");
    // Conversations of the last half hour that is over were held too.
    let ends: Vec<u64> = running.records().map(|one| one.end.since(at(0)) / 60_000_000_000).collect();
    assert!(!ends.is_empty() && ends.iter().all(|end| *end == 90), "{ends:?}");
    let external = running.records().any(|one| {
        one.conversation.client.to_string() == "203.0.113.9"
            || one.conversation.server.to_string() == "203.0.113.9"
    });
    assert!(external, "conversations with external hosts are told");
}

#[test]
fn another_range_tells_what_was_not_allowed_before() {
    let mut running = Running::new(&configured(inventoried(&["10.0.0.0/24"])));
    (0..10).for_each(|minute| traffic(&mut running, minute));
    let plant = |running: &Running| {
        running.intervals().filter(|one| one.sighting.ip == Some([10, 0, 7, 1].into())).count()
    };
    let old = |running: &Running| running.intervals().filter(|one| one.sighting.ip == Some(ip(1))).count();
    assert_eq!(plant(&running), 0);
    let before = old(&running);
    let zones = inventoried(&["10.0.0.0/24", "10.0.7.0/24", "198.51.100.0/24"]);
    running.sensor.set_config(&configured(zones));
    running.until(at(10 * MINUTE - 1_000));
    assert!(plant(&running) > 0);
    assert!(running.intervals().any(|one| one.sighting.ip == Some([198, 51, 100, 7].into())));
    assert_eq!(old(&running), before, "what was told is not told again for that");
}

#[test]
fn a_range_without_inventory_has_conversations_only() {
    let mut zones = inventoried(&["10.0.7.0/24"]);
    zones.internal.push(Group::new("guests", &["10.0.0.0/24"], InventoryMode::FlowsOnly));
    let mut running = Running::new(&configured(zones.clone()));
    // A guest asks for its address before anybody knows that it is one.
    let link = Link { src: mac(5), dst: Mac([0xff; 6]), vlan: None };
    let mut craft = Craft::new();
    craft.ethernet(at(1), &link, 0x8999, b"an unknown protocol");
    craft.arp(at(3_000), &link, 1, (mac(5), [10, 0, 0, 5].into()), (Mac([0; 6]), [10, 0, 0, 1].into()));
    let link = Link { src: mac(6), ..link };
    craft.ethernet(at(4_000), &link, 0x8999, b"it has no address");
    running.hear(&craft);
    (1..40).for_each(|minute| traffic(&mut running, minute));
    assert!(running.intervals().all(|one| one.sighting.mac != Some(mac(5))), "{}", running.text());
    assert!(running.intervals().any(|one| one.sighting.mac == Some(mac(6))));
    assert!(running.records().any(|one| one.conversation.client == ip(3)));
    // When guests are inventoried after all, it is told.
    zones.internal[1].inventory = InventoryMode::Inventoried;
    running.sensor.set_config(&configured(zones));
    running.until(at(40 * MINUTE));
    assert!(running.intervals().any(|one| one.sighting.mac == Some(mac(5)) && one.sighting.ip.is_none()));
    assert!(running.intervals().any(|one| one.sighting.ip == Some(ip(3))));
}

#[test]
fn an_external_host_never_has_facts() {
    let mut running = Running::new(&configured(private()));
    (0..40).for_each(|minute| traffic(&mut running, minute));
    running.until(at(60 * MINUTE));
    assert!(running.intervals().all(|one| one.sighting.ip != Some([203, 0, 113, 9].into())));
    assert!(running.records().any(|one| one.conversation.client.to_string() == "203.0.113.9"
        || one.conversation.server.to_string() == "203.0.113.9"));
}
