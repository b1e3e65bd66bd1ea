//! Bounded in-order reassembly of the first bytes of one direction.
//!
//! A segment that is next in line is offered to the reader as it is; only an
//! incomplete message or one behind a hole is copied into a buffer of the
//! [`Pool`]. Sequence numbers are compared modulo 2³² (RFC 9293 §3.4).

use std::ops::Range;

use crate::table::addresses;

/// Bytes in a buffer: the longest message that is read whole.
pub const BUFFER: usize = 16 * 1024;

/// Pieces beyond a hole that are remembered.
const PIECES: usize = 8;

/// Segments that may pass while a hole stays open.
const PATIENCE: u8 = 16;

/// What the reader made of the bytes it was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// That many are dealt with; may exceed what was offered.
    Took(usize),
    /// Offer them again with more.
    More,
    /// Stop reading this direction.
    Stop,
}

/// One direction's place in its stream.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// Sequence number of the first byte not dealt with.
    want: u32,
    /// Buffer in the pool, plus one; 0 without.
    buffer: u16,
    phase: Phase,
    waited: u8,
}

/// A stream's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// Where it starts is not known.
    #[default]
    New,
    Reading,
    /// Nothing more is wanted of it.
    Stopped,
}

/// A buffer: pieces of the stream, by their offset from `want`.
#[derive(Clone, Debug)]
struct Buffer {
    bytes: [u8; BUFFER],
    /// Start and end of each piece, apart and in order; the first may start at 0.
    pieces: heapless::Vec<(u16, u16), PIECES>,
}

/// The buffers of all streams, taken at the start.
#[derive(Debug)]
pub struct Pool {
    buffers: Box<[Buffer]>,
    free: Vec<u16>,
    refused: u64,
}

impl Pool {
    /// `count` buffers of [`BUFFER`] bytes, at most 65,535.
    pub fn new(count: usize) -> Pool {
        let count = count.min(usize::from(u16::MAX));
        let buffer = Buffer { bytes: [0; BUFFER], pieces: heapless::Vec::new() };
        Pool { buffers: vec![buffer; count].into(), free: (0..count as u16).rev().collect(), refused: 0 }
    }

    /// Addresses of its memory, for whoever may ask the kernel to back it by huge pages.
    pub fn region(&self) -> Range<usize> {
        addresses(&self.buffers)
    }

    /// Streams that went unread because every buffer was in use.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}

impl Buffer {
    /// Bytes from offset 0 on without a hole.
    fn ready(&self) -> usize {
        match self.pieces.first() {
            Some((0, end)) => usize::from(*end),
            _ => 0,
        }
    }

    /// Stores bytes at an offset; what lies beyond the buffer is dropped.
    fn put(&mut self, offset: usize, bytes: &[u8]) {
        let end = BUFFER.min(offset.saturating_add(bytes.len()));
        if offset >= end {
            return;
        }
        let (mut from, mut to) = (offset as u16, end as u16);
        let mut kept = heapless::Vec::<(u16, u16), PIECES>::new();
        for (start, stop) in &self.pieces {
            if *stop < from || *start > to {
                let _ = kept.push((*start, *stop));
            } else {
                (from, to) = (from.min(*start), to.max(*stop));
            }
        }
        if kept.push((from, to)).is_err() {
            return;
        }
        kept.sort_unstable();
        self.pieces = kept;
        self.bytes[offset..end].copy_from_slice(&bytes[..end - offset]);
    }

    /// Forgets the first `count` bytes.
    fn shift(&mut self, count: usize) {
        let end = self.pieces.last().map_or(0, |(_, end)| usize::from(*end));
        if count < end {
            self.bytes.copy_within(count..end, 0);
        }
        let shifted =
            self.pieces.iter().filter(|(_, stop)| usize::from(*stop) > count).map(|(start, stop)| {
                (
                    usize::from(*start).saturating_sub(count) as u16,
                    usize::from(*stop).saturating_sub(count) as u16,
                )
            });
        self.pieces = shifted.collect();
    }
}

impl Stream {
    /// The stream starts at this sequence number (behind a SYN).
    pub fn start(&mut self, seq: u32) {
        if self.phase == Phase::New {
            self.phase = Phase::Reading;
            self.want = seq;
        }
    }

    /// Nothing more is wanted of this direction.
    pub fn stopped(&self) -> bool {
        self.phase == Phase::Stopped
    }

    /// Ends the reading and gives the buffer back.
    pub fn stop(&mut self, pool: &mut Pool) {
        self.phase = Phase::Stopped;
        self.release(pool);
    }

    /// Bytes in the buffer that are next in line.
    fn ready(&self, pool: &Pool) -> usize {
        let buffer = self.buffer.checked_sub(1).and_then(|index| pool.buffers.get(usize::from(index)));
        buffer.map_or(0, Buffer::ready)
    }

    /// The flow is over: offers what is left in the buffer as all there is, then stops.
    pub fn finish(&mut self, pool: &mut Pool, mut read: impl FnMut(&[u8], bool) -> Verdict) {
        if !self.stopped() && self.buffer != 0 {
            self.flush(pool, true, &mut read);
        }
        self.stop(pool);
    }

    fn release(&mut self, pool: &mut Pool) {
        if let Some(index) = self.buffer.checked_sub(1) {
            pool.buffers[usize::from(index)].pieces.clear();
            pool.free.push(index);
            self.buffer = 0;
        }
    }

    /// Takes in a segment and lets `read` have what is next in line. `whole` is
    /// false when the capture cut the payload short; `last` when the direction ends
    /// with this segment. `read` gets the bytes and whether more can still come.
    pub fn segment(
        &mut self,
        pool: &mut Pool,
        seq: u32,
        payload: &[u8],
        whole: bool,
        last: bool,
        mut read: impl FnMut(&[u8], bool) -> Verdict,
    ) {
        if self.stopped() {
            return;
        }
        self.start(seq);
        let ahead = seq.wrapping_sub(self.want) as i32;
        let ends = last || !whole;
        if ahead > 0 {
            let before = self.ready(pool);
            if ahead < BUFFER as i32 {
                self.keep(pool, ahead as usize, payload);
            }
            if self.ready(pool) > before {
                self.waited = 0;
                self.flush(pool, ends, &mut read);
                return;
            }
            self.waited = self.waited.saturating_add(1);
            if self.waited >= PATIENCE || ends || ahead >= BUFFER as i32 {
                self.jump(pool, seq, payload, ends, read);
            }
            return;
        }
        // Already dealt with, wholly or in part.
        let old = ahead.unsigned_abs() as usize;
        let Some(fresh) = payload.get(old..).filter(|fresh| !fresh.is_empty()) else {
            if ends {
                self.flush(pool, true, &mut read);
            }
            return;
        };
        self.waited = 0;
        if self.buffer != 0 {
            self.keep(pool, 0, fresh);
            self.flush(pool, ends, &mut read);
            return;
        }
        let mut at = 0;
        while let Some(rest) = fresh.get(at..).filter(|rest| !rest.is_empty()) {
            match read(rest, ends) {
                Verdict::Took(count) => {
                    at = at.saturating_add(count.max(1));
                    self.want = self.want.wrapping_add(count.max(1) as u32);
                }
                Verdict::More if !ends => {
                    self.keep(pool, 0, rest);
                    return;
                }
                Verdict::More | Verdict::Stop => {
                    self.stop(pool);
                    return;
                }
            }
        }
        if ends {
            self.stop(pool);
        }
    }

    /// Copies bytes into this stream's buffer, taking one if need be.
    fn keep(&mut self, pool: &mut Pool, offset: usize, bytes: &[u8]) {
        if self.buffer == 0 {
            match pool.free.pop() {
                Some(index) => self.buffer = index + 1,
                None => {
                    pool.refused += 1;
                    self.phase = Phase::Stopped;
                    return;
                }
            }
        }
        pool.buffers[usize::from(self.buffer - 1)].put(offset, bytes);
    }

    /// Offers what the buffer holds without a hole.
    fn flush(&mut self, pool: &mut Pool, ends: bool, read: &mut impl FnMut(&[u8], bool) -> Verdict) {
        while let Some(index) = self.buffer.checked_sub(1).map(usize::from) {
            let buffer = &mut pool.buffers[index];
            let ready = buffer.ready();
            if ready == 0 {
                if buffer.pieces.is_empty() {
                    self.release(pool);
                }
                break;
            }
            let ends = ends || ready == BUFFER;
            match read(&buffer.bytes[..ready], ends) {
                Verdict::Took(count) => {
                    let count = count.max(1);
                    buffer.shift(count);
                    self.want = self.want.wrapping_add(count as u32);
                }
                Verdict::More if !ends => return,
                Verdict::More | Verdict::Stop => self.stop(pool),
            }
        }
        if ends {
            self.stop(pool);
        }
    }

    /// Gives a hole up: goes on at the first byte behind it.
    fn jump(
        &mut self,
        pool: &mut Pool,
        seq: u32,
        payload: &[u8],
        ends: bool,
        mut read: impl FnMut(&[u8], bool) -> Verdict,
    ) {
        self.waited = 0;
        let first = self.buffer.checked_sub(1).map(usize::from).and_then(|index| {
            let buffer = &mut pool.buffers[index];
            let start = buffer.pieces.first().map(|(start, _)| usize::from(*start))?;
            buffer.shift(start);
            Some(start)
        });
        match first {
            Some(start) => {
                self.want = self.want.wrapping_add(start as u32);
                self.flush(pool, ends, &mut read);
            }
            None => {
                self.want = seq;
                self.segment(pool, seq, payload, true, ends, read);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads ten-byte messages.
    fn run(segments: &[(u32, &[u8])]) -> Vec<u8> {
        let mut pool = Pool::new(1);
        let mut stream = Stream::default();
        stream.start(u32::MAX - 4);
        let mut got = Vec::new();
        for (offset, bytes) in segments {
            let seq = (u32::MAX - 4).wrapping_add(*offset);
            stream.segment(&mut pool, seq, bytes, true, false, |bytes, ends| match bytes.get(..10) {
                Some(message) => {
                    got.extend_from_slice(message);
                    Verdict::Took(10)
                }
                None if ends => Verdict::Stop,
                None => Verdict::More,
            });
        }
        stream.stop(&mut pool);
        assert_eq!(pool.free.len(), 1, "the buffer came back");
        got
    }

    const TEXT: &[u8] = b"0123456789abcdefghijABCDEFGHIJ";

    #[test]
    fn pieces_in_any_order_read_the_same() {
        let pieces: Vec<(u32, &[u8])> = TEXT.chunks(7).enumerate().map(|(n, c)| (n as u32 * 7, c)).collect();
        assert_eq!(run(&pieces), TEXT);
        for swap in 0..pieces.len() - 1 {
            let mut shuffled = pieces.clone();
            shuffled.swap(swap, swap + 1);
            assert_eq!(run(&shuffled), TEXT, "swapped at {swap}");
        }
        let mut backwards = pieces.clone();
        backwards.reverse();
        assert_eq!(run(&backwards), TEXT);
    }

    #[test]
    fn retransmissions_and_overlaps_change_nothing() {
        assert_eq!(run(&[(0, &TEXT[..12]), (0, &TEXT[..12]), (5, &TEXT[5..25]), (20, &TEXT[20..])]), TEXT);
    }

    #[test]
    fn what_is_left_at_the_end_is_offered() {
        let mut pool = Pool::new(1);
        let mut stream = Stream::default();
        stream.segment(&mut pool, 7, b"half a mess", true, false, |_, _| Verdict::More);
        let mut got = Vec::new();
        stream.finish(&mut pool, |bytes, ends| {
            got.push((bytes.to_vec(), ends));
            Verdict::More
        });
        assert_eq!(got, [(b"half a mess".to_vec(), true)]);
        assert!(stream.stopped() && pool.free.len() == 1);
    }

    #[test]
    fn a_hole_that_stays_is_jumped() {
        let long: Vec<u8> = (0..255).collect();
        let mut pool = Pool::new(1);
        let mut stream = Stream::default();
        stream.start(0);
        let mut got = 0;
        for n in 1..40u32 {
            stream.segment(&mut pool, n * 5, &long[..5], true, false, |bytes, _| {
                got += bytes.len();
                Verdict::Took(bytes.len())
            });
        }
        assert_eq!(got, 39 * 5);
    }

    #[test]
    fn a_message_longer_than_the_buffer_is_read_as_cut() {
        let mut pool = Pool::new(1);
        let mut stream = Stream::default();
        let mut cut = false;
        for n in 0..20u32 {
            stream.segment(&mut pool, n * 1_000, &[0; 1_000], true, false, |bytes, ends| {
                cut |= ends && bytes.len() == BUFFER;
                Verdict::More
            });
        }
        assert!(cut && stream.stopped());
    }
}
