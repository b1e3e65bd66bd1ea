//! Looks at the network for the person at the console: ping, names, routes.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use model::ErrorCode;
use nix::sys::socket::sockopt::ReceiveTimeout;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrStorage, recv, sendto, setsockopt,
    socket,
};
use nix::sys::time::TimeVal;
use wire::local::{Failed, Look};

/// Echo requests of a ping.
const ECHOES: u16 = 4;

/// Longest wait for each answer.
const WAIT: Duration = Duration::from_secs(1);

/// Looks, and tells it line by line.
///
/// # Errors
/// E05 for a name that has no address, E06 for a host that does not answer.
pub fn look(at: &Look, tell: &mut dyn FnMut(String)) -> Result<String, Failed> {
    match at {
        Look::Ping(host) => ping(host, tell),
        Look::Resolve(name) => {
            let found = resolve(name)?;
            let count = found.len();
            found.into_iter().for_each(|ip| tell(ip.to_string()));
            Ok(format!("{name} has {count} address{}", if count == 1 { "" } else { "es" }))
        }
        Look::Routes => {
            let table =
                routes().map_err(|error| Failed::plain(format!("cannot read the routes: {error}"), ""))?;
            table.into_iter().for_each(tell);
            Ok("these are all routes".into())
        }
    }
}

/// Addresses of a name, or itself.
fn resolve(name: &str) -> Result<Vec<IpAddr>, Failed> {
    let name = name.trim();
    let failed = |why: String| Failed::coded(ErrorCode::DnsFailed, why);
    if name.is_empty() || name.len() > 253 {
        return Err(Failed::plain("no name was given", "Write a host name or an IP address."));
    }
    let found = (name, 0).to_socket_addrs().map_err(|error| failed(format!("{name}: {error}")))?;
    let mut found: Vec<IpAddr> = found.map(|address: SocketAddr| address.ip()).collect();
    found.dedup();
    if found.is_empty() { Err(failed(format!("{name} has no address"))) } else { Ok(found) }
}

/// ICMP echo (RFC 792, RFC 4443) over the kernel's ping sockets or, where those are
/// not allowed, raw ones.
fn ping(host: &str, tell: &mut dyn FnMut(String)) -> Result<String, Failed> {
    let ip = *resolve(host)?.first().ok_or_else(|| Failed::plain("no address", ""))?;
    let blocked = |words: String| Failed::coded(ErrorCode::Blocked, words);
    let socket = open(ip).map_err(|error| blocked(format!("cannot ping: {error}")))?;
    let mut answers = 0;
    for number in 1..=ECHOES {
        let began = Instant::now();
        match echo(&socket, ip, number) {
            Ok(()) => {
                answers += 1;
                tell(format!("{ip} answers in {:.1} ms", began.elapsed().as_secs_f64() * 1e3));
            }
            Err(nix::Error::EAGAIN) => tell(format!("{ip}: no answer in 1 s")),
            Err(error) => tell(format!("{ip}: {}", error.desc())),
        }
        if number < ECHOES {
            std::thread::sleep(Duration::from_millis(200).saturating_sub(began.elapsed()));
        }
    }
    if answers == 0 {
        let words = format!("{host} does not answer to ping");
        return Err(Failed { remedy: "It may be off, or a firewall drops ICMP.".into(), ..blocked(words) });
    }
    Ok(format!("{answers} of {ECHOES} answered"))
}

fn open(ip: IpAddr) -> nix::Result<OwnedFd> {
    let (family, protocol) = match ip {
        IpAddr::V4(_) => (AddressFamily::Inet, SockProtocol::Icmp),
        IpAddr::V6(_) => (AddressFamily::Inet6, SockProtocol::IcmpV6),
    };
    let open = |kind| socket(family, kind, SockFlag::SOCK_CLOEXEC, protocol);
    let socket = open(SockType::Datagram).or_else(|_| open(SockType::Raw))?;
    let (seconds, micros) = (WAIT.as_secs() as i64, i64::from(WAIT.subsec_micros()));
    setsockopt(&socket, ReceiveTimeout, &TimeVal::new(seconds, micros))?;
    Ok(socket)
}

/// One request, and its answer.
fn echo(socket: &OwnedFd, ip: IpAddr, number: u16) -> nix::Result<()> {
    // Type, code, checksum, id, number, data. The kernel fills in the id of a ping
    // socket, and ICMPv6's checksum; an own checksum does no harm there.
    let kind = if ip.is_ipv4() { 8 } else { 128 };
    let id = (std::process::id() as u16).to_be_bytes();
    let number = number.to_be_bytes();
    let mut request = [kind, 0, 0, 0, id[0], id[1], number[0], number[1], b's', b't', b'i', b'l'];
    let sum = checksum(&request).to_be_bytes();
    request[2..4].copy_from_slice(&sum);
    let to = SockaddrStorage::from(SocketAddr::new(ip, 0));
    sendto(socket.as_raw_fd(), &request, &to, MsgFlags::empty())?;
    let until = Instant::now() + WAIT;
    let mut buffer = [0; 256];
    while Instant::now() < until {
        let len = recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
        let answer = &buffer[..len];
        // A raw socket of IPv4 shows the IP header too.
        let header = if ip.is_ipv4() && answer.first().is_some_and(|b| b >> 4 == 4) { 20 } else { 0 };
        let reply = if ip.is_ipv4() { 0 } else { 129 };
        if answer.get(header) == Some(&reply) && answer.get(header + 6..header + 8) == Some(&number[..]) {
            return Ok(());
        }
    }
    Err(nix::Error::EAGAIN)
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)));
    let sum: u32 = words.sum();
    let sum = (sum & 0xffff) + (sum >> 16);
    !((sum & 0xffff) + (sum >> 16)) as u16
}

/// The main table, a line a route.
fn routes() -> std::io::Result<Vec<String>> {
    let links = sys::link::links()?;
    let name = |index: u32| {
        links
            .iter()
            .find(|link| link.index == index)
            .map_or_else(|| index.to_string(), |link| link.name.clone())
    };
    let shown = |route: &sys::route::Route| {
        let to = if route.prefix == 0 {
            "default".into()
        } else {
            format!("{}/{}", route.destination, route.prefix)
        };
        let via = route.gateway.map_or_else(String::new, |gateway| format!(" via {gateway}"));
        format!("{to}{via} at {}", name(route.index))
    };
    Ok(sys::route::list()?.iter().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_of_rfc_1071() {
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
    }

    #[test]
    fn this_machine_answers_itself() {
        let mut lines = Vec::new();
        match look(&Look::Ping("127.0.0.1".into()), &mut |line| lines.push(line)) {
            Ok(words) => assert_eq!(words, "4 of 4 answered", "{lines:?}"),
            Err(failed) => assert!(failed.words.contains("cannot ping"), "{failed}"),
        }
    }

    #[test]
    fn names_that_are_none_say_so() {
        for (name, code) in [("", None), ("no-such-name.invalid", Some(ErrorCode::DnsFailed))] {
            let failed = look(&Look::Resolve(name.into()), &mut |_| {}).unwrap_err();
            assert_eq!(failed.code, code, "{failed}");
        }
    }
}
