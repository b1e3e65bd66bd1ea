//! Reading what a server sends. Everything in it is somebody else's word: what does not
//! hold is left out, or the whole is refused; nothing panics, nothing grows.

use std::net::{IpAddr, Ipv4Addr};

use smoltcp::wire::{DhcpMessageType, DhcpOpCode, DhcpPacket};

use super::lease::{Lease, NO_END};
use crate::wanted::Route;

/// Largest message that is read, bytes: what fits into one frame.
pub const MAX_MESSAGE: usize = 1500;

/// First bytes of the options (RFC 2131 §3).
const MAGIC: u32 = 0x6382_5363;

/// Where the fixed fields that may hold more options stand (RFC 2131 §2).
const SNAME: std::ops::Range<usize> = 44..108;
const FILE: std::ops::Range<usize> = 108..236;
const OPTIONS: usize = 240;

/// What kind of answer it is (option 53; RFC 2132 §9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An address is offered.
    Offer,
    /// It is ours.
    Ack,
    /// It is not, or no longer.
    Nak,
}

/// A server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What kind.
    pub kind: Kind,
    /// Of which exchange.
    pub xid: u32,
    /// For which client.
    pub mac: [u8; 6],
    /// Who answers (option 54); 0.0.0.0 when it does not say.
    pub server: Ipv4Addr,
    /// What is offered or given; none with a NAK, and none when it is not usable.
    pub lease: Option<Lease>,
    /// What the server says in words (option 56; RFC 2132 §9.9), shortened and without
    /// control characters.
    pub words: String,
}

impl Answer {
    /// Reads the payload of a datagram from a server (RFC 2131 §2). None when it is no
    /// answer to anybody, or damaged.
    pub fn read(bytes: &[u8]) -> Option<Answer> {
        let bytes = bytes.get(..bytes.len().min(MAX_MESSAGE))?;
        if bytes.len() < OPTIONS {
            return None;
        }
        let packet = DhcpPacket::new_checked(bytes).ok()?;
        let ethernet =
            packet.hardware_type() == smoltcp::wire::ArpHardware::Ethernet && packet.hardware_len() == 6;
        if packet.opcode() != DhcpOpCode::Reply || packet.magic_number() != MAGIC || !ethernet {
            return None;
        }
        let options = Options::read(bytes);
        let kind = match DhcpMessageType::from(*options.get(53).first()?) {
            DhcpMessageType::Offer => Kind::Offer,
            DhcpMessageType::Ack => Kind::Ack,
            DhcpMessageType::Nak => Kind::Nak,
            _ => return None,
        };
        let server = addresses(&options.get(54)).next().unwrap_or(Ipv4Addr::UNSPECIFIED);
        let address = packet.your_ip();
        let lease = if kind == Kind::Nak { None } else { lease(address, server, &options) };
        let words =
            String::from_utf8_lossy(&options.get(56)).chars().filter(|c| !c.is_control()).take(80).collect();
        let (xid, mac) = (packet.transaction_id(), packet.client_hardware_address().0);
        Some(Answer { kind, xid, mac, server, lease, words })
    }
}

/// What is given; none when it is not usable.
fn lease(address: Ipv4Addr, server: Ipv4Addr, options: &Options<'_>) -> Option<Lease> {
    let prefix = prefix(address, &options.get(1))?;
    if !is_host(address, prefix) || !is_host(server, 32) {
        return None;
    }
    let seconds = options.number(51).filter(|seconds| *seconds >= Lease::SHORTEST)?;
    // The defaults of RFC 2131 §4.4.5, also for times in a wrong order.
    let by_default = (seconds / 2, (u64::from(seconds) * 7 / 8) as u32);
    let (renew, rebind) = match (options.number(58), options.number(59)) {
        _ if seconds == NO_END => (NO_END, NO_END),
        (Some(renew), Some(rebind)) if 2 <= renew && renew <= rebind && rebind <= seconds => (renew, rebind),
        (Some(renew), None) if 2 <= renew && renew <= by_default.1 => (renew, by_default.1),
        _ => by_default,
    };
    let mut routes = routes(&options.get(121));
    if options.get(121).is_empty() {
        let router = addresses(&options.get(3)).find(|router| is_host(*router, 32));
        routes.extend(router.map(|router| Route::default_by(router.into())));
    }
    let servers = |code| -> Vec<Ipv4Addr> {
        addresses(&options.get(code)).filter(|ip| is_host(*ip, 32)).take(Lease::MOST).collect()
    };
    let domain = crate::resolver::domain(&options.get(15)).unwrap_or_default();
    let (dns, ntp) = (servers(6), servers(42));
    Some(Lease { address, prefix, server, seconds, renew, rebind, routes, dns, domain, ntp })
}

/// Bits of a mask; without one, those of the address's class (RFC 791). None for a mask
/// with holes.
fn prefix(address: Ipv4Addr, mask: &[u8]) -> Option<u8> {
    let Ok(mask) = <[u8; 4]>::try_from(mask) else {
        let class = match address.octets()[0] {
            0..=127 => 8,
            128..=191 => 16,
            _ => 24,
        };
        return mask.is_empty().then_some(class);
    };
    let mask = u32::from_be_bytes(mask);
    let ones = mask.leading_ones();
    (ones > 0 && mask.count_ones() == ones).then_some(ones as u8)
}

/// True for an address that a host can have in a network of so many bits.
fn is_host(ip: Ipv4Addr, prefix: u8) -> bool {
    let behind = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
    let host = ip.to_bits() & behind;
    let edge = prefix < 31 && (host == 0 || host == behind);
    !(edge || ip.is_loopback() || ip.is_multicast() || ip.is_broadcast() || ip.octets()[0] == 0)
}

/// Addresses, one behind the other; a piece of one at the end is left out.
fn addresses(bytes: &[u8]) -> impl Iterator<Item = Ipv4Addr> {
    bytes.chunks_exact(4).filter_map(|four| <[u8; 4]>::try_from(four).ok()).map(Ipv4Addr::from)
}

/// Routes of option 121 (RFC 3442): bits, as many bytes of the destination as these need,
/// router; 0.0.0.0 for what is on the link. What follows a damaged one is left out.
fn routes(mut bytes: &[u8]) -> Vec<Route> {
    let mut routes = Vec::new();
    while let [prefix @ 0..=32, rest @ ..] = bytes {
        let significant = usize::from(prefix.div_ceil(8));
        let (Some(some), Some(router)) = (rest.get(..significant), rest.get(significant..significant + 4))
        else {
            break;
        };
        let mut destination = [0; 4];
        destination[..significant].copy_from_slice(some);
        let router = addresses(router).next().filter(|router| !router.is_unspecified());
        let gateway = router.map(IpAddr::from);
        let destination = Ipv4Addr::from(destination).into();
        if router.is_none_or(|router| is_host(router, 32)) && routes.len() < Lease::MOST_ROUTES {
            routes.push(Route { destination, prefix: *prefix, gateway });
        }
        bytes = &rest[significant + 4..];
    }
    routes
}

/// The options of a message, wherever they stand.
struct Options<'a> {
    areas: Vec<&'a [u8]>,
}

impl<'a> Options<'a> {
    /// Of a message of at least [`OPTIONS`] bytes. Option 52 (RFC 2132 §9.3) says that the
    /// fields for the boot file (1) and the server's name (2) hold options too.
    fn read(bytes: &'a [u8]) -> Options<'a> {
        let mut options = Options { areas: vec![&bytes[OPTIONS..]] };
        let overload = options.get(52).first().copied().unwrap_or(0);
        if overload & 1 != 0 {
            options.areas.push(&bytes[FILE]);
        }
        if overload & 2 != 0 {
            options.areas.push(&bytes[SNAME]);
        }
        options
    }

    /// Value of an option, put together of its pieces (RFC 3396); empty when it is not there.
    fn get(&self, wanted: u8) -> Vec<u8> {
        let mut value = Vec::new();
        for area in &self.areas {
            let mut rest = *area;
            loop {
                match rest {
                    [0, behind @ ..] => rest = behind,
                    [255, ..] | [] | [_] => break,
                    [code, len, behind @ ..] => {
                        let Some(bytes) = behind.get(..usize::from(*len)) else { break };
                        if *code == wanted {
                            value.extend(bytes);
                        }
                        rest = &behind[bytes.len()..];
                    }
                }
            }
        }
        value
    }

    fn number(&self, wanted: u8) -> Option<u32> {
        <[u8; 4]>::try_from(self.get(wanted).as_slice()).ok().map(u32::from_be_bytes)
    }
}

#[cfg(test)]
#[path = "options_tests.rs"]
pub(crate) mod tests;
