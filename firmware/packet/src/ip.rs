//! IPv4 (RFC 791), IPv6 (RFC 8200) with its extension headers, TCP and UDP,
//! over smoltcp's views; lengths are checked here first, since captures may
//! cut frames short, which the views' own check would refuse.

use core::net::IpAddr;

use smoltcp::wire::{Ipv4Packet, Ipv6Packet, TcpPacket, UdpPacket};

use crate::{Body, Fragment, Ip, MAX_DEPTH, Malformed, Packet, Tcp, Transport, Udp, tunnel};

/// An IP packet of either version, by its first nibble.
pub(crate) fn parse<'a>(bytes: &'a [u8], depth: u8, packet: &mut Packet<'a>) -> Result<(), Malformed> {
    match bytes.first().map(|first| first >> 4) {
        Some(4) => v4(bytes, depth, packet),
        Some(6) => v6(bytes, depth, packet),
        _ => Err(Malformed),
    }
}

fn v4<'a>(bytes: &'a [u8], depth: u8, packet: &mut Packet<'a>) -> Result<(), Malformed> {
    // Of a known length, so that it is checked once.
    let view = Ipv4Packet::new_unchecked(bytes.first_chunk::<20>().ok_or(Malformed)?);
    let header = usize::from(view.header_len());
    // A total length of zero is what segmentation offload leaves in local captures.
    let total = match usize::from(view.total_len()) {
        0 => bytes.len(),
        total => total,
    };
    if header < 20 || total < header {
        return Err(Malformed);
    }
    let payload = bytes.get(header..total.min(bytes.len())).unwrap_or(&[]);
    let fragment = match (view.frag_offset(), view.more_frags()) {
        (0, false) => Fragment::Whole,
        (0, true) => Fragment::First,
        _ => Fragment::Later,
    };
    let (mut protocol, mut payload, mut payload_len) =
        (u8::from(view.next_header()), payload, (total - header) as u32);
    // Authentication header (RFC 4302): length in words, less two.
    if let (51, Fragment::Whole, [next, words, ..]) = (protocol, fragment, payload) {
        let length = (usize::from(*words) + 2) * 4;
        if let Some(behind) = payload.get(length..) {
            (protocol, payload) = (*next, behind);
            payload_len = payload_len.saturating_sub(length as u32);
        }
    }
    let ip = Ip {
        src: IpAddr::V4(view.src_addr()),
        dst: IpAddr::V4(view.dst_addr()),
        ttl: view.hop_limit(),
        id: u32::from(view.ident()),
        dont_fragment: view.dont_frag(),
        options: (header - 20) as u8,
        protocol,
        fragment,
        fragment_offset: view.frag_offset(),
        transport: transport(protocol, fragment, payload, payload_len),
        payload,
        payload_len,
    };
    upper(ip, depth, packet)
}

fn v6<'a>(bytes: &'a [u8], depth: u8, packet: &mut Packet<'a>) -> Result<(), Malformed> {
    let view = Ipv6Packet::new_unchecked(bytes.first_chunk::<40>().ok_or(Malformed)?);
    let behind = bytes.get(40..).unwrap_or(&[]);
    // Zero is a jumbogram or, in practice, segmentation offload.
    let total = match usize::from(view.payload_len()) {
        0 => behind.len(),
        total => total,
    };
    let mut payload = behind.get(..total.min(behind.len())).unwrap_or(&[]);
    let mut payload_len = total as u32;
    let mut protocol = u8::from(view.next_header());
    let (mut fragment, mut fragment_offset, mut id) = (Fragment::Whole, 0, 0);
    for _ in 0..MAX_DEPTH {
        let length = match (protocol, payload) {
            // Fragment header: next, reserved, offset and M, identification.
            (44, [_, _, o0, o1, i0, i1, i2, i3, ..]) => {
                let offset = u16::from_be_bytes([*o0, *o1]);
                fragment_offset = offset & !7;
                fragment = match (offset >> 3, offset & 1) {
                    (0, 0) => Fragment::Whole,
                    (0, _) => Fragment::First,
                    _ => Fragment::Later,
                };
                id = u32::from_be_bytes([*i0, *i1, *i2, *i3]);
                8
            }
            // Authentication header (RFC 4302): length in words, less two.
            (51, [_, words, ..]) => (usize::from(*words) + 2) * 4,
            // Hop-by-hop, routing, destination options, mobility, HIP, shim6.
            (0 | 43 | 60 | 135 | 139 | 140, [_, units, ..]) => (usize::from(*units) + 1) * 8,
            _ => break,
        };
        let (Some(next), Some(rest)) = (payload.first(), payload.get(length..)) else {
            break;
        };
        (protocol, payload) = (*next, rest);
        payload_len = payload_len.saturating_sub(length as u32);
        if fragment == Fragment::Later {
            break;
        }
    }
    let ip = Ip {
        src: IpAddr::V6(view.src_addr()),
        dst: IpAddr::V6(view.dst_addr()),
        ttl: view.hop_limit(),
        id,
        dont_fragment: false,
        options: 0,
        protocol,
        fragment,
        fragment_offset,
        transport: transport(protocol, fragment, payload, payload_len),
        payload,
        payload_len,
    };
    upper(ip, depth, packet)
}

/// What is inside: a tunnel that is followed, or the packet itself.
#[inline(always)]
fn upper<'a>(ip: Ip<'a>, depth: u8, packet: &mut Packet<'a>) -> Result<(), Malformed> {
    // What may be a tunnel is a copy, so that all else can be made where it is to stay.
    if ip.fragment == Fragment::Whole && tunnel::likely(&ip) && tunnel::enter(&ip.clone(), depth, packet)? {
        return Ok(());
    }
    packet.body = Body::Ip(ip);
    Ok(())
}

#[inline(always)]
fn transport(protocol: u8, fragment: Fragment, payload: &[u8], payload_len: u32) -> Transport<'_> {
    match protocol {
        _ if fragment == Fragment::Later => Transport::Other,
        6 => tcp(payload, payload_len),
        17 => udp(payload, payload_len),
        _ => Transport::Other,
    }
}

#[inline(always)]
fn tcp(bytes: &[u8], wire_len: u32) -> Transport<'_> {
    let Some(fixed) = bytes.first_chunk::<20>() else { return Transport::Other };
    let view = TcpPacket::new_unchecked(fixed);
    let header = usize::from(view.header_len());
    if header < 20 || wire_len < header as u32 {
        return Transport::Other;
    }
    Transport::Tcp(Tcp {
        sport: view.src_port(),
        dport: view.dst_port(),
        seq: view.seq_number().0 as u32,
        ack: view.ack_number().0 as u32,
        flags: bytes.get(13).copied().unwrap_or(0),
        header: bytes.get(..header.min(bytes.len())).unwrap_or(bytes),
        payload: bytes.get(header..).unwrap_or(&[]),
        payload_len: wire_len - header as u32,
    })
}

#[inline(always)]
fn udp(bytes: &[u8], wire_len: u32) -> Transport<'_> {
    let Some(header) = bytes.first_chunk::<8>() else { return Transport::Other };
    let view = UdpPacket::new_unchecked(header);
    // A length of 0 is a jumbogram or offload; one that disagrees with IP is cut to IP's.
    let length = match u32::from(view.len()) {
        0..8 => wire_len,
        length => length.min(wire_len),
    };
    let payload = bytes.get(8..(length as usize).min(bytes.len())).unwrap_or(&[]);
    Transport::Udp(Udp {
        sport: view.src_port(),
        dport: view.dst_port(),
        payload,
        payload_len: length.saturating_sub(8),
    })
}
