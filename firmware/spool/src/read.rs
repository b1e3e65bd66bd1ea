//! The oldest batch that the platform has not.

use model::Time;
use wire::{Content, Gap, Mark, encode};

use crate::SpoolError;
use crate::disk::Disk;
use crate::record::{HEADER, Header};
use crate::segment::{Found, Segment, header_at, read};
use crate::spool::Spool;

/// One delivery: what [`wire::Batch`] needs beside the epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number in the epoch.
    pub first: u64,
    /// The same, or the last number of a gap.
    pub last: u64,
    /// The bytes that were appended, or an encoded [`Content::Gap`].
    pub content: Vec<u8>,
}

/// Where the last look ended: the record with this number begins there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    first: u64,
    number: u64,
    offset: u64,
}

impl<D: Disk> Spool<D> {
    /// The oldest batch not acknowledged; `None` when none waits. What is not on
    /// disk yet is synced first. The same again until [`Spool::ack`].
    ///
    /// # Errors
    /// Those of the disk. A record that is damaged is no error but a gap.
    pub fn peek(&mut self) -> Result<Option<Item>, SpoolError> {
        let number = self.state.acked + 1;
        if number >= self.state.next {
            return Ok(None);
        }
        if number > self.synced {
            self.sync()?;
        }
        let (last, content) = self.at(number)?;
        let content = content.unwrap_or_else(|| encode(&Content::Gap(self.gap(number, last))));
        Ok(Some(Item { first: number - self.state.base, last: last - self.state.base, content }))
    }

    /// The mark at `number`, walking there from the last acknowledged one.
    pub(crate) fn mark_at(&mut self, number: u64) -> Result<Mark, SpoolError> {
        let (mut at, mut mark) = (self.state.acked, self.state.mark);
        while at < number {
            let (last, content) = self.at(at + 1)?;
            at = last.min(number);
            mark = match content {
                Some(content) => mark.content(&content),
                None => mark.gap(at - self.state.base),
            };
        }
        Ok(mark)
    }

    /// The record with this number, or the last number of the gap that is there.
    fn at(&mut self, number: u64) -> Result<(u64, Option<Vec<u8>>), SpoolError> {
        let Some(segment) = self.segments.iter().find(|one| (one.first..one.next).contains(&number)).copied()
        else {
            return Ok((self.gap_end(number), None));
        };
        Ok((number, self.record(&segment, number)?))
    }

    /// When the oldest waiting batch was made; zero when none waits.
    pub(crate) fn oldest(&mut self) -> Time {
        let number = self.state.acked + 1;
        let noted = self.state.gaps.iter().find(|gap| gap.last >= number).map(|gap| gap.since);
        let held = self.segments.iter().find(|one| one.next > number).copied();
        let held = held.map(|one| match self.header(&one, number.max(one.first)) {
            Ok(Some((header, _))) => header.made,
            _ => one.made[0],
        });
        let pending = self.pending.front().map(|one| one.header.made);
        noted.into_iter().chain(held).chain(pending).min().unwrap_or_default()
    }

    /// Walks to the header of a record; `None` when it is damaged.
    fn header(&mut self, segment: &Segment, number: u64) -> Result<Option<(Header, u64)>, SpoolError> {
        let mut at = self.cursor;
        if at.first != segment.first || at.number > number {
            at = Cursor { first: segment.first, number: segment.first, offset: 0 };
        }
        loop {
            let Found::Header(header) = header_at(&mut self.disk, segment.first, at.offset)? else {
                return Ok(None);
            };
            if header.number != at.number {
                return Ok(None);
            }
            if at.number == number {
                self.cursor = at;
                return Ok(Some((header, at.offset + HEADER as u64)));
            }
            at.number += 1;
            at.offset += HEADER as u64 + u64::from(header.len);
        }
    }

    /// The content of a record; `None` when it is damaged.
    fn record(&mut self, segment: &Segment, number: u64) -> Result<Option<Vec<u8>>, SpoolError> {
        let Some((header, offset)) = self.header(segment, number)? else { return Ok(None) };
        let mut content = vec![0; header.len as usize];
        let len = read(&mut self.disk, segment.first, offset, &mut content)?;
        Ok((len == content.len() && crc32fast::hash(&content) == header.crc).then_some(content))
    }

    /// Last number of the gap that begins with `number`.
    fn gap_end(&self, number: u64) -> u64 {
        let kept = self.segments.iter().filter(|one| one.first < one.next).map(|one| one.first);
        let pending = self.pending.iter().map(|one| one.header.number);
        let next = kept.chain(pending).filter(|first| *first > number).min();
        // A noted gap and an unexplained one beside it are told apart.
        let noted = self.state.gaps.iter().flat_map(|gap| [gap.first, gap.last + 1]);
        let edge = noted.filter(|edge| *edge > number).min();
        next.into_iter().chain(edge).min().unwrap_or(self.state.next).min(self.state.next) - 1
    }

    fn gap(&self, first: u64, last: u64) -> Gap {
        if let Some(gap) = self.state.gaps.iter().find(|gap| (gap.first..=gap.last).contains(&first)) {
            let reason = "there was no more room on the sensor's disk".into();
            return Gap { since: gap.since, until: gap.until, bytes: gap.bytes, reason };
        }
        let before = self.segments.iter().filter(|one| one.first <= first).map(|one| one.made[1]).max();
        let after = self.segments.iter().filter(|one| one.first > last).map(|one| one.made[0]).min();
        let since = before.or(after).unwrap_or_default();
        let until = after.or(before).unwrap_or_default().max(since);
        Gap {
            since,
            until,
            bytes: 0,
            reason: "it is damaged on the sensor's disk, or no longer there".into(),
        }
    }
}
