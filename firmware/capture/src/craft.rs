//! Builds frames from their parts, with right lengths and checksums: Ethernet,
//! 802.1Q, ARP, IPv4, IPv6, ICMP, UDP, TCP. For made traffic, never for parsing.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

use model::{Mac, Time};

/// Shortest Ethernet frame without its check sequence (IEEE 802.3 §3.2.8).
const SHORTEST: usize = 60;

/// Link addresses of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Sender.
    pub src: Mac,
    /// Receiver.
    pub dst: Mac,
    /// VLAN of an 802.1Q tag; `None`: untagged.
    pub vlan: Option<u16>,
}

/// Link and network addresses of a packet. Both addresses must be of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// The frame's.
    pub link: Link,
    /// Sender.
    pub src: IpAddr,
    /// Receiver.
    pub dst: IpAddr,
    /// IPv4 time to live or IPv6 hop limit.
    pub ttl: u8,
}

impl Path {
    /// The way back, with the given time to live.
    pub fn back(&self, ttl: u8) -> Path {
        let link = Link { src: self.link.dst, dst: self.link.src, vlan: self.link.vlan };
        Path { link, src: self.dst, dst: self.src, ttl }
    }
}

/// Fields of a TCP header; flags as in RFC 9293 §3.1 ([`FIN`] …).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Source port.
    pub sport: u16,
    /// Destination port.
    pub dport: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Flags.
    pub flags: u8,
    /// Window as it stands in the header.
    pub window: u16,
    /// Options; a multiple of four bytes, at most 40.
    pub options: &'a [u8],
}

/// TCP flag: no more data.
pub const FIN: u8 = 0x01;
/// TCP flag: synchronise.
pub const SYN: u8 = 0x02;
/// TCP flag: reset.
pub const RST: u8 = 0x04;
/// TCP flag: push.
pub const PSH: u8 = 0x08;
/// TCP flag: the acknowledgement number counts.
pub const ACK: u8 = 0x10;

/// A pile of frames with their times, in one buffer.
#[derive(Clone, Debug, Default)]
pub struct Craft {
    bytes: Vec<u8>,
    frames: Vec<(Time, Range<usize>)>,
    /// Counts IPv4 packets, for their identification.
    count: u16,
}

impl Craft {
    /// An empty pile.
    pub fn new() -> Craft {
        Craft::default()
    }

    /// Forgets all frames, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.frames.clear();
    }

    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// True without frames.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The frames in the order in which they were made.
    pub fn frames(&self) -> impl Iterator<Item = (Time, &[u8])> {
        self.frames.iter().map(|(time, range)| (*time, self.bytes.get(range.clone()).unwrap_or_default()))
    }

    /// A frame of an Ethernet type.
    pub fn ethernet(&mut self, at: Time, link: &Link, ethertype: u16, payload: &[u8]) {
        let start = self.open(link, ethertype);
        self.bytes.extend(payload);
        self.close(at, start);
    }

    /// An 802.3 frame: its length instead of a type, the payload starts with an
    /// 802.2 header. At most 1,500 bytes.
    pub fn llc(&mut self, at: Time, link: &Link, payload: &[u8]) {
        self.ethernet(at, link, payload.len() as u16, payload);
    }

    /// An ARP packet (RFC 826): operation, sender and target.
    pub fn arp(
        &mut self,
        at: Time,
        link: &Link,
        operation: u16,
        sender: (Mac, Ipv4Addr),
        target: (Mac, Ipv4Addr),
    ) {
        let start = self.open(link, 0x0806);
        self.bytes.extend([0, 1, 8, 0, 6, 4]);
        self.bytes.extend(operation.to_be_bytes());
        for (mac, ip) in [sender, target] {
            self.bytes.extend(mac.0);
            self.bytes.extend(ip.octets());
        }
        self.close(at, start);
    }

    /// A UDP datagram (RFC 768).
    pub fn udp(&mut self, at: Time, path: &Path, sport: u16, dport: u16, payload: &[u8]) {
        let length = payload.len() + 8;
        let (start, sum) = self.ip(path, 17, length);
        let head = [sport, dport, length as u16, 0].map(u16::to_be_bytes);
        let sum = add(add(sum, head.as_flattened()), payload);
        // Zero would say "no checksum".
        let checksum = match !fold(sum) {
            0 => 0xffff,
            other => other,
        };
        let [sport, dport, length, _] = head;
        let head = [sport, dport, length, checksum.to_be_bytes()];
        self.bytes.extend(head.as_flattened());
        self.bytes.extend(payload);
        self.close(at, start);
    }

    /// A TCP segment (RFC 9293).
    pub fn tcp(&mut self, at: Time, path: &Path, segment: &Segment<'_>, payload: &[u8]) {
        let header = 20 + segment.options.len();
        let (start, sum) = self.ip(path, 6, header + payload.len());
        let [s0, s1] = segment.sport.to_be_bytes();
        let [d0, d1] = segment.dport.to_be_bytes();
        let [q0, q1, q2, q3] = segment.seq.to_be_bytes();
        let [a0, a1, a2, a3] = segment.ack.to_be_bytes();
        let [w0, w1] = segment.window.to_be_bytes();
        let offset = (header as u8 / 4) << 4;
        let flags = segment.flags;
        let front = [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, w0, w1];
        let sum = add(add(add(sum, &front), segment.options), payload);
        self.bytes.extend(front);
        self.bytes.extend((!fold(sum)).to_be_bytes());
        self.bytes.extend([0, 0]);
        self.bytes.extend(segment.options);
        self.bytes.extend(payload);
        self.close(at, start);
    }

    /// An ICMP message (RFC 792; RFC 4443 for IPv6): type, code, and what follows the checksum.
    pub fn icmp(&mut self, at: Time, path: &Path, kind: u8, code: u8, rest: &[u8]) {
        let is_v4 = path.src.is_ipv4();
        let (start, pseudo) = self.ip(path, if is_v4 { 1 } else { 58 }, rest.len() + 4);
        let sum = add(add(if is_v4 { 0 } else { pseudo }, &[kind, code]), rest);
        self.bytes.extend([kind, code]);
        self.bytes.extend((!fold(sum)).to_be_bytes());
        self.bytes.extend(rest);
        self.close(at, start);
    }

    /// A frame as given.
    pub fn raw(&mut self, at: Time, frame: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend(frame);
        self.frames.push((at, start..self.bytes.len()));
    }

    fn open(&mut self, link: &Link, ethertype: u16) -> usize {
        let start = self.bytes.len();
        self.bytes.extend(link.dst.0);
        self.bytes.extend(link.src.0);
        if let Some(vlan) = link.vlan {
            self.bytes.extend([0x81, 0x00]);
            self.bytes.extend(vlan.to_be_bytes());
        }
        self.bytes.extend(ethertype.to_be_bytes());
        start
    }

    fn close(&mut self, at: Time, start: usize) {
        let end = self.bytes.len().max(start + SHORTEST);
        self.bytes.resize(end, 0);
        self.frames.push((at, start..end));
    }

    /// Begins an IP packet; gives the frame's start and the pseudo-header's sum.
    fn ip(&mut self, path: &Path, protocol: u8, length: usize) -> (usize, u32) {
        let pseudo = u32::from(protocol) + length as u32;
        match (path.src, path.dst) {
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                let start = self.open(&path.link, 0x86dd);
                self.bytes.extend([0x60, 0, 0, 0]);
                self.bytes.extend((length as u16).to_be_bytes());
                self.bytes.extend([protocol, path.ttl]);
                self.bytes.extend(src.octets());
                self.bytes.extend(dst.octets());
                (start, add(add(pseudo, &src.octets()), &dst.octets()))
            }
            (src, dst) => {
                let start = self.open(&path.link, 0x0800);
                let v4 = |ip| if let IpAddr::V4(ip) = ip { ip.octets() } else { [0; 4] };
                let addresses = [v4(src), v4(dst)];
                let [l0, l1] = (length as u16 + 20).to_be_bytes();
                // Each sender counts from elsewhere, so that they do not look like one host.
                let origin = u32::from_be_bytes(v4(src)).wrapping_mul(0x9e37_79b9) >> 16;
                let [i0, i1] = self.count.wrapping_add(origin as u16).to_be_bytes();
                self.count = self.count.wrapping_add(1);
                let front = [0x45, 0, l0, l1, i0, i1, 0x40, 0, path.ttl, protocol];
                let sum = add(add(0, &front), addresses.as_flattened());
                self.bytes.extend(front);
                self.bytes.extend((!fold(sum)).to_be_bytes());
                self.bytes.extend(addresses.as_flattened());
                (start, add(pseudo, addresses.as_flattened()))
            }
        }
    }
}

/// Adds bytes to an Internet checksum (RFC 1071); parts but the last must be of even length.
fn add(sum: u32, bytes: &[u8]) -> u32 {
    let (pairs, last) = bytes.as_chunks::<2>();
    let sum = pairs.iter().fold(sum, |sum, pair| sum + u32::from(u16::from_be_bytes(*pair)));
    sum + last.first().map_or(0, |byte| u32::from(*byte) << 8)
}

/// The 16-bit one's complement sum.
fn fold(sum: u32) -> u16 {
    let sum = (sum & 0xffff) + (sum >> 16);
    (sum + (sum >> 16)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(vlan: Option<u16>, v6: bool) -> Path {
        let link = Link { src: Mac([2, 0, 0, 0, 0, 1]), dst: Mac([2, 0, 0, 0, 0, 2]), vlan };
        let ip = |n: u8| -> IpAddr {
            if v6 {
                [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n].into()
            } else {
                [10, 0, 0, n].into()
            }
        };
        Path { link, src: ip(1), dst: ip(2), ttl: 64 }
    }

    #[test]
    fn checksums_sum_to_ones() {
        let mut craft = Craft::new();
        craft.udp(Time(1), &path(None, false), 5_353, 53, &[7; 33]);
        craft.tcp(Time(2), &path(Some(30), false), &Segment { flags: SYN, ..Segment::default() }, &[9; 31]);
        craft.icmp(Time(3), &path(None, true), 135, 0, &[1; 20]);
        let frames: Vec<_> = craft.frames().map(|(_, frame)| frame.to_vec()).collect();
        let pseudo = |frame: &[u8], at: usize, protocol: u8, length: usize| {
            add(u32::from(protocol) + length as u32, &frame[at..])
        };
        assert_eq!(fold(add(0, &frames[0][14..34])), 0xffff);
        assert_eq!(fold(pseudo(&frames[0], 26, 17, 41)), 0xffff);
        assert_eq!(&frames[1][12..18], [0x81, 0, 0, 30, 8, 0]);
        assert_eq!(fold(pseudo(&frames[1], 30, 6, 51)), 0xffff);
        assert_eq!(fold(pseudo(&frames[2], 22, 58, 24)), 0xffff);
    }

    #[test]
    fn short_frames_are_padded() {
        let mut craft = Craft::new();
        let own = (Mac([2; 6]), Ipv4Addr::LOCALHOST);
        craft.arp(Time(1), &Link::default(), 1, own, own);
        let (_, frame) = craft.frames().next().unwrap();
        assert_eq!(frame.len(), SHORTEST);
    }
}
