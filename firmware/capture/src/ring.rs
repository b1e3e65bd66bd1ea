//! A port through a ring that the kernel fills and this process maps: TPACKET_V3
//! (`linux/if_packet.h`, the kernel's `packet_mmap.rst`).
//!
//! The ring is blocks of many frames. A block belongs either to the kernel or to
//! us, as the status word at its start says; the kernel hands one over when it is
//! full, or some time after its first frame. What arrives while all blocks are
//! ours is lost and counted by the kernel.
//!
//! The kernel has taken the outer VLAN tag out of a frame and says it beside it;
//! it is put back in place, into the room in front of the frame, so that the
//! parser sees the frame as it was on the wire.
//!
//! Here is the only `unsafe` of the crate: the mapping, and the status words.
#![expect(unsafe_code, reason = "the ring is memory shared with the kernel")]

use std::ffi::c_void;
use std::mem::{offset_of, size_of};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use libc::{TP_STATUS_KERNEL, TP_STATUS_USER, TP_STATUS_VLAN_TPID_VALID, TP_STATUS_VLAN_VALID, tpacket3_hdr};
use model::Time;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use sys::packet_socket::{Geometry, PacketSocket};

use crate::ports::{Tap, Watch};
use crate::{BATCH, Error, Frame, LinkType, port};

/// Offset of a block's status word.
const STATUS: usize =
    offset_of!(libc::tpacket_block_desc, hdr) + offset_of!(libc::tpacket_hdr_v1, block_status);

/// Where in a block the part begins that belongs to whom the status word says.
const OWNED: usize = STATUS + size_of::<u32>();

/// Length of a VLAN tag, and of what stands in front of it: two MACs.
const TAG: usize = 4;
const MACS: usize = 12;

/// EtherType of a tag whose own the kernel does not say (before Linux 3.14).
const CUSTOMER_TAG: u16 = 0x8100;

/// Blocks after which the kernel's counters are added up on the way: long before
/// their 32 bits are full.
const COUNT_EVERY: u32 = 256;

/// Largest ring. The kernel takes the memory for itself and, when it is asked for
/// more than there is, ends programs to get it: such a wish must not reach it.
pub const MAX_RING: usize = 1 << 30;

/// Largest block, for the same reason: memory in one piece is scarce.
pub const MAX_BLOCK: usize = 4 << 20;

/// How a ring is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes of the ring; made of whole blocks, at least two; at most [`MAX_RING`].
    pub ring_bytes: usize,
    /// Bytes of a block; a multiple of the page size, and more than the longest
    /// frame; at most [`MAX_BLOCK`].
    pub block_bytes: usize,
    /// Milliseconds after which a block with frames is handed over though it is not full.
    pub retire_millis: u32,
    /// Keep at most so many bytes of each frame; 0: all.
    pub snaplen: u32,
}

impl Default for Options {
    /// For a port of 1 Gb/s: half a second of full load.
    fn default() -> Options {
        Options { ring_bytes: 64 << 20, block_bytes: 1 << 20, retire_millis: 60, snaplen: 0 }
    }
}

/// One socket on one port, with its ring.
#[derive(Debug)]
pub struct Ring {
    // Above the socket: the mapping ends first.
    map: Map,
    watch: Watch,
    /// The block that comes next.
    next: usize,
    snaplen: usize,
    fullest: usize,
    uncounted: u32,
}

impl Ring {
    /// Listens on a port. Frames come from when this returns.
    ///
    /// # Errors
    /// [`Error::NoPort`], [`Error::Permission`] without `CAP_NET_RAW`, [`Error::Port`]
    /// when there is no memory for the ring.
    pub fn open(name: &str, options: &Options) -> Result<Ring, Error> {
        let index = port::index(name)?;
        let failed = |doing: &str| {
            let doing = doing.to_owned();
            move |source| Error::port(name, &doing, "CAP_NET_RAW", source)
        };
        let listen = "listen";
        let socket = PacketSocket::open().map_err(failed(listen))?;
        let blocks = (options.ring_bytes / options.block_bytes.max(1)).max(2);
        let shape = Geometry {
            block_bytes: options.block_bytes as u32,
            blocks: blocks as u32,
            retire_millis: options.retire_millis,
            reserve: TAG as u32,
        };
        let ring = format!("make a ring of {blocks} blocks of {} KiB", options.block_bytes >> 10);
        if options.block_bytes > MAX_BLOCK || options.ring_bytes > MAX_RING {
            let source = std::io::Error::other(format!(
                "at most {} MiB in blocks of at most {} MiB",
                MAX_RING >> 20,
                MAX_BLOCK >> 20
            ));
            return Err(failed(&ring)(source));
        }
        socket.set_ring(shape).map_err(failed(&ring))?;
        let map = Map::new(&socket, options.block_bytes, blocks).map_err(failed(&ring))?;
        if options.snaplen > 0 {
            socket.limit(options.snaplen).map_err(failed("cut frames"))?;
        }
        // Before Linux 4.20 there is no such option; frames of our own are then heard too.
        let _ = socket.ignore_outgoing();
        socket.promiscuous(index).map_err(failed("hear frames for others"))?;
        socket.bind(index).map_err(failed(listen))?;
        let watch = Watch::new(name, index, socket).map_err(failed(listen))?;
        let snaplen = if options.snaplen == 0 { usize::MAX } else { options.snaplen as usize };
        Ok(Ring { map, watch, next: 0, snaplen, fullest: 0, uncounted: 0 })
    }

    /// Notes how many blocks wait, if they are more than ever before. They are filled
    /// in order, so it is enough to look at one.
    fn note_fill(&mut self) {
        while self.fullest < self.map.blocks && self.map.is_ours((self.next + self.fullest) % self.map.blocks)
        {
            self.fullest += 1;
        }
    }
}

impl Tap for Ring {
    const SEES_VLANS: bool = true;

    fn watch(&mut self) -> &mut Watch {
        &mut self.watch
    }

    fn watched(&self) -> &Watch {
        &self.watch
    }

    fn take(
        &mut self,
        interface: u16,
        frames: &mut u64,
        each: &mut dyn FnMut(&[Frame<'_>]),
    ) -> Result<bool, Error> {
        self.note_fill();
        let following = (self.next + 1) % self.map.blocks;
        let Some(mut block) = self.map.take(self.next) else { return Ok(false) };
        self.next = following;
        let (mut at, mut left) = block.start();
        while left > 0 {
            let mut places: [Place; BATCH] = Default::default();
            let mut found = 0;
            for place in places.iter_mut().take(left) {
                let Some((new, next)) = block.place(at, self.snaplen) else { break };
                (*place, at, found) = (new, at + next, found + 1);
            }
            left = if found == BATCH { left - found } else { 0 };
            let mut batch = [Frame::EMPTY; BATCH];
            for (frame, place) in batch.iter_mut().zip(places).take(found) {
                *frames += 1;
                *frame = Frame {
                    time: place.time,
                    data: block.bytes.get(place.bytes).unwrap_or_default(),
                    number: *frames,
                    wire_len: place.wire_len,
                    interface,
                    link: LinkType::ETHERNET,
                };
            }
            each(batch.get(..found).unwrap_or_default());
        }
        drop(block);
        self.uncounted += 1;
        if self.uncounted >= COUNT_EVERY {
            self.uncounted = 0;
            self.watch.count();
        }
        Ok(true)
    }

    fn fill(&self) -> [u32; 2] {
        [self.map.blocks as u32, self.fullest as u32]
    }
}

/// Where a frame lies in its block.
#[derive(Default)]
struct Place {
    bytes: Range<usize>,
    time: Time,
    wire_len: u32,
}

/// The mapped ring.
#[derive(Debug)]
struct Map {
    start: NonNull<c_void>,
    block: usize,
    blocks: usize,
}

// SAFETY: the mapping is reachable through this value alone, and mapped memory
// belongs to no thread.
unsafe impl Send for Map {}

impl Map {
    fn new(socket: &PacketSocket, block: usize, blocks: usize) -> std::io::Result<Map> {
        let invalid = || std::io::Error::from_raw_os_error(libc::EINVAL);
        let len = block.checked_mul(blocks).and_then(NonZeroUsize::new).ok_or_else(invalid)?;
        if block < size_of::<libc::tpacket_block_desc>() {
            return Err(invalid());
        }
        let rights = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches nothing
        // that exists; its length is what the ring was just made with.
        let start = unsafe { mmap(None, len, rights, MapFlags::MAP_SHARED, socket, 0) }?;
        Ok(Map { start, block, blocks })
    }

    /// The status word of a block.
    fn status(&self, block: usize) -> &AtomicU32 {
        let at = block % self.blocks * self.block + STATUS;
        // SAFETY: `at` lies within the mapping (a block is longer than its head), is
        // aligned to 4 because blocks are whole pages, and is only ever touched
        // through this: `Block::bytes` begins behind it.
        unsafe { AtomicU32::from_ptr(self.start.as_ptr().cast::<u8>().add(at).cast()) }
    }

    fn is_ours(&self, block: usize) -> bool {
        // Acquire: what the kernel wrote before it handed the block over is seen.
        self.status(block).load(Ordering::Acquire) & TP_STATUS_USER != 0
    }

    /// Takes a block, if the kernel has handed it over.
    fn take(&mut self, block: usize) -> Option<Block<'_>> {
        if !self.is_ours(block) {
            return None;
        }
        let at = block % self.blocks * self.block + OWNED;
        // SAFETY: the range lies within the mapping, behind the status word. The
        // kernel does not touch a block until its status is `TP_STATUS_KERNEL` again,
        // which `Block::drop` writes when this borrow ends; `&mut self` rules out a second one.
        let bytes = unsafe {
            std::slice::from_raw_parts_mut(self.start.as_ptr().cast::<u8>().add(at), self.block - OWNED)
        };
        Some(Block { status: self.status(block), bytes })
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: this is the mapping that `Map::new` made, and nothing borrows from
        // it: frames and blocks cannot outlive the call that handed them out.
        let _ = unsafe { munmap(self.start, self.block * self.blocks) };
    }
}

/// A block that is ours; given back when dropped, also by a panic of whoever reads it.
struct Block<'a> {
    status: &'a AtomicU32,
    /// From [`OWNED`] on: offsets that the kernel says are larger by that.
    bytes: &'a mut [u8],
}

impl Block<'_> {
    /// Where its first frame is, and how many there are.
    fn start(&self) -> (usize, usize) {
        let word = |at: usize| {
            let at = offset_of!(libc::tpacket_block_desc, hdr) + at - OWNED;
            let four = self.bytes.get(at..).and_then(|rest| rest.first_chunk()).copied();
            u32::from_ne_bytes(four.unwrap_or_default()) as usize
        };
        let first = word(offset_of!(libc::tpacket_hdr_v1, offset_to_first_pkt)).saturating_sub(OWNED);
        (first, word(offset_of!(libc::tpacket_hdr_v1, num_pkts)))
    }

    /// Finds the frame whose head is at an offset, with its VLAN tag back in place, and
    /// how far it is to the next; none when it does not fit into the block.
    #[inline]
    fn place(&mut self, at: usize, snaplen: usize) -> Option<(Place, usize)> {
        const HEAD: usize = size_of::<tpacket3_hdr>();
        let head: &[u8; HEAD] = self.bytes.get(at..)?.first_chunk()?;
        // SAFETY: the structure is plain numbers, for which any bytes are valid, and
        // `head` has as many bytes; it need not be aligned.
        let head: tpacket3_hdr = unsafe { head.as_ptr().cast::<tpacket3_hdr>().read_unaligned() };
        let mut start = at + usize::from(head.tp_mac);
        let mut end = start + head.tp_snaplen as usize;
        let mut wire_len = head.tp_len;
        self.bytes.get(start..end)?;
        let room = start.saturating_sub(at + HEAD);
        if head.tp_status & TP_STATUS_VLAN_VALID != 0 && room >= TAG && end - start >= MACS {
            let kind = match head.tp_status & TP_STATUS_VLAN_TPID_VALID {
                0 => CUSTOMER_TAG,
                _ => head.hv1.tp_vlan_tpid,
            };
            let [a, b] = kind.to_be_bytes();
            let [c, d] = (head.hv1.tp_vlan_tci as u16).to_be_bytes();
            self.bytes.copy_within(start..start + MACS, start - TAG);
            start -= TAG;
            self.bytes.get_mut(start + MACS..start + MACS + TAG)?.copy_from_slice(&[a, b, c, d]);
            wire_len += TAG as u32;
        }
        end = end.min(start.saturating_add(snaplen));
        let time = Time(u64::from(head.tp_sec) * Time::SECOND + u64::from(head.tp_nsec));
        // The last frame of a block says 0; then nobody asks for another.
        Some((Place { bytes: start..end, time, wire_len }, head.tp_next_offset as usize))
    }
}

impl Drop for Block<'_> {
    fn drop(&mut self) {
        // Release: what we wrote into the block is done before the kernel has it back.
        self.status.store(TP_STATUS_KERNEL, Ordering::Release);
    }
}
