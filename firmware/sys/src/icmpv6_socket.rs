//! ICMPv6 at one interface (RFC 3542): neighbour discovery, heard and asked.
//! **For the management port alone**, since it can send; held to that by the rule
//! `sending` like [`crate::management_socket`]. The kernel makes and checks checksums.
#![expect(unsafe_code, reason = "the filter of types and the hops are raw socket options")]

use std::io::{self, IoSliceMut};
use std::net::{Ipv6Addr, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn6, recvmsg,
    sendto, setsockopt, socket, sockopt,
};

/// `ICMP6_FILTER` of `linux/icmpv6.h`.
const ICMP6_FILTER: i32 = 1;

/// A message that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Bytes of the message, from its type on; cut to the buffer.
    pub len: usize,
    /// Who sent it.
    pub from: Ipv6Addr,
    /// Its hop limit: 255 when no router passed it on (RFC 4861 §6.1.2).
    pub hops: u8,
}

/// Such a socket.
#[derive(Debug)]
pub struct Icmpv6Socket {
    fd: OwnedFd,
    index: u32,
}

impl Icmpv6Socket {
    /// Opens one at an interface; only messages of these types arrive.
    ///
    /// # Errors
    /// `EPERM` without `CAP_NET_RAW`, `EAFNOSUPPORT` without IPv6.
    pub fn open(name: &str, index: u32, types: &[u8]) -> io::Result<Icmpv6Socket> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let fd = socket(AddressFamily::Inet6, SockType::Raw, flags, SockProtocol::IcmpV6)?;
        // A bit that is set keeps its type out.
        let mut filter = [u32::MAX; 8];
        for kind in types {
            filter[usize::from(kind >> 5)] &= !(1 << (kind & 31));
        }
        set(&fd, libc::IPPROTO_ICMPV6, ICMP6_FILTER, &filter)?;
        set(&fd, libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS, &255_i32)?;
        set(&fd, libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_HOPS, &255_i32)?;
        setsockopt(&fd, sockopt::Ipv6RecvHopLimit, &true)?;
        setsockopt(&fd, sockopt::BindToDevice, &name.into())?;
        Ok(Icmpv6Socket { fd, index })
    }

    /// Sends a message, with a checksum of 0 in its place.
    ///
    /// # Errors
    /// What the kernel says: `EADDRNOTAVAIL` before there is a link-local address.
    pub fn send(&self, to: Ipv6Addr, message: &[u8]) -> io::Result<()> {
        let to = SockaddrIn6::from(SocketAddrV6::new(to, 0, 0, self.index));
        sendto(self.fd.as_raw_fd(), message, &to, MsgFlags::MSG_DONTWAIT)?;
        Ok(())
    }

    /// The next message; none when there is none now.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<Heard>> {
        let mut control = nix::cmsg_space!(i32);
        let mut slices = [IoSliceMut::new(buffer)];
        let flags = MsgFlags::MSG_DONTWAIT;
        let fd = self.fd.as_raw_fd();
        let message = match recvmsg::<SockaddrIn6>(fd, &mut slices, Some(&mut control), flags) {
            Ok(message) => message,
            Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EINTR) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let hops = message.cmsgs()?.find_map(|part| match part {
            ControlMessageOwned::Ipv6HopLimit(hops) => u8::try_from(hops).ok(),
            _ => None,
        });
        let from = message.address.map_or(Ipv6Addr::UNSPECIFIED, |from| from.ip());
        Ok(Some(Heard { len: message.bytes, from, hops: hops.unwrap_or(0) }))
    }
}

impl AsFd for Icmpv6Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn set<T: Copy>(fd: &OwnedFd, level: i32, option: i32, value: &T) -> io::Result<()> {
    // SAFETY: `value` is `size_of::<T>()` bytes that live through the call; the callers
    // pass the type that belongs to the option.
    let done = unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            level,
            option,
            std::ptr::from_ref(value).cast(),
            size_of::<T>() as u32,
        )
    };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
