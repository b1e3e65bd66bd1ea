//! 48-bit MAC addresses (IEEE 802, EUI-48).

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A 48-bit MAC address in transmission order (octet 0 first on the wire).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

/// What the U/L bit says of an address; whether a local one *rotates* is
/// decided from behaviour, never from the bit alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MacKind {
    /// Assigned from an IEEE block: the first octets name the maker.
    Universal,
    /// Locally administered (bit 0x02 of octet 0): private, virtual or made up.
    Local,
    /// Group address (bit 0x01 of octet 0): names no host.
    Group,
}

impl Mac {
    /// The all-ones broadcast address.
    pub const BROADCAST: Mac = Mac([0xff; 6]);

    /// Reads six octets in wire order; `None` when fewer are given.
    pub fn from_slice(bytes: &[u8]) -> Option<Mac> {
        Some(Mac(bytes.get(..6)?.try_into().ok()?))
    }

    /// Universal, local or group, from the two low bits of octet 0.
    pub fn kind(self) -> MacKind {
        let [first, ..] = self.0;
        match (first & 1, first & 2) {
            (1, _) => MacKind::Group,
            (_, 2) => MacKind::Local,
            _ => MacKind::Universal,
        }
    }

    /// True for an address that can name one host: not a group address, not all zeros.
    pub fn is_host(self) -> bool {
        self.kind() != MacKind::Group && self.0 != [0; 6]
    }

    /// The MAC inside a SLAAC interface identifier made by RFC 4291 appendix A
    /// (`ff:fe` in the middle, U/L bit flipped); `None` for other identifiers.
    pub fn from_eui64(address: core::net::Ipv6Addr) -> Option<Mac> {
        let [.., a, b, c, 0xff, 0xfe, d, e, f] = address.octets() else {
            return None;
        };
        Some(Mac([a ^ 2, b, c, d, e, f])).filter(|mac| mac.is_host())
    }

    /// The address as a number, octet 0 the most significant: for sorted tables.
    pub fn to_u64(self) -> u64 {
        let [a, b, c, d, e, f] = self.0;
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text was not six hexadecimal octets parted by `:` or `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAMac;

impl fmt::Display for NotAMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a MAC address (want six hexadecimal octets, as in 00:1b:1b:12:34:56)")
    }
}

impl FromStr for Mac {
    type Err = NotAMac;

    fn from_str(text: &str) -> Result<Mac, NotAMac> {
        let mut out = [0u8; 6];
        let mut parts = text.split([':', '-']);
        for slot in &mut out {
            let part = parts.next().ok_or(NotAMac)?;
            if part.is_empty() || part.len() > 2 {
                return Err(NotAMac);
            }
            *slot = u8::from_str_radix(part, 16).map_err(|_| NotAMac)?;
        }
        match parts.next() {
            None => Ok(Mac(out)),
            Some(_) => Err(NotAMac),
        }
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { self.0.serialize(to) }
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Mac, D::Error> {
        if from.is_human_readable() {
            let text = alloc::string::String::deserialize(from)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            Ok(Mac(<[u8; 6]>::deserialize(from)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn text_round_trip_and_refusals() {
        let mac: Mac = "00-1B-1b-0a-0B-ff".parse().unwrap();
        assert_eq!(mac.to_string(), "00:1b:1b:0a:0b:ff");
        for bad in ["", "00:11:22:33:44", "00:11:22:33:44:55:66", "0g:11:22:33:44:55", "001:1:2:3:4:5"] {
            assert_eq!(bad.parse::<Mac>(), Err(NotAMac), "{bad}");
        }
    }

    #[test]
    fn kinds_and_eui64() {
        assert_eq!(Mac([2, 0, 0, 0, 0, 1]).kind(), MacKind::Local);
        assert_eq!(Mac([1, 0, 0x5e, 0, 0, 1]).kind(), MacKind::Group);
        assert!(!Mac([0; 6]).is_host());
        let ip = "fe80::211:22ff:fe33:4455".parse().unwrap();
        assert_eq!(Mac::from_eui64(ip), Some(Mac([0, 0x11, 0x22, 0x33, 0x44, 0x55])));
        assert_eq!(Mac::from_eui64("fe80::1".parse().unwrap()), None);
    }
}
