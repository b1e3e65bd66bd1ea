//! DHCP datagrams in frames, for an interface without an address: what is sent to everyone
//! (RFC 2131 §4.1), and what arrives for port 68. Pure.

use std::net::Ipv4Addr;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    DHCP_CLIENT_PORT, DHCP_SERVER_PORT, EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr,
    IpProtocol, Ipv4Packet, Ipv4Repr, UdpPacket, UdpRepr,
};

/// Ethernet, IPv4 and UDP headers, bytes.
const HEADERS: usize = 14 + 20 + 8;

/// Longest frame that is read, bytes; with the longest IPv4 header.
pub const MAX_FRAME: usize = 14 + 60 + 8 + super::MAX_MESSAGE;

/// A datagram from port 68 to port 67 of everyone, in a frame to everyone.
pub fn broadcast(mac: [u8; 6], own: Ipv4Addr, payload: &[u8]) -> Vec<u8> {
    let udp = UdpRepr { src_port: DHCP_CLIENT_PORT, dst_port: DHCP_SERVER_PORT };
    let ip = Ipv4Repr {
        src_addr: own,
        dst_addr: Ipv4Addr::BROADCAST,
        next_header: IpProtocol::Udp,
        payload_len: 8 + payload.len(),
        hop_limit: 64,
    };
    let ethernet = EthernetRepr {
        src_addr: EthernetAddress(mac),
        dst_addr: EthernetAddress::BROADCAST,
        ethertype: EthernetProtocol::Ipv4,
    };
    let checksums = ChecksumCapabilities::default();
    let mut bytes = vec![0; HEADERS + payload.len()];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes[..]);
    ethernet.emit(&mut frame);
    let mut packet = Ipv4Packet::new_unchecked(frame.payload_mut());
    ip.emit(&mut packet, &checksums);
    let (from, to) = (own.into(), Ipv4Addr::BROADCAST.into());
    let mut datagram = UdpPacket::new_unchecked(packet.payload_mut());
    udp.emit(&mut datagram, &from, &to, payload.len(), |space| space.copy_from_slice(payload), &checksums);
    bytes
}

/// The payload of a datagram from port 67 to port 68 in a frame; none when it is something
/// else, a fragment, or damaged.
///
/// The checksum of UDP is not looked at: between virtual machines it is often not there yet
/// when a packet socket sees the frame.
pub fn payload(frame: &[u8]) -> Option<&[u8]> {
    let frame = EthernetFrame::new_checked(frame).ok()?;
    if frame.ethertype() != EthernetProtocol::Ipv4 {
        return None;
    }
    let bytes = frame.into_inner().get(14..)?;
    let packet = Ipv4Packet::new_checked(bytes).ok()?;
    let whole = !packet.more_frags() && packet.frag_offset() == 0;
    if packet.next_header() != IpProtocol::Udp || !whole || packet.version() != 4 || !packet.verify_checksum()
    {
        return None;
    }
    let inside = usize::from(packet.header_len())..usize::from(packet.total_len());
    let bytes = bytes.get(inside)?;
    let datagram = UdpPacket::new_checked(bytes).ok()?;
    if (datagram.src_port(), datagram.dst_port()) != (DHCP_SERVER_PORT, DHCP_CLIENT_PORT) {
        return None;
    }
    bytes.get(8..usize::from(datagram.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A frame as it goes out, with the ports the other way round, as it comes in.
    fn incoming(inside: &[u8]) -> Vec<u8> {
        let mut frame = broadcast([2, 0, 0, 0, 0, 1], Ipv4Addr::new(10, 0, 0, 1), inside);
        frame[34..38].copy_from_slice(&[0, 67, 0, 68]);
        frame
    }

    #[test]
    fn frames_are_read_as_they_are_written() {
        let frame = incoming(b"hello");
        assert_eq!(payload(&frame), Some(&b"hello"[..]));
        for cut in 0..frame.len() {
            assert_eq!(payload(&frame[..cut]), None, "{cut}");
        }
        // What Ethernet adds to fill a frame is not part of it.
        assert_eq!(payload(&[&frame[..], &[0; 13]].concat()), Some(&b"hello"[..]));
        let with = |at: usize, value: u8| {
            let mut frame = frame.clone();
            frame[at] = value;
            frame
        };
        assert_eq!(payload(&broadcast([2, 0, 0, 0, 0, 1], Ipv4Addr::UNSPECIFIED, b"")), None, "ours");
        assert_eq!(payload(&with(35, 66)), None, "another port");
        assert_eq!(payload(&with(13, 6)), None, "ARP");
        assert_eq!(payload(&with(24, 1)), None, "a damaged header");
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(at in 0_usize..60, bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut frame = incoming(&[7; 20]);
            let end = (at + bytes.len()).min(frame.len());
            let at = at.min(end);
            frame[at..end].copy_from_slice(&bytes[..end - at]);
            let _ = payload(&frame);
            let _ = payload(&bytes);
        }
    }
}
