//! Packet sockets that only listen (packet(7), `linux/if_packet.h`): opened
//! without a protocol, so that nothing arrives before [`PacketSocket::bind`].
//! There is no way to send here.
#![expect(unsafe_code, reason = "options and addresses of packet sockets are raw structures")]

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, getsockopt, socket, sockopt};

/// Frames that came and that found no room since the counters were last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Frames that came, with those that found no room.
    pub received: u64,
    /// Frames that found no room.
    pub dropped: u64,
    /// How often a ring was full to its last block; 0 without a ring.
    pub freezes: u64,
}

/// Shape of a ring in blocks ([`PacketSocket::set_ring`]).
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Bytes of a block; a multiple of the page size.
    pub block_bytes: u32,
    /// Number of blocks.
    pub blocks: u32,
    /// Milliseconds after which a block with frames is handed over though it is not full.
    pub retire_millis: u32,
    /// Bytes kept free in front of each frame.
    pub reserve: u32,
}

/// A packet socket.
#[derive(Debug)]
pub struct PacketSocket {
    fd: OwnedFd,
}

impl PacketSocket {
    /// Opens one.
    ///
    /// # Errors
    /// `EPERM` without `CAP_NET_RAW`.
    pub fn open() -> io::Result<PacketSocket> {
        let fd = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None)?;
        Ok(PacketSocket { fd })
    }

    /// From now on, frames of this interface arrive, of every protocol.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn bind(&self, index: u32) -> io::Result<()> {
        self.bind_protocol(index, libc::ETH_P_ALL as u16)
    }

    /// Binds it to an interface; with protocol 0 nothing arrives.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn bind_protocol(&self, index: u32, protocol: u16) -> io::Result<()> {
        // SAFETY: all zeroes is a valid `sockaddr_ll`.
        let mut address: libc::sockaddr_ll = unsafe { zeroed() };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = protocol.to_be();
        address.sll_ifindex = index as i32;
        // SAFETY: `address` is a `sockaddr_ll` and lives through the call.
        let done = unsafe {
            libc::bind(
                self.fd.as_raw_fd(),
                (&raw const address).cast(),
                size_of::<libc::sockaddr_ll>() as u32,
            )
        };
        check(done)
    }

    /// The interface it is bound to; none once that has disappeared.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn bound(&self) -> io::Result<Option<u32>> {
        // SAFETY: all zeroes is a valid `sockaddr_ll`.
        let mut address: libc::sockaddr_ll = unsafe { zeroed() };
        let mut len = size_of::<libc::sockaddr_ll>() as u32;
        // SAFETY: the kernel writes at most `len` bytes, the size of `address`.
        let done = unsafe { libc::getsockname(self.fd.as_raw_fd(), (&raw mut address).cast(), &raw mut len) };
        check(done)?;
        Ok(u32::try_from(address.sll_ifindex).ok().filter(|index| *index != 0))
    }

    /// Frames that are not for this machine arrive too; ends with the socket.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn promiscuous(&self, index: u32) -> io::Result<()> {
        let request = libc::packet_mreq {
            mr_ifindex: index as i32,
            mr_type: libc::PACKET_MR_PROMISC as u16,
            mr_alen: 0,
            mr_address: [0; 8],
        };
        self.set(libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &request)
    }

    /// Frames that this machine sends do not arrive (Linux 4.20).
    ///
    /// # Errors
    /// What the kernel says.
    pub fn ignore_outgoing(&self) -> io::Result<()> {
        self.set(libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &1_i32)
    }

    /// At most so many bytes of each frame are kept.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn limit(&self, bytes: u32) -> io::Result<()> {
        // One instruction of classic BPF: accept, so many bytes.
        let mut program =
            libc::sock_filter { code: (libc::BPF_RET | libc::BPF_K) as u16, jt: 0, jf: 0, k: bytes };
        let filter = libc::sock_fprog { len: 1, filter: &raw mut program };
        self.set(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &filter)
    }

    /// Asks for a receive buffer of so many bytes, as far as the system allows;
    /// of no use with a ring.
    pub fn buffer(&self, bytes: i32) {
        // With CAP_NET_ADMIN above the system's limit, otherwise up to it.
        if self.set(libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &bytes).is_err() {
            let _ = self.set(libc::SOL_SOCKET, libc::SO_RCVBUF, &bytes);
        }
    }

    /// Gives it a ring of the third version, to be mapped with offset 0.
    ///
    /// # Errors
    /// `ENOMEM` when there is not so much memory in one piece, `EINVAL` for an impossible shape.
    pub fn set_ring(&self, shape: Geometry) -> io::Result<()> {
        let version = libc::tpacket_versions::TPACKET_V3 as i32;
        self.set(libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
        self.set(libc::SOL_PACKET, libc::PACKET_RESERVE, &shape.reserve)?;
        // Frames have no fixed size in this version, but the kernel checks that the sum is right.
        let frame = 2_048;
        let request = libc::tpacket_req3 {
            tp_block_size: shape.block_bytes,
            tp_block_nr: shape.blocks,
            tp_frame_size: frame,
            tp_frame_nr: shape.block_bytes / frame * shape.blocks,
            tp_retire_blk_tov: shape.retire_millis,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        self.set(libc::SOL_PACKET, libc::PACKET_RX_RING, &request)
    }

    /// What came since the last call: the kernel starts again from 0.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn statistics(&self) -> io::Result<Statistics> {
        // SAFETY: all zeroes is a valid `tpacket_stats_v3`; a socket without ring fills its first two words.
        let mut counted: libc::tpacket_stats_v3 = unsafe { zeroed() };
        let mut len = size_of::<libc::tpacket_stats_v3>() as u32;
        // SAFETY: the kernel writes at most `len` bytes, the size of `counted`.
        let done = unsafe {
            libc::getsockopt(
                self.fd.as_raw_fd(),
                libc::SOL_PACKET,
                libc::PACKET_STATISTICS,
                (&raw mut counted).cast(),
                &raw mut len,
            )
        };
        check(done)?;
        Ok(Statistics {
            received: counted.tp_packets.into(),
            dropped: counted.tp_drops.into(),
            freezes: counted.tp_freeze_q_cnt.into(),
        })
    }

    /// The error that waits at the socket, which is gone then; `ENETDOWN` when the
    /// interface was switched off or disappeared.
    pub fn take_error(&self) -> Option<io::Error> {
        match getsockopt(&self.fd, sockopt::SocketError) {
            Ok(0) => None,
            Ok(error) => Some(io::Error::from_raw_os_error(error)),
            Err(error) => Some(error.into()),
        }
    }

    /// A second handle of the same socket.
    ///
    /// # Errors
    /// When the process has too many files open.
    pub fn try_clone(&self) -> io::Result<OwnedFd> {
        self.fd.try_clone()
    }

    fn set<T: Copy>(&self, level: i32, option: i32, value: &T) -> io::Result<()> {
        // SAFETY: `value` is `size_of::<T>()` bytes that live through the call; the
        // callers pass the structure that belongs to the option.
        let done = unsafe {
            libc::setsockopt(
                self.fd.as_raw_fd(),
                level,
                option,
                std::ptr::from_ref(value).cast(),
                size_of::<T>() as u32,
            )
        };
        check(done)
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn check(done: i32) -> io::Result<()> {
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
