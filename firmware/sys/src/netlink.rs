//! Route netlink (RFC 3549; `linux/rtnetlink.h`): one request, its answers.
//!
//! Everything is in the machine's byte order. Only as much as the ports need:
//! links, addresses, routes and queue disciplines are one message each.

use std::io;
use std::os::fd::AsRawFd;

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket,
};

/// Message header: length, type, flags, sequence, port.
const HEADER: usize = 16;

/// Attribute header: length, type.
const ATTRIBUTE: usize = 4;

/// Bits of an attribute's type that are flags (`NLA_F_NESTED`, `NLA_F_NET_BYTEORDER`).
const TYPE_FLAGS: u16 = 0xc000;

/// A request that is being written.
#[derive(Clone, Debug)]
pub struct Request {
    bytes: Vec<u8>,
}

impl Request {
    /// Of a type (`RTM_…`), with flags (`NLM_F_…`) beside `NLM_F_REQUEST`;
    /// `body` is the fixed part of that type.
    pub fn new(kind: u16, flags: i32, body: &[u8]) -> Request {
        // All but a dump is acknowledged, so that the end of the answer is known.
        let dump = flags & libc::NLM_F_DUMP == libc::NLM_F_DUMP;
        let flags = flags | libc::NLM_F_REQUEST | if dump { 0 } else { libc::NLM_F_ACK };
        let mut bytes = vec![0; 4];
        bytes.extend(kind.to_ne_bytes());
        bytes.extend((flags as u16).to_ne_bytes());
        bytes.extend([0; 8]);
        bytes.extend(body);
        Request { bytes }
    }

    /// Adds an attribute.
    pub fn with(mut self, kind: u16, value: &[u8]) -> Request {
        self.bytes.extend(((ATTRIBUTE + value.len()) as u16).to_ne_bytes());
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self
    }

    /// Adds an attribute made of what `inside` adds.
    pub fn nested(mut self, kind: u16, inside: impl FnOnce(Request) -> Request) -> Request {
        let start = self.bytes.len();
        self = inside(self.with(kind, &[]));
        let len = ((self.bytes.len() - start) as u16).to_ne_bytes();
        self.bytes[start..start + 2].copy_from_slice(&len);
        self
    }

    /// Adds bytes as they are: the fixed part of a nested message.
    pub fn raw(mut self, bytes: &[u8]) -> Request {
        self.bytes.extend(bytes);
        self
    }

    /// What stands behind the header: the fixed part and the attributes.
    pub fn body(&self) -> &[u8] {
        &self.bytes[HEADER..]
    }

    /// Sends it to the kernel and gathers the answers, without their headers.
    ///
    /// # Errors
    /// What the kernel says of the request, or of the socket.
    pub fn send(mut self) -> io::Result<Vec<Vec<u8>>> {
        let len = (self.bytes.len() as u32).to_ne_bytes();
        self.bytes[..4].copy_from_slice(&len);
        let netlink = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkRoute,
        )?;
        sendto(netlink.as_raw_fd(), &self.bytes, &NetlinkAddr::new(0, 0), MsgFlags::empty())?;
        let (mut answers, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
        loop {
            let len = recv(netlink.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
            let mut rest = &buffer[..len];
            while rest.len() >= HEADER {
                let len = (number::<4>(rest) as usize).clamp(HEADER, rest.len());
                let body = &rest[HEADER..len];
                match i32::from(number::<2>(&rest[4..]) as u16) {
                    libc::NLMSG_DONE => return Ok(answers),
                    libc::NLMSG_ERROR => match number::<4>(body) as i32 {
                        0 => return Ok(answers),
                        error => return Err(io::Error::from_raw_os_error(-error)),
                    },
                    _ => answers.push(body.to_vec()),
                }
                rest = &rest[len.next_multiple_of(4).min(rest.len())..];
            }
        }
    }
}

/// The first `N` bytes as a number (at most 8); what is missing is 0.
pub fn number<const N: usize>(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    let some = bytes.len().min(N);
    eight[..some].copy_from_slice(&bytes[..some]);
    if cfg!(target_endian = "big") {
        eight.rotate_right(8 - N);
    }
    u64::from_ne_bytes(eight)
}

/// The attributes behind a message's fixed part; a damaged one ends them.
pub fn attributes(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let len = number::<2>(rest.get(..ATTRIBUTE)?) as usize;
        let kind = number::<2>(&rest[2..]) as u16 & !TYPE_FLAGS;
        let value = rest.get(ATTRIBUTE..len)?;
        rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    })
}

/// The attribute of a kind; empty when there is none.
pub fn attribute(bytes: &[u8], kind: u16) -> &[u8] {
    attributes(bytes).find(|(found, _)| *found == kind).map_or(&[], |(_, value)| value)
}

/// Text of an attribute, without the zero at its end.
pub fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_as_they_are_written() {
        let request = Request::new(1, 0, &[]).with(3, b"eth0\0").nested(18, |inside| inside.with(1, b"veth"));
        let body = &request.bytes[HEADER..];
        assert_eq!(text(attribute(body, 3)), "eth0");
        assert_eq!(attribute(attribute(body, 18), 1), b"veth");
        assert_eq!(attributes(body).count(), 2);
        for cut in 0..body.len() {
            assert!(attributes(&body[..cut]).count() <= 2);
        }
        assert_eq!(attributes(&[0; 64]).count(), 0, "a length of 0 must not go on for ever");
    }

    #[test]
    fn numbers_of_any_width() {
        assert_eq!(number::<2>(&0x1234_u16.to_ne_bytes()), 0x1234);
        assert_eq!(number::<8>(&u64::MAX.to_ne_bytes()), u64::MAX);
        assert_eq!(number::<4>(&[]), 0);
    }
}
