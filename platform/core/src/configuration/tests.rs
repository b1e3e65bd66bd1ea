//! Putting, refusing and compiling configurations.

use model::NetworkId;

use super::*;
use crate::testing::Bench;
use crate::views::{InternalGroup, NetworkMap};

fn group(name: &str, ranges: &[&str], sensors: &[&str]) -> InternalGroup {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_string()).collect();
    InternalGroup {
        name: name.into(),
        ranges: texts(ranges),
        inventory: true,
        dhcp: false,
        sensors: texts(sensors),
    }
}

fn with(bench: &Bench, edit: impl FnOnce(&mut Configuration)) -> Result<u64> {
    let mut configuration = bench.platform.configuration().unwrap();
    edit(&mut configuration);
    bench.platform.configure(&configuration, "anna")
}

#[test]
fn a_version_is_put_once_and_kept() {
    let mut bench = Bench::new();
    assert_eq!(with(&bench, |new| new.internal.push(group("desk", &["10.0.0.0/8"], &[]))).unwrap(), 1);
    let old = Configuration { version: 0, ip_inactivity_hours: 24, ..Configuration::default() };
    assert!(matches!(bench.platform.configure(&old, "bert"), Err(Error::Conflict { .. })));
    assert_eq!(with(&bench, |_| {}).unwrap(), 1, "nothing changed");
    assert_eq!(with(&bench, |new| new.excluded.push("10.9.0.0/16".into())).unwrap(), 2);
    bench.restart();
    assert_eq!(bench.platform.configuration().unwrap().excluded, ["10.9.0.0/16"]);
    let versions = bench.platform.configuration_versions().unwrap();
    let shown: Vec<_> = versions.iter().map(|one| (one.version, one.by.as_str())).collect();
    assert_eq!(shown, [(2, "anna"), (1, "anna")]);
    assert!(versions[1].words.contains("\"desk\" added"), "{}", versions[1].words);
}

#[test]
fn names_the_field_that_cannot_be() {
    let bench = Bench::new();
    bench.new_sensor("hall 3", &[]);
    type Edit = fn(&mut Configuration);
    let cases: &[(&str, Edit)] = &[
        ("internal[0].ranges[1]", |new| new.internal = vec![group("a", &["10.0.0.0/8", "10.0.0.0/33"], &[])]),
        ("internal[0].ranges", |new| new.internal = vec![group("a", &[], &[])]),
        ("internal[0].name", |new| new.internal = vec![group("", &["10.0.0.0/8"], &[])]),
        ("internal[1].name", |new| {
            new.internal = vec![group("a", &["10.0.0.0/8"], &[]), group("a", &["11.0.0.0/8"], &[])];
        }),
        ("internal[0].sensors[0]", |new| new.internal = vec![group("a", &["10.0.0.0/8"], &["hall 4"])]),
        ("internal", |new| new.internal = vec![group("a", &["10.0.0.0/8"], &[]); 300]),
        ("excluded[0]", |new| new.excluded = vec!["aa:bb:cc".into()]),
        ("monitored_external[0].ranges[0]", |new| {
            new.monitored_external = vec![("x".into(), vec!["example.org".into()])];
        }),
        ("domains[0]", |new| new.domains = vec!["exa mple".into()]),
        ("excluded_hostnames[1]", |new| new.excluded_hostnames = vec!["ok".into(), "a\tb".into()]),
        ("ip_inactivity_hours", |new| new.ip_inactivity_hours = 0),
        ("network_maps[0].source", |new| {
            new.network_maps = vec![map("hall 3", "vlan:4095", "default")];
        }),
        ("network_maps[0].network", |new| new.network_maps = vec![map("hall 3", "vlan:1", "nowhere")]),
        ("network_maps[0].sensor", |new| new.network_maps = vec![map("hall 4", "vlan:1", "default")]),
        ("network_maps[1].source", |new| {
            new.network_maps = vec![map("hall 3", "vlan:1", "default"), map("hall 3", "vlan:1", "default")];
        }),
    ];
    for (wanted, edit) in cases {
        match with(&bench, edit) {
            Err(Error::Invalid { field, .. }) => assert_eq!(&field, wanted),
            other => panic!("{wanted}: {other:?}"),
        }
    }
    assert_eq!(bench.platform.configuration().unwrap().version, 0);
}

fn map(sensor: &str, source: &str, network: &str) -> NetworkMap {
    NetworkMap { sensor: sensor.into(), source: source.into(), network: network.into() }
}

#[test]
fn each_sensor_gets_what_is_meant_for_it_and_only_then_another_version() {
    let bench = Bench::new();
    let cell = bench.platform.new_network("cell", "anna").unwrap();
    let lab = bench.platform.new_network("lab", "anna").unwrap();
    assert!(bench.platform.new_network("lab", "anna").is_err());
    let (one, two) = (bench.registered("one", &["cell"]), bench.registered("two", &[]));
    let config = |id: &str| bench.platform.inner().tables().configs[id].clone();
    let before = config(&two.id);
    with(&bench, |new| {
        new.internal = vec![group("a", &["10.0.0.0/8"], &["one"])];
        new.excluded = vec!["10.1.0.0/16".into(), "aa:bb:cc:00:00:01".into()];
        new.network_maps = vec![map("one", "vlan:10", "lab")];
    })
    .unwrap();
    let first = config(&one.id);
    assert_eq!(first.zones.home.id, NetworkId(cell.id));
    assert_eq!(first.zones.networks[0].network.id, NetworkId(lab.id));
    assert_eq!(
        (first.zones.internal.len(), first.zones.excluded.len(), first.zones.excluded_macs.len()),
        (1, 1, 1)
    );
    let second = config(&two.id);
    assert_eq!(
        (second.zones.internal.len(), second.version),
        (0, before.version + 1),
        "the exclusions are for it too"
    );
    with(&bench, |new| new.internal[0].ranges.push("11.0.0.0/8".into())).unwrap();
    assert_eq!(config(&two.id).version, second.version);
    assert_eq!(config(&one.id).version, first.version + 1);
    let networks = bench.platform.networks().unwrap();
    let sensors = |name: &str| networks.iter().find(|network| network.name == name).unwrap().sensors.clone();
    assert_eq!((sensors("lab"), sensors("default")), (vec!["one".to_string()], vec!["two".to_string()]));
}

#[test]
fn versions_of_sensors_go_on_after_a_restart_and_wake_who_waits() {
    let mut bench = Bench::new();
    let sensor = bench.registered("one", &[]);
    let wait = |platform: &Platform, have| {
        platform.config_for(&sensor.caller(platform), &wire::WaitConfig { have, wait: 0 }).unwrap()
    };
    let first = wait(&bench.platform, 0).unwrap();
    assert_eq!(wait(&bench.platform, first.version), None);
    bench.restart();
    assert_eq!(wait(&bench.platform, first.version), None, "the same after a restart");
    let woken = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let count = woken.clone();
    bench.platform.on_configuration_change(Box::new(move || {
        count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }));
    bench.platform.new_network("lab", "anna").unwrap();
    let times = || woken.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(times(), 0, "nothing to do with this sensor");
    bench.platform.pause(&sensor.id, true, "anna").unwrap();
    assert_eq!(times(), 1);
    let second = wait(&bench.platform, first.version).unwrap();
    assert!(second.paused && second.version > first.version);
}

#[test]
fn ranges_that_two_sensors_inventory_are_told() {
    let bench = Bench::new();
    bench.new_sensor("one", &[]);
    bench.new_sensor("two", &[]);
    with(&bench, |new| new.internal = vec![group("both", &["10.0.0.0/8"], &[])]).unwrap();
    assert_eq!(bench.events(), []);
    with(&bench, |new| {
        new.internal = vec![group("a", &["10.0.0.0/8"], &["one"]), group("b", &["10.7.0.0/16"], &["two"])];
    })
    .unwrap();
    assert_eq!(bench.events(), [("overlapping_ranges".to_string(), 1)]);
    with(&bench, |new| new.internal[1].inventory = false).unwrap();
    assert_eq!(bench.events(), [("overlapping_ranges".to_string(), 1)]);
}

#[test]
fn heard_ranges_say_what_covers_them() {
    let bench = Bench::new();
    let sensor = bench.registered("one", &[]);
    let heard = |range: &str, network, hosts| wire::HeardRange {
        network: NetworkId(network),
        range: range.parse().unwrap(),
        vlans: vec![10],
        hosts,
        first: model::Time(0),
        last: model::Time(0),
    };
    let status = wire::Status {
        heard: vec![heard("10.1.0.0/24", 0, 3), heard("10.2.0.0/24", 0, 9), heard("10.3.0.0/24", 7, 99)],
        ..wire::Status::default()
    };
    bench.platform.status(&sensor.caller(&bench.platform), status).unwrap();
    with(&bench, |new| {
        new.internal = vec![group("desk", &["10.1.0.0/16"], &[])];
        new.excluded = vec!["10.2.0.0/16".into()];
    })
    .unwrap();
    let shown: Vec<_> = bench.platform.heard_ranges().unwrap();
    let shown: Vec<_> =
        shown.iter().map(|one| (one.range.as_str(), one.group.as_deref(), one.excluded)).collect();
    assert_eq!(
        shown,
        [("10.2.0.0/24", None, true), ("10.1.0.0/24", Some("desk"), false)],
        "not the foreign network"
    );
}
