//! Full disks, failing disks, damaged files, old spools, and a day without a
//! platform.

use std::io::ErrorKind;

use model::{ErrorCode, Time};
use spool::memory::Memory;
use spool::{Fault, Folder, Item, Limits, Opened, Spool};
use wire::{Content, Epoch, Gap, Mark, decode};

const SMALL: Limits = Limits { bytes: 8000, segment: 1000, sync_bytes: 1000, sync_after: Time::SECOND };

fn open(disk: Memory) -> (Spool<Memory>, Opened) {
    Spool::open(disk, SMALL, [1; 16]).unwrap()
}

fn now(seconds: u64) -> Time {
    Time::new(1000 + seconds, 0)
}

/// A record that says its number.
fn content(number: u64) -> Vec<u8> {
    [&number.to_le_bytes()[..], &[0xaa; 100]].concat()
}

fn gap_of(item: &Item) -> Option<Gap> {
    match decode::<Content>(&item.content) {
        Ok(Content::Gap(gap)) => Some(gap),
        _ => None,
    }
}

/// Delivers everything; numbers kept, and numbers told as gaps.
fn deliver<D: spool::Disk>(spool: &mut Spool<D>) -> (Vec<u64>, Vec<(u64, u64, Gap)>) {
    let (mut kept, mut gaps) = (Vec::new(), Vec::new());
    let mut expected = spool.next();
    while let Some(item) = spool.peek().unwrap() {
        assert_eq!(item.first, expected, "no holes");
        expected = item.last + 1;
        match gap_of(&item) {
            Some(gap) => gaps.push((item.first, item.last, gap)),
            None => kept.push(item.first),
        }
        spool.ack(item.last).unwrap();
    }
    (kept, gaps)
}

#[test]
fn when_full_the_oldest_become_one_gap_in_place() {
    let (mut spool, _) = open(Memory::default());
    for number in 1..=300 {
        assert_eq!(spool.append(&content(number), now(number)), Ok(number));
        assert!(spool.status().bytes[0] <= SMALL.bytes);
    }
    let status = spool.status();
    assert_eq!(status.batches + status.dropped, 300);
    assert_eq!(status.oldest, now(1), "the gap is what waits longest");
    let (kept, gaps) = deliver(&mut spool);
    let [(1, last, gap)] = &gaps[..] else { panic!("{gaps:?}") };
    assert_eq!(kept, (last + 1..=300).collect::<Vec<_>>());
    assert_eq!(status.dropped, *last);
    assert_eq!((gap.since, gap.until, gap.bytes), (now(1), now(*last), last * 136));
    assert!(gap.reason.contains("no more room"));
    assert_eq!(spool.status().batches, 0);
    assert!(kept.len() as u64 * 136 > SMALL.bytes * 3 / 4, "most of the room is used: {}", kept.len());
}

#[test]
fn a_full_disk_drops_the_oldest_and_says_so() {
    // Room for state and about 40 records, while the limit says 8,000 bytes.
    let (mut spool, _) = open(Memory { room: Some(1024 + 5000), ..Memory::default() });
    for number in 1..=100 {
        spool.append(&content(number), now(number)).unwrap();
    }
    spool.sync().unwrap();
    let (kept, gaps) = deliver(&mut spool);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(kept, (gaps[0].1 + 1..=100).collect::<Vec<_>>());
}

#[test]
fn a_disk_without_any_room_is_e19_and_nothing_is_lost_silently() {
    let (mut spool, _) = open(Memory { room: Some(1024), ..Memory::default() });
    let mut taken = 0;
    let error = loop {
        match spool.append(&content(taken + 1), now(taken)) {
            Ok(number) => taken = number,
            Err(error) => break error,
        }
    };
    assert_eq!((error.fault, error.code()), (Fault::Full, ErrorCode::Disk));
    assert!(
        error.to_string().starts_with("E19 disk full or bad: cannot write 0000000000000001.seg"),
        "{error}"
    );
    assert_eq!(spool.fault(), Some(&error));
    assert!(taken > 20, "some fit into memory: {taken}");
    assert!(spool.peek().is_err(), "what is not on disk is not handed out");
    // There is room again: all that was taken is there, and the number goes on.
    spool.disk_mut().room = None;
    assert_eq!(spool.append(&content(taken + 1), now(taken)), Ok(taken + 1));
    assert_eq!(deliver(&mut spool), ((1..=taken + 1).collect(), vec![]));
    assert_eq!(spool.fault(), None);
}

#[test]
fn a_failed_sync_is_not_believed_later() {
    let (mut spool, _) = open(Memory::recording());
    for number in 1..=3 {
        spool.append(&content(number), now(0)).unwrap();
    }
    spool.disk_mut().broken = Some(ErrorKind::Other);
    assert_eq!(spool.sync().unwrap_err().fault, Fault::Failing);
    assert!(spool.peek().is_err());
    spool.disk_mut().broken = None;
    assert_eq!(spool.peek().unwrap().unwrap().content, content(1));
    // Only what was written after the failure counts: the records are there twice,
    // the second time synced.
    let (names, ops) = (spool.disk().files.len(), spool.disk().log.clone().unwrap());
    assert_eq!(names, 3, "two copies of the state, one segment made anew");
    let after = Memory::after(&ops, spool::memory::Cut::Unsynced);
    let (mut spool, _) = open(after);
    assert_eq!(deliver(&mut spool), ((1..=3).collect(), vec![]));
}

/// Any byte of any file flipped while nobody looked: a record is delivered as it
/// was, or told as a gap; a damaged state costs a repetition at most.
#[test]
fn damage_of_any_byte_is_noticed() {
    let (mut spool, _) = open(Memory::default());
    for number in 1..=40 {
        spool.append(&content(number), now(number)).unwrap();
    }
    for number in 1..=5 {
        spool.ack(number).unwrap();
    }
    spool.sync().unwrap();
    let mut pristine = spool.disk().clone();
    pristine.log = None;
    let files: Vec<(String, usize)> =
        pristine.files.iter().map(|(name, bytes)| (name.clone(), bytes.len())).collect();
    for (name, len) in files {
        for at in 0..len {
            let mut disk = pristine.clone();
            disk.files.get_mut(&name).unwrap()[at] ^= 0x10;
            let (mut spool, _) = open(disk);
            assert!(spool.next() <= 6, "nothing unsent is taken for sent");
            let mut lost = 0;
            while let Some(item) = spool.peek().unwrap() {
                match gap_of(&item) {
                    Some(_) => lost += item.last - item.first + 1,
                    None => assert_eq!(item.content, content(item.first + spool_base(&spool)), "{name} {at}"),
                }
                spool.ack(item.last).unwrap();
            }
            assert_eq!(lost > 0, name.ends_with(".seg"), "{name} byte {at}");
        }
    }
}

/// All numbers of this file's spools are of the first epoch.
fn spool_base(spool: &Spool<Memory>) -> u64 {
    assert_eq!(spool.epoch(), Epoch([1; 16]));
    0
}

#[test]
fn a_lost_state_sends_everything_again_under_a_new_epoch() {
    let (mut spool, _) = open(Memory::default());
    for number in 1..=20 {
        spool.append(&content(number), now(number)).unwrap();
    }
    spool.ack(9).unwrap();
    spool.sync().unwrap();
    let mut disk = spool.disk().clone();
    disk.files.retain(|name, _| name.ends_with(".seg"));
    let (mut spool, opened) = Spool::open(disk, SMALL, [2; 16]).unwrap();
    assert!(opened.state_lost && !opened.new);
    assert_eq!((spool.epoch(), spool.next()), (Epoch([2; 16]), 1));
    let (kept, gaps) = deliver(&mut spool);
    assert!(kept.len() >= 11 && gaps.is_empty(), "{kept:?} {gaps:?}");
}

/// The mark of a line that took records up to a number.
fn mark(upto: u64) -> Mark {
    (1..=upto).fold(Mark::default(), |mark, number| mark.content(&content(number)))
}

#[test]
fn what_the_platform_wants_is_followed() {
    let (mut spool, _) = open(Memory::default());
    for number in 1..=20 {
        spool.append(&content(number), now(number)).unwrap();
    }
    // It has more than we remember; it has less (restored from a backup).
    spool.sync().unwrap();
    spool.want(16, mark(15)).unwrap();
    assert_eq!(spool.next(), 16);
    spool.want(3, mark(2)).unwrap();
    let (kept, gaps) = deliver(&mut spool);
    let gone: u64 = gaps.iter().map(|(first, last, _)| last - first + 1).sum();
    assert_eq!(kept.len() as u64 + gone, 18, "{kept:?} {gaps:?}");
    assert!(gaps.iter().all(|(_, _, gap)| gap.reason.contains("no longer there")));
    // It names a number that was never handed out: an older copy of this spool.
    for wrong in [22, u64::MAX] {
        let error = spool.want(wrong, mark(20)).unwrap_err();
        assert_eq!(error.fault, Fault::Ahead, "{error}");
    }
    assert_eq!(spool.next(), 21, "and nothing was taken for sent");
}

#[test]
fn a_line_that_somebody_else_wrote_on_is_noticed() {
    let (mut spool, _) = open(Memory::default());
    for number in 1..=20 {
        spool.append(&content(number), now(number)).unwrap();
    }
    spool.sync().unwrap();
    spool.ack(10).unwrap();
    for (next, wrong) in
        [(16, mark(14)), (16, mark(14).content(b"of a clone")), (11, mark(9)), (11, Mark([1; 32]))]
    {
        assert_eq!(spool.want(next, wrong).unwrap_err().fault, Fault::Forked);
        assert_eq!(spool.next(), 11, "nothing is taken for sent");
    }
    spool.want(11, mark(10)).unwrap();
    // The same after a reopening, and with a gap among what was taken.
    let (mut spool, _) = open(spool.disk().clone());
    spool.want(16, mark(15)).unwrap();
    for number in 21..=200 {
        spool.append(&content(number), now(number)).unwrap();
    }
    let gap = spool.peek().unwrap().unwrap();
    assert!(gap_of(&gap).is_some() && gap.first == 16 && gap.last > 30);
    spool.want(25, mark(15).gap(24)).unwrap();
    assert_eq!(spool.next(), 25);
    spool.want(gap.last + 2, mark(15).gap(24).gap(gap.last).content(&content(gap.last + 1))).unwrap();
}

#[test]
fn a_new_epoch_numbers_what_waits_from_one() {
    let (mut spool, _) = open(Memory::default());
    for number in 1..=20 {
        spool.append(&content(number), now(number)).unwrap();
    }
    spool.sync().unwrap();
    spool.ack(15).unwrap();
    spool.renumber(Epoch([5; 16])).unwrap();
    assert_eq!((spool.epoch(), spool.next()), (Epoch([5; 16]), 1));
    let item = spool.peek().unwrap().unwrap();
    assert_eq!((item.first, item.content), (1, content(16)));
    assert_eq!(spool.append(&content(21), now(21)), Ok(6));
    // The same after a reopening, whichever copy of the state is good.
    for copy in ["state.0", "state.1"] {
        let mut disk = spool.disk().clone();
        disk.files.remove(copy);
        let (mut again, _) = open(disk);
        assert_eq!((again.epoch(), again.next()), (Epoch([5; 16]), 1));
        assert_eq!(again.peek().unwrap().unwrap().content, content(16));
    }
}

#[test]
fn too_large_is_refused() {
    let (mut spool, _) = open(Memory::default());
    let error = spool.append(&vec![0; wire::MAX_MESSAGE], now(0)).unwrap_err();
    assert_eq!(error.fault, Fault::TooLong);
    assert_eq!(spool.append(b"small", now(0)), Ok(1));
}

/// 24 hours without a platform at the rated load (a report a second, 700 bytes
/// on the average): with the limit above it nothing is dropped, with a smaller
/// one what is dropped and what is kept add up.
#[test]
fn a_day_without_a_platform() {
    let day = 86_400u64;
    for (bytes, all) in [(72 << 20, true), (16 << 20, false)] {
        let limits = Limits { bytes, ..Limits::default() };
        let (mut spool, _) = Spool::open(Memory::default(), limits, [1; 16]).unwrap();
        for second in 1..=day {
            let record = [&second.to_le_bytes()[..], &vec![0x55; 292 + second as usize % 800]].concat();
            spool.append(&record, now(second)).unwrap();
        }
        let status = spool.status();
        assert_eq!((status.dropped == 0, status.oldest), (all, now(1)));
        let mut disk = spool.disk().clone();
        disk.log = None;
        let (mut spool, opened) = Spool::open(disk, limits, [2; 16]).unwrap();
        assert_eq!(opened, Opened::default());
        let mut next = 1;
        let mut dropped = 0;
        while let Some(item) = spool.peek().unwrap() {
            assert_eq!(item.first, next);
            match gap_of(&item) {
                Some(_) => dropped += item.last - item.first + 1,
                None => assert_eq!(item.content[..8], item.first.to_le_bytes()),
            }
            next = item.last + 1;
            spool.ack(item.last).unwrap();
        }
        assert!(next > day - 1 && dropped == status.dropped, "{next} {dropped}");
    }
}

#[test]
fn a_real_folder_is_private_and_for_one_process() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spool");
    let (mut spool, opened) = Spool::open(Folder::open(&path).unwrap(), SMALL, [1; 16]).unwrap();
    assert!(opened.new);
    for number in 1..=100 {
        spool.append(&content(number), now(number)).unwrap();
    }
    let second = Folder::open(&path).err().unwrap();
    assert_eq!(second.fault, Fault::InUse);
    for entry in std::fs::read_dir(&path).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    spool.close().unwrap();
    let (mut spool, opened) = Spool::open(Folder::open(&path).unwrap(), SMALL, [2; 16]).unwrap();
    assert_eq!((opened, spool.epoch()), (Opened::default(), Epoch([1; 16])));
    let (kept, gaps) = deliver(&mut spool);
    assert_eq!(kept.len() as u64 + gaps[0].1, 100);
}

/// A real file system of 1 MiB, where this may mount one.
#[test]
fn a_real_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    let mount = ["-t", "tmpfs", "-o", "size=1M", "none"];
    let mounted = std::process::Command::new("mount").args(mount).arg(dir.path()).output();
    if !mounted.as_ref().is_ok_and(|output| output.status.success()) {
        println!("skipped: cannot mount a tmpfs here (not root?): {mounted:?}");
        return;
    }
    let limits = Limits { bytes: 64 << 20, segment: 64 << 10, ..Limits::default() };
    let result = std::panic::catch_unwind(|| {
        let (mut spool, _) = Spool::open(Folder::open(dir.path()).unwrap(), limits, [1; 16]).unwrap();
        let record = |number: u64| [&number.to_le_bytes()[..], &[0xaa; 3000]].concat();
        for number in 1..=2000 {
            assert_eq!(spool.append(&record(number), now(number)), Ok(number));
        }
        spool.sync().unwrap();
        let (kept, gaps) = deliver(&mut spool);
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!(kept, (gaps[0].1 + 1..=2000).collect::<Vec<_>>());
        assert!(kept.len() > 200, "most of the disk is used: {}", kept.len());
        spool.close().unwrap();
    });
    let unmounted = std::process::Command::new("umount").arg(dir.path()).status();
    assert!(unmounted.unwrap().success());
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}
