//! Conversations, events and aliases: order, filters, pages, folding.

use model::{NetworkId, Time};
use store::{Alias, AssetRow, Changes, Error, EventRow, SensorNumber, Store, TalkFilter, TalkRow};

use super::{Fixture, put_talks, talk};

fn all(store: &dyn Store, filter: &TalkFilter) -> Vec<TalkRow> {
    store.talks(filter).unwrap().items
}

pub fn talks_are_kept_once_and_added_up_once(fixture: &dyn Fixture) {
    let store = fixture.open().unwrap();
    let talks = vec![talk(1, 5, 1, 2, 443), talk(1, 6, 1, 2, 443), talk(2, 5, 1, 2, 443)];
    put_talks(&*store, talks.clone());
    put_talks(&*store, talks.iter().rev().cloned().collect());
    // A new run of the sensing process begins to count anew: that is another record.
    let again = TalkRow { run: Time(8), ..talk(1, 6, 1, 2, 443) };
    put_talks(&*store, vec![again.clone(), again]);
    assert_eq!(all(&*store, &TalkFilter::default()).len(), 4);
    let end = (NetworkId(0), [10, 0, 0, 2].into());
    let (tallies, more) = store.tallies(&[end], 9, 9).unwrap();
    let flows: Vec<_> = tallies.iter().map(|one| (one.sensor.0, one.conversation.flows)).collect();
    assert_eq!((flows, more), (vec![(1, 3), (2, 1)], false));
    let sum = &tallies[0].conversation;
    assert_eq!((sum.bytes, sum.first, sum.last), ([900, 600], Time::new(1_501, 0), Time::new(1_809, 0)));
}

pub fn talks_are_found_by_every_filter(fixture: &dyn Fixture) {
    let store = fixture.open().unwrap();
    let rows = [talk(1, 5, 1, 2, 443), talk(1, 6, 2, 1, 22), talk(2, 7, 3, 4, 443), talk(2, 8, 100, 2, 53)];
    put_talks(&*store, rows.to_vec());
    let found = |filter: TalkFilter| -> Vec<u64> {
        all(&*store, &filter).iter().map(|row| row.start.seconds() / 300).collect()
    };
    let any = TalkFilter::default;
    let (one, two) = ((NetworkId(0), [10, 0, 0, 1].into()), (NetworkId(0), [10, 0, 0, 2].into()));
    assert_eq!(found(any()), [8, 7, 6, 5]);
    assert_eq!(found(TalkFilter { ends: vec![one], ..any() }), [6, 5]);
    // Found from both ends, listed once; the same address of another network is another host.
    assert_eq!(found(TalkFilter { ends: vec![one, two], ..any() }), [6, 5]);
    assert_eq!(found(TalkFilter { network: Some(NetworkId(1)), ..any() }), [8]);
    assert_eq!(found(TalkFilter { sensor: Some(SensorNumber(2)), ..any() }), [8, 7]);
    assert_eq!(found(TalkFilter { port: Some(443), ends: vec![one], ..any() }), [5]);
    // A period that ends at a time is not after it, one that starts at a time not before it.
    assert_eq!(found(TalkFilter { after: Some(Time::new(7 * 300, 0)), ..any() }), [8, 7]);
    assert_eq!(found(TalkFilter { before: Some(Time::new(7 * 300, 0)), ..any() }), [6, 5]);
    let refused = store.talks(&TalkFilter { cursor: Some("nonsense".into()), ..any() });
    assert!(matches!(refused, Err(Error::Cursor(_))));
}

pub fn pages_of_talks_join_without_hole_or_repeat(fixture: &dyn Fixture) {
    let store = fixture.open().unwrap();
    // Many of one start, so that the start alone cannot be the cursor.
    let rows: Vec<TalkRow> = (0..40).map(|n| talk(1, 3 + u64::from(n / 20), 1, 10 + n, 443)).collect();
    put_talks(&*store, rows);
    for ends in
        [Vec::new(), vec![(NetworkId(0), [10, 0, 0, 1].into()), (NetworkId(0), [10, 0, 0, 12].into())]]
    {
        let whole = all(&*store, &TalkFilter { ends: ends.clone(), ..TalkFilter::default() });
        let mut pages = Vec::new();
        let mut cursor = None;
        loop {
            let filter = TalkFilter { ends: ends.clone(), cursor, limit: 7, ..TalkFilter::default() };
            let page = store.talks(&filter).unwrap();
            assert!(page.items.len() == 7 || page.next.is_none());
            pages.extend(page.items);
            // What comes meanwhile and is newer does not move the page.
            put_talks(&*store, vec![talk(1, 9, 1, pages.len() as u8, 443)]);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(pages, whole);
    }
}

pub fn old_talks_go(fixture: &dyn Fixture) {
    let store = fixture.open().unwrap();
    put_talks(&*store, vec![talk(1, 1, 1, 2, 80), talk(1, 2, 1, 2, 443), talk(1, 3, 1, 2, 443)]);
    let forget_talks_before = Some(Time::new(3 * 300, 0));
    store.commit(&Changes { forget_talks_before, ..Changes::default() }).unwrap();
    let starts: Vec<u64> =
        all(&*store, &TalkFilter::default()).iter().map(|row| row.start.seconds() / 300).collect();
    // The second ended exactly then, not before.
    assert_eq!(starts, [3, 2]);
    let (tallies, _) = store.tallies(&[(NetworkId(0), [10, 0, 0, 1].into())], 9, 9).unwrap();
    let ports: Vec<u16> = tallies.iter().map(|one| one.conversation.port).collect();
    assert_eq!(ports, [443]);
}

pub fn tallies_are_cut_port_by_port(fixture: &dyn Fixture) {
    let store = fixture.open().unwrap();
    let mut rows: Vec<TalkRow> = (20..60).map(|client| talk(1, 1, client, 1, 53)).collect();
    rows.extend([talk(1, 1, 7, 1, 443), talk(1, 1, 1, 2, 22)]);
    put_talks(&*store, rows.iter().rev().cloned().collect());
    let end = (NetworkId(0), [10, 0, 0, 1].into());
    let of = |per_port, limit| {
        let (tallies, more) = store.tallies(&[end], per_port, limit).unwrap();
        let ports: Vec<u16> = tallies.iter().map(|one| one.conversation.port).collect();
        (ports, more)
    };
    assert_eq!(of(3, 99), (vec![22, 53, 53, 53, 443], true));
    assert_eq!(of(3, 4), (vec![22, 53, 53, 53], true));
    let (ports, more) = of(99, 99);
    assert_eq!((ports.len(), more), (42, false));
}

pub fn events_are_folded_by_key_and_paged(fixture: &dyn Fixture) {
    let store = fixture.open().unwrap();
    let event = |number: u64, key: &str, last: u64| EventRow {
        number,
        key: key.into(),
        document: format!("{{\"count\":{last}}}"),
        last: Time(last),
    };
    let events = vec![event(1, "a", 5), event(2, "b", 5), event(3, "c", 6), event(4, "d", 7)];
    store.commit(&Changes { events, ..Changes::default() }).unwrap();
    // The same again: it keeps its number and becomes the latest.
    store.commit(&Changes { events: vec![event(9, "a", 8)], ..Changes::default() }).unwrap();
    let numbers = |cursor: Option<&str>, limit| {
        let page = store.events(cursor, limit).unwrap();
        (page.items.iter().map(|one| one.number).collect::<Vec<u64>>(), page.next)
    };
    assert_eq!(numbers(None, 0), (vec![1, 4, 3, 2], None));
    assert_eq!(store.events(None, 1).unwrap().items, [event(1, "a", 8)]);
    let (first, next) = numbers(None, 2);
    assert_eq!(first, [1, 4]);
    assert_eq!(numbers(next.as_deref(), 2), (vec![3, 2], None));
    assert!(matches!(store.events(Some("x"), 2), Err(Error::Cursor(_))));
}

pub fn aliases_chain_and_end_when_the_id_is_used_again(fixture: &dyn Fixture) {
    let store = fixture.open().unwrap();
    let alias = |id: &str, now: &str| Alias { id: id.into(), now: now.into() };
    store.commit(&Changes { aliases: vec![alias("a", "b"), alias("b", "c")], ..Changes::default() }).unwrap();
    let now = |id: &str| store.alias(id).unwrap();
    assert_eq!((now("a").as_deref(), now("b").as_deref(), now("c")), (Some("b"), Some("c"), None));
    // An undone merge: `b` is an asset of its own again.
    let back = AssetRow { id: "b".into(), summary: Vec::new(), document: "{}".into() };
    store.commit(&Changes { assets: vec![back], ..Changes::default() }).unwrap();
    assert_eq!((now("a").as_deref(), now("b")), (Some("b"), None));
}
