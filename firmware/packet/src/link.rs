//! Link layers: from the first byte of a frame to its network layer.

use model::Mac;

use crate::{Body, MAX_DEPTH, Malformed, Packet, Stripped, Tunnel, TunnelKind, ip};

/// LINKTYPE numbers (tcpdump.org/linktypes) that [`parse`] understands, with their names.
pub const LINK_TYPES: &[(u16, &str)] = &[
    (0, "BSD loopback"),
    (1, "Ethernet"),
    (9, "PPP"),
    (12, "raw IP"),
    (14, "raw IP"),
    (50, "PPP in HDLC framing"),
    (101, "raw IP"),
    (108, "OpenBSD loopback"),
    (113, "Linux cooked v1"),
    (228, "raw IPv4"),
    (229, "raw IPv6"),
    (276, "Linux cooked v2"),
];

/// True when frames of this link type are understood.
pub fn supported(link: u16) -> bool {
    LINK_TYPES.iter().any(|(known, _)| *known == link)
}

/// Reads a frame of the given LINKTYPE. A frame of another link type, or one
/// without understandable content, gives a packet with an empty body.
pub fn parse(link: u16, frame: &[u8]) -> Packet<'_> {
    let mut packet = Packet::default();
    parse_into(link, frame, &mut packet);
    packet
}

/// [`parse`] into a packet that is as by default: what it becomes is large, and need
/// not be moved.
#[inline]
pub fn parse_into<'a>(link: u16, frame: &'a [u8], packet: &mut Packet<'a>) {
    let read = match link {
        1 => ethernet(frame, 0, packet),
        0 | 108 => loopback(frame, packet),
        12 | 14 | 101 | 228 | 229 => ip::parse(frame, 0, packet),
        9 => ppp(frame, 0, packet),
        50 => hdlc(frame, packet),
        113 => cooked_v1(frame, packet),
        276 => cooked_v2(frame, packet),
        _ => Ok(()),
    };
    packet.malformed = read.is_err();
}

fn split<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), Malformed> {
    bytes.split_first_chunk::<N>().map(|(head, rest)| (*head, rest)).ok_or(Malformed)
}

/// Ethernet II or 802.3 (IEEE 802.3 §3.2).
pub(crate) fn ethernet<'a>(frame: &'a [u8], depth: u8, packet: &mut Packet<'a>) -> Result<(), Malformed> {
    let ([d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1], rest) = split::<14>(frame)?;
    packet.dst_mac = Some(Mac([d0, d1, d2, d3, d4, d5]));
    packet.src_mac = Some(Mac([s0, s1, s2, s3, s4, s5]));
    packet.vlan = None;
    packet.inner_vlan = None;
    ethertype(u16::from_be_bytes([t0, t1]), rest, depth, packet)
}

/// What follows an Ethernet type or 802.3 length.
pub(crate) fn ethertype<'a>(
    mut kind: u16,
    mut rest: &'a [u8],
    depth: u8,
    packet: &mut Packet<'a>,
) -> Result<(), Malformed> {
    for _ in 0..MAX_DEPTH {
        match kind {
            // 802.1Q, 802.1ad and the pre-standard QinQ types.
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
                let ([c0, c1, t0, t1], behind) = split::<4>(rest)?;
                let vid = u16::from_be_bytes([c0, c1]) & 0x0fff;
                if packet.vlan.is_none() {
                    packet.vlan = Some(vid);
                } else if packet.inner_vlan.is_none() {
                    packet.inner_vlan = Some(vid);
                }
                packet.stripped.add(Stripped::VLAN);
                (kind, rest) = (u16::from_be_bytes([t0, t1]), behind);
            }
            // VN-Tag and 802.1BR E-Tag: the inner type follows.
            0x8926 => (kind, rest) = fabric_tag::<6>(rest, packet)?,
            0x893f => (kind, rest) = fabric_tag::<8>(rest, packet)?,
            // 802.1ah backbone service tag: a whole customer frame follows its I-TAG.
            0x88e7 => {
                let (_, inner) = split::<4>(rest)?;
                packet.stripped.add(Stripped::FABRIC);
                return nested(depth, |depth| ethernet(inner, depth, packet));
            }
            0x0800 | 0x86dd => return ip::parse(rest, depth, packet),
            0x8847 | 0x8848 => return mpls(rest, depth, packet),
            0x8864 => return pppoe(rest, depth, packet),
            0..=0x05dc => return llc(rest.get(..usize::from(kind)).unwrap_or(rest), depth, packet),
            _ => {
                packet.body = Body::EtherType(kind, rest);
                return Ok(());
            }
        }
    }
    Err(Malformed)
}

fn fabric_tag<'a, const N: usize>(
    rest: &'a [u8],
    packet: &mut Packet<'a>,
) -> Result<(u16, &'a [u8]), Malformed> {
    let (tag, behind) = split::<N>(rest)?;
    packet.stripped.add(Stripped::FABRIC);
    let [.., t0, t1] = tag.as_slice() else { return Err(Malformed) };
    Ok((u16::from_be_bytes([*t0, *t1]), behind))
}

/// 802.2 LLC and SNAP.
fn llc<'a>(rest: &'a [u8], depth: u8, packet: &mut Packet<'a>) -> Result<(), Malformed> {
    if let Ok(([0xaa, 0xaa, 0x03, o0, o1, o2, p0, p1], inner)) = split::<8>(rest) {
        let pid = u16::from_be_bytes([p0, p1]);
        if [o0, o1, o2] == [0, 0, 0] && pid > 0x05dc {
            return nested(depth, |depth| ethertype(pid, inner, depth, packet));
        }
        packet.body = Body::Snap([o0, o1, o2], pid, inner);
        return Ok(());
    }
    let ([dsap, ssap], rest) = split::<2>(rest)?;
    packet.body = Body::Llc(dsap, ssap, rest);
    Ok(())
}

/// MPLS label stack; what is below the bottom is told by its first nibble
/// (RFC 4928): 4 and 6 are IP, 0 a pseudo-wire control word (RFC 4385), else Ethernet.
pub(crate) fn mpls<'a>(mut rest: &'a [u8], depth: u8, packet: &mut Packet<'a>) -> Result<(), Malformed> {
    packet.stripped.add(Stripped::MPLS);
    for _ in 0..MAX_DEPTH {
        let (entry, behind) = split::<4>(rest)?;
        rest = behind;
        let entry = u32::from_be_bytes(entry);
        if entry & 0x100 == 0 {
            continue;
        }
        packet.tunnel = Some(Tunnel { kind: TunnelKind::Mpls, id: entry >> 12 });
        let first = rest.first().ok_or(Malformed)?;
        return nested(depth, |depth| match first >> 4 {
            4 | 6 => ip::parse(rest, depth, packet),
            0 => ethernet(split::<4>(rest)?.1, depth, packet),
            _ => ethernet(rest, depth, packet),
        });
    }
    Err(Malformed)
}

fn pppoe<'a>(rest: &'a [u8], depth: u8, packet: &mut Packet<'a>) -> Result<(), Malformed> {
    let ([_, _, s0, s1, _, _], inner) = split::<6>(rest)?;
    packet.tunnel = Some(Tunnel { kind: TunnelKind::Pppoe, id: u32::from(u16::from_be_bytes([s0, s1])) });
    nested(depth, |depth| ppp(inner, depth, packet))
}

/// PPP protocol field (RFC 1661 §2), compressed or not, with or without HDLC address.
pub(crate) fn ppp<'a>(rest: &'a [u8], depth: u8, packet: &mut Packet<'a>) -> Result<(), Malformed> {
    packet.stripped.add(Stripped::PPP);
    let rest = rest.strip_prefix(&[0xff, 0x03]).unwrap_or(rest);
    let inner = match rest {
        [0x00, 0x21 | 0x57, inner @ ..] | [0x21 | 0x57, inner @ ..] => inner,
        [0x02, 0x81, inner @ ..] => return mpls(inner, depth, packet),
        _ => return Ok(()),
    };
    ip::parse(inner, depth, packet)
}

fn hdlc<'a>(frame: &'a [u8], packet: &mut Packet<'a>) -> Result<(), Malformed> {
    match frame {
        [0xff, 0x03, ..] => ppp(frame, 0, packet),
        // Cisco HDLC: address, control, Ethernet type.
        [0x0f | 0x8f, 0, t0, t1, rest @ ..] => ethertype(u16::from_be_bytes([*t0, *t1]), rest, 0, packet),
        _ => Ok(()),
    }
}

fn loopback<'a>(frame: &'a [u8], packet: &mut Packet<'a>) -> Result<(), Malformed> {
    ip::parse(split::<4>(frame)?.1, 0, packet)
}

/// Linux cooked capture v1: packet type, ARPHRD, address length, address (8), protocol.
fn cooked_v1<'a>(frame: &'a [u8], packet: &mut Packet<'a>) -> Result<(), Malformed> {
    let ([_, _, _, _, l0, l1, a0, a1, a2, a3, a4, a5, _, _, p0, p1], rest) = split::<16>(frame)?;
    if [l0, l1] == [0, 6] {
        packet.src_mac = Some(Mac([a0, a1, a2, a3, a4, a5]));
    }
    cooked(u16::from_be_bytes([p0, p1]), rest, packet)
}

/// Linux cooked capture v2: protocol first, address last.
fn cooked_v2<'a>(frame: &'a [u8], packet: &mut Packet<'a>) -> Result<(), Malformed> {
    let ([p0, p1, _, _, _, _, _, _, _, _, len, a0, a1, a2, a3, a4, a5, _, _, _], rest) = split::<20>(frame)?;
    if len == 6 {
        packet.src_mac = Some(Mac([a0, a1, a2, a3, a4, a5]));
    }
    cooked(u16::from_be_bytes([p0, p1]), rest, packet)
}

fn cooked<'a>(kind: u16, rest: &'a [u8], packet: &mut Packet<'a>) -> Result<(), Malformed> {
    match kind {
        0x0004 => llc(rest, 0, packet),
        kind => ethertype(kind, rest, 0, packet),
    }
}

/// One level deeper, up to [`MAX_DEPTH`].
pub(crate) fn nested(depth: u8, read: impl FnOnce(u8) -> Result<(), Malformed>) -> Result<(), Malformed> {
    if depth >= MAX_DEPTH { Err(Malformed) } else { read(depth.saturating_add(1)) }
}
