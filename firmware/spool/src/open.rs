//! Finding what a spool holds after whatever happened to it.

use std::collections::VecDeque;

use crate::disk::Disk;
use crate::segment::{Segment, first_of};
use crate::spool::Spool;
use crate::state::State;
use crate::{Limits, SpoolError};

/// What was found at opening.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// The spool was made now.
    pub new: bool,
    /// Both copies of the state were gone: there is a new epoch, and all that is
    /// on disk will be sent (again).
    pub state_lost: bool,
    /// The last segment ends in a record that is not whole: cut off, or damaged.
    /// Its number is told as a gap.
    pub torn: bool,
}

impl<D: Disk> Spool<D> {
    /// Opens the spool of a folder. `random`: 16 random bytes, the epoch if one
    /// has to be made.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn open(mut disk: D, limits: Limits, random: [u8; 16]) -> Result<(Spool<D>, Opened), SpoolError> {
        let names = disk.list().map_err(|error| SpoolError::io("list", "the spool", &error))?;
        let mut firsts: Vec<u64> = names.iter().filter_map(|name| first_of(name)).collect();
        firsts.sort_unstable();
        let mut opened = Opened::default();
        let mut segments: VecDeque<Segment> = VecDeque::new();
        for first in firsts {
            let (segment, torn) = Segment::scan(&mut disk, first)?;
            opened.torn = torn;
            // A segment that was begun anew after a fault repeats the end of the one before.
            if let Some(before) = segments.back_mut() {
                before.next = before.next.min(first);
            }
            segments.push_back(segment);
        }
        let end = segments.back().map_or(0, |last| last.next + u64::from(opened.torn));
        let state = match State::load(&mut disk, &names)? {
            Some(mut state) => {
                state.next = state.next.max(end).max(state.acked + 1);
                if !State::has_both(&names) {
                    state.create(&mut disk, &names)?;
                }
                state
            }
            None => {
                let kept = segments.front().map_or(0, |first| first.first.saturating_sub(1));
                let mut state = State::new(random, kept);
                state.next = state.next.max(end);
                opened.new = segments.is_empty();
                opened.state_lost = !opened.new;
                state.create(&mut disk, &names)?;
                state
            }
        };
        let mut spool = Spool::assemble(disk, limits.sound(), state, segments);
        spool.discard()?;
        Ok((spool, opened))
    }
}
