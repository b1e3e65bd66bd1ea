//! Carries a client's datagrams between it and the wire. Thin; the only sockets of DHCP.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, setsockopt, socket, sockopt};
use sys::management_socket::{Instruction, ManagementSocket};

use super::frame;
use crate::wait::AT_ONCE;

/// EtherType of IPv4.
const IPV4: u16 = 0x0800;

/// Lets through only UDP to port 68 that is no later fragment, so that the client sleeps
/// while the management port is busy. Jumps are counted from the next instruction.
const FILTER: [Instruction; 8] = [
    (0x30, 0, 0, 23),     // protocol of IPv4
    (0x15, 0, 5, 17),     // UDP, or drop
    (0x28, 0, 0, 20),     // flags and offset
    (0x45, 3, 0, 0x1fff), // a later fragment: drop
    (0xb1, 0, 0, 14),     // length of the IPv4 header
    (0x48, 0, 0, 16),     // destination port
    (0x15, 1, 0, 68),     // ours: keep
    (0x06, 0, 0, 0),      // drop
];

/// Keeps the whole frame; stands behind [`FILTER`].
const KEEP: Instruction = (0x06, 0, 0, u32::MAX);

/// The client's end of the wire.
#[derive(Debug)]
pub struct Port {
    frames: ManagementSocket,
    /// Sends to a server by way of the kernel's routes, and keeps port 68 open, so that the
    /// kernel does not answer servers that there is nobody.
    datagrams: UdpSocket,
    mac: [u8; 6],
    buffer: Vec<u8>,
}

impl Port {
    /// Opens it at an interface with its Ethernet address.
    ///
    /// # Errors
    /// `EPERM` without `CAP_NET_RAW`; `EADDRINUSE` when another DHCP client runs.
    pub fn open(interface: &str, index: u32, mac: [u8; 6]) -> io::Result<Port> {
        let filter: Vec<Instruction> = FILTER.into_iter().chain([KEEP]).collect();
        let frames = ManagementSocket::open(index, IPV4, &filter)?;
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let fd = socket(AddressFamily::Inet, SockType::Datagram, flags, None)?;
        setsockopt(&fd, sockopt::BindToDevice, &interface.into())?;
        // What arrives is read from the frames; here it only takes room.
        setsockopt(&fd, sockopt::RcvBuf, &0)?;
        bind(fd.as_raw_fd(), &SockaddrIn::new(0, 0, 0, 0, 68))?;
        Ok(Port { frames, datagrams: fd.into(), mac, buffer: vec![0; frame::MAX_FRAME] })
    }

    /// Sends a datagram to everyone.
    ///
    /// # Errors
    /// What the kernel says: `ENETDOWN` on an interface that is off.
    pub fn broadcast(&self, payload: &[u8], own: Ipv4Addr) -> io::Result<()> {
        self.frames.send(&frame::broadcast(self.mac, own, payload))
    }

    /// Sends a datagram to a server.
    ///
    /// # Errors
    /// What the kernel says: `ENETUNREACH` without a way to it.
    pub fn unicast(&self, payload: &[u8], server: Ipv4Addr) -> io::Result<()> {
        self.datagrams.send_to(payload, (server, 67)).map(drop)
    }

    /// The next datagram for the client; none when there is none, or only others for a while.
    ///
    /// # Errors
    /// What the kernel says: `ENETDOWN` when the interface was switched off.
    pub fn receive(&mut self) -> io::Result<Option<Vec<u8>>> {
        for _ in 0..AT_ONCE {
            let Some(len) = self.frames.receive(&mut self.buffer)? else { break };
            if let Some(payload) = frame::payload(&self.buffer[..len]) {
                return Ok(Some(payload.to_vec()));
            }
        }
        Ok(None)
    }
}

impl AsFd for Port {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.frames.as_fd()
    }
}
