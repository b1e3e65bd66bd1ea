//! Asking on the wire and waiting for the answer: thin, around what is pure beside it.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use sys::clock::monotonic;
use sys::management_socket::ManagementSocket;

use super::{Arp, MAX_FRAME, Mac, Prober, Step, Timing};
use crate::random::seed;
use crate::wait::{AT_ONCE, readable};

/// EtherType of ARP.
const ARP: u16 = 0x0806;

/// ARP frames in and out of one interface.
#[derive(Debug)]
pub struct Socket {
    socket: ManagementSocket,
    /// Address of the interface.
    pub mac: Mac,
}

impl Socket {
    /// Opens it at the interface of a name.
    ///
    /// # Errors
    /// `ENODEV` without such an interface, `EPERM` without `CAP_NET_RAW`.
    pub fn open(interface: &str) -> io::Result<Socket> {
        let link = sys::link::link(crate::apply::index(interface)?)?;
        let no_ethernet =
            || io::Error::new(io::ErrorKind::Unsupported, format!("{interface} is not Ethernet"));
        let mac = Mac(link.mac.ok_or_else(no_ethernet)?);
        Ok(Socket { socket: ManagementSocket::open(link.index, ARP, &[])?, mac })
    }

    /// Sends one.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn send(&self, arp: &Arp) -> io::Result<()> {
        self.socket.send(&arp.frame())
    }

    /// The next one that waits; none when there is none, or only what is no ARP for a while.
    ///
    /// # Errors
    /// What the kernel says: `ENETDOWN` when the interface was switched off.
    pub fn receive(&self) -> io::Result<Option<Arp>> {
        let mut buffer = [0; MAX_FRAME];
        for _ in 0..AT_ONCE {
            let Some(len) = self.socket.receive(&mut buffer)? else { break };
            if let Some(arp) = Arp::read(&buffer[..len]) {
                return Ok(Some(arp));
            }
        }
        Ok(None)
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Asks whether an address is free on the link of an interface (RFC 5227 §2.1; E03):
/// who has it, or none. Takes as long as `timing` says, less when somebody answers.
///
/// # Errors
/// What the kernel says.
pub fn probe(interface: &str, address: Ipv4Addr, timing: Timing) -> io::Result<Option<Mac>> {
    let socket = Socket::open(interface)?;
    let mut prober = Prober::new(socket.mac, address, timing, seed(), monotonic());
    loop {
        match prober.poll(monotonic()) {
            Step::Send(arp) => socket.send(&arp)?,
            Step::Free => return Ok(None),
            Step::Wait => {
                readable(&[socket.as_fd()], Some(prober.next().saturating_sub(monotonic())))?;
            }
        }
        for _ in 0..AT_ONCE {
            let Some(heard) = socket.receive()? else { break };
            if let Some(other) = prober.conflict(&heard) {
                return Ok(Some(other));
            }
        }
    }
}

/// Asks for the Ethernet address of a neighbour, a gateway first of all, up to three times
/// within `patience`; none: it is silent (E04). `own` is the address that asks.
///
/// # Errors
/// What the kernel says.
pub fn reaches(
    interface: &str,
    own: Ipv4Addr,
    neighbour: Ipv4Addr,
    patience: Duration,
) -> io::Result<Option<Mac>> {
    let socket = Socket::open(interface)?;
    let question = Arp { request: true, mac: socket.mac, sender: own, target: neighbour };
    let start = monotonic();
    for turn in 1..=3 {
        socket.send(&question)?;
        let until = start + patience * turn / 3;
        while let Some(rest) = until.checked_sub(monotonic()).filter(|rest| !rest.is_zero()) {
            readable(&[socket.as_fd()], Some(rest))?;
            for _ in 0..AT_ONCE {
                let Some(heard) = socket.receive()? else { break };
                if heard.sender == neighbour && heard.mac != socket.mac {
                    return Ok(Some(heard.mac));
                }
            }
        }
    }
    Ok(None)
}
