//! Gives a frame other addresses, in place, and mends its checksums by the
//! difference (RFC 1624): right ones stay right, wrong ones stay wrong.
//!
//! Rewritten are Ethernet, ARP, IPv4, IPv6, neighbour discovery and DHCP fields.
//! Names and other text, and what is inside tunnels, stay as they are.

use std::net::{Ipv4Addr, Ipv6Addr};

use model::Mac;

use super::ASSETS;
use super::recording::Recording;
use crate::random::mix;

/// The addresses of one instance of a capture.
pub(super) struct Mapping<'a> {
    pub(super) recording: &'a Recording,
    /// Asset of the capture's first host.
    pub(super) base: u32,
    /// Makes MACs and interface identifiers other ones.
    pub(super) salt: u64,
    /// How far dynamic ports move.
    pub(super) ports: u16,
}

/// A network layer and where it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// ARP for IPv4 over Ethernet.
    Arp(usize),
    /// IPv4.
    Ipv4(usize),
    /// IPv6.
    Ipv6(usize),
}

/// Finds the network layer behind Ethernet and VLAN tags.
pub(super) fn network_layer(frame: &[u8]) -> Option<Layer> {
    let mut at = 12;
    for _ in 0..4 {
        match u16::from_be_bytes(read(frame, at)?) {
            0x8100 | 0x88a8 | 0x9100 => at += 4,
            0x0806 if read(frame, at + 2) == Some([0, 1, 8, 0, 6, 4]) => return Some(Layer::Arp(at + 2)),
            0x0800 => return Some(Layer::Ipv4(at + 2)),
            0x86dd => return Some(Layer::Ipv6(at + 2)),
            _ => return None,
        }
    }
    None
}

fn read<const N: usize>(frame: &[u8], at: usize) -> Option<[u8; N]> {
    frame.get(at..)?.first_chunk().copied()
}

/// A run of bytes under one checksum; changes to it add up.
struct Covered<'f> {
    frame: &'f mut [u8],
    /// Where the run starts: bytes at even distance weigh 256.
    start: usize,
    change: i64,
}

impl Covered<'_> {
    /// Puts other bytes in place of those at an offset; without effect where they would not fit.
    fn put(&mut self, at: usize, new: &[u8]) {
        let Some(places) = self.frame.get_mut(at..at + new.len()) else { return };
        for (n, (place, new)) in places.iter_mut().zip(new).enumerate() {
            let is_high = (at + n).wrapping_sub(self.start).is_multiple_of(2);
            let change = i64::from(*new) - i64::from(*place);
            self.change += if is_high { change << 8 } else { change };
            *place = *new;
        }
    }

    /// Replaces an array by what a function makes of it.
    fn map<const N: usize>(&mut self, at: usize, map: impl FnOnce([u8; N]) -> [u8; N]) {
        if let Some(old) = read(self.frame, at) {
            self.put(at, &map(old));
        }
    }

    /// Mends the checksum at an offset.
    fn mend(&mut self, at: usize) {
        let Some(old) = read(self.frame, at) else { return };
        let sum = (i64::from(!u16::from_be_bytes(old)) + self.change).rem_euclid(0xffff) as u16;
        // Of the two forms of zero, sums of real data have all ones.
        let new = !if sum == 0 { 0xffff } else { sum };
        if let Some(place) = self.frame.get_mut(at..at + 2) {
            place.copy_from_slice(&new.to_be_bytes());
        }
    }
}

impl Mapping<'_> {
    /// Rewrites a frame.
    pub(super) fn rewrite(&self, frame: &mut [u8]) {
        let layer = network_layer(frame);
        let mut free = Covered { frame, start: 0, change: 0 };
        free.map(0, |mac| self.mac(mac));
        free.map(6, |mac| self.mac(mac));
        match layer {
            Some(Layer::Arp(at)) => {
                for host in [at + 8, at + 18] {
                    free.map(host, |mac| self.mac(mac));
                    free.map(host + 6, |ip| self.ipv4(ip));
                }
            }
            Some(Layer::Ipv4(at)) => self.rewrite_ipv4(frame, at),
            Some(Layer::Ipv6(at)) => self.rewrite_ipv6(frame, at),
            None => {}
        }
    }

    fn rewrite_ipv4(&self, frame: &mut [u8], at: usize) {
        let Some([first, ..]) = read::<20>(frame, at) else { return };
        let mut header = Covered { frame, start: at, change: 0 };
        header.map(at + 12, |ip| self.ipv4(ip));
        header.map(at + 16, |ip| self.ipv4(ip));
        header.mend(at + 10);
        // The pseudo-header changes as the header does.
        let change = header.change;
        let is_later_fragment = read(frame, at + 6).is_none_or(|f| u16::from_be_bytes(f) & 0x1fff != 0);
        let Some([protocol]) = read(frame, at + 9).filter(|_| !is_later_fragment) else { return };
        self.transport(frame, at + usize::from(first & 15) * 4, protocol, change);
    }

    fn rewrite_ipv6(&self, frame: &mut [u8], at: usize) {
        let mut header = Covered { frame, start: at, change: 0 };
        header.map(at + 8, |ip| self.ipv6(ip));
        header.map(at + 24, |ip| self.ipv6(ip));
        let change = header.change;
        let Some([mut next]) = read(frame, at + 6) else { return };
        let mut at = at + 40;
        for _ in 0..4 {
            let Some([following, length, offset0, offset1]) = read(frame, at) else { return };
            match next {
                0 | 43 | 60 => at += 8 + usize::from(length) * 8,
                44 if u16::from_be_bytes([offset0, offset1]) & 0xfff8 == 0 => at += 8,
                6 | 17 | 58 => return self.transport(frame, at, next, change),
                _ => return,
            }
            next = following;
        }
    }

    fn transport(&self, frame: &mut [u8], at: usize, protocol: u8, change: i64) {
        let mut part = Covered { frame, start: at, change };
        match protocol {
            6 | 17 => {
                let ports = read(part.frame, at).zip(read(part.frame, at + 2));
                let Some((sport, dport)) = ports else { return };
                part.put(at, &self.port(sport));
                part.put(at + 2, &self.port(dport));
                if protocol == 6 {
                    return part.mend(at + 16);
                }
                if matches!(u16::from_be_bytes(dport), 67 | 68) {
                    self.dhcp(&mut part, at + 8);
                }
                // No checksum stays none.
                if read(part.frame, at + 6) != Some([0, 0]) {
                    part.mend(at + 6);
                    if read(part.frame, at + 6) == Some([0, 0]) {
                        part.frame.get_mut(at + 6..at + 8).into_iter().for_each(|place| place.fill(0xff));
                    }
                }
            }
            58 => {
                self.neighbour_discovery(&mut part, at);
                part.mend(at + 2);
            }
            _ => {}
        }
    }

    /// RFC 4861 §4: targets, and link-layer address options.
    fn neighbour_discovery(&self, part: &mut Covered<'_>, at: usize) {
        let mut option = match read(part.frame, at) {
            Some([133]) => at + 8,
            Some([134]) => at + 16,
            Some([135 | 136]) => {
                part.map(at + 8, |ip| self.ipv6(ip));
                at + 24
            }
            Some([137]) => {
                part.map(at + 8, |ip| self.ipv6(ip));
                part.map(at + 24, |ip| self.ipv6(ip));
                at + 40
            }
            _ => return,
        };
        for _ in 0..8 {
            let Some([kind, length]) = read(part.frame, option).filter(|[_, length]| *length > 0) else {
                return;
            };
            if matches!((kind, length), (1 | 2, 1)) {
                part.map(option + 2, |mac| self.mac(mac));
            }
            option += usize::from(length) * 8;
        }
    }

    /// RFC 2131 §2 and RFC 2132: addresses in the header, and options that are addresses.
    fn dhcp(&self, part: &mut Covered<'_>, at: usize) {
        if read(part.frame, at + 1) != Some([1, 6]) {
            return;
        }
        for address in [12, 16, 20, 24] {
            part.map(at + address, |ip| self.ipv4(ip));
        }
        part.map(at + 28, |mac| self.mac(mac));
        if read(part.frame, at + 236) != Some([99, 130, 83, 99]) {
            return;
        }
        let mut option = at + 240;
        for _ in 0..64 {
            let (kind, length) = match read(part.frame, option) {
                Some([0, _]) => {
                    option += 1;
                    continue;
                }
                Some([kind, length]) if kind != 255 => (kind, usize::from(length)),
                _ => return,
            };
            match kind {
                // Router, name servers, requested address, server.
                3 | 6 | 50 | 54 => {
                    (0..length / 4).for_each(|n| part.map(option + 2 + n * 4, |ip| self.ipv4(ip)));
                }
                // Client identifier: hardware type 1 and a MAC.
                61 if length == 7 && read(part.frame, option + 2) == Some([1]) => {
                    part.map(option + 3, |mac| self.mac(mac));
                }
                _ => {}
            }
            option += 2 + length;
        }
    }

    /// Private addresses become those of assets in 10.100.0.0/16.
    fn ipv4(&self, old: [u8; 4]) -> [u8; 4] {
        let ip = Ipv4Addr::from(old);
        if !ip.is_private() {
            return old;
        }
        match self.recording.number(ip) {
            Some(number) => {
                let asset = self.base.wrapping_add(number) % ASSETS;
                [10, 100, (asset / 250) as u8, (asset % 250) as u8 + 1]
            }
            None if old[3] == 255 => [10, 100, 255, 255],
            // Only spoken of.
            None => {
                let [a, b, ..] = mix(self.salt ^ u64::from(u32::from(ip))).to_be_bytes();
                [10, 101, a, b]
            }
        }
    }

    /// Addresses with a MAC inside follow it; other local ones change in their last four octets.
    fn ipv6(&self, old: [u8; 16]) -> [u8; 16] {
        let ip = Ipv6Addr::from(old);
        if ip.is_multicast() {
            return old;
        }
        let mut new = old;
        let [.., l0, l1, l2, l3] = &mut new;
        if let Some(mac) = Mac::from_eui64(ip) {
            let [_, _, _, m3, m4, m5] = self.mac(mac.0);
            (*l1, *l2, *l3) = (m3, m4, m5);
        } else if ip.is_unicast_link_local() || ip.is_unique_local() {
            let [s0, s1, s2, s3, ..] = self.salt.to_be_bytes();
            (*l0, *l1, *l2, *l3) = (*l0 ^ s0, *l1 ^ s1, *l2 ^ s2, *l3 ^ s3);
        }
        new
    }

    /// Host MACs keep their maker and change in the rest; addresses of protocols (IANA's block) stay.
    fn mac(&self, old: [u8; 6]) -> [u8; 6] {
        let [a, b, c, d, e, f] = old;
        if !Mac(old).is_host() || [a, b, c] == [0, 0, 0x5e] {
            return old;
        }
        let [.., s0, s1, s2] = self.salt.to_be_bytes();
        [a, b, c, d ^ s0, e ^ s1, f ^ s2]
    }

    /// Dynamic ports (RFC 6335 §6) move among themselves.
    fn port(&self, old: [u8; 2]) -> [u8; 2] {
        let old = u16::from_be_bytes(old);
        let new = if old >= 49_152 { 49_152 | old.wrapping_add(self.ports) & 0x3fff } else { old };
        new.to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::craft::{Craft, Link, Path};
    use model::Time;

    const MAC: Mac = Mac([0, 0x1b, 0x21, 1, 2, 3]);
    const IP: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 5);

    /// Rewrites one frame with a capture that knows [`IP`] alone.
    fn rewritten(make: impl FnOnce(&mut Craft, &Link)) -> Vec<u8> {
        let mut craft = Craft::new();
        let link = Link { src: MAC, dst: Mac([0, 0x1b, 0x21, 9, 9, 9]), vlan: Some(7) };
        make(&mut craft, &link);
        let recording = Recording::of_hosts(&[IP]);
        let mapping = Mapping { recording: &recording, base: 600, salt: 0x0a0b_0c0d_0102_0304, ports: 5 };
        let (_, frame) = craft.frames().next().unwrap();
        let mut frame = frame.to_vec();
        mapping.rewrite(&mut frame);
        frame
    }

    /// The one's complement sum of bytes and a pseudo-header's other words: all ones when right.
    fn sum(bytes: &[u8], more: usize) -> u64 {
        let sum = bytes.chunks(2).fold(more as u64, |sum, pair| {
            sum + u64::from(pair[0]) * 256 + u64::from(pair.get(1).copied().unwrap_or(0))
        });
        (1..4).fold(sum, |sum, _| (sum & 0xffff) + (sum >> 16))
    }

    #[test]
    fn dhcp_follows_the_host() {
        let frame = rewritten(|craft, link| {
            let mut dhcp = vec![2, 1, 6, 0];
            dhcp.resize(16, 0);
            dhcp.extend(IP.octets());
            dhcp.resize(28, 0);
            dhcp.extend(MAC.0);
            dhcp.resize(236, 0);
            dhcp.extend([99, 130, 83, 99, 0, 53, 1, 5, 50, 4, 192, 168, 1, 5, 61, 7, 1]);
            dhcp.extend(MAC.0);
            dhcp.extend([12, 1, b'x', 255]);
            let path = Path { link: *link, src: [192, 168, 1, 1].into(), dst: IP.into(), ttl: 64 };
            craft.udp(Time(1), &path, 67, 68, &dhcp);
        });
        let (ip, mac) = ([10, 100, 2, 101], [0, 0x1b, 0x21, 1 ^ 2, 2 ^ 3, 3 ^ 4]);
        assert_eq!(frame[6..12], mac);
        assert_eq!(frame[34..38], ip);
        let dhcp = &frame[46..];
        assert_eq!((&dhcp[16..20], &dhcp[28..34]), (ip.as_slice(), mac.as_slice()));
        assert_eq!((&dhcp[246..250], &dhcp[253..259]), (ip.as_slice(), mac.as_slice()));
        assert_eq!(sum(&frame[18..38], 0), 0xffff);
        assert_eq!(sum(&frame[30..], 17 + frame.len() - 38), 0xffff);
    }

    #[test]
    fn neighbour_discovery_follows_the_mac() {
        let own = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 2, 0x1b, 0x21, 0xff, 0xfe, 1, 2, 3];
        let frame = rewritten(|craft, link| {
            let path = Path { link: *link, src: own.into(), dst: [0xfe; 16].into(), ttl: 255 };
            let mut body = vec![0x60, 0, 0, 0];
            body.extend(own);
            body.extend([2, 1]);
            body.extend(MAC.0);
            craft.icmp(Time(1), &path, 136, 0, &body);
        });
        let new = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 2, 0x1b, 0x21, 0xff, 0xfe, 1 ^ 2, 2 ^ 3, 3 ^ 4];
        assert_eq!((&frame[26..42], &frame[66..82]), (new.as_slice(), new.as_slice()));
        assert_eq!(frame[84..90], frame[6..12]);
        assert_eq!(sum(&frame[26..], 58 + frame.len() - 58), 0xffff);
    }

    #[test]
    fn cut_frames_are_rewritten_as_far_as_they_go() {
        let frame = rewritten(|craft, link| {
            let path = Path { link: *link, src: IP.into(), dst: [8, 8, 8, 8].into(), ttl: 64 };
            craft.udp(Time(1), &path, 50_000, 53, &[1; 20]);
        });
        let recording = Recording::of_hosts(&[IP]);
        let mapping = Mapping { recording: &recording, base: 0, salt: 1, ports: 0 };
        for len in 0..frame.len() {
            mapping.rewrite(&mut frame[..len].to_vec());
        }
    }
}
