//! Folding, paging, and what time makes true.

use model::Time;
use wire::{PortStatus, Status};

use super::*;
use crate::testing::{Bench, report};
use crate::views::InternalGroup;

fn raise(subject: &str) -> Raise {
    Raise { subject: subject.into(), ..Raise::new(kind::GAP, Severity::High, "words".into()) }
}

#[test]
fn repeats_are_folded_also_in_one_commit_and_after_a_restart() {
    let mut bench = Bench::new();
    bench.platform.inner().raise_all(vec![raise("a"), raise("b"), raise("a")]).unwrap();
    bench.clock.pass(60);
    bench.restart();
    bench.platform.inner().raise(raise("a")).unwrap();
    bench.platform.inner().raise(raise("c")).unwrap();
    let events = bench.platform.events(None, 10).unwrap().items;
    let mut shown: Vec<_> = events.iter().map(|event| (event.number, event.count)).collect();
    shown.sort_unstable();
    assert_eq!(shown, [(1, 3), (2, 1), (3, 1)]);
    let folded = events.iter().find(|event| event.number == 1).unwrap();
    assert_eq!(folded.last.0.since(folded.first.0), 60 * Time::SECOND);
}

#[test]
fn the_quietest_go_when_there_are_too_many() {
    let mut bench = Bench::new();
    for n in 0..KEPT {
        bench.platform.inner().raise(raise(&n.to_string())).unwrap();
        bench.clock.pass(1);
    }
    // An old one that happens again is not old.
    bench.platform.inner().raise(raise("0")).unwrap();
    bench.platform.inner().raise(raise("new")).unwrap();
    for _ in 0..2 {
        let mut numbers: Vec<u64> =
            bench.platform.events(None, 1_000).unwrap().items.iter().map(|event| event.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers.len(), KEPT - KEPT / 10 + 1);
        assert_eq!(numbers[..2], [1, KEPT as u64 / 10 + 2], "the first happened again");
        bench.restart();
    }
}

#[test]
fn pages_go_on_where_they_ended() {
    let bench = Bench::new();
    bench.platform.inner().raise_all((0..7).map(|n| raise(&n.to_string())).collect()).unwrap();
    let (mut seen, mut from) = (Vec::new(), None);
    loop {
        let page = bench.platform.events(from.as_deref(), 3).unwrap();
        seen.extend(page.items.into_iter().map(|event| event.number));
        match page.next {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
    assert!(matches!(bench.platform.events(Some("nonsense"), 3), Err(Error::Invalid { .. })));
}

fn status(bench: &Bench, silent: u64, lost: u64, driver: &str) -> Status {
    let now = bench.platform.inner().clock.now();
    let port = PortStatus {
        name: "cap1".into(),
        link: true,
        packets: 1_000,
        last: Time(now.0 - silent * Time::SECOND),
        lost: [0, lost],
        driver: driver.into(),
        ..PortStatus::default()
    };
    Status { time: now, uptime: 1_000, ports: vec![port], ..Status::default() }
}

#[test]
fn what_a_status_says_is_told_when_it_begins() {
    let bench = Bench::new();
    let sensor = bench.registered("hall 3", &[]);
    let caller = sensor.caller(&bench.platform);
    let tell = |silent, lost, driver: &str| {
        bench.platform.status(&caller, status(&bench, silent, lost, driver)).unwrap();
    };
    tell(0, 0, "vmxnet3");
    assert_eq!(bench.events(), []);
    tell(59, 3, "vmxnet3");
    assert_eq!(bench.events(), [], "3 of 5,000 are less than one in a thousand");
    tell(60, 3, "e1000e");
    tell(65, 3, "e1000e");
    let one = |kind: &str, count| (kind.to_string(), count);
    assert_eq!(bench.events(), [one("no_traffic", 1), one("driver_change_required", 1)]);
    tell(0, 100, "vmxnet3");
    tell(70, 100, "vmxnet3");
    let mut events = bench.events();
    events.sort();
    assert_eq!(events, [one("capture_loss", 1), one("driver_change_required", 1), one("no_traffic", 2)]);
}

#[test]
fn a_sensor_that_is_not_heard_is_told_once() {
    let mut bench = Bench::new();
    let sensor = bench.registered("hall 3", &[]);
    bench.new_sensor("never registered", &[]);
    let tell = |bench: &Bench| {
        bench.platform.status(&sensor.caller(&bench.platform), status(bench, 0, 0, "")).unwrap();
        bench.platform.tick().unwrap();
    };
    tell(&bench);
    assert!(!bench.platform.sensor(&sensor.id).unwrap().offline);
    bench.clock.pass(16);
    assert!(bench.platform.sensor(&sensor.id).unwrap().offline);
    bench.platform.tick().unwrap();
    assert_eq!(bench.events(), []);
    bench.clock.pass(60);
    bench.platform.tick().unwrap();
    bench.platform.tick().unwrap();
    assert_eq!(bench.events(), [("sensor_offline".to_string(), 1)]);
    tell(&bench);
    let seen = bench.platform.sensor(&sensor.id).unwrap().last_contact.unwrap();
    bench.clock.pass(600);
    bench.restart();
    // Nobody could be heard while the platform was not there; the contact is known still.
    bench.platform.tick().unwrap();
    assert_eq!(bench.events(), [("sensor_offline".to_string(), 1)]);
    let kept = bench.platform.sensor(&sensor.id).unwrap().last_contact.unwrap();
    assert!(seen.0.since(kept.0) <= 90 * Time::SECOND, "{seen:?} {kept:?}");
}

#[test]
fn two_hours_without_an_asset_are_told_while_sensing() {
    let bench = Bench::new();
    let mut sensor = bench.registered("hall 3", &[]);
    sensor.hello(&bench.platform);
    let pass = |seconds: u64| {
        bench.clock.pass(seconds);
        bench.platform.status(&sensor.caller(&bench.platform), status(&bench, 0, 0, "")).unwrap();
        bench.platform.tick().unwrap();
    };
    pass(3 * 3_600);
    assert_eq!(bench.events(), [], "no range: nothing is to be reported");
    let mut configuration = bench.platform.configuration().unwrap();
    configuration.internal =
        vec![InternalGroup { name: "a".into(), ranges: vec!["10.0.0.0/8".into()], ..Default::default() }];
    bench.platform.configure(&configuration, "anna").unwrap();
    sensor.copy().send(&bench.platform, &report(0, "pc"));
    let pass = |seconds: u64| {
        bench.clock.pass(seconds);
        bench.platform.status(&sensor.caller(&bench.platform), status(&bench, 0, 0, "")).unwrap();
        bench.platform.tick().unwrap();
    };
    pass(7_200);
    assert_eq!(bench.events(), []);
    pass(1);
    assert_eq!(bench.events(), [("asset_reporting_stopped".to_string(), 1)]);
}

#[test]
fn a_certificate_that_is_not_renewed_is_told() {
    let bench = Bench::new();
    let sensor = bench.registered("hall 3", &[]);
    let days = |days: u64| {
        bench.clock.pass(days * 86_400);
        bench.platform.status(&sensor.caller(&bench.platform), status(&bench, 0, 0, "")).unwrap();
        bench.platform.tick().unwrap();
    };
    days(334);
    assert_eq!(bench.events(), []);
    days(2);
    assert_eq!(bench.events(), [("certificate_ending".to_string(), 1)]);
}
