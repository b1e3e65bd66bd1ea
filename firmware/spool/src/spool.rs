//! Taking, keeping and forgetting records.

use std::collections::VecDeque;

use model::Time;
use wire::{Epoch, MAX_MESSAGE, Mark, SpoolStatus};

use crate::disk::Disk;
use crate::read::Cursor;
use crate::record::{HEADER, Header};
use crate::segment::Segment;
use crate::state::{Dropped, State, ahead};
use crate::{Fault, Limits, SpoolError};

/// Bytes that the envelope of a batch needs beside the content.
const ENVELOPE: usize = 64;
/// The state is saved after so many acknowledgements at the latest; an older one
/// only means that some batches are offered twice.
const SAVE_EVERY: u32 = 64;

/// A record that is not surely on disk.
pub(crate) struct Pending {
    pub(crate) header: Header,
    content: Vec<u8>,
}

/// The spool of one sensor.
pub struct Spool<D: Disk> {
    pub(crate) disk: D,
    limits: Limits,
    pub(crate) state: State,
    /// Oldest first.
    pub(crate) segments: VecDeque<Segment>,
    /// The last segment may grow.
    active: bool,
    /// The name of the last segment may not be on disk.
    unnamed: bool,
    /// Taken and not yet synced, so that a failed sync loses nothing.
    pub(crate) pending: VecDeque<Pending>,
    pending_bytes: u64,
    /// How many of them are in the last segment.
    written: usize,
    /// Last number that is surely on disk.
    pub(crate) synced: u64,
    unsaved: u32,
    fault: Option<SpoolError>,
    pub(crate) cursor: Cursor,
}

impl<D: Disk> Spool<D> {
    pub(crate) fn assemble(disk: D, limits: Limits, state: State, segments: VecDeque<Segment>) -> Spool<D> {
        Spool {
            disk,
            limits,
            synced: state.next - 1,
            state,
            segments,
            active: false,
            unnamed: false,
            pending: VecDeque::new(),
            pending_bytes: 0,
            written: 0,
            unsaved: 0,
            fault: None,
            cursor: Cursor::default(),
        }
    }

    /// Takes a record and gives its number in the epoch. It is in memory and, if
    /// the disk lets it, in a file; surely on disk after [`Spool::sync`], which
    /// happens by itself as [`Limits`] say. `now` is when it was made.
    ///
    /// # Errors
    /// [`Fault::TooLong`]. [`Fault::Full`] and [`Fault::Failing`] when the disk
    /// has refused for so long that no more fits into memory: this record was
    /// not taken and has no number. Trouble before that: [`Spool::fault`].
    pub fn append(&mut self, content: &[u8], now: Time) -> Result<u64, SpoolError> {
        if content.len() > MAX_MESSAGE - ENVELOPE {
            let words = format!("a record of {} bytes is too large for a message", content.len());
            return Err(SpoolError::new(Fault::TooLong, words));
        }
        let size = (HEADER + content.len()) as u64;
        if self.fault.is_some() && self.pending_bytes + size > 4 * self.limits.sync_bytes {
            self.sync()?;
        }
        let number = self.state.next;
        let header = Header::of(number, now, content);
        self.state.next += 1;
        self.pending_bytes += size;
        self.pending.push_back(Pending { header, content: content.to_vec() });
        if let Err(error) = self.write() {
            self.fault = Some(error);
        }
        self.tick(now);
        Ok(number - self.state.base)
    }

    /// Syncs if it is time. To be called about every second.
    pub fn tick(&mut self, now: Time) {
        let oldest = self.pending.front().map(|one| one.header.made);
        let due = oldest.is_some_and(|made| now.since(made) >= self.limits.sync_after);
        if (due || self.pending_bytes >= self.limits.sync_bytes)
            && let Err(error) = self.sync()
        {
            self.fault = Some(error);
        }
    }

    /// Everything taken is on disk when this returns.
    ///
    /// # Errors
    /// [`Fault::Full`] or [`Fault::Failing`]: nothing is lost, it will be tried again.
    pub fn sync(&mut self) -> Result<(), SpoolError> {
        let done = self.write().and_then(|()| self.sync_written());
        if done.is_ok() {
            self.fault = None;
        } else {
            self.fault = done.clone().err();
        }
        done
    }

    /// The disk's last trouble, until it is over (E19).
    pub fn fault(&self) -> Option<&SpoolError> {
        self.fault.as_ref()
    }

    /// The platform has everything up to this number of the epoch.
    ///
    /// # Errors
    /// [`Fault::Ahead`] when that number was never handed out. Those of the disk;
    /// it is acknowledged all the same, in memory.
    pub fn ack(&mut self, upto: u64) -> Result<(), SpoolError> {
        let number = self.state.base.saturating_add(upto);
        if number > self.synced {
            return Err(ahead(upto.saturating_add(1), self.synced - self.state.base));
        }
        if number <= self.state.acked {
            return Ok(());
        }
        self.state.mark = self.mark_at(number)?;
        self.state.acked = number;
        self.unsaved += 1;
        self.discard()
    }

    /// The platform waits for this number of the epoch, and has what `mark` says:
    /// acknowledges what is before it, or goes back to it. What is no longer
    /// there becomes a gap.
    ///
    /// # Errors
    /// As [`Spool::ack`]. [`Fault::Forked`]: nothing is acknowledged.
    pub fn want(&mut self, next: u64, mark: Mark) -> Result<(), SpoolError> {
        let upto = next.saturating_sub(1);
        let number = self.state.base.saturating_add(upto);
        if number > self.synced {
            return Err(ahead(next, self.synced - self.state.base));
        }
        if number < self.state.acked {
            // It was restored from a backup. What it had before cannot be compared.
            (self.state.acked, self.state.mark) = (number, mark);
            return self.state.save(&mut self.disk);
        }
        if self.mark_at(number)? != mark {
            let words = format!("the platform has other batches up to {upto} than this spool");
            return Err(SpoolError::new(Fault::Forked, words));
        }
        self.ack(upto)
    }

    /// A new line of numbers: what waits is numbered from 1.
    ///
    /// # Errors
    /// Those of the disk; the old line stays then.
    pub fn renumber(&mut self, epoch: Epoch) -> Result<(), SpoolError> {
        let before = (self.state.epoch, self.state.base, self.state.mark);
        (self.state.epoch, self.state.base, self.state.mark) = (epoch.0, self.state.acked, Mark::default());
        // Twice, so that no copy with the old line is left.
        let saved = self.state.save(&mut self.disk).and_then(|()| self.state.save(&mut self.disk));
        if saved.is_err() {
            (self.state.epoch, self.state.base, self.state.mark) = before;
        }
        saved
    }

    /// The line of numbers.
    pub fn epoch(&self) -> Epoch {
        Epoch(self.state.epoch)
    }

    /// The number, in the epoch, of the next batch that [`Spool::peek`] gives.
    pub fn next(&self) -> u64 {
        self.state.acked + 1 - self.state.base
    }

    /// How it stands.
    pub fn status(&mut self) -> SpoolStatus {
        let from = self.state.acked + 1;
        let in_files =
            self.segments.iter().map(|one| one.next.saturating_sub(one.first.max(from))).sum::<u64>();
        let unwritten = self.pending.len() - self.written;
        let bytes = self.bytes() + self.pending.iter().skip(self.written).map(Pending::size).sum::<u64>();
        SpoolStatus {
            batches: in_files + unwritten as u64,
            bytes: [bytes, self.limits.bytes],
            oldest: if from < self.state.next { self.oldest() } else { Time(0) },
            dropped: self.state.dropped,
        }
    }

    /// The disk below.
    pub fn disk(&self) -> &D {
        &self.disk
    }

    /// The disk below; changing files under a spool is for tests.
    pub fn disk_mut(&mut self) -> &mut D {
        &mut self.disk
    }

    /// Syncs everything, and what was acknowledged.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn close(mut self) -> Result<(), SpoolError> {
        self.sync()?;
        self.state.save(&mut self.disk)
    }

    /// Bytes in segments.
    fn bytes(&self) -> u64 {
        self.segments.iter().map(|one| one.bytes).sum()
    }

    /// Writes what is pending into the last segment, or into a new one.
    fn write(&mut self) -> Result<(), SpoolError> {
        while let Some(pending) = self.pending.get(self.written) {
            let (header, size) = (pending.header, pending.size());
            while self.bytes() + size > self.limits.bytes && self.drop_oldest()? {}
            let tried = self.write_one();
            match tried {
                Ok(()) => {
                    self.written += 1;
                    if let Some(last) = self.segments.back_mut() {
                        last.grow(&header);
                    }
                }
                // The oldest makes room, if there is an older one than this.
                Err(error) if error.fault == Fault::Full && self.drop_oldest()? => {
                    self.restart();
                }
                Err(error) => {
                    self.restart();
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn write_one(&mut self) -> Result<(), SpoolError> {
        if !self.active {
            let first = self.pending.front().map_or(self.state.next, |one| one.header.number);
            let segment = Segment::new(first);
            self.disk
                .create(&segment.name())
                .map_err(|error| SpoolError::io("make", &segment.name(), &error))?;
            self.segments.retain(|one| one.first != first);
            if let Some(before) = self.segments.back_mut() {
                before.next = before.next.min(first);
            }
            self.segments.push_back(segment);
            (self.active, self.unnamed) = (true, true);
        }
        let (Some(last), Some(one)) = (self.segments.back(), self.pending.get(self.written)) else {
            return Ok(());
        };
        let record = [&one.header.write(last.first)[..], &one.content].concat();
        let written = self.disk.write(&last.name(), last.bytes, &record);
        written.map_err(|error| SpoolError::io("write", &last.name(), &error))
    }

    fn sync_written(&mut self) -> Result<(), SpoolError> {
        let Some(last) = self.segments.back().filter(|_| self.written > 0) else { return Ok(()) };
        let (name, size) = (last.name(), last.bytes);
        let names = if self.unnamed { self.disk.sync_names() } else { Ok(()) };
        if let Err(error) = self.disk.sync(&name).and(names) {
            // What the disk has of it is not known: it is written again elsewhere.
            self.restart();
            return Err(SpoolError::io("sync", &name, &error));
        }
        self.unnamed = false;
        for one in self.pending.drain(..self.written) {
            self.synced = one.header.number;
            self.pending_bytes -= one.size();
        }
        self.written = 0;
        self.active = size < self.limits.segment;
        Ok(())
    }

    /// Leaves the last segment as it may be; what is pending goes into a new one.
    fn restart(&mut self) {
        (self.active, self.written) = (false, 0);
        if let (Some(last), Some(one)) = (self.segments.back_mut(), self.pending.front()) {
            last.next = last.next.min(one.header.number);
        }
    }

    /// Drops the oldest segment and notes it; false when only the last is left.
    fn drop_oldest(&mut self) -> Result<bool, SpoolError> {
        let Some(oldest) = self.segments.front().copied().filter(|_| self.segments.len() > 1) else {
            return Ok(false);
        };
        let first = oldest.first.max(self.state.acked + 1);
        if first < oldest.next {
            let [since, until] = oldest.made;
            let records = oldest.next - first;
            let bytes = oldest.bytes * records / (oldest.next - oldest.first);
            self.state.drop(Dropped { first, last: oldest.next - 1, since, until, bytes }, records);
            // Noted before it is gone: else it would be lost without a word.
            self.state.save(&mut self.disk)?;
        }
        self.remove_first(&oldest)?;
        Ok(true)
    }

    /// Removes segments that hold only what is acknowledged or noted as dropped.
    pub(crate) fn discard(&mut self) -> Result<(), SpoolError> {
        let acked = self.state.acked;
        self.state.gaps.retain(|gap| gap.last > acked);
        let over = |state: &State, one: &Segment| {
            let from = one.first.max(acked + 1);
            from >= one.next || state.gaps.iter().any(|gap| gap.first <= from && one.next - 1 <= gap.last)
        };
        let mut saved = false;
        while let Some(first) = self.segments.front().copied() {
            let last = self.segments.len() == 1;
            if !over(&self.state, &first) || (last && (self.active || !self.pending.is_empty())) {
                break;
            }
            if !saved {
                self.save()?;
                saved = true;
            }
            self.remove_first(&first)?;
        }
        if self.unsaved >= SAVE_EVERY { self.save() } else { Ok(()) }
    }

    fn save(&mut self) -> Result<(), SpoolError> {
        self.unsaved = 0;
        self.state.save(&mut self.disk)
    }

    fn remove_first(&mut self, segment: &Segment) -> Result<(), SpoolError> {
        let name = segment.name();
        self.disk.remove(&name).map_err(|error| SpoolError::io("remove", &name, &error))?;
        self.segments.pop_front();
        Ok(())
    }
}

impl Pending {
    fn size(&self) -> u64 {
        HEADER as u64 + u64::from(self.header.len)
    }
}
