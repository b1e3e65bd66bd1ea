//! Address ranges: `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, `10.0.0.7`, and IPv6 alike.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// First and last address, both included, of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    first: IpAddr,
    last: IpAddr,
}

/// The text is not a range; says what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotARange(String);

impl fmt::Display for NotARange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not an address range (want 10.0.0.0/8, 10.0.0.1-10.0.0.9 or one address)", self.0)
    }
}

impl core::error::Error for NotARange {}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Range {
    /// True when `ip` lies in the range; IPv4-mapped addresses are not unwrapped.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.first.is_ipv4() == ip.is_ipv4() && self.first <= ip && ip <= self.last
    }

    /// True when every address of `other` lies in this range.
    pub fn covers(&self, other: &Range) -> bool {
        self.contains(other.first) && self.contains(other.last)
    }

    /// True when some address lies in both.
    pub fn overlaps(&self, other: &Range) -> bool {
        self.contains(other.first) || other.contains(self.first)
    }

    /// First and last as numbers, when they are IPv4 addresses.
    pub(crate) fn v4(&self) -> Option<[u32; 2]> {
        match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => Some([first.to_bits(), last.to_bits()]),
            _ => None,
        }
    }

    /// Larger for narrower ranges: how many leading bits are fixed, by size.
    pub fn specificity(&self) -> u32 {
        let size = number(self.last) - number(self.first);
        let zeros = size.leading_zeros();
        if self.first.is_ipv4() { zeros - 96 } else { zeros }
    }
}

impl FromStr for Range {
    type Err = NotARange;

    fn from_str(text: &str) -> Result<Range, NotARange> {
        let wrong = || NotARange(text.into());
        let address = |part: &str| part.trim().parse::<IpAddr>().map_err(|_| wrong());
        if let Some((ip, bits)) = text.split_once('/') {
            let ip = address(ip)?;
            let bits: u32 = bits.trim().parse().map_err(|_| wrong())?;
            let width = if ip.is_ipv4() { 32 } else { 128 };
            if bits > width {
                return Err(wrong());
            }
            let host = if bits == width { 0 } else { u128::MAX >> (128 - (width - bits)) };
            let (first, last) = (number(ip) & !host, number(ip) | host);
            let back = |n: u128| match ip {
                IpAddr::V4(_) => IpAddr::V4((n as u32).into()),
                IpAddr::V6(_) => IpAddr::V6(n.into()),
            };
            return Ok(Range { first: back(first), last: back(last) });
        }
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (address(first)?, address(last)?),
            None => (address(text)?, address(text)?),
        };
        if first.is_ipv4() != last.is_ipv4() || first > last {
            return Err(wrong());
        }
        Ok(Range { first, last })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Range, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|wrong| serde::de::Error::custom(format!("{wrong}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_another_and_both_in_part() {
        let range = |text: &str| text.parse::<Range>().unwrap();
        let wide = range("10.0.0.0/8");
        assert!(wide.covers(&range("10.1.0.0/16")) && wide.overlaps(&range("10.1.0.0/16")));
        assert!(range("10.1.0.0/16").overlaps(&wide) && !range("10.1.0.0/16").covers(&wide));
        assert!(range("9.0.0.0-10.0.0.1").overlaps(&wide) && !wide.covers(&range("9.0.0.0-10.0.0.1")));
        assert!(!wide.overlaps(&range("11.0.0.0/8")) && !wide.overlaps(&range("::/0")));
    }

    #[test]
    fn all_three_forms_and_their_bounds() {
        let range: Range = "192.168.1.77/24".parse().unwrap();
        assert!(range.contains("192.168.1.255".parse().unwrap()));
        assert!(!range.contains("192.168.2.0".parse().unwrap()));
        assert_eq!("0.0.0.0/0".parse::<Range>().unwrap().specificity(), 0);
        assert_eq!("10.0.0.7".parse::<Range>().unwrap().specificity(), 32);
        assert_eq!("fe80::/10".parse::<Range>().unwrap().specificity(), 10);
        assert!("::/0".parse::<Range>().unwrap().contains("ff02::1".parse().unwrap()));
        for bad in ["", "10.0.0.0/33", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "ten"] {
            assert!(bad.parse::<Range>().is_err(), "{bad}");
        }
    }
}
