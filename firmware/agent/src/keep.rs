//! From sensing to the disk: writes reports to the spool.
//!
//! Each at once, as long as the platform takes them. When many wait, those of a
//! minute become one: a batch costs the way to the platform and back whatever its
//! size, so a day of one report a second would take hours to catch up with.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Time;
use spool::{Disk, Fault, Spool, SpoolError};
use uplink::World;
use wire::{Content, Report};

/// Reports are joined while more batches than these wait.
pub const BEHIND: u64 = 60;

/// Longest a report is held to be joined, in nanoseconds: what a power cut may take
/// while that many wait.
const HELD: u64 = 60 * Time::SECOND;

/// Between looks at the spool when no report comes.
const TICK: Duration = Duration::from_millis(500);

/// Reports that found no place before it was time to end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reports} reports could not be written to the spool and are lost: {error}")]
pub struct Lost {
    /// How many.
    pub reports: u64,
    /// Why the last was refused.
    pub error: SpoolError,
}

/// Writes reports until sensing ends. A disk that refuses holds sensing back, by
/// the channel that is full.
///
/// # Errors
/// [`Lost`], when the disk still refuses at the end.
pub fn keep<D: Disk>(
    reports: &Receiver<Report>,
    spool: &Mutex<Spool<D>>,
    world: &dyn World,
) -> Result<(), Lost> {
    let mut keeper = Keeper { spool, world, lost: None };
    let mut joiner = Joiner::default();
    loop {
        let refused = match reports.recv_timeout(TICK) {
            Ok(report) => joiner.take(report, world.elapsed()),
            Err(RecvTimeoutError::Timeout) => {
                keeper.spool().tick(world.now());
                None
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let waiting = keeper.spool().status().batches;
        for report in refused.into_iter().chain(joiner.due(waiting, world.elapsed())) {
            keeper.write(report);
        }
    }
    if let Some(report) = joiner.rest() {
        keeper.write(report);
    }
    keeper.lost.map_or(Ok(()), Err)
}

struct Keeper<'a, D: Disk> {
    spool: &'a Mutex<Spool<D>>,
    world: &'a dyn World,
    lost: Option<Lost>,
}

impl<D: Disk> Keeper<'_, D> {
    fn spool(&self) -> MutexGuard<'_, Spool<D>> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries until it has a place, or until it is time to end.
    fn write(&mut self, report: Report) {
        let bytes = wire::encode(&Content::Report(report));
        loop {
            let taken = self.spool().append(&bytes, self.world.now());
            let Err(error) = taken else { return };
            if error.fault == Fault::TooLong || !self.world.wait(Time::SECOND) {
                let reports = self.lost.take().map_or(1, |lost| lost.reports + 1);
                self.lost = Some(Lost { reports, error });
                return;
            }
        }
    }
}

/// Makes one report of several.
#[derive(Default)]
pub struct Joiner {
    /// What was taken, and when the first of it.
    held: Option<(Report, u64)>,
}

impl Joiner {
    /// Takes the next report; gives the one held when this cannot be joined to it,
    /// to be written first. `now` is the time of [`World::elapsed`].
    pub fn take(&mut self, mut next: Report, now: u64) -> Option<Report> {
        match &mut self.held {
            Some((held, _)) if fits(held, &next) => {
                held.intervals.append(&mut next.intervals);
                held.records.append(&mut next.records);
                (held.made, held.dropped) = (next.made, next.dropped);
                None
            }
            held => held.replace((next, now)).map(|(before, _)| before),
        }
    }

    /// The report held, when it is to be written: unless so many batches wait that
    /// it may grow for a minute.
    pub fn due(&mut self, waiting: u64, now: u64) -> Option<Report> {
        let due = |(_, since): &mut (Report, u64)| waiting <= BEHIND || now.saturating_sub(*since) >= HELD;
        self.held.take_if(due).map(|(report, _)| report)
    }

    /// The report held.
    pub fn rest(&mut self) -> Option<Report> {
        self.held.take().map(|(report, _)| report)
    }
}

/// Of one run and one clock, and together not larger than what sensing makes at once.
fn fits(held: &Report, next: &Report) -> bool {
    held.run == next.run
        && next.clock_step == 0
        && held.intervals.len() + next.intervals.len() <= sense::INTERVALS
        && held.records.len() + next.records.len() <= sense::RECORDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use spool::Limits;
    use spool::memory::Memory;
    use std::io::ErrorKind;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    use std::sync::mpsc::sync_channel;

    fn report(number: u64) -> Report {
        Report { run: Time(1), made: Time(number), ..Report::default() }
    }

    /// What lies in a spool, in order.
    fn reports(spool: &mut Spool<Memory>) -> Vec<u64> {
        let mut made = Vec::new();
        while let Some(item) = spool.peek().unwrap() {
            let Ok(Content::Report(report)) = wire::decode(&item.content) else { panic!("{item:?}") };
            made.push(report.made.0);
            spool.ack(item.last).unwrap();
        }
        made
    }

    /// A world in which the disk is mended after so many waits.
    struct Mending {
        spool: Arc<Mutex<Spool<Memory>>>,
        waits: AtomicU64,
    }

    impl World for Mending {
        fn now(&self) -> Time {
            Time(self.waits.load(SeqCst))
        }

        fn elapsed(&self) -> u64 {
            self.waits.load(SeqCst)
        }

        fn wait(&self, _: u64) -> bool {
            match self.waits.load(SeqCst) {
                0 => false,
                1 => {
                    self.spool.lock().unwrap().disk_mut().broken = None;
                    true
                }
                more => {
                    self.waits.store(more - 1, SeqCst);
                    true
                }
            }
        }

        fn fill(&self, _: &mut [u8]) {}
    }

    /// A disk that is broken from the start, 20 reports of which a few have room in
    /// the memory of the spool, and a world that mends it after `waits`, or ends (0).
    fn broken(waits: u64) -> (Result<(), Lost>, Vec<u64>) {
        let limits = Limits { sync_bytes: 100, ..Limits::default() };
        let mut spool = Spool::open(Memory::default(), limits, [7; 16]).unwrap().0;
        spool.disk_mut().broken = Some(ErrorKind::StorageFull);
        let spool = Arc::new(Mutex::new(spool));
        let world = Mending { spool: Arc::clone(&spool), waits: AtomicU64::new(waits) };
        let (sender, receiver) = sync_channel(2);
        let kept = std::thread::scope(|scope| {
            let (spool, world) = (&*spool, &world);
            let keeper = scope.spawn(move || keep(&receiver, spool, world));
            // Waits whenever the channel is full: nothing overtakes, nothing is thrown away.
            (1..=20).for_each(|number| sender.send(report(number)).unwrap());
            drop(sender);
            keeper.join().unwrap()
        });
        let mut spool = spool.lock().unwrap();
        spool.disk_mut().broken = None;
        (kept, reports(&mut spool))
    }

    #[test]
    fn a_disk_that_is_mended_has_every_report_once_and_in_order() {
        assert_eq!(broken(5), (Ok(()), (1..=20).collect()));
    }

    #[test]
    fn what_has_no_place_at_the_end_is_told() {
        let (kept, made) = broken(0);
        let lost = kept.unwrap_err();
        assert_eq!(made, (1..=20 - lost.reports).collect::<Vec<_>>(), "{lost}");
        assert!((1..20).contains(&lost.reports) && lost.error.fault == Fault::Full, "{lost}");
    }

    #[test]
    fn only_reports_of_one_run_and_clock_are_joined() {
        let joined = |next: Report| Joiner { held: Some((report(1), 0)) }.take(next, 5).is_none();
        assert!(joined(report(2)));
        assert!(!joined(Report { run: Time(2), ..report(2) }));
        assert!(!joined(Report { clock_step: 1, ..report(2) }));
        // A step before both stays before both.
        let mut joiner = Joiner::default();
        assert_eq!(joiner.take(Report { clock_step: 9, dropped: 1, ..report(1) }, 0), None);
        assert_eq!(joiner.take(Report { dropped: 3, ..report(2) }, 0), None);
        assert_eq!(joiner.rest(), Some(Report { clock_step: 9, dropped: 3, ..report(2) }));
    }

    #[test]
    fn a_report_is_held_a_minute_and_only_while_many_wait() {
        let mut joiner = Joiner::default();
        for (waiting, now, due) in [(0, 0, true), (BEHIND, 0, true), (61, 0, false), (61, HELD, true)] {
            assert_eq!(joiner.take(report(1), 0), None);
            assert_eq!(joiner.due(waiting, now).is_some(), due, "{waiting} wait, after {now}");
            joiner.rest();
        }
    }
}
