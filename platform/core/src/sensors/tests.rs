//! Making, showing, removing sensors.

use super::*;
use crate::testing::{Bench, report};
use crate::views::InternalGroup;

#[test]
fn names_are_unique_among_those_that_are_there() {
    let bench = Bench::new();
    let (id, _) = bench.new_sensor("hall 3", &[]);
    let make = |new: NewSensor| bench.platform.new_sensor(&new, "test");
    let named = |name: &str| NewSensor { name: name.into(), ..NewSensor::default() };
    assert!(matches!(make(named("hall 3")), Err(Error::Invalid { field, .. }) if field == "name"));
    assert!(make(named("")).is_err() && make(named("a\nb")).is_err());
    let elsewhere = NewSensor { networks: vec!["nowhere".into()], ..named("b") };
    assert!(matches!(make(elsewhere), Err(Error::Invalid { field, .. }) if field == "networks[0]"));
    assert!(make(NewSensor { hours: 721, ..named("c") }).is_err());
    assert_eq!(bench.platform.sensors().unwrap().len(), 1, "a refused one leaves nothing behind");
    bench.platform.deregister(&id, "test").unwrap();
    assert!(make(named("hall 3")).is_ok());
    assert_eq!(bench.platform.sensor(&id).unwrap().state, SensorState::Deregistered);
    assert_eq!(bench.platform.sensors().unwrap().len(), 1);
}

#[test]
fn numbers_are_never_used_again() {
    let mut bench = Bench::new();
    let number = |bench: &Bench, id: &str| bench.platform.inner().tables().sensors[id].number.0;
    let (one, _) = bench.new_sensor("one", &[]);
    bench.platform.deregister(&one, "test").unwrap();
    bench.restart();
    let (two, _) = bench.new_sensor("two", &[]);
    assert_eq!((number(&bench, &one), number(&bench, &two)), (1, 2));
}

#[test]
fn states_follow_registration_ranges_and_pause() {
    let bench = Bench::new();
    let (id, _) = bench.new_sensor("never", &[]);
    assert_eq!(bench.platform.sensor(&id).unwrap().state, SensorState::Unregistered);
    let sensor = bench.registered("hall 3", &[]);
    let state = || bench.platform.sensor(&sensor.id).unwrap().state;
    assert_eq!(state(), SensorState::Registered);
    let mut configuration = bench.platform.configuration().unwrap();
    configuration.internal =
        vec![InternalGroup { name: "a".into(), ranges: vec!["10.0.0.0/8".into()], ..Default::default() }];
    bench.platform.configure(&configuration, "anna").unwrap();
    assert_eq!(state(), SensorState::Sensing);
    bench.platform.pause(&sensor.id, true, "anna").unwrap();
    assert_eq!(state(), SensorState::Paused);
    bench.platform.pause(&sensor.id, false, "anna").unwrap();
    assert_eq!(state(), SensorState::Sensing);
    let view = bench.platform.sensor(&sensor.id).unwrap();
    assert_eq!(view.hardware.unwrap().product, "test box");
    assert!(view.certificate_until > view.registered);
}

#[test]
fn a_removed_sensor_is_refused_and_its_lines_are_gone() {
    let bench = Bench::new();
    let mut sensor = bench.registered("hall 3", &[]);
    sensor.hello(&bench.platform);
    sensor.send(&bench.platform, &report(0, "pc"));
    let caller = sensor.caller(&bench.platform);
    bench.platform.deregister(&sensor.id, "anna").unwrap();
    let refused = bench.platform.caller(&sensor.certificate);
    assert!(matches!(&refused, Err(Error::Denied(words)) if words.contains("removed")), "{refused:?}");
    assert!(bench.platform.status(&caller, wire::Status::default()).is_err(), "a request under way too");
    assert_eq!(store::Store::lines(&*bench.store).unwrap(), []);
    assert!(bench.platform.pause(&sensor.id, true, "anna").is_err());
}

#[test]
fn an_hour_of_history_and_losses_between_two_points() {
    let bench = Bench::new();
    let sensor = bench.registered("hall 3", &[]);
    for n in 0..800u64 {
        let port =
            wire::PortStatus { bits: n, lost: [n, n], packets: 1_000_000, ..wire::PortStatus::default() };
        let status = wire::Status { ports: vec![port], ..wire::Status::default() };
        bench.platform.status(&sensor.caller(&bench.platform), status).unwrap();
        bench.clock.pass(5);
    }
    let view = bench.platform.sensor(&sensor.id).unwrap();
    assert_eq!(view.history.len(), 720);
    assert!(view.history.iter().all(|point| point.lost == 2));
    assert_eq!(view.status.unwrap().ports[0].bits, 799);
}
