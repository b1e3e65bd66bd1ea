//! Addresses with a prefix, as people write them.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use crate::item::Wrong;

/// An IPv4 address and the length of its network's prefix, 0 to 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefixed {
    /// Address.
    pub ip: Ipv4Addr,
    /// Bits of the network.
    pub prefix: u8,
}

impl Prefixed {
    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0)
    }

    /// First address of the network: the network itself.
    pub fn network(self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.ip.to_bits() & self.mask())
    }

    /// Last address of the network: broadcast.
    pub fn broadcast(self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.ip.to_bits() | !self.mask())
    }

    /// True when the address is on the same link.
    pub fn holds(self, ip: Ipv4Addr) -> bool {
        ip.to_bits() & self.mask() == self.network().to_bits()
    }

    /// The address may be a host's: not the network, not its broadcast address,
    /// not a group, not this machine. RFC 3021 lets /31 have neither.
    ///
    /// # Errors
    /// Which of these it is.
    pub fn host(self) -> Result<(), Wrong> {
        usable(self.ip)?;
        let range = || {
            let (first, last) = (self.network().to_bits(), self.broadcast().to_bits());
            let (first, last) = (Ipv4Addr::from_bits(first + 1), Ipv4Addr::from_bits(last - 1));
            format!("Choose a host's: {first} to {last}.")
        };
        match self.ip {
            _ if self.prefix >= 31 => Ok(()),
            ip if ip == self.network() => Err(Wrong::new("network address", range())),
            ip if ip == self.broadcast() => Err(Wrong::new("broadcast addr.", range())),
            _ => Ok(()),
        }
    }
}

/// Not a group, loopback, or nothing at all.
pub(crate) fn usable(ip: Ipv4Addr) -> Result<(), Wrong> {
    let words = match ip {
        _ if ip.is_multicast() => "multicast addr.",
        _ if ip.is_loopback() => "loopback address",
        _ if ip.octets()[0] == 0 || ip.octets()[0] >= 240 => "reserved address",
        _ => return Ok(()),
    };
    Err(Wrong::new(words, format!("{ip} cannot be a host's address.")))
}

impl fmt::Display for Prefixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ip, self.prefix)
    }
}

/// `192.168.1.5/24`, `192.168.1.5/255.255.255.0`, or with a space between.
impl FromStr for Prefixed {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Prefixed, Wrong> {
        let (ip, prefix) = text
            .trim()
            .split_once(['/', ' '])
            .ok_or_else(|| Wrong::new("prefix missing", format!("Add it: {}/24.", text.trim())))?;
        Ok(Prefixed { ip: ipv4(ip)?, prefix: prefix_of(prefix.trim())? })
    }
}

/// A prefix length, or a dotted mask.
fn prefix_of(text: &str) -> Result<u8, Wrong> {
    if let Ok(mask) = text.parse::<Ipv4Addr>() {
        let bits = mask.to_bits();
        if bits.leading_ones() + bits.trailing_zeros() >= 32 {
            return Ok(bits.leading_ones() as u8);
        }
        return Err(Wrong::new("bad mask", format!("{mask} has holes: write 255.255.255.0 or /24.")));
    }
    let prefix = text.parse().ok().filter(|prefix| (1..=32).contains(prefix));
    prefix.ok_or_else(|| Wrong::new("bad prefix", format!("Write /1 to /32, not /{text}.")))
}

/// An IPv4 address.
///
/// # Errors
/// What it should look like. Leading zeros are refused: they may mean octal.
pub(crate) fn ipv4(text: &str) -> Result<Ipv4Addr, Wrong> {
    let text = text.trim();
    text.parse().map_err(|_| {
        Wrong::new("bad IP address", format!("{text} is none: four numbers 0 to 255, as 192.168.1.5."))
    })
}

/// An IPv4 or IPv6 address.
pub(crate) fn ip(text: &str) -> Result<IpAddr, Wrong> {
    let text = text.trim();
    if text.contains(':') { ipv6(text).map(IpAddr::V6) } else { ipv4(text).map(IpAddr::V4) }
}

/// An IPv6 address.
pub(crate) fn ipv6(text: &str) -> Result<Ipv6Addr, Wrong> {
    let text = text.trim();
    text.parse()
        .map_err(|_| Wrong::new("bad IPv6 address", format!("{text} is none: write it as 2001:db8::5.")))
}

/// An IPv6 address and the length of its network's prefix, 1 to 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrefixedV6 {
    /// Address.
    pub ip: Ipv6Addr,
    /// Bits of the network.
    pub prefix: u8,
}

impl PrefixedV6 {
    /// True when the address is on the same link.
    pub fn holds(self, ip: Ipv6Addr) -> bool {
        let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
        self.ip.to_bits() & mask == ip.to_bits() & mask
    }
}

impl fmt::Display for PrefixedV6 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ip, self.prefix)
    }
}

/// `2001:db8::5/64`; 64 when no length is given.
impl FromStr for PrefixedV6 {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<PrefixedV6, Wrong> {
        let (ip, prefix) = text.trim().split_once('/').unwrap_or((text, "64"));
        let length = prefix.trim().parse().ok().filter(|prefix| (1..=128).contains(prefix));
        let prefix =
            length.ok_or_else(|| Wrong::new("bad prefix", format!("Write /1 to /128, not /{prefix}.")))?;
        let ip = ipv6(ip)?;
        if ip.is_multicast() || ip.is_loopback() || ip.is_unspecified() {
            return Err(Wrong::new("reserved address", format!("{ip} cannot be a host's address.")));
        }
        Ok(PrefixedV6 { ip, prefix })
    }
}

/// A static route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticRoute {
    /// Where to: a network, without host bits.
    pub to: Prefixed,
    /// Through whom.
    pub via: Ipv4Addr,
}

impl fmt::Display for StaticRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} via {}", self.to, self.via)
    }
}

/// `10.0.0.0/8 via 192.168.1.254`.
impl FromStr for StaticRoute {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<StaticRoute, Wrong> {
        let (to, via) = text.split_once(" via ").ok_or_else(|| {
            Wrong::new("bad route", format!("Write 10.0.0.0/8 via 192.168.1.254, not {}.", text.trim()))
        })?;
        let (to, via) = (to.parse::<Prefixed>()?, ipv4(via)?);
        if to.ip != to.network() {
            let words = format!("{to} is a host: write {}/{}.", to.network(), to.prefix);
            return Err(Wrong::new("host bits set", words));
        }
        usable(via)?;
        Ok(StaticRoute { to, via })
    }
}

/// Reads a list between commas or semicolons, each by `read`; gives it back joined by `, `.
pub(crate) fn list(
    text: &str,
    most: usize,
    read: impl Fn(&str) -> Result<String, Wrong>,
) -> Result<String, Wrong> {
    let mut out = String::new();
    let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    for (at, part) in parts.enumerate() {
        if at == most {
            return Err(Wrong::new("too many", format!("At most {most} can stand here.")));
        }
        if at > 0 {
            out.push_str(", ");
        }
        out.push_str(&read(part)?);
    }
    Ok(out)
}

/// Parts of a list that [`list`] wrote.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(", ").filter(|part| !part.is_empty())
}

/// A host name (RFC 1123 §2.1; an underscore is let pass, as name servers do) in
/// lower case, or an IP address.
pub(crate) fn host(text: &str) -> Result<String, Wrong> {
    let text = text.trim().trim_end_matches('.');
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if bare.contains(':') {
        return ipv6(bare).map(|ip| format!("{ip}"));
    }
    let digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if digits {
        return ipv4(text).map(|ip| format!("{ip}"));
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if text.len() <= 253 && text.split('.').all(label) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(Wrong::new("bad name", format!("{text} is no name: letters, digits and dashes between dots.")))
}
