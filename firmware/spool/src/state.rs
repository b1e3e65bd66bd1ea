//! What a spool must know beside its records: two copies of 512 bytes, written
//! in turn in place, so that a cut harms one of them at most, and that a full
//! disk does not hinder it.

use model::Time;
use wire::Mark;

use crate::disk::Disk;
use crate::record::word;
use crate::{Fault, SpoolError};

/// Names of the two copies.
pub const COPIES: [&str; 2] = ["state.0", "state.1"];
const SIZE: usize = 512;
const MAGIC: &[u8; 8] = b"SWSPOOL1";
const GAPS: usize = 8;
const GAP: usize = 40;
/// Where the gaps begin: behind magic, six numbers, the mark and the epoch.
const GAPS_AT: usize = 8 + 6 * 8 + 32 + 16;
const _: () = assert!(GAPS_AT + GAPS * GAP + 4 <= SIZE);

/// Records dropped because there was no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// First number.
    pub first: u64,
    /// Last number.
    pub last: u64,
    /// When the first was made.
    pub since: Time,
    /// When the last was made.
    pub until: Time,
    /// Bytes.
    pub bytes: u64,
}

/// The state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Goes up with each write.
    turn: u64,
    /// The line of numbers the platform sees.
    pub epoch: [u8; 16],
    /// Number of a record minus this is its number in the epoch.
    pub base: u64,
    /// Last number the platform has.
    pub acked: u64,
    /// The mark of the epoch up to there.
    pub mark: Mark,
    /// The next record's number, or less.
    pub next: u64,
    /// Records dropped, ever.
    pub dropped: u64,
    /// What was dropped and is not yet told, ascending.
    pub gaps: Vec<Dropped>,
}

impl State {
    /// Of a new spool.
    pub fn new(epoch: [u8; 16], base: u64) -> State {
        State {
            turn: 0,
            epoch,
            base,
            acked: base,
            mark: Mark::default(),
            next: base + 1,
            dropped: 0,
            gaps: Vec::new(),
        }
    }

    /// Notes dropped records; joins the last note when it is the neighbour, or
    /// when there are too many.
    pub fn drop(&mut self, gap: Dropped, records: u64) {
        self.dropped += records;
        let full = self.gaps.len() >= GAPS;
        match self.gaps.last_mut() {
            Some(last) if full || last.last + 1 >= gap.first => {
                last.last = gap.last.max(last.last);
                last.until = gap.until;
                last.bytes += gap.bytes;
            }
            _ => self.gaps.push(gap),
        }
    }

    /// Writes the older copy and syncs it.
    ///
    /// # Errors
    /// Those of the disk; the newer copy is whole then.
    pub fn save<D: Disk>(&mut self, disk: &mut D) -> Result<(), SpoolError> {
        self.turn += 1;
        let name = COPIES[(self.turn % 2) as usize];
        let bytes = self.write();
        let written = disk.write(name, 0, &bytes).and_then(|()| disk.sync(name));
        written.map_err(|error| SpoolError::io("write", name, &error))
    }

    /// Makes the copies that are not there, and writes both.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn create<D: Disk>(&mut self, disk: &mut D, names: &[String]) -> Result<(), SpoolError> {
        for name in COPIES.iter().filter(|name| !names.iter().any(|one| one == *name)) {
            disk.create(name).map_err(|error| SpoolError::io("make", name, &error))?;
        }
        self.save(disk)?;
        self.save(disk)?;
        disk.sync_names().map_err(|error| SpoolError::io("sync the folder of", COPIES[0], &error))
    }

    /// Reads the newer good copy.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn load<D: Disk>(disk: &mut D, names: &[String]) -> Result<Option<State>, SpoolError> {
        let mut best: Option<State> = None;
        for name in COPIES.iter().filter(|name| names.iter().any(|one| one == *name)) {
            let mut bytes = [0; SIZE];
            let read = disk.read(name, 0, &mut bytes);
            let read = read.map_err(|error| SpoolError::io("read", name, &error))?;
            let state = if read == SIZE { State::read(&bytes) } else { None };
            best = best.into_iter().chain(state).max_by_key(|state| state.turn);
        }
        Ok(best)
    }

    /// Both copies are there.
    pub fn has_both(names: &[String]) -> bool {
        COPIES.iter().all(|name| names.iter().any(|one| one == name))
    }

    fn write(&self) -> [u8; SIZE] {
        let mut out = Vec::with_capacity(SIZE);
        out.extend(MAGIC);
        let gaps = self.gaps.get(..GAPS.min(self.gaps.len())).unwrap_or_default();
        for number in [self.turn, self.base, self.acked, self.next, self.dropped, gaps.len() as u64] {
            out.extend(number.to_le_bytes());
        }
        out.extend(self.mark.0);
        out.extend(self.epoch);
        for gap in gaps {
            for number in [gap.first, gap.last, gap.since.0, gap.until.0, gap.bytes] {
                out.extend(number.to_le_bytes());
            }
        }
        out.resize(SIZE - 4, 0);
        out.extend(crc32fast::hash(&out).to_le_bytes());
        let mut fixed = [0; SIZE];
        fixed.copy_from_slice(&out);
        fixed
    }

    fn read(bytes: &[u8; SIZE]) -> Option<State> {
        let at = |index: usize| word(bytes, 8 + index * 8);
        let sound = bytes.starts_with(MAGIC)
            && word(bytes, SIZE - 4) as u32 == crc32fast::hash(&bytes[..SIZE - 4])
            && at(5) <= GAPS as u64;
        sound.then(|| {
            let gaps = (0..at(5) as usize).map(|index| {
                let number = |field: usize| word(bytes, GAPS_AT + index * GAP + field * 8);
                Dropped {
                    first: number(0),
                    last: number(1),
                    since: Time(number(2)),
                    until: Time(number(3)),
                    bytes: number(4),
                }
            });
            let (mut mark, mut epoch) = ([0; 32], [0; 16]);
            mark.copy_from_slice(&bytes[GAPS_AT - 48..GAPS_AT - 16]);
            epoch.copy_from_slice(&bytes[GAPS_AT - 16..GAPS_AT]);
            State {
                turn: at(0),
                epoch,
                base: at(1),
                acked: at(2),
                mark: Mark(mark),
                next: at(3),
                dropped: at(4),
                gaps: gaps.collect(),
            }
        })
    }
}

/// What a number that was never handed out means.
pub fn ahead(next: u64, known: u64) -> SpoolError {
    let words = format!("the platform waits for batch {next}, this spool has made {known} only");
    SpoolError::new(Fault::Ahead, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_any_flipped_bit() {
        let mut state = State::new([3; 16], 4);
        state.mark = Mark([9; 32]);
        for first in 0..20 {
            let (since, until) = (Time(first), Time(first + 1));
            state.drop(Dropped { first: first * 10, last: first * 10 + 3, since, until, bytes: 7 }, 4);
        }
        assert_eq!((state.gaps.len(), state.dropped), (GAPS, 80));
        assert_eq!(state.gaps[7].last, 193, "the last note took the rest");
        let bytes = state.write();
        assert_eq!(State::read(&bytes), Some(state));
        for bit in 0..SIZE * 8 {
            let mut bad = bytes;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(State::read(&bad), None, "bit {bit}");
        }
    }
}
