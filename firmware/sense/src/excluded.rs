//! Finds excluded addresses, typed or written out in a value, without allocating.
//!
//! What is found too much is only not reported; what is missed has left the
//! sensor. So every place where an address may start is tried.

use std::net::{IpAddr, Ipv4Addr};

use model::{Mac, Sighting};
use zones::{Zone, Zones};

/// Longest written IPv6 address (RFC 4291, with an IPv4 tail).
const LONGEST: usize = 45;

/// Which addresses may not be told of.
#[derive(Clone, Copy)]
pub struct Excluded<'z> {
    zones: &'z Zones,
    any: bool,
}

impl<'z> Excluded<'z> {
    /// As configured.
    pub fn new(zones: &'z Zones) -> Excluded<'z> {
        Excluded { zones, any: zones.excludes_any() }
    }

    /// True when anything is excluded at all.
    pub fn any(&self) -> bool {
        self.any
    }

    /// True for an excluded address, or one whose identifier is made of an excluded
    /// MAC (RFC 4291 appendix A).
    pub fn ip(&self, ip: IpAddr) -> bool {
        self.any
            && (self.zones.place(ip).zone == Zone::Excluded
                || matches!(ip, IpAddr::V6(v6) if Mac::from_eui64(v6).is_some_and(|mac| self.mac(mac))))
    }

    /// True for an excluded MAC.
    pub fn mac(&self, mac: Mac) -> bool {
        self.any && self.zones.excludes_mac(mac)
    }

    /// True when either address of a sighting is excluded.
    pub fn sighting(&self, sighting: &Sighting) -> bool {
        sighting.mac.is_some_and(|mac| self.mac(mac)) || sighting.ip.is_some_and(|ip| self.ip(ip))
    }

    /// True when a value has an excluded address in it, in any usual writing.
    pub fn named_in(&self, value: &str) -> bool {
        let bytes = value.as_bytes();
        self.any && (self.v4_in(bytes) || self.v6_in(value) || self.mac_in(bytes))
    }

    /// Four dotted numbers that start where no digit stands before.
    fn v4_in(&self, bytes: &[u8]) -> bool {
        let starts = (0..bytes.len()).filter(|at| {
            bytes[*at].is_ascii_digit()
                && at.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_digit())
        });
        starts.filter_map(|at| dotted(&bytes[at..])).any(|ip| self.ip(IpAddr::V4(ip)))
    }

    /// Every run of hexadecimal digits, colons and dots with two colons in it,
    /// with a few letters or a port more at either end.
    fn v6_in(&self, value: &str) -> bool {
        let part = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
        value.split(|c| !part(c)).filter(|run| run.matches(':').count() >= 2).any(|run| {
            let starts = 0..run.len().min(6);
            starts
                .flat_map(|start| {
                    (start + 2..=run.len().min(start + LONGEST)).map(move |end| &run[start..end])
                })
                .filter_map(|text| text.parse().ok())
                .any(|ip| self.ip(IpAddr::V6(ip)))
        })
    }

    /// Twelve hexadecimal digits in a row, whatever separators stand between them.
    fn mac_in(&self, bytes: &[u8]) -> bool {
        let (mut number, mut digits) = (0u64, 0);
        for byte in bytes {
            match char::from(*byte).to_digit(16) {
                Some(digit) => {
                    number = number << 4 | u64::from(digit);
                    digits += 1;
                    let [_, _, mac @ ..] = number.to_be_bytes();
                    if digits >= 12 && self.mac(Mac(mac)) {
                        return true;
                    }
                }
                None if matches!(byte, b':' | b'-' | b'.') => {}
                None => digits = 0,
            }
        }
        false
    }
}

/// Four numbers up to 255 parted by dots, at the start of the bytes.
fn dotted(bytes: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut rest = bytes;
    for (place, octet) in octets.iter_mut().enumerate() {
        if place > 0 {
            rest = rest.strip_prefix(b".")?;
        }
        let len = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, behind) = rest.split_at(len);
        *octet = std::str::from_utf8(digits).ok()?.parse().ok()?;
        rest = behind;
    }
    (!rest.first().is_some_and(u8::is_ascii_digit)).then(|| Ipv4Addr::from(octets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zones::Config;

    #[test]
    fn every_writing_of_an_excluded_address_is_found() {
        let config = Config {
            excluded: vec!["10.0.0.99".parse().unwrap(), "2001:db8::/64".parse().unwrap()],
            excluded_macs: vec!["00:1b:1b:00:00:63".parse().unwrap()],
            ..Config::default()
        };
        let zones = Zones::new(&config);
        let excluded = Excluded::new(&zones);
        for text in [
            "10.0.0.99",
            "http://10.0.0.99:8080/x",
            "10.0.0.99.example.org",
            "a10.0.0.99b",
            "[2001:db8::5]:80",
            "2001:db8::5",
            "gw 2001:0db8:0000:0000::1, more",
            "SEP001B1B000063",
            "001b.1b00.0063",
            "00-1b-1b-00-00-63",
            "fe80::21b:1bff:fe00:63",
            "deadbeef001b1b000063",
        ] {
            assert!(excluded.named_in(text), "{text}");
        }
        for text in
            ["10.0.0.9", "110.0.0.99", "10.0.0.990", "2001:db9::5", "00:1b:1b:00:00:64", "", "::", "1:2"]
        {
            assert!(!excluded.named_in(text), "{text}");
        }
        assert!(!Excluded::new(&Zones::new(&Config::default())).named_in("10.0.0.99"));
    }
}
