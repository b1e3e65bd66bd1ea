//! Certificates and lines of deliveries: order, repeats, restored and cloned boxes.

use wire::{Batch, BatchReply, Content, Gap, Standing, encode};

use super::*;
use crate::testing::{Bench, Sensor, csr, register, report};

fn numbers(bench: &Bench, id: &str) -> Vec<(u64, u64, bool)> {
    let view = bench.platform.sensor(id).unwrap();
    view.lines.iter().map(|line| (line.batches, line.gaps, line.quarantined)).collect()
}

fn raw(bench: &Bench, sensor: &Sensor, first: u64, last: u64, content: &Content) -> BatchReply {
    let batch = Batch { epoch: sensor.epoch, first, last, content: encode(content) };
    bench.platform.batch(&sensor.caller(&bench.platform), &batch).unwrap()
}

#[test]
fn only_the_next_number_is_taken() {
    let mut bench = Bench::new();
    let mut sensor = bench.registered("hall 3", &[]);
    assert_eq!(sensor.send(&bench.platform, &report(0, "a")), BatchReply::Greet, "before it greeted");
    assert!(matches!(sensor.hello(&bench.platform), Standing::Continue { next: 1, .. }));
    assert_eq!(sensor.send(&bench.platform, &report(0, "a")), BatchReply::Taken { next: 2 });
    assert_eq!(raw(&bench, &sensor, 1, 1, &report(0, "a")), BatchReply::Want { next: 2 }, "a repeat");
    assert_eq!(raw(&bench, &sensor, 3, 3, &report(0, "c")), BatchReply::Want { next: 2 });
    assert_eq!(raw(&bench, &sensor, 2, 1, &report(0, "c")), BatchReply::Want { next: 2 });
    assert_eq!(raw(&bench, &sensor, 2, u64::MAX, &report(0, "c")), BatchReply::Want { next: 2 });
    bench.restart();
    assert_eq!(raw(&bench, &sensor, 1, 1, &report(0, "a")), BatchReply::Want { next: 2 }, "after a restart");
    assert!(matches!(sensor.hello(&bench.platform), Standing::Continue { next: 2, .. }));
    assert_eq!(sensor.send(&bench.platform, &report(0, "b")), BatchReply::Taken { next: 3 });
    assert_eq!(numbers(&bench, &sensor.id), [(2, 0, false)]);
}

#[test]
fn nothing_is_taken_when_the_disk_is_full() {
    let bench = Bench::new();
    let mut sensor = bench.registered("hall 3", &[]);
    sensor.hello(&bench.platform);
    let full = |full| bench.store.full.store(full, std::sync::atomic::Ordering::SeqCst);
    full(true);
    let batch = Batch { epoch: sensor.epoch, first: 1, last: 1, content: encode(&report(0, "a")) };
    let caller = sensor.caller(&bench.platform);
    assert!(matches!(bench.platform.batch(&caller, &batch), Err(Error::Store(_))));
    assert_eq!(numbers(&bench, &sensor.id), [(0, 0, false)]);
    full(false);
    assert_eq!(bench.platform.batch(&caller, &batch).unwrap(), BatchReply::Taken { next: 2 });
}

#[test]
fn gaps_are_counted() {
    let mut bench = Bench::new();
    let mut sensor = bench.registered("hall 3", &[]);
    sensor.hello(&bench.platform);
    sensor.send(&bench.platform, &report(0, "a"));
    let gap =
        Content::Gap(Gap { since: Time(1), until: Time(2), bytes: 9, reason: "the disk is full".into() });
    assert_eq!(raw(&bench, &sensor, 1, 5, &gap), BatchReply::Want { next: 2 }, "part of it was taken");
    assert_eq!(raw(&bench, &sensor, 2, 5, &gap), BatchReply::Taken { next: 6 });
    let mark = sensor.mark.gap(5);
    let standing = sensor.copy().hello(&bench.platform);
    assert_eq!(standing, Standing::Continue { next: 6, mark });
    assert_eq!(numbers(&bench, &sensor.id), [(1, 4, false)]);
    assert_eq!(raw(&bench, &sensor, 6, 6, &gap), BatchReply::Taken { next: 7 });
    bench.restart();
    assert_eq!(numbers(&bench, &sensor.id), [(1, 5, false)]);
    assert_eq!(bench.events(), [("gap".to_string(), 2)]);
    let words = &bench.platform.events(None, 1).unwrap().items[0].words;
    assert!(words.contains("the disk is full"), "{words}");
}

#[test]
fn what_can_never_be_taken_is_skipped_and_told() {
    let bench = Bench::new();
    bench.platform.new_network("cell", "anna").unwrap();
    let mut other = bench.registered("other", &["cell"]);
    let mut sensor = bench.registered("hall 3", &[]);
    sensor.hello(&bench.platform);
    other.hello(&bench.platform);
    // Of another sensor's network.
    let BatchReply::Rejected { next: 2, words } = sensor.send(&bench.platform, &report(1, "x")) else {
        panic!()
    };
    assert!(words.contains("network 1"), "{words}");
    assert_eq!(other.send(&bench.platform, &report(1, "x")), BatchReply::Taken { next: 2 });
    // Nonsense, and a report that claims several numbers.
    let batch = Batch { epoch: sensor.epoch, first: 2, last: 2, content: vec![1, 2, 3] };
    let reply = bench.platform.batch(&sensor.caller(&bench.platform), &batch).unwrap();
    assert!(matches!(reply, BatchReply::Rejected { next: 3, .. }), "{reply:?}");
    let reply = raw(&bench, &sensor, 3, 9, &report(0, "x"));
    assert!(matches!(reply, BatchReply::Rejected { next: 10, .. }), "{reply:?}");
    assert_eq!(bench.events(), [("report_rejected".to_string(), 3)]);
    // Another sensor's line.
    let mut thief = sensor.copy();
    thief.epoch = other.epoch;
    assert_eq!(raw(&bench, &thief, 2, 2, &report(0, "x")), BatchReply::Greet);
}

#[test]
fn a_lost_answer_to_a_greeting_is_no_harm() {
    let bench = Bench::new();
    let mut sensor = bench.registered("hall 3", &[]);
    let mut lost = sensor.copy();
    lost.hello(&bench.platform);
    assert!(matches!(sensor.hello(&bench.platform), Standing::Continue { next: 1, .. }));
    assert!(matches!(sensor.hello(&bench.platform), Standing::Continue { next: 1, .. }));
    assert_eq!(bench.events(), []);
}

#[test]
fn a_restored_sensor_goes_on_in_a_line_of_its_own() {
    let bench = Bench::new();
    let mut sensor = bench.registered("hall 3", &[]);
    sensor.hello(&bench.platform);
    sensor.send(&bench.platform, &report(0, "a"));
    let mut restored = sensor.copy();
    sensor.hello(&bench.platform);
    sensor.send(&bench.platform, &report(0, "b"));
    sensor.hello(&bench.platform);
    // From here on only the older state runs.
    assert_eq!(restored.hello(&bench.platform), Standing::NewEpoch);
    let mut lost = restored.copy();
    assert!(matches!(lost.hello(&bench.platform), Standing::Continue { next: 1, .. }));
    assert!(
        matches!(restored.hello(&bench.platform), Standing::Continue { next: 1, .. }),
        "its answer was lost"
    );
    for value in ["b", "c"] {
        assert!(matches!(restored.send(&bench.platform, &report(0, value)), BatchReply::Taken { .. }));
    }
    assert!(matches!(restored.hello(&bench.platform), Standing::Continue { next: 3, .. }));
    assert_eq!(numbers(&bench, &sensor.id), [(2, 0, false), (2, 0, false)]);
    assert_eq!(bench.events(), [("restored_or_cloned".to_string(), 1)]);
}

#[test]
fn when_both_go_on_the_newer_waits_for_a_choice() {
    for choose_newer in [false, true] {
        let bench = Bench::new();
        let mut sensor = bench.registered("hall 3", &[]);
        sensor.hello(&bench.platform);
        let mut twin = sensor.copy();
        sensor.hello(&bench.platform);
        sensor.hello(&bench.platform);
        assert_eq!(twin.hello(&bench.platform), Standing::NewEpoch);
        assert!(matches!(twin.hello(&bench.platform), Standing::Continue { next: 1, .. }));
        assert!(matches!(twin.send(&bench.platform, &report(0, "t")), BatchReply::Taken { .. }));
        assert!(matches!(sensor.send(&bench.platform, &report(0, "s")), BatchReply::Taken { .. }));
        assert_eq!(twin.send(&bench.platform, &report(0, "t")), BatchReply::Greet);
        assert_eq!(twin.hello(&bench.platform), Standing::Quarantined);
        assert!(matches!(sensor.hello(&bench.platform), Standing::Continue { .. }));
        assert_eq!(numbers(&bench, &sensor.id), [(1, 0, true), (1, 0, false)], "newest first");
        let kinds: Vec<_> = bench.events().into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["restored_or_cloned", "quarantined"]);

        let (chosen, other) = if choose_newer { (&mut twin, &mut sensor) } else { (&mut sensor, &mut twin) };
        bench.platform.choose_line(&chosen.id, &short(chosen.epoch), "anna").unwrap();
        assert!(matches!(chosen.hello(&bench.platform), Standing::Continue { .. }));
        assert!(matches!(chosen.send(&bench.platform, &report(0, "x")), BatchReply::Taken { .. }));
        assert_eq!(numbers(&bench, &chosen.id).len(), 1);
        // The other one comes again, and waits again.
        assert_eq!(other.send(&bench.platform, &report(0, "o")), BatchReply::Greet);
        assert_eq!(other.hello(&bench.platform), Standing::NewEpoch);
        assert!(matches!(other.hello(&bench.platform), Standing::Continue { .. }));
        assert!(matches!(chosen.send(&bench.platform, &report(0, "y")), BatchReply::Taken { .. }));
        assert_eq!(other.hello(&bench.platform), Standing::Quarantined);
    }
}

#[test]
fn twins_that_share_a_line_part_when_they_say_different_things() {
    let bench = Bench::new();
    let mut sensor = bench.registered("hall 3", &[]);
    sensor.hello(&bench.platform);
    let mut twin = sensor.copy();
    sensor.send(&bench.platform, &report(0, "s"));
    assert_eq!(twin.send(&bench.platform, &report(0, "t")), BatchReply::Want { next: 2 });
    // Its mark is another, so it makes a line of its own.
    assert_eq!(twin.hello(&bench.platform), Standing::Continue { next: 2, mark: sensor.mark });
    assert!(matches!(twin.hello(&bench.platform), Standing::Continue { next: 1, .. }));
    assert_eq!(twin.send(&bench.platform, &report(0, "t")), BatchReply::Taken { next: 2 }, "nothing is lost");
    assert!(matches!(sensor.send(&bench.platform, &report(0, "s2")), BatchReply::Taken { .. }));
    assert_eq!(twin.hello(&bench.platform), Standing::Quarantined);
}

#[test]
fn lines_of_a_sensor_are_bounded() {
    let bench = Bench::new();
    let mut sensor = bench.registered("hall 3", &[]);
    sensor.hello(&bench.platform);
    for _ in 0..20 {
        let mut twin = sensor.copy();
        twin.nonce = wire::Nonce([1; 16]);
        twin.hello(&bench.platform);
        bench.clock.pass(1);
        twin.hello(&bench.platform);
    }
    assert!(bench.platform.sensor(&sensor.id).unwrap().lines.len() <= 8);
    assert_eq!(bench.store_lines(), bench.platform.sensor(&sensor.id).unwrap().lines.len());
}

#[test]
fn other_hardware_takes_over_when_it_is_first_used() {
    let bench = Bench::new();
    let mut old = bench.registered("hall 3", &[]);
    old.hello(&bench.platform);
    old.send(&bench.platform, &report(0, "a"));
    bench.clock.pass(1);
    let code = bench.platform.new_code(&old.id, 1, "anna").unwrap();
    assert!(bench.platform.sensor(&old.id).unwrap().codes[0].replaces);
    let grant = register(&bench.platform, &code).unwrap();
    let mut new = Sensor::granted(&old.id, &grant);
    assert!(matches!(old.send(&bench.platform, &report(0, "b")), BatchReply::Taken { .. }), "until then");
    assert!(matches!(new.hello(&bench.platform), Standing::Continue { next: 1, .. }));
    let refused = bench.platform.caller(&old.certificate);
    assert!(matches!(&refused, Err(Error::Denied(words)) if words.contains("revoked")), "{refused:?}");
    assert_eq!(numbers(&bench, &old.id), [(0, 0, false)]);
}

#[test]
fn certificates_are_renewed_and_an_expired_one_may_do_nothing_else() {
    let bench = Bench::new();
    let mut sensor = bench.registered("hall 3", &[]);
    sensor.hello(&bench.platform);
    let renew = |sensor: &Sensor| {
        let request = wire::RenewRequest { csr: csr() };
        bench.platform.renew(&sensor.caller(&bench.platform), &request)
    };
    assert!(matches!(renew(&sensor), Err(Error::Invalid { .. })), "too early");
    bench.clock.pass(366 * 86_400);
    let caller = sensor.caller(&bench.platform);
    assert!(caller.expired);
    let hello =
        wire::Hello { epoch: sensor.epoch, next: 1, nonce: sensor.nonce, version: "".into(), speaks: [1, 1] };
    assert!(matches!(bench.platform.hello(&caller, &hello), Err(Error::Denied(_))));
    assert!(bench.platform.status(&caller, wire::Status::default()).is_err());
    let (lost, kept) = (renew(&sensor).unwrap(), renew(&sensor).unwrap());
    assert_eq!(kept.authorities, bench.platform.authorities());
    let before = sensor.copy();
    sensor.certificate = kept.certificate;
    assert!(matches!(sensor.hello(&bench.platform), Standing::Continue { next: 1, .. }), "its line goes on");
    for gone in [&before.certificate, &lost.certificate] {
        assert!(bench.platform.caller(gone).is_err());
    }
    assert!(bench.platform.caller(b"foreign").is_err());
}
