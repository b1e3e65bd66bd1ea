//! Which ports of a machine take what comes from the network: every port is knocked at, as a stranger would.

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, connect, getsockopt, socket, sockopt};

/// Ports that are knocked at together: no more than a cable's queue holds.
const BATCH: usize = 128;
/// Longest time until a knock is answered, with the kernel's repetitions; machines here are slow.
const ANSWER: Duration = Duration::from_secs(20);
/// Between two datagrams to a port of UDP that has not answered.
const AGAIN: Duration = Duration::from_millis(300);
/// A kernel answers at least once a second that a port of UDP is closed (`icmp_ratelimit`). When nothing was answered for
/// so long, the ports that are left do not answer.
const SILENCE: Duration = Duration::from_secs(6);

/// Ports of UDP of well-known services, which are worth a knock: all 65,535 would take as many seconds.
pub const UDP: &[u16] =
    &[7, 53, 67, 68, 69, 111, 123, 137, 138, 161, 162, 500, 514, 1194, 1900, 4500, 4789, 5353, 5355, 51820];

/// Those of these ports of TCP where somebody takes a connection.
///
/// # Errors
/// In words: a port says neither yes nor no, which proves nothing.
pub fn open_tcp(host: Ipv4Addr, ports: impl IntoIterator<Item = u16>) -> Result<Vec<u16>, String> {
    let (mut open, mut ports) = (Vec::new(), ports.into_iter().peekable());
    while ports.peek().is_some() {
        let batch: Vec<u16> = ports.by_ref().take(BATCH).collect();
        open.extend(knocked(host, &batch).map_err(|(port, why)| format!("{host}:{port}: {why}"))?);
    }
    Ok(open)
}

/// One batch; the port that nothing is known of, and why.
fn knocked(host: Ipv4Addr, ports: &[u16]) -> Result<Vec<u16>, (u16, String)> {
    let (mut open, mut waiting): (Vec<u16>, Vec<(u16, OwnedFd)>) = (Vec::new(), Vec::new());
    for &port in ports {
        let failed = |error: Errno| (port, error.to_string());
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let fd = socket(AddressFamily::Inet, SockType::Stream, flags, None).map_err(failed)?;
        match connect(fd.as_raw_fd(), &SockaddrIn::from(SocketAddrV4::new(host, port))) {
            Ok(()) => open.push(port),
            Err(Errno::EINPROGRESS) => waiting.push((port, fd)),
            Err(Errno::ECONNREFUSED) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let end = Instant::now() + ANSWER;
    while let Some((port, _)) = waiting.first() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err((*port, format!("no answer within {} s", ANSWER.as_secs())));
        }
        let mut fds: Vec<PollFd<'_>> =
            waiting.iter().map(|(_, fd)| PollFd::new(fd.as_fd(), PollFlags::POLLOUT)).collect();
        poll(&mut fds, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX))
            .map_err(|error| (*port, error.to_string()))?;
        let answered: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(false)).collect();
        let mut answered = answered.into_iter();
        let (done, rest) = waiting.into_iter().partition(|_| answered.next().unwrap_or(false));
        waiting = rest;
        for (port, fd) in done {
            match getsockopt(&fd, sockopt::SocketError).map(Errno::from_raw) {
                Ok(Errno::UnknownErrno) => open.push(port),
                Ok(Errno::ECONNREFUSED) => {}
                Ok(error) | Err(error) => return Err((port, error.to_string())),
            }
        }
    }
    Ok(open)
}

/// Those of these ports of UDP where nobody says that they are closed: somebody takes what comes. Takes about a second a
/// port.
///
/// # Errors
/// What the system says; `TimedOut` when no port at all is said to be closed: the machine is not there.
pub fn open_udp(host: Ipv4Addr, ports: &[u16]) -> io::Result<BTreeSet<u16>> {
    let mut left = Vec::new();
    for port in ports {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((host, *port))?;
        socket.set_nonblocking(true)?;
        left.push((*port, socket));
    }
    let mut heard = Instant::now();
    while !left.is_empty() && heard.elapsed() < SILENCE {
        let before = left.len();
        left.retain(|(_, socket)| {
            // An error that came since is told by whichever call is next.
            let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
            !socket.send(&[]).is_err_and(refused) && !socket.recv(&mut [0; 1]).is_err_and(refused)
        });
        if left.len() < before {
            heard = Instant::now();
        }
        std::thread::sleep(AGAIN);
    }
    if left.len() == ports.len() && !ports.is_empty() {
        return Err(io::Error::new(io::ErrorKind::TimedOut, "no port of UDP is said to be closed"));
    }
    Ok(left.into_iter().map(|(port, _)| port).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_that_is_open_is_found_among_many() {
        let here = Ipv4Addr::LOCALHOST;
        let listener = TcpListener::bind((here, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let around = port.saturating_sub(150)..=port.saturating_add(150);
        assert!(open_tcp(here, around).unwrap().contains(&port));
        drop(listener);
        assert_eq!(open_tcp(here, [port]).unwrap(), [0_u16; 0]);
    }

    #[test]
    fn a_port_of_udp_that_takes_what_comes_is_found() {
        let here = Ipv4Addr::LOCALHOST;
        let taken = UdpSocket::bind((here, 0)).unwrap();
        let free = UdpSocket::bind((here, 0)).unwrap();
        let port = |socket: &UdpSocket| socket.local_addr().unwrap().port();
        let ports = [port(&taken), port(&free)];
        drop(free);
        assert_eq!(open_udp(here, &ports).unwrap(), BTreeSet::from([ports[0]]));
        assert!(open_udp(here, &ports[..1]).is_err());
    }
}
