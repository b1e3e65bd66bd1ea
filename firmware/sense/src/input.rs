//! What the worker is given.

use model::Time;

/// A frame as a source gives it.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// LINKTYPE number.
    pub link: u16,
    /// The frame as captured.
    pub data: &'a [u8],
    /// Its length on the wire.
    pub wire_len: u32,
    /// When.
    pub time: Time,
    /// Sniffing port or capture interface.
    pub port: u16,
    /// Number of the frame, from 1.
    pub number: u64,
}
