//! Name servers and search domains of routers' advertisements (RFC 4861 §4.2, RFC 8106).
//! Addresses and routes are the kernel's; it does not keep these. Pure: [`parse`] reads,
//! [`Heard`] remembers for as long as the router says.

use std::net::Ipv6Addr;
use std::time::Duration;

/// Longest message that is read, bytes.
pub const MAX_MESSAGE: usize = 1500;

/// Most servers and domains that one message may bring, and most that are kept of each.
pub const MOST: usize = 8;

/// Type of the message (RFC 4861 §4.2).
pub const ADVERTISEMENT: u8 = 134;

/// Length of its fixed part, bytes.
const FIXED: usize = 16;

/// Options: recursive DNS server, DNS search list (RFC 8106 §5).
const RDNSS: u8 = 25;
const DNSSL: u8 = 31;

/// What one advertisement says, as far as it matters here. Lifetimes in seconds; 0: no
/// longer, `u32::MAX`: for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advertisement {
    /// Seconds for which the router is a way to everywhere; 0: it is none.
    pub router: u16,
    /// Name servers with their lifetime.
    pub dns: Vec<(Ipv6Addr, u32)>,
    /// Search domains with their lifetime.
    pub search: Vec<(String, u32)>,
}

/// Reads a message, from its ICMPv6 type on. None when it is none or damaged: all of it is
/// thrown away then (RFC 4861 §6.1.2). That it came from a neighbour – hop limit 255, a
/// link-local sender – is for [`Heard::take`] to see.
pub fn parse(bytes: &[u8]) -> Option<Advertisement> {
    let bytes = bytes.get(..bytes.len().min(MAX_MESSAGE))?;
    let (fixed, mut rest) = bytes.split_at_checked(FIXED)?;
    let &[ADVERTISEMENT, 0, _, _, _, _, high, low, ..] = fixed else { return None };
    let mut out = Advertisement { router: u16::from_be_bytes([high, low]), ..Advertisement::default() };
    while !rest.is_empty() {
        // Lengths are in units of eight bytes; 0 would go on for ever.
        let len = usize::from(*rest.get(1)?) * 8;
        let option = rest.get(..len).filter(|option| !option.is_empty())?;
        rest = &rest[len..];
        let Some((head, value)) = option.split_at_checked(8) else { continue };
        let life = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        match head[0] {
            RDNSS => {
                let servers = value.chunks_exact(16).filter_map(|one| <[u8; 16]>::try_from(one).ok());
                let usable = |ip: &Ipv6Addr| !ip.is_unspecified() && !ip.is_multicast() && !ip.is_loopback();
                let room = MOST - out.dns.len();
                out.dns.extend(servers.map(Ipv6Addr::from).filter(usable).map(|ip| (ip, life)).take(room));
            }
            DNSSL => {
                let room = MOST - out.search.len();
                out.search.extend(names(value).into_iter().map(|name| (name, life)).take(room));
            }
            _ => {}
        }
    }
    Some(out)
}

/// Names as in DNS, one behind the other, filled up with zeroes (RFC 8106 §5.2; without
/// compression). A damaged one ends them; one that is no domain is left out.
fn names(mut bytes: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut name = Vec::new();
    while let [len, rest @ ..] = bytes {
        let Some((label, behind)) = rest.split_at_checked((*len).into()).filter(|_| *len < 64) else { break };
        bytes = behind;
        if !label.is_empty() {
            // A dot inside a label would be another name, a zero at its end is taken off.
            let plain = !label.iter().any(|byte| [b'.', 0].contains(byte));
            name.extend(if plain { label } else { b"?" });
            name.push(b'.');
        } else if name.is_empty() {
            break;
        } else {
            names.extend(crate::resolver::domain(&name));
            name.clear();
        }
    }
    names
}

/// What was heard of all routers, with when it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    dns: Vec<(Ipv6Addr, Option<Duration>)>,
    search: Vec<(String, Option<Duration>)>,
}

impl Heard {
    /// Takes in a message that was heard at `now`. It counts only from a neighbour: with hop
    /// limit 255 and a link-local sender (RFC 4861 §6.1.2). True when it did.
    pub fn take(&mut self, from: Ipv6Addr, hops: u8, bytes: &[u8], now: Duration) -> bool {
        let neighbour = hops == 255 && from.is_unicast_link_local();
        let Some(heard) = parse(bytes).filter(|_| neighbour) else { return false };
        for (ip, life) in heard.dns {
            note(&mut self.dns, ip, life, now);
        }
        for (name, life) in heard.search {
            note(&mut self.search, name, life, now);
        }
        true
    }

    /// True when another one holds the same, for whatever time.
    pub fn says_as(&self, other: &Heard) -> bool {
        self.dns().eq(other.dns()) && self.search().eq(other.search())
    }

    /// Lets go what has ended.
    pub fn expire(&mut self, now: Duration) {
        self.dns.retain(|(_, end)| end.is_none_or(|end| now < end));
        self.search.retain(|(_, end)| end.is_none_or(|end| now < end));
    }

    /// Name servers, those heard first in front.
    pub fn dns(&self) -> impl Iterator<Item = Ipv6Addr> {
        self.dns.iter().map(|(ip, _)| *ip)
    }

    /// Search domains, those heard first in front.
    pub fn search(&self) -> impl Iterator<Item = &str> {
        self.search.iter().map(|(name, _)| name.as_str())
    }
}

/// Notes one for its lifetime; when there is no room, what ends first makes it, unless
/// that is the new one.
fn note<T: PartialEq>(kept: &mut Vec<(T, Option<Duration>)>, value: T, life: u32, now: Duration) {
    let end = (life != u32::MAX).then(|| now + Duration::from_secs(life.into()));
    let at = kept.iter().position(|(known, _)| *known == value);
    match at {
        Some(at) if life == 0 => drop(kept.remove(at)),
        Some(at) => kept[at].1 = end,
        None if life == 0 => {}
        None if kept.len() < MOST => kept.push((value, end)),
        None => {
            let lasts = |end: Option<Duration>| end.unwrap_or(Duration::MAX);
            let first = (0..kept.len()).min_by_key(|at| lasts(kept[*at].1));
            if let Some(first) = first.filter(|first| lasts(kept[*first].1) < lasts(end)) {
                kept.remove(first);
                kept.push((value, end));
            }
        }
    }
}

#[cfg(test)]
#[path = "ra_tests.rs"]
mod tests;
