//! Neighbour discovery (RFC 4861) beside the kernel's: routers are asked when we begin to
//! listen, and a gateway is asked whether it is there.

use std::io;
use std::net::Ipv6Addr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use sys::clock::monotonic;
use sys::icmpv6_socket::Icmpv6Socket;

use crate::arp::Mac;
use crate::ra::{self, Heard};
use crate::wait::{AT_ONCE, readable};

/// Types of messages (RFC 4861 §4).
const ROUTER_SOLICITATION: u8 = 133;
const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;

/// All routers of the link.
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);

/// A solicitation of the kind, about a target if it has one, with the own Ethernet address
/// as option 1 (§4.6.1).
fn solicitation(kind: u8, target: Option<Ipv6Addr>, mac: Mac) -> Vec<u8> {
    let mut message = vec![kind, 0, 0, 0, 0, 0, 0, 0];
    message.extend(target.iter().flat_map(Ipv6Addr::octets));
    message.extend([1, 1]);
    message.extend(mac.0);
    message
}

/// The group that a host with this address listens to (RFC 4291 §2.7.1).
fn solicited_node(target: Ipv6Addr) -> Ipv6Addr {
    let base = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 0).to_bits();
    Ipv6Addr::from_bits(base | (target.to_bits() & 0xff_ffff))
}

/// Listens to routers at one interface.
#[derive(Debug)]
pub struct Routers {
    socket: Icmpv6Socket,
    mac: Mac,
    buffer: Vec<u8>,
}

impl Routers {
    /// Opens it.
    ///
    /// # Errors
    /// `EPERM` without `CAP_NET_RAW`, `EAFNOSUPPORT` without IPv6.
    pub fn open(interface: &str, index: u32, mac: Mac) -> io::Result<Routers> {
        let socket = Icmpv6Socket::open(interface, index, &[ra::ADVERTISEMENT])?;
        Ok(Routers { socket, mac, buffer: vec![0; ra::MAX_MESSAGE] })
    }

    /// Asks all routers to advertise (§6.3.7).
    ///
    /// # Errors
    /// What the kernel says: `EADDRNOTAVAIL` before there is a link-local address.
    pub fn solicit(&self) -> io::Result<()> {
        self.socket.send(ALL_ROUTERS, &solicitation(ROUTER_SOLICITATION, None, self.mac))
    }

    /// Takes in what was heard meanwhile; true when there was an advertisement.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn receive(&mut self, heard: &mut Heard) -> io::Result<bool> {
        let mut any = false;
        for _ in 0..AT_ONCE {
            let Some(message) = self.socket.receive(&mut self.buffer)? else { break };
            let bytes = &self.buffer[..message.len.min(ra::MAX_MESSAGE)];
            any |= heard.take(message.from, message.hops, bytes, monotonic());
        }
        Ok(any)
    }
}

impl AsFd for Routers {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Asks whether a neighbour, a gateway first of all, is there (§7.2), up to three times within
/// `patience`. False: it is silent (E04).
///
/// # Errors
/// What the kernel says.
pub fn reaches(interface: &str, neighbour: Ipv6Addr, patience: Duration) -> io::Result<bool> {
    let link = sys::link::link(crate::apply::index(interface)?)?;
    let no_ethernet = || io::Error::new(io::ErrorKind::Unsupported, format!("{interface} is not Ethernet"));
    let mac = Mac(link.mac.ok_or_else(no_ethernet)?);
    let socket = Icmpv6Socket::open(interface, link.index, &[NEIGHBOUR_ADVERTISEMENT])?;
    let question = solicitation(NEIGHBOUR_SOLICITATION, Some(neighbour), mac);
    let (start, mut buffer) = (monotonic(), [0; 128]);
    for turn in 1..=3 {
        socket.send(solicited_node(neighbour), &question)?;
        let until = start + patience * turn / 3;
        while let Some(rest) = until.checked_sub(monotonic()).filter(|rest| !rest.is_zero()) {
            readable(&[socket.as_fd()], Some(rest))?;
            for _ in 0..AT_ONCE {
                let Some(heard) = socket.receive(&mut buffer)? else { break };
                let target = buffer[..heard.len.min(buffer.len())].get(8..24);
                if heard.hops == 255 && target == Some(&neighbour.octets()[..]) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_as_the_rfc_draws_them() {
        let mac = Mac([2, 0, 0, 0, 0, 1]);
        assert_eq!(
            solicitation(ROUTER_SOLICITATION, None, mac),
            [133, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, 1]
        );
        let target: Ipv6Addr = "2001:db8::1:2345:6789".parse().unwrap();
        assert_eq!(solicitation(NEIGHBOUR_SOLICITATION, Some(target), mac)[8..24], target.octets());
        assert_eq!(solicited_node(target).to_string(), "ff02::1:ff45:6789");
    }
}
