//! Every layer that is taken off, frames cut at every byte, and copies.

use model::{Mac, Time};
use packet::{Body, Copies, Copy, Fragment, Packet, Seen, Stripped, Transport, TunnelKind, parse};

const ETHERNET: u16 = 1;

fn udp(sport: u16, dport: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(sport.to_be_bytes());
    out.extend(dport.to_be_bytes());
    out.extend((payload.len() as u16 + 8).to_be_bytes());
    out.extend([0x12, 0x34]);
    out.extend(payload);
    out
}

fn ipv4(protocol: u8, id: u16, ttl: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x45, 0];
    out.extend((payload.len() as u16 + 20).to_be_bytes());
    out.extend(id.to_be_bytes());
    out.extend(fragment.to_be_bytes());
    out.extend([ttl, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    out.extend(payload);
    out
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x60, 0, 0, 0];
    out.extend((payload.len() as u16).to_be_bytes());
    out.extend([next, 64]);
    out.extend([0xfd; 16]);
    out.extend([0xfe; 16]);
    out.extend(payload);
    out
}

fn ethernet(last: u8, kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, last];
    out.extend(kind.to_be_bytes());
    out.extend(payload);
    out
}

fn inner() -> Vec<u8> {
    ipv4(17, 7, 64, 0, &udp(1000, 53, b"question"))
}

/// Checks that the innermost datagram was reached, and that no prefix panics.
fn reached(link: u16, frame: &[u8]) -> Packet<'_> {
    for end in 0..frame.len() {
        parse(link, &frame[..end]);
    }
    let packet = parse(link, frame);
    let Body::Ip(ip) = &packet.body else { panic!("no IP: {packet:?}") };
    let Transport::Udp(udp) = &ip.transport else { panic!("no UDP: {ip:?}") };
    assert_eq!((udp.sport, udp.dport, udp.payload), (1000, 53, &b"question"[..]));
    packet
}

#[test]
fn link_layers() {
    assert_eq!(reached(ETHERNET, &ethernet(1, 0x0800, &inner())).src_mac, Some(Mac([2, 0, 0, 0, 0, 1])));
    reached(101, &inner());
    reached(0, &[&[2, 0, 0, 0][..], &inner()].concat());
    let cooked = [&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0][..], &inner()].concat();
    assert_eq!(reached(113, &cooked).src_mac, Some(Mac([2, 0, 0, 0, 0, 1])));
    let cooked2 = [&[8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0][..], &inner()].concat();
    let cooked2 = [&cooked2[..10], &[6], &cooked2[12..20], &[0], &inner()].concat();
    reached(276, &cooked2);
    let snap = [&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &inner()].concat();
    reached(ETHERNET, &ethernet(1, snap.len() as u16, &snap));
}

#[test]
fn tags_and_labels() {
    let tagged = ethernet(1, 0x88a8, &[&[0x20, 100, 0x81, 0][..], &[0, 10, 8, 0], &inner()].concat());
    let packet = reached(ETHERNET, &tagged);
    assert_eq!((packet.vlan, packet.inner_vlan), (Some(100), Some(10)));
    let label = ethernet(1, 0x8847, &[&[0, 1, 0, 255][..], &[0, 1, 0x01, 255], &inner()].concat());
    let packet = reached(ETHERNET, &label);
    assert!(packet.stripped.has(Stripped::MPLS));
    assert_eq!(packet.tunnel.unwrap().id, 16);
    let wire = [&[0, 1, 0x01, 255, 0, 0, 0, 0][..], &ethernet(7, 0x0800, &inner())].concat();
    assert_eq!(reached(ETHERNET, &ethernet(1, 0x8847, &wire)).src_mac, Some(Mac([2, 0, 0, 0, 0, 7])));
    let pppoe = [&[0x11, 0, 0, 9, 0, 0, 0, 0x21][..], &inner()].concat();
    assert_eq!(reached(ETHERNET, &ethernet(1, 0x8864, &pppoe)).tunnel.unwrap().id, 9);
    let vntag = [&[0, 0, 0, 0, 8, 0][..], &inner()].concat();
    assert!(reached(ETHERNET, &ethernet(1, 0x8926, &vntag)).stripped.has(Stripped::FABRIC));
}

#[test]
fn tunnels() {
    let whole = ethernet(7, 0x0800, &inner());
    let over = |protocol: u8, payload: &[u8]| ethernet(1, 0x0800, &ipv4(protocol, 1, 64, 0, payload));
    let erspan2 = [&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 10, 0x08, 5, 0, 0, 0, 0][..], &whole].concat();
    let erspan3 =
        [&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 10, 0x08, 6, 0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 8], &whole];
    let cases: &[(Vec<u8>, TunnelKind, u32, bool)] = &[
        (over(4, &inner()), TunnelKind::IpInIp, 0, false),
        (over(47, &[&[0, 0, 8, 0][..], &inner()].concat()), TunnelKind::Gre, 0, false),
        (over(47, &[&[0x20, 0, 0x65, 0x58, 0, 0, 0, 77][..], &whole].concat()), TunnelKind::Gre, 77, true),
        (over(47, &[&[0, 0, 0x88, 0xbe][..], &whole].concat()), TunnelKind::Erspan, 0, true),
        (over(47, &erspan2), TunnelKind::Erspan, 5, true),
        (over(47, &erspan3.concat()), TunnelKind::Erspan, 6, true),
        (
            over(17, &udp(9, 4789, &[&[8, 0, 0, 0, 0, 0x13, 0x89, 0][..], &whole].concat())),
            TunnelKind::Vxlan,
            5001,
            true,
        ),
        (
            over(17, &udp(9, 6081, &[&[1, 0, 0x65, 0x58, 0, 0, 5, 0, 1, 2, 3, 4][..], &whole].concat())),
            TunnelKind::Geneve,
            5,
            true,
        ),
        (
            over(17, &udp(9, 2152, &[&[0x30, 255, 0, 0, 0, 0, 0, 3][..], &inner()].concat())),
            TunnelKind::Gtp,
            3,
            false,
        ),
    ];
    for (frame, kind, id, has_mac) in cases {
        let packet = reached(ETHERNET, frame);
        let tunnel = packet.tunnel.unwrap();
        assert_eq!((tunnel.kind, tunnel.id), (*kind, *id));
        assert_eq!(packet.src_mac.is_some(), *has_mac, "{kind:?}");
        assert_eq!(packet.outer.unwrap().src_mac, Some(Mac([2, 0, 0, 0, 0, 1])));
    }
    let six_in_four = over(41, &ipv6(17, &udp(1000, 53, b"question")));
    reached(ETHERNET, &six_in_four);
}

#[test]
fn a_tower_of_tunnels_ends() {
    let mut frame = inner();
    for _ in 0..40 {
        frame = ipv4(4, 1, 64, 0, &frame);
    }
    assert!(parse(101, &frame).malformed);
}

#[test]
fn fragments_and_extension_headers() {
    let first = ipv4(17, 5, 64, 0x2000, &udp(1000, 53, b"question"));
    let packet = parse(101, &first);
    let Body::Ip(ip) = &packet.body else { panic!() };
    assert_eq!(ip.fragment, Fragment::First);
    let later = ipv4(17, 5, 64, 0x0003, b"more");
    let packet = parse(101, &later);
    let Body::Ip(ip) = &packet.body else { panic!() };
    assert!(ip.fragment == Fragment::Later && matches!(ip.transport, Transport::Other));
    let chain =
        [&[60, 0, 0, 0, 0, 0, 0, 0][..], &[17, 0, 0, 0, 0, 0, 0, 0], &udp(1000, 53, b"question")].concat();
    reached(101, &ipv6(0, &chain));
}

#[test]
fn padding_and_short_captures() {
    let mut padded = ethernet(1, 0x0800, &inner());
    padded.extend([0; 20]);
    reached(ETHERNET, &padded);
    let whole = inner();
    let packet = parse(101, &whole[..whole.len() - 5]);
    let Body::Ip(ip) = &packet.body else { panic!() };
    let Transport::Udp(udp) = &ip.transport else { panic!() };
    assert_eq!((udp.payload, udp.payload_len), (&b"que"[..], 8));
}

#[test]
fn copies_are_told_apart() {
    let mut copies = Copies::new(vec![Seen::default(); 64]);
    let frame = ethernet(1, 0x0800, &inner());
    let retagged = ethernet(1, 0x8100, &[&[0, 5, 8, 0][..], &inner()].concat());
    let routed = ethernet(3, 0x0800, &ipv4(17, 7, 63, 0, &udp(1000, 53, b"question")));
    let mut check =
        |frame: &[u8], micros: u64| copies.check(&parse(ETHERNET, frame), 0, Time(micros * 1_000));
    assert_eq!(check(&frame, 1_000_000), None);
    assert_eq!(check(&frame, 1_000_010), Some(Copy::Exact));
    assert_eq!(check(&retagged, 1_000_020), Some(Copy::Retagged));
    assert_eq!(check(&routed, 1_000_030), Some(Copy::Routed));
    assert_eq!(check(&frame, 1_400_000), None, "long after it is a repetition, not a copy");
}
