//! What the file formats have in common: bytes in, one record out.

use model::Time;

use crate::{Fault, Interface, LinkType, Losses, MAX_RECORD};

/// Longest frame that is believed where the file promises no longer ones
/// (libpcap's `MAXIMUM_SNAPLEN`).
const USUAL_FRAME: u32 = 262_144;

/// The record at the start of a window.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// A frame, in the first `used` bytes.
    Frame { time: Time, interface: u16, link: LinkType, wire_len: u32, data: &'a [u8], used: usize },
    /// Something else that has been dealt with, in the first `used` bytes.
    Other { used: usize },
    /// The window must have at least so many bytes to go on.
    Needs(usize),
    /// Not to be read.
    Broken(Fault),
}

/// A format's reader of records.
pub(crate) trait Records {
    /// Reads the record at the start of `window`.
    fn step<'a>(&mut self, window: &'a [u8]) -> Step<'a>;

    /// See [`crate::Source::interfaces`].
    fn interfaces(&self) -> &[Interface];

    /// See [`crate::Source::losses`].
    fn losses(&self) -> Losses;
}

/// Longest frame to believe of an interface with this limit.
pub(crate) fn longest_frame(snaplen: u32) -> u32 {
    snaplen.clamp(USUAL_FRAME, MAX_RECORD as u32 - 4_096)
}

/// Numbers in the byte order of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Most significant byte first.
    pub(crate) big: bool,
}

impl Order {
    /// Two bytes at an offset; 0 behind the end (callers have checked the length).
    pub(crate) fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let two = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self.big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }
    }

    /// Four bytes, as [`Order::u16`].
    #[inline]
    pub(crate) fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let four = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self.big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    }

    /// Eight bytes, as [`Order::u16`].
    pub(crate) fn u64(self, bytes: &[u8], at: usize) -> u64 {
        let eight = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self.big { u64::from_be_bytes(eight) } else { u64::from_le_bytes(eight) }
    }
}
