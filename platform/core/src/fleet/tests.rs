//! Updates through the whole core: said, kept, offered, stopped, told.

use std::fs;

use wire::{Crash, System, SystemReply, UpdateState};

use super::system_bundle::made;
use crate::error::Error;
use crate::parts::{digest, hex};
use crate::testing::{Bench, Sensor};
use crate::views::{NewRollout, RolloutState};

const OLD: &str = "1.0.0";
const NEW: &str = "1.1.0";

fn system(version: &str, update: UpdateState) -> System {
    System { board: "virtual".into(), version: version.into(), update, ..System::default() }
}

fn idle() -> System {
    system(OLD, UpdateState::None)
}

fn good() -> System {
    system(NEW, UpdateState::Good { version: NEW.into() })
}

fn tell(bench: &Bench, sensor: &Sensor, system: &System) -> SystemReply {
    bench.platform.system(&sensor.caller(&bench.platform), system.clone()).unwrap()
}

/// Heard, and time goes on.
fn pass(bench: &Bench, sensors: &[Sensor], seconds: u64) {
    bench.clock.pass(seconds);
    for sensor in sensors {
        bench.platform.status(&sensor.caller(&bench.platform), wire::Status::default()).unwrap();
    }
    bench.platform.tick().unwrap();
}

fn fleet(bench: &Bench, count: usize) -> Vec<Sensor> {
    let sensors: Vec<Sensor> = (0..count).map(|n| bench.registered(&format!("sensor {n}"), &[])).collect();
    for sensor in &sensors {
        tell(bench, sensor, &idle());
    }
    pass(bench, &sensors, 5);
    sensors
}

fn start(bench: &Bench, bytes: &[u8]) -> u64 {
    let bundle = bench.platform.add_bundle(&mut &bytes[..], "ada").unwrap();
    let new = NewRollout { bundle: bundle.sha256, ..NewRollout::default() };
    bench.platform.start_rollout(&new, "ada").unwrap().number
}

fn kinds(bench: &Bench) -> Vec<String> {
    let updates = ["update", "rollout", "reboot", "unexpected", "part"];
    let of = |kind: &str| updates.iter().any(|update| kind.starts_with(update));
    bench.events().into_iter().map(|(kind, _)| kind).filter(|kind| of(kind)).collect()
}

#[test]
fn a_roll_out_goes_by_stages_over_a_restart_and_only_to_whom_it_is_offered() {
    let mut bench = Bench::new();
    let bytes = made("virtual", NEW, &[3; 9_000]);
    let sensors = fleet(&bench, 3);
    let number = start(&bench, &bytes);
    let first = bench.platform.rollout(number).unwrap();
    assert_eq!((first.stage, first.members.len(), first.members[0].words.as_str()), (1, 1, "offered"));
    let (chosen, others): (Vec<_>, Vec<_>) =
        sensors.iter().partition(|sensor| sensor.id == first.members[0].sensor);
    let offer = tell(&bench, chosen[0], &idle()).offer.unwrap();
    assert_eq!((offer.sha256, offer.size, offer.version.as_str()), (digest(&bytes), bytes.len() as u64, NEW));
    let caller = chosen[0].caller(&bench.platform);
    assert_eq!(bench.platform.bundle_for(&caller, &hex(&offer.sha256)).unwrap().1, offer.size);
    for other in &others {
        assert_eq!(tell(&bench, other, &idle()).offer, None);
        let caller = other.caller(&bench.platform);
        assert!(matches!(
            bench.platform.bundle_for(&caller, &hex(&offer.sha256)),
            Err(Error::Missing { .. })
        ));
    }
    assert_eq!(tell(&bench, chosen[0], &good()).offer, None);
    pass(&bench, &sensors, 1_000);
    bench.restart();
    assert_eq!(bench.platform.rollout(number).unwrap().members.len(), 1);
    pass(&bench, &sensors, 10);
    pass(&bench, &sensors, 800);
    // A tenth of three is one more; then the last.
    for expected in [2, 3] {
        let now = bench.platform.rollout(number).unwrap();
        assert_eq!(now.members.len(), expected, "{now:?}");
        for member in &now.members {
            let sensor = sensors.iter().find(|sensor| sensor.id == member.sensor).unwrap();
            tell(&bench, sensor, &good());
        }
        pass(&bench, &sensors, 1_800);
    }
    let done = bench.platform.rollout(number).unwrap();
    assert_eq!((done.state, done.stage), (RolloutState::Done, 3));
    assert!(done.members.iter().all(|member| member.good));
    assert_eq!(kinds(&bench), ["update_available"]);
}

#[test]
fn a_roll_back_stops_it_and_is_told_and_it_goes_on_without() {
    let bench = Bench::new();
    let sensors = fleet(&bench, 4);
    let number = start(&bench, &made("virtual", NEW, b"x"));
    let member = bench.platform.rollout(number).unwrap().members.remove(0);
    let sensor = sensors.iter().find(|sensor| sensor.id == member.sensor).unwrap();
    let failed = system(OLD, UpdateState::RolledBack { version: NEW.into(), words: "no link".into() });
    for _ in 0..3 {
        assert_eq!(tell(&bench, sensor, &failed).offer, None);
    }
    let stopped = bench.platform.rollout(number).unwrap();
    assert_eq!(stopped.state, RolloutState::Stopped);
    assert_eq!(stopped.words, format!("{} went back to the version before: no link", member.name));
    assert_eq!(kinds(&bench), ["update_rolled_back", "rollout_stopped"]);
    pass(&bench, &sensors, 100);
    assert_eq!(bench.platform.rollout(number).unwrap().members.len(), 1);
    let on = bench.platform.lead_rollout(number, RolloutState::Running, "ada").unwrap();
    assert_eq!((on.state, on.members.len()), (RolloutState::Running, 2));
    assert_eq!(tell(&bench, sensor, &failed).offer, None);
}

#[test]
fn pause_withdraws_the_offer_and_cancel_ends_it() {
    let bench = Bench::new();
    let sensors = fleet(&bench, 1);
    let number = start(&bench, &made("virtual", NEW, b"x"));
    let lead = |to| bench.platform.lead_rollout(number, to, "ada");
    let offered = || tell(&bench, &sensors[0], &idle()).offer.is_some();
    assert!(offered());
    lead(RolloutState::Paused).unwrap();
    assert!(!offered());
    lead(RolloutState::Running).unwrap();
    assert!(offered());
    let bundle = bench.platform.bundles().bundles.remove(0).sha256;
    let again = NewRollout { bundle: bundle.clone(), ..NewRollout::default() };
    assert!(bench.platform.start_rollout(&again, "ada").unwrap_err().to_string().contains("under way"));
    assert!(bench.platform.remove_bundle(&bundle, "ada").unwrap_err().to_string().contains("needs it"));
    lead(RolloutState::Cancelled).unwrap();
    assert!(!offered());
    assert!(lead(RolloutState::Running).is_err() && lead(RolloutState::Done).is_err());
    bench.platform.start_rollout(&again, "ada").unwrap();
    assert!(offered());
}

#[test]
fn what_cannot_be_rolled_out_says_why() {
    let bench = Bench::new();
    let sensors = fleet(&bench, 2);
    let folder = bench.keys.path().join("bundles");
    let add = |bytes: &[u8]| bench.platform.add_bundle(&mut &bytes[..], "ada");
    let other = add(&made("other", NEW, b"x")).unwrap();
    let old = add(&made("virtual", OLD, b"x")).unwrap();
    let new = add(&made("virtual", NEW, b"x")).unwrap();
    let start = |bundle: &str, first: &[&str]| {
        let first = first.iter().map(|name| (*name).into()).collect();
        let new = NewRollout { bundle: bundle.into(), first, soak: 0 };
        bench
            .platform
            .start_rollout(&new, "ada")
            .map(|view| view.members.len())
            .map_err(|error| error.to_string())
    };
    bench.registered("no appliance", &[]);
    tell(&bench, &sensors[1], &system(NEW, UpdateState::None));
    for (bundle, first, words) in [
        (&*other.sha256, &[][..], "no sensor of the board other"),
        (&old.sha256, &[], "runs an older version"),
        ("00", &[], "no bundle 00"),
        (&new.sha256, &["nobody"], "first[0]: there is no sensor \"nobody\""),
        (&new.sha256, &["sensor 0", "no appliance"], "first[1]: \"no appliance\" is no appliance"),
        (&new.sha256, &["sensor 1"], "runs 1.1.0 already"),
        (&other.sha256, &["sensor 0"], "is of the board \"virtual\""),
    ] {
        let error = start(bundle, first).unwrap_err();
        assert!(error.contains(words), "{error} lacks {words}");
    }
    assert_eq!(start(&new.sha256, &["sensor 0"]), Ok(1));
    // Another file of the same version; no bundle; one that somebody put there by hand.
    assert!(add(&made("virtual", NEW, b"y")).unwrap_err().to_string().contains("remove it first"));
    assert!(add(b"nonsense").unwrap_err().to_string().contains("no update bundle"));
    assert_eq!(add(&made("virtual", NEW, b"x")).unwrap().sha256, new.sha256);
    fs::write(folder.join("by hand"), made("virtual", "2.0.0", b"x")).unwrap();
    fs::write(folder.join("half"), &made("virtual", "2.0.0", b"x")[..700]).unwrap();
    pass(&bench, &sensors, 5);
    let shelf = bench.platform.bundles();
    assert_eq!(
        (shelf.bundles.len(), shelf.bundles[0].version.as_str(), shelf.bundles[0].older),
        (4, "2.0.0", 2)
    );
    assert_eq!(shelf.others.len(), 1, "{:?}", shelf.others);
}

#[test]
fn what_an_appliance_tells_becomes_events_once() {
    let mut bench = Bench::new();
    let sensor = bench.registered("hall 3", &[]);
    let crash = Crash { part: "sensor".into(), at: model::Time(5), words: "killed by signal 11".into() };
    let told = System {
        restart: "the new kernel argument".into(),
        started: model::Time(7),
        ended: "power was lost".into(),
        crashes: vec![crash.clone()],
        ..system(OLD, UpdateState::None)
    };
    tell(&bench, &sensor, &told);
    tell(&bench, &sensor, &told);
    bench.restart();
    tell(&bench, &sensor, &told);
    let expected = ["reboot_required", "unexpected_restart", "part_crashed"];
    assert_eq!(kinds(&bench), expected);
    assert!(bench.events().iter().all(|(_, count)| *count == 1), "{:?}", bench.events());
    let again = System { crashes: vec![crash.clone(), Crash { at: model::Time(9), ..crash }], ..told };
    tell(&bench, &sensor, &again);
    assert_eq!(bench.events().iter().find(|(kind, _)| kind == "part_crashed").unwrap().1, 2);
    let view = bench.platform.sensor(&sensor.id).unwrap().system.unwrap();
    assert_eq!(
        (view.ended.as_str(), view.crashes.len(), view.crashes[0].at.0),
        ("power was lost", 2, model::Time(9))
    );
    // A sensor that was removed says nothing any more.
    let caller = sensor.caller(&bench.platform);
    bench.platform.deregister(&sensor.id, "ada").unwrap();
    assert!(bench.platform.system(&caller, idle()).is_err());
}
