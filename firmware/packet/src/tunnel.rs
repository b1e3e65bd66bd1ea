//! Tunnels over IP: what is carried belongs to other hosts than the ends.

use crate::link::{ethernet, ethertype, mpls, nested, ppp};
use crate::{Ip, Malformed, Outer, Packet, Stripped, Transport, Tunnel, TunnelKind, Udp, ip};

/// False for nearly every packet that [`enter`] would find no tunnel in.
#[inline]
pub(crate) fn likely(ip: &Ip<'_>) -> bool {
    match &ip.transport {
        Transport::Tcp(_) => false,
        Transport::Udp(udp) => matches!(udp.dport, 4789 | 8472 | 6081 | 2152),
        Transport::Other => true,
    }
}

/// Follows a tunnel if `ip` carries one; true when it did and the inner packet
/// was read.
///
/// # Errors
/// [`Malformed`] when a tunnel header is cut or nests too deeply. A payload that
/// merely does not look like the tunnel its port suggests is not an error.
pub(crate) fn enter<'a>(ip: &Ip<'a>, depth: u8, packet: &mut Packet<'a>) -> Result<bool, Malformed> {
    match (ip.protocol, &ip.transport) {
        (4 | 41, _) if !ip.payload.is_empty() => {
            begin(ip, packet, Stripped::IP_IN_IP, TunnelKind::IpInIp, 0);
            nested(depth, |depth| ip::parse(ip.payload, depth, packet))?;
            Ok(true)
        }
        (47, _) => gre(ip, depth, packet),
        (137, _) => {
            begin(ip, packet, Stripped::MPLS, TunnelKind::Mpls, 0);
            nested(depth, |depth| mpls(ip.payload, depth, packet))?;
            Ok(true)
        }
        (17, Transport::Udp(udp)) => over_udp(ip, udp, depth, packet),
        _ => Ok(false),
    }
}

/// Notes the ends and the id; inside an IP tunnel the outer MACs name nobody.
fn begin(ip: &Ip<'_>, packet: &mut Packet<'_>, layer: Stripped, kind: TunnelKind, id: u32) {
    if packet.outer.is_none() {
        packet.outer = Some(Outer {
            src_mac: packet.src_mac,
            dst_mac: packet.dst_mac,
            src: ip.src,
            dst: ip.dst,
            ttl: ip.ttl,
            vlan: packet.vlan,
            inner_vlan: packet.inner_vlan,
        });
    }
    packet.stripped.add(layer);
    packet.tunnel = Some(Tunnel { kind, id });
    packet.src_mac = None;
    packet.dst_mac = None;
    packet.vlan = None;
    packet.inner_vlan = None;
}

/// GRE (RFC 2784, key and sequence RFC 2890, version 1 RFC 2637) and ERSPAN inside it.
fn gre<'a>(ip: &Ip<'a>, depth: u8, packet: &mut Packet<'a>) -> Result<bool, Malformed> {
    let [f0, f1, p0, p1, rest @ ..] = ip.payload else {
        return Ok(false);
    };
    let protocol = u16::from_be_bytes([*p0, *p1]);
    let version = f1 & 7;
    let [checksum, key, sequence, ack] = [f0 & 0x80, f0 & 0x20, f0 & 0x10, f1 & 0x80].map(|bit| bit != 0);
    let mut rest = rest;
    let mut field = |present: bool| -> Result<u32, Malformed> {
        if !present {
            return Ok(0);
        }
        let (word, behind) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
        rest = behind;
        Ok(u32::from_be_bytes(*word))
    };
    // The routing bit (RFC 1701) shares the checksum word; source routes are not followed.
    field(checksum || f0 & 0x40 != 0)?;
    let id = field(key)?;
    field(sequence)?;
    field(version == 1 && ack)?;
    if rest.is_empty() {
        return Ok(false);
    }
    match (version, protocol) {
        (0, 0x88be) if sequence => erspan::<8>(ip, rest, depth, packet)?,
        (0, 0x88be) => {
            begin(ip, packet, Stripped::ERSPAN, TunnelKind::Erspan, 0);
            nested(depth, |depth| ethernet(rest, depth, packet))?;
        }
        (0, 0x22eb) => erspan::<12>(ip, rest, depth, packet)?,
        (0, 0x6558) => {
            begin(ip, packet, Stripped::GRE, TunnelKind::Gre, id);
            nested(depth, |depth| ethernet(rest, depth, packet))?;
        }
        (1, 0x880b) => {
            // The key word of version 1 is payload length and call id.
            begin(ip, packet, Stripped::GRE, TunnelKind::Gre, id & 0xffff);
            nested(depth, |depth| ppp(rest, depth, packet))?;
        }
        (0, 0x0800 | 0x86dd | 0x8847 | 0x8848) => {
            begin(ip, packet, Stripped::GRE, TunnelKind::Gre, id);
            nested(depth, |depth| ethertype(protocol, rest, depth, packet))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// ERSPAN type II (8 bytes) and III (12, and 8 more when its O bit is set):
/// VLAN and session id in the first word (draft-foschiano-erspan).
fn erspan<'a, const HEADER: usize>(
    ip: &Ip<'a>,
    rest: &'a [u8],
    depth: u8,
    packet: &mut Packet<'a>,
) -> Result<(), Malformed> {
    let (header, mut inner) = rest.split_first_chunk::<HEADER>().ok_or(Malformed)?;
    let [_, _, s0, s1, ..] = header.as_slice() else { return Err(Malformed) };
    let session = u16::from_be_bytes([*s0, *s1]) & 0x03ff;
    if HEADER == 12 && header.last().is_some_and(|last| last & 1 != 0) {
        inner = inner.split_first_chunk::<8>().ok_or(Malformed)?.1;
    }
    begin(ip, packet, Stripped::ERSPAN, TunnelKind::Erspan, u32::from(session));
    nested(depth, |depth| ethernet(inner, depth, packet))
}

/// Tunnels known by their UDP port and a header that fits.
fn over_udp<'a>(ip: &Ip<'a>, udp: &Udp<'a>, depth: u8, packet: &mut Packet<'a>) -> Result<bool, Malformed> {
    match (udp.dport, udp.payload) {
        // VXLAN: the I flag alone, VNI in bytes 4..6; 8472 is Linux's old default.
        (4789 | 8472, [0x08, _, _, _, v0, v1, v2, 0, inner @ ..]) if inner.len() >= 14 => {
            let vni = u32::from_be_bytes([0, *v0, *v1, *v2]);
            begin(ip, packet, Stripped::VXLAN, TunnelKind::Vxlan, vni);
            nested(depth, |depth| ethernet(inner, depth, packet))?;
        }
        // Geneve: version 0, option length in words, protocol type, VNI.
        (6081, [first, _, p0, p1, v0, v1, v2, _, rest @ ..]) if first >> 6 == 0 => {
            let Some(inner) = rest.get(usize::from(first & 0x3f) * 4..) else {
                return Ok(false);
            };
            let vni = u32::from_be_bytes([0, *v0, *v1, *v2]);
            begin(ip, packet, Stripped::GENEVE, TunnelKind::Geneve, vni);
            nested(depth, |depth| match u16::from_be_bytes([*p0, *p1]) {
                0x6558 => ethernet(inner, depth, packet),
                kind => ethertype(kind, inner, depth, packet),
            })?;
        }
        // GTP-U G-PDU (version 1, message type 255), with its optional words and
        // extension headers (3GPP TS 29.281 §5).
        (2152, [flags, 0xff, _, _, t0, t1, t2, t3, rest @ ..]) if flags >> 4 == 3 => {
            let Some(inner) = gtp_payload(*flags, rest) else {
                return Ok(false);
            };
            let teid = u32::from_be_bytes([*t0, *t1, *t2, *t3]);
            begin(ip, packet, Stripped::GTP, TunnelKind::Gtp, teid);
            nested(depth, |depth| ip::parse(inner, depth, packet))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn gtp_payload(flags: u8, rest: &[u8]) -> Option<&[u8]> {
    let mut inner = rest;
    if flags & 7 != 0 {
        let ([_, _, _, mut next], mut behind) = inner.split_first_chunk::<4>().map(|(h, b)| (*h, b))?;
        for _ in 0..crate::MAX_DEPTH {
            if flags & 4 == 0 || next == 0 {
                break;
            }
            let length = usize::from(*behind.first()?) * 4;
            next = *behind.get(length.checked_sub(1)?)?;
            behind = behind.get(length..)?;
        }
        inner = behind;
    }
    matches!(inner.first()? >> 4, 4 | 6).then_some(inner)
}
