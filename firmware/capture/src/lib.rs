//! Sources of frames, and what was lost on the way.
//!
//! A [`Source`] hands out frames a batch at a time, all borrowed from one large
//! buffer, so that a reader of ten million packets a second pays one call for
//! [`BATCH`] of them and can look ahead within the batch. Files are read by
//! [`PcapFile`]; live ports by [`live::open`], as a [`ring`] that is mapped from the
//! kernel or portably through [`pnet`]; [`port`] lists ports and keeps them silent.
#![deny(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable
)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod compression;
pub mod craft;
pub mod demo;
pub mod enterprise;
mod error;
mod foreign;
mod input;
mod link_type;
#[cfg(target_os = "linux")]
pub mod live;
mod payload;
mod pcap;
mod pcap_file;
mod pcapng;
#[cfg(target_os = "linux")]
pub mod pnet;
#[cfg(target_os = "linux")]
pub mod port;
#[cfg(target_os = "linux")]
pub mod ports;
mod random;
mod records;
mod replay;
#[cfg(target_os = "linux")]
pub mod ring;
pub mod synthetic;
mod writer;

pub use compression::{Compression, MAX_ZSTD_WINDOW};
pub use error::{Damage, Error, Fault};
pub use foreign::Foreign;
pub use input::MAX_RECORD;
pub use link_type::LinkType;
use model::Time;
pub use pcap_file::{Format, PcapFile};
pub use replay::Replay;
pub use writer::PcapWriter;

/// Most frames handed out in one call.
pub const BATCH: usize = 32;

/// Most interfaces one source may describe; a file with more is damaged.
pub const MAX_INTERFACES: usize = 4_096;

/// One captured frame, borrowed from its source's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// When it was captured, as recorded: may jump, also backwards. A frame
    /// without a time (pcapng Simple Packet Block) has that of the one before.
    pub time: Time,
    /// What was kept of it, from the first byte of the link layer.
    pub data: &'a [u8],
    /// Number within the source, from 1.
    pub number: u64,
    /// Length on the wire in bytes, never less than `data`.
    pub wire_len: u32,
    /// Index into [`Source::interfaces`]: a port, or an interface of a file.
    pub interface: u16,
    /// What `data` starts with.
    pub link: LinkType,
}

impl Frame<'_> {
    /// Fills the unused places of a batch.
    const EMPTY: Frame<'static> =
        Frame { time: Time(0), data: &[], number: 0, wire_len: 0, interface: 0, link: LinkType::NULL };
}

/// Where frames were captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its name (`eth1`), as recorded; empty when it is not said.
    pub name: String,
    /// Its description, as recorded; empty when it is not said.
    pub description: String,
    /// What its frames start with.
    pub link: LinkType,
    /// Frames were cut to this many bytes; 0: not limited, or not said.
    pub snaplen: u32,
    /// Bytes of frame check sequence at the end of each whole frame; 0 also when it is not said.
    pub fcs_len: u8,
}

/// Frames that did not reach us, as far as the capture itself says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Losses {
    /// Frames the capturing system says it received; 0: it does not say.
    pub received: u64,
    /// Frames lost behind the interface: buffer full (pcapng `isb_osdrop`,
    /// `epb_dropcount`, dropped packets of the obsolete Packet Block; kernel ring).
    pub dropped: u64,
    /// Frames lost in the interface (pcapng `isb_ifdrop`; NIC counters).
    pub interface_dropped: u64,
}

/// How a live port stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortStatus {
    /// Its name.
    pub name: String,
    /// It is switched on, as far as was noticed; what its cable says is in `port::find`.
    pub up: bool,
    /// How often it was switched off since it was opened.
    pub downs: u32,
    /// What was received and lost at this port.
    pub losses: Losses,
    /// How often the ring was full to its last block; 0 without a ring.
    pub freezes: u64,
    /// Blocks of the ring; 0 without a ring.
    pub blocks: u32,
    /// Most blocks that waited to be read at one time: the fill of the ring, which
    /// warns before anything is lost.
    pub fullest: u32,
}

/// How a source stands after a call of [`Source::batch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There may be more at once.
    More,
    /// Nothing arrived within the source's time limit (live ports): see to the timers, call again.
    Idle,
    /// Nothing will follow.
    End(End),
}

/// How a source ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// At the end of a whole record.
    Clean,
    /// Within a record, or at one that cannot be true. All before it has been handed out.
    Damaged(Damage),
}

/// Something that delivers frames.
pub trait Source {
    /// Hands out what one block of the source holds, in calls of `each` with
    /// at most [`BATCH`] frames. A file's block is what its buffer holds, a
    /// live port's is what the kernel has made ready.
    ///
    /// # Errors
    /// [`Error::Read`] when the operating system fails; what was handed out stays valid.
    /// Damage is no error but an [`End`].
    fn batch(&mut self, each: &mut dyn FnMut(&[Frame<'_>])) -> Result<Progress, Error>;

    /// What was lost before it reached us, so far.
    fn losses(&self) -> Losses;

    /// The interfaces known so far; the list only grows.
    fn interfaces(&self) -> &[Interface];

    /// False when the outer VLAN tag is gone from every frame. Such a source must be
    /// refused where a network is mapped by VLAN: equal addresses would fall into one.
    fn sees_vlans(&self) -> bool {
        true
    }

    /// How its live ports stand, in the order of [`Source::interfaces`]; a file has none.
    fn ports(&self) -> Vec<PortStatus> {
        Vec::new()
    }
}

/// Reads a source to its end, frame by frame.
///
/// # Errors
/// As [`Source::batch`].
pub fn drain(source: &mut dyn Source, mut each: impl FnMut(&Frame<'_>)) -> Result<End, Error> {
    loop {
        if let Progress::End(end) = source.batch(&mut |frames| frames.iter().for_each(&mut each))? {
            return Ok(end);
        }
    }
}
