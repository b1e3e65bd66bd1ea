//! The power is cut behind every operation and inside every write of a session:
//! whatever a sync confirmed is there afterwards, in order, and nothing else.

use std::collections::BTreeMap;

use model::Time;
use spool::memory::{Cut, Memory, Op};
use spool::{Item, Limits, Spool};
use wire::{Content, Mark, decode};

const LIMITS: Limits = Limits { bytes: 6000, segment: 700, sync_bytes: 400, sync_after: 3 * Time::SECOND };
const EPOCH: [u8; 16] = [7; 16];

/// A record's content, told from its number.
fn content(number: u64) -> Vec<u8> {
    (0..20 + number * 37 % 180).map(|at| (number * 31 + at) as u8).collect()
}

/// What was promised when the log had so many operations.
#[derive(Clone, Copy, Default)]
struct Promise {
    /// Last number that was synced.
    synced: u64,
    /// Last number that was acknowledged, if that is surely kept.
    acked: u64,
    /// Last number that may have been dropped for lack of room.
    dropped: u64,
}

/// A session with syncs, acknowledgements, drops and segments; and its promises,
/// by number of operations.
fn session() -> (Vec<Op>, BTreeMap<usize, Promise>, u64) {
    let (mut spool, _) = Spool::open(Memory::recording(), LIMITS, EPOCH).unwrap();
    let mut promises = BTreeMap::new();
    let mut promise = Promise::default();
    let mut last = 0;
    for step in 0..140u64 {
        last = spool.append(&content(step + 1), Time::new(1000 + step, 0)).unwrap();
        assert_eq!(last, step + 1);
        if step % 5 == 4 {
            spool.sync().unwrap();
            promise.synced = last;
        }
        if step % 7 == 6 && step < 60 {
            let item = spool.peek().unwrap().unwrap();
            // What was handed out was synced.
            promise.synced = promise.synced.max(item.last);
            spool.ack(item.last).unwrap();
            promise.acked = item.last;
        }
        let status = spool.status();
        // Dropped are the oldest behind what was acknowledged.
        promise.dropped = if status.dropped > 0 { last - status.batches } else { 0 };
        promises.insert(log_len(&spool), promise);
    }
    (log(spool), promises, last)
}

fn log_len(spool: &Spool<Memory>) -> usize {
    spool.disk().log.as_ref().unwrap().len()
}

fn log(spool: Spool<Memory>) -> Vec<Op> {
    spool.disk().log.clone().unwrap()
}

/// Everything that waits, by number.
fn drain(spool: &mut Spool<Memory>) -> Vec<Item> {
    let mut items = Vec::new();
    while let Some(item) = spool.peek().unwrap() {
        assert!(items.len() < 1000, "no end");
        spool.ack(item.last).unwrap();
        items.push(item);
    }
    items
}

fn check(ops: &[Op], cut: Cut, promise: Promise, last: u64) {
    let told = || format!("{} operations, {cut:?}", ops.len());
    let (mut spool, opened) = Spool::open(Memory::after(ops, cut), LIMITS, [9; 16]).unwrap();
    if opened.new || opened.state_lost {
        assert_eq!(promise.synced, 0, "{}", told());
        return;
    }
    assert_eq!(spool.epoch().0, EPOCH, "{}", told());
    let mut expected = spool.next();
    let items = drain(&mut spool);
    let mut delivered = BTreeMap::new();
    for item in items {
        assert_eq!(item.first, expected, "a hole: {}", told());
        expected = item.last + 1;
        match decode::<Content>(&item.content) {
            Ok(Content::Gap(gap)) => {
                let lost = item.first.max(promise.acked + 1)..=item.last.min(promise.synced);
                assert!(
                    lost.is_empty() || *lost.end() <= promise.dropped + 12,
                    "{lost:?} {gap:?} {}",
                    told()
                );
                assert!(item.first > promise.dropped || gap.reason.contains("room"), "{gap:?}");
            }
            _ => {
                assert_eq!(item.content, content(item.first), "invented: {}", told());
                delivered.insert(item.first, ());
            }
        }
    }
    assert!(expected > promise.synced && expected <= last + 2, "ends at {expected}: {}", told());
    // It goes on with a number that was not used.
    let number = spool.append(b"more", Time::new(9000, 0)).unwrap();
    assert_eq!(number, expected, "{}", told());
    assert_eq!(spool.peek().unwrap().unwrap().content, b"more");
}

#[test]
fn a_cut_anywhere_loses_nothing_that_was_synced() {
    let (ops, promises, last) = session();
    assert!(ops.iter().any(|op| matches!(op, Op::Remove(_))), "segments were freed");
    assert!(promises.values().any(|promise| promise.dropped > 0), "and dropped");
    for end in 0..=ops.len() {
        let promise = promises.range(..=end).next_back().map(|(_, promise)| *promise).unwrap_or_default();
        for cut in [Cut::Unsynced, Cut::Zeros] {
            check(&ops[..end], cut, promise, last);
        }
        let size = match ops[..end].last() {
            Some(Op::Write(_, _, bytes)) => bytes.len(),
            _ => 0,
        };
        for len in 0..=size {
            check(&ops[..end], Cut::Torn(len), promise, last);
        }
    }
}

/// Cut again and again while it is used: the line never has a hole.
#[test]
fn cuts_in_a_row() {
    let (mut disk, mut expected, mut mark) = (Memory::default(), 1, Mark::default());
    for round in 0..60u64 {
        disk.log = None;
        let (mut spool, opened) = Spool::open(disk, LIMITS, EPOCH).unwrap();
        assert_eq!(opened.new, round == 0);
        // As the platform's greeting does: acknowledgements are saved now and then only.
        spool.want(expected, mark).unwrap();
        for step in 0..round % 7 {
            spool.append(&content(step), Time::new(round, 0)).unwrap();
        }
        if round % 3 == 0 {
            for item in drain(&mut spool) {
                assert_eq!(item.first, expected);
                expected = item.last + 1;
                mark = match decode::<Content>(&item.content) {
                    Ok(Content::Gap(_)) => mark.gap(item.last),
                    _ => mark.content(&item.content),
                };
            }
        }
        disk = spool.disk().clone();
        // The last bytes of the newest segment never arrived; what was handed out
        // was synced before.
        if round % 3 != 0
            && let Some(newest) = disk.files.keys().rfind(|name| name.ends_with(".seg")).cloned()
        {
            let file = disk.files.get_mut(&newest).unwrap();
            file.truncate(file.len().saturating_sub(round as usize % 5));
        }
    }
}
