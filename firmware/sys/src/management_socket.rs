//! A packet socket that sends: **for the management port alone**. DHCP and ARP
//! speak before the interface has an address, so the kernel's own sockets cannot.
//!
//! Nothing that listens may use this. It is a file of its own so that a rule can
//! hold it: only `firmware/netcfg` may name it (`cargo xtask tidy`, rule
//! `sending`). [`crate::packet_socket`], which `capture` uses, has no way to send.
#![expect(unsafe_code, reason = "a socket filter is a raw structure")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::sys::socket::{MsgFlags, recv, send};

use crate::packet_socket::PacketSocket;

/// One instruction of a filter (classic BPF): code, jump when true, when false, value.
pub type Instruction = (u16, u8, u8, u32);

/// Frames of one protocol, in and out of one interface.
#[derive(Debug)]
pub struct ManagementSocket {
    socket: PacketSocket,
}

impl ManagementSocket {
    /// Opens one at an interface for an EtherType; only frames that `filter` accepts
    /// arrive, all of them when it is empty. What this machine sends does not.
    ///
    /// # Errors
    /// `EPERM` without `CAP_NET_RAW`, `EINVAL` for an impossible filter.
    pub fn open(index: u32, protocol: u16, filter: &[Instruction]) -> io::Result<ManagementSocket> {
        let socket = PacketSocket::open()?;
        if !filter.is_empty() {
            attach(&socket, filter)?;
        }
        socket.ignore_outgoing()?;
        socket.bind_protocol(index, protocol)?;
        Ok(ManagementSocket { socket })
    }

    /// Sends one frame, with its Ethernet header.
    ///
    /// # Errors
    /// What the kernel says: `ENETDOWN` on an interface that is off.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        send(self.socket.as_fd().as_raw_fd(), frame, MsgFlags::MSG_DONTWAIT)?;
        Ok(())
    }

    /// The next frame, with its Ethernet header, cut to the buffer; none when there is none now.
    ///
    /// # Errors
    /// What the kernel says: `ENETDOWN` when the interface was switched off.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match recv(self.socket.as_fd().as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT) {
            Ok(len) => Ok(Some(len)),
            Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EINTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for ManagementSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn attach(socket: &PacketSocket, filter: &[Instruction]) -> io::Result<()> {
    let mut program: Vec<libc::sock_filter> =
        filter.iter().map(|&(code, jt, jf, k)| libc::sock_filter { code, jt, jf, k }).collect();
    let len = u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let program = libc::sock_fprog { len, filter: program.as_mut_ptr() };
    // SAFETY: `program` is a `sock_fprog` whose pointer leads to `len` instructions; both
    // live through the call, and the kernel copies them.
    let done = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_FILTER,
            (&raw const program).cast(),
            size_of::<libc::sock_fprog>() as u32,
        )
    };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
