//! Caps, full disks, damaged rows, restarts, changed configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use assets::Zone;
use model::NetworkId;
use store::{Error as StoreError, Line, SensorNumber, Sqlite, Store, TalkFilter};
use wire::{Epoch, Mark, Nonce, Report};

use crate::engine::testing::{Bench, StillClock, heard, record};
use crate::engine::{Context, Engine, Ingested, Limits};
use crate::error::Error;
use crate::views::AssetAnswer;

#[test]
fn foreign_networks_are_rejected_and_the_line_stays() {
    let bench = Bench::new();
    let line = Line {
        sensor: SensorNumber(1),
        epoch: Epoch([1; 16]),
        next: 2,
        nonce: Nonce([2; 16]),
        offered: None,
        since: model::Time(1),
        quarantined: false,
        mark: Mark([3; 32]),
    };
    let report = Report { intervals: vec![heard(1, "arp.binding", "request", 1)], ..Report::default() };
    let none = BTreeSet::new();
    let refused = bench.engine.ingest(SensorNumber(1), &none, &report, Some(line.clone())).unwrap();
    assert!(matches!(refused, Ingested::Rejected(words) if words.contains("network 0 (default)")));
    let store = Sqlite::open(&bench.folder.path().join("platform.db")).unwrap();
    assert!(store.lines().unwrap().is_empty());
    let allowed = BTreeSet::from([NetworkId(0)]);
    bench.engine.ingest(SensorNumber(1), &allowed, &report, Some(line.clone())).unwrap();
    assert_eq!(store.lines().unwrap(), [line]);
}

#[test]
fn new_sightings_are_capped_by_the_hour() {
    let bench = Bench::with(Context::default(), 3);
    let hosts: Vec<_> = (0..5).map(|n| heard(n, "dhcp.hostname", &format!("host-{n}"), 1)).collect();
    let counts = bench.hear(&hosts);
    assert_eq!((counts.new, counts.beyond_cap), (3, 2));
    // Known ones go on, another sensor has its own cap.
    let counts = bench.hear(&[heard(0, "dhcp.hostname", "renamed", 9)]);
    assert_eq!((counts.new, counts.beyond_cap), (0, 0));
    assert_eq!(bench.report(2, &Report { intervals: hosts.clone(), ..Report::default() }).new, 3);
    bench.clock.pass(3_600);
    assert_eq!(bench.hear(&hosts).new, 2);
    assert_eq!(bench.names("").len(), 5);
}

#[test]
fn values_of_one_field_are_bounded() {
    let bench = Bench::new();
    let many: Vec<_> = (0..500).map(|n| heard(1, "http.user_agent", &format!("Agent/{n}"), n + 1)).collect();
    bench.hear(&many);
    bench.engine.settle().unwrap();
    let id = bench.engine.assets(&Default::default()).unwrap().items.remove(0).asset_id;
    let AssetAnswer::Found(detail) = bench.engine.asset(&id).unwrap() else { panic!() };
    assert_eq!(detail.asset.observations.len(), super::super::fold::MOST_VALUES);
    assert!(detail.asset.observations.iter().any(|one| one.value == "Agent/499"));
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost_or_half_there() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("platform.db");
    let store = Arc::new(Sqlite::open(&path).unwrap());
    let limits = Limits { new_sightings_per_hour: 100_000, keep_days: 30 };
    let clock = Arc::new(StillClock::at(crate::engine::testing::NOW));
    let engine = Engine::open(store.clone(), clock, limits, Context::default()).unwrap();
    let allowed = BTreeSet::from([NetworkId(0)]);
    let report = |n: u16| {
        let host = |of: u16| heard(n * 40 + of, "dhcp.hostname", &format!("host-{n}-{of}"), 1);
        Report { intervals: (0..40).map(host).collect(), ..Report::default() }
    };
    store.limit_size(400_000).unwrap();
    let mut taken = 0;
    let refused = loop {
        match engine.ingest(SensorNumber(1), &allowed, &report(taken), None) {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 400, "the disk is never full");
    };
    assert!(matches!(refused, Error::Store(StoreError::Disk { .. })), "{refused}");
    store.limit_size(1 << 30).unwrap();
    for n in taken..taken + 3 {
        engine.ingest(SensorNumber(1), &allowed, &report(n), None).unwrap();
    }
    engine.settle().unwrap();
    let total = engine.assets(&Default::default()).unwrap().total;
    assert_eq!(total, u64::from(taken + 3) * 40);
}

#[test]
fn a_damaged_row_stops_nobody() {
    let bench = Bench::new();
    bench.hear(&[heard(1, "dhcp.hostname", "one", 1), heard(2, "dhcp.hostname", "two", 1)]);
    assert_eq!(bench.names("").len(), 2);
    let Bench { folder, clock, engine } = bench;
    drop(engine);
    let path = folder.path().join("platform.db");
    let damage = "UPDATE sighting SET intervals = x'01ff' WHERE id = 1; INSERT INTO stale VALUES (2)";
    rusqlite::Connection::open(&path).unwrap().execute_batch(damage).unwrap();
    let limits = Limits { new_sightings_per_hour: 100, keep_days: 30 };
    let store = Arc::new(Sqlite::open(&path).unwrap());
    let engine = Engine::open(store, clock.clone(), limits, Context::default()).unwrap();
    let bench = Bench { folder, clock, engine };
    bench.hear(&[heard(1, "dhcp.hostname", "one", 2), heard(2, "dhcp.hostname", "two", 2)]);
    assert_eq!(bench.names(""), ["one", "two"]);
}

#[test]
fn an_id_that_a_stronger_key_replaces_leads_to_it() {
    let bench = Bench::new();
    let mut bare = heard(7, "dns.server", "dns", 1);
    bare.sighting.mac = None;
    bench.hear(&[bare]);
    let before = bench.id("10.0.0.7");
    bench.hear(&[heard(7, "arp.binding", "request", 1), heard(7, "dhcp.hostname", "seven", 1)]);
    let now = bench.id("seven");
    assert_ne!(before, now);
    assert_eq!(bench.engine.asset(&before).unwrap(), AssetAnswer::Moved(now.clone()));
    assert_eq!(bench.names("").len(), 1);
    assert_eq!(bench.reopen().engine.asset(&before).unwrap(), AssetAnswer::Moved(now));
}

#[test]
fn new_assets_are_told_once() {
    let bench = Bench::new();
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let hear = told.clone();
    bench.engine.on_new(Box::new(move |new| {
        hear.lock().unwrap().extend(new.into_iter().map(|asset| asset.name));
    }));
    bench.hear(&[heard(1, "dhcp.hostname", "one", 1)]);
    bench.engine.settle().unwrap();
    bench.hear(&[heard(1, "dhcp.vendor_class", "MSFT 5.0", 1), heard(2, "dhcp.hostname", "two", 1)]);
    bench.engine.settle().unwrap();
    assert_eq!(*told.lock().unwrap(), ["one", "two"]);
}

#[test]
fn another_configuration_makes_everything_anew_now_or_at_the_next_start() {
    let bench = Bench::new();
    bench.hear(&[heard(1, "dhcp.hostname", "pc", 1), heard(2, "dhcp.hostname", "pc", 1)]);
    assert_eq!(bench.names("").len(), 1);
    let excluded_hostnames = ["pc".to_owned()].into();
    let identity = identity::Config { excluded_hostnames, ..identity::Config::default() };
    let names = BTreeMap::from([(SensorNumber(1), "hq".to_owned())]);
    let changed = Context { digest: "2".into(), identity, sensors: names.clone(), ..Context::default() };
    bench.engine.set_context(changed.clone());
    assert_eq!(bench.names("seen_by:hq").len(), 2);
    let nothing =
        Context { digest: "3".into(), zone: Arc::new(|_, _| Zone::NonInventoried), ..Context::default() };
    bench.engine.set_context(nothing);
    assert!(bench.names("").is_empty());
    // Opened with the first configuration again.
    assert_eq!(bench.reopen().names("").len(), 1);
}

#[test]
fn old_records_go() {
    let bench = Bench::new();
    let mut old = record(1, 2, 443, 1);
    for time in [&mut old.start, &mut old.end, &mut old.conversation.first, &mut old.conversation.last] {
        time.0 -= 31 * 86_400 * model::Time::SECOND;
    }
    bench.report(1, &Report { records: vec![old, record(1, 2, 443, 1)], ..Report::default() });
    bench.engine.tick().unwrap();
    let store = Sqlite::open(&bench.folder.path().join("platform.db")).unwrap();
    assert_eq!(store.talks(&TalkFilter::default()).unwrap().items.len(), 1);
}
