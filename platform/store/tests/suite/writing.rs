//! Whole or not at all, on disk on return, readers beside it.

use std::sync::atomic::{AtomicBool, Ordering};

use model::Time;
use store::{
    Alias, AssetRow, Changes, Document, Error, EventRow, Kind, Line, SensorNumber, Store, TalkFilter,
};
use wire::{Epoch, Mark, Nonce};

use super::{Fixture, key, row, talk};

/// One of everything.
fn one_of_each() -> Changes {
    Changes {
        sightings: vec![row(1, 1, 3), row(1, 2, 0)],
        talks: vec![talk(1, 5, 1, 2, 443)],
        assets: vec![AssetRow { id: "a".into(), summary: vec![1, 2], document: "{}".into() }],
        aliases: vec![Alias { id: "old".into(), now: "a".into() }],
        lines: vec![line(u64::from(u32::MAX) + 7, Some(Nonce([2; 16])))],
        events: vec![EventRow { number: 1, key: "k".into(), document: "{}".into(), last: Time(5) }],
        documents: vec![document(Kind::Sensor, "s"), document(Kind::User, "s")],
        ..Changes::default()
    }
}

fn line(next: u64, offered: Option<Nonce>) -> Line {
    Line {
        sensor: SensorNumber(1),
        epoch: Epoch([9; 16]),
        next,
        nonce: Nonce([1; 16]),
        offered,
        since: Time(4),
        quarantined: offered.is_none(),
        mark: Mark([5; 32]),
    }
}

fn document(kind: Kind, id: &str) -> Document {
    Document { kind, id: id.into(), json: format!("{{\"of\":\"{kind:?}\"}}") }
}

fn holds(store: &dyn Store, all: &Changes) {
    let keys: Vec<_> = all.sightings.iter().map(|row| row.key).collect();
    let found: Vec<_> = store.sightings(&keys).unwrap().into_iter().flatten().collect();
    assert_eq!(found, all.sightings);
    assert_eq!(store.talks(&TalkFilter::default()).unwrap().items, all.talks);
    assert_eq!(store.asset("a").unwrap().as_ref(), all.assets.first());
    assert_eq!(store.alias("old").unwrap().as_deref(), Some("a"));
    assert_eq!(store.lines().unwrap(), all.lines);
    assert_eq!(store.events(None, 0).unwrap().items, all.events);
    assert_eq!(store.documents(Kind::Sensor).unwrap(), all.documents[..1]);
    assert_eq!(store.documents(Kind::User).unwrap(), all.documents[1..]);
    assert!(store.documents(Kind::Code).unwrap().is_empty());
}

pub fn everything_comes_back_after_reopening(fixture: &dyn Fixture) {
    let all = one_of_each();
    let store = fixture.open().unwrap();
    assert_eq!(store.sightings(&[key(1, 1)]).unwrap(), [None]);
    store.commit(&all).unwrap();
    holds(&*store, &all);
    drop(store);
    let store = fixture.open().unwrap();
    holds(&*store, &all);

    let more = Changes {
        lines: vec![line(8, None)],
        gone_assets: vec!["a".into()],
        gone_documents: vec![(Kind::Sensor, "s".into())],
        ..Changes::default()
    };
    store.commit(&more).unwrap();
    assert_eq!(store.lines().unwrap(), more.lines);
    assert_eq!(store.asset("a").unwrap(), None);
    let mut assets = 0;
    let mut count = |_| {
        assets += 1;
        Ok(())
    };
    store.every_asset(&mut count).unwrap();
    assert_eq!(assets, 0);
    assert!(store.documents(Kind::Sensor).unwrap().is_empty());
    assert_eq!(store.documents(Kind::User).unwrap().len(), 1);
    store
        .commit(&Changes { gone_lines: vec![(SensorNumber(1), Epoch([9; 16]))], ..Changes::default() })
        .unwrap();
    assert!(store.lines().unwrap().is_empty());
}

pub fn a_failing_commit_writes_nothing_and_the_store_goes_on(fixture: &dyn Fixture) {
    fixture.open().unwrap().commit(&one_of_each()).unwrap();
    let store = fixture.open_full().unwrap();
    let large = AssetRow { id: "b".into(), summary: Vec::new(), document: "x".repeat(4 << 20) };
    let too_much = Changes {
        sightings: vec![row(1, 1, 9), row(1, 3, 1)],
        talks: vec![talk(1, 6, 1, 2, 443)],
        assets: vec![large],
        lines: vec![line(99, None)],
        documents: vec![document(Kind::Code, "c")],
        ..Changes::default()
    };
    let refused = store.commit(&too_much).unwrap_err();
    assert!(matches!(refused, Error::Disk { .. }), "{refused}");
    assert!(refused.to_string().contains("E19"), "{refused}");
    holds(&*store, &one_of_each());
    assert_eq!(store.sightings(&[key(1, 3)]).unwrap(), [None]);

    let small = Changes { documents: vec![document(Kind::Code, "c")], ..Changes::default() };
    store.commit(&small).unwrap();
    assert_eq!(store.documents(Kind::Code).unwrap(), small.documents);
}

pub fn readers_go_on_during_a_writer(fixture: &dyn Fixture) {
    let store = fixture.open().unwrap();
    store.commit(&Changes { sightings: vec![row(1, 1, 1), row(1, 2, 1)], ..Changes::default() }).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 2..200 {
                let sightings = vec![row(1, 1, n), row(1, 2, n)];
                store.commit(&Changes { sightings, ..Changes::default() }).unwrap();
            }
            done.store(true, Ordering::Release);
        });
        // Both rows of one commit are seen, or neither.
        let mut reads = 0;
        while !done.load(Ordering::Acquire) || reads == 0 {
            let mut lengths = Vec::new();
            let mut each = |row: store::Result<store::SightingRow>| {
                lengths.push(row?.intervals.len());
                Ok(())
            };
            store.every_sighting(&mut each).unwrap();
            assert!(lengths.len() == 2 && lengths[0] == lengths[1], "{lengths:?}");
            reads += 1;
        }
    });
    // A reader that is in the middle of its rows does not hold up a commit.
    let mut inside = |_| store.commit(&Changes { sightings: vec![row(2, 9, 1)], ..Changes::default() });
    store.every_sighting(&mut inside).unwrap();
    assert!(store.sightings(&[key(2, 9)]).unwrap()[0].is_some());
}

pub fn sightings_take_the_place_of_their_row_and_go(fixture: &dyn Fixture) {
    let store = fixture.open().unwrap();
    store.commit(&Changes { sightings: vec![row(1, 1, 5), row(2, 1, 1)], ..Changes::default() }).unwrap();
    store.commit(&Changes { sightings: vec![row(1, 1, 2)], ..Changes::default() }).unwrap();
    let read = |sensor| store.sightings(&[key(sensor, 1)]).unwrap().remove(0);
    assert_eq!(read(1), Some(row(1, 1, 2)));
    assert_eq!(read(2), Some(row(2, 1, 1)));
    store.commit(&Changes { fresh: vec![key(1, 1), key(9, 9)], ..Changes::default() }).unwrap();
    assert_eq!(read(1).map(|row| row.stale), Some(false));
    assert_eq!(read(2).map(|row| row.stale), Some(true));
    store.commit(&Changes { stale: vec![key(1, 1), key(9, 9)], ..Changes::default() }).unwrap();
    assert_eq!(read(1).map(|row| row.stale), Some(true));
    store.commit(&Changes { forget_sightings: vec![key(2, 1)], ..Changes::default() }).unwrap();
    assert_eq!(read(2), None);
    assert_eq!(store.sightings(&[key(2, 1), key(1, 1)]).unwrap().iter().flatten().count(), 1);
}

pub fn a_damaged_row_is_named_and_the_others_are_read(fixture: &dyn Fixture) {
    let store = fixture.open().unwrap();
    store.commit(&Changes { sightings: vec![row(1, 1, 5), row(1, 2, 5)], ..Changes::default() }).unwrap();
    fixture.damage(&key(1, 1));
    let refused = store.sightings(&[key(1, 1)]).unwrap_err();
    let words = refused.to_string();
    assert!(matches!(refused, Error::Damaged { table: "sighting", .. }), "{words}");
    // Sensor 1, network 0, MAC …01, 10.0.0.1.
    assert!(words.contains("00000001000001001b1b00000104") && words.contains("0a000001"), "{words}");
    let (mut good, mut bad) = (0, 0);
    let mut each = |row: store::Result<_>| {
        if row.is_ok() {
            good += 1
        } else {
            bad += 1
        };
        Ok(())
    };
    store.every_sighting(&mut each).unwrap();
    assert_eq!((good, bad), (1, 1));
    store.commit(&Changes { sightings: vec![row(1, 1, 4)], ..Changes::default() }).unwrap();
    assert_eq!(store.sightings(&[key(1, 1)]).unwrap(), [Some(row(1, 1, 4))]);
}

pub fn a_newer_schema_is_refused(fixture: &dyn Fixture) {
    drop(fixture.open().unwrap());
    fixture.make_newer();
    let Err(refused) = fixture.open() else { panic!("opened") };
    assert!(matches!(refused, Error::Newer { .. }), "{refused}");
    assert!(refused.to_string().contains("run a newer version"));
}
