//! What network equipment tells its neighbours: LLDP and CDP; and neighbour
//! discovery of IPv6.

use model::{Mac, Time};

use super::devices::{DESK_PHONES, NAMES, ROUTER, ROUTER_PLANT, SWITCH, WEB};
use super::scene::{Device, Scene};
use crate::craft::{Link, Path};
use crate::payload::Put;

/// Plays the link layer's part.
pub(super) fn play(scene: &mut Scene) {
    for ms in [2_000, 32_000, 62_000, 92_000, 122_000] {
        lldp_switch(scene, ms);
        lldp_phone(scene, ms + 700);
    }
    for ms in [5_000, 65_000, 125_000] {
        cdp(scene, ms, &ROUTER, "GigabitEthernet0/0/0");
        cdp(scene, ms + 20, &ROUTER_PLANT, "GigabitEthernet0/0/1.30");
    }
    ndp(scene, 8_000);
}

/// A type-length-value of LLDP (IEEE 802.1AB §8.4): seven bits of type, nine of length.
fn tlv(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.be16(kind << 9 | value.len() as u16);
    out.extend(value);
}

/// An organisation's own TLV (type 127).
fn organisation(out: &mut Vec<u8>, oui: [u8; 3], subtype: u8, value: &[u8]) {
    tlv(out, 127, &[oui.as_slice(), &[subtype], value].concat());
}

const MED: [u8; 3] = [0x00, 0x12, 0xbb];

fn send_lldp(scene: &mut Scene, ms: u64, from: &Device, mut message: Vec<u8>) {
    message.be16(0);
    let at = scene.at(ms);
    let link = Link { src: from.mac, dst: Mac([0x01, 0x80, 0xc2, 0, 0, 0x0e]), vlan: None };
    scene.craft.ethernet(at, &link, 0x88cc, &message);
}

fn lldp_switch(scene: &mut Scene, ms: u64) {
    let mut out = Vec::new();
    tlv(&mut out, 1, &[&[4], SWITCH.mac.0.as_slice()].concat());
    tlv(&mut out, 2, b"\x05Gi1/0/7");
    tlv(&mut out, 3, &120_u16.to_be_bytes());
    tlv(&mut out, 4, b"GigabitEthernet1/0/7");
    tlv(&mut out, 5, b"sw-access-2.office.example.com");
    tlv(&mut out, 6, b"Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_LITE_IOSXE), Version 17.9.4a, RELEASE SOFTWARE (fc3)");
    // Can bridge and route; bridges.
    tlv(&mut out, 7, &[0, 0x14, 0, 0x04]);
    tlv(&mut out, 8, &[&[5, 1], SWITCH.ip.octets().as_slice(), &[2, 0, 0, 0, 7, 0]].concat());
    // Port VLAN (IEEE 802.1Q Annex D).
    organisation(&mut out, [0x00, 0x80, 0xc2], 1, &[0, 1]);
    // LLDP-MED (ANSI/TIA-1057 §10.2): capabilities, network connectivity device; inventory.
    organisation(&mut out, MED, 1, &[0, 0x21, 4]);
    for (subtype, text) in
        [(5, "V02"), (7, "17.9.4a"), (8, "FOC00000A1B"), (9, "Cisco Systems, Inc."), (10, "C9200L-24P-4G")]
    {
        organisation(&mut out, MED, subtype, text.as_bytes());
    }
    send_lldp(scene, ms, &SWITCH, out);
}

fn lldp_phone(scene: &mut Scene, ms: u64) {
    let [_, phone] = &DESK_PHONES;
    let mut out = Vec::new();
    // Chassis by network address, port by MAC, as telephones do.
    tlv(&mut out, 1, &[&[5, 1], phone.ip.octets().as_slice()].concat());
    tlv(&mut out, 2, &[&[3], phone.mac.0.as_slice()].concat());
    tlv(&mut out, 3, &180_u16.to_be_bytes());
    tlv(&mut out, 5, b"SIP-T46U");
    tlv(&mut out, 6, b"108.86.0.20");
    tlv(&mut out, 7, &[0, 0x24, 0, 0x24]);
    organisation(&mut out, MED, 1, &[0, 0x33, 3]);
    for (subtype, text) in [(5, "108.0.0.0"), (6, "108.86.0.20"), (9, "Yealink"), (10, "SIP-T46U")] {
        organisation(&mut out, MED, subtype, text.as_bytes());
    }
    send_lldp(scene, ms, phone, out);
}

/// Cisco Discovery Protocol version 2 (Wireshark's and Cisco's public descriptions).
fn cdp(scene: &mut Scene, ms: u64, from: &Device, port: &str) {
    let mut values = Vec::new();
    let mut value = |kind: u16, bytes: &[u8]| {
        values.be16(kind);
        values.be16(bytes.len() as u16 + 4);
        values.extend(bytes);
    };
    value(1, b"rt-core-1.office.example.com");
    // One address: protocol type NLPID, IP.
    value(2, &[&[0, 0, 0, 1, 1, 1, 0xcc, 0, 4], from.ip.octets().as_slice()].concat());
    value(3, port.as_bytes());
    value(4, &[0, 0, 0, 1]);
    value(5, b"Cisco IOS Software [Bengaluru], ISR Software (ARMV8EL_LINUX_IOSD-UNIVERSALK9-M), Version 17.6.5, RELEASE SOFTWARE (fc2)");
    value(6, b"cisco ISR4331/K9");
    value(11, &[1]);
    // Where the length is odd, Cisco adds the last byte as the low one.
    let (pairs, last) = values.as_chunks::<2>();
    let sum = pairs.iter().fold(0x02b4_u32, |sum, pair| sum + u32::from(u16::from_be_bytes(*pair)));
    let sum = sum + last.first().map_or(0, |byte| u32::from(*byte));
    let sum = (sum & 0xffff) + (sum >> 16);
    let sum = !((sum + (sum >> 16)) as u16);
    let mut out = vec![0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0x00, 2, 180];
    out.be16(sum);
    out.extend(values);
    let at = scene.at(ms);
    let link = Link { src: from.mac, dst: Mac([0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc]), vlan: from.vlan };
    scene.craft.llc(at, &link, &out);
}

/// The link-local address that follows from a MAC (RFC 4291 appendix A).
fn link_local(mac: Mac) -> [u8; 16] {
    let [a, b, c, d, e, f] = mac.0;
    [0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f]
}

/// A router advertisement, and two servers that look for each other (RFC 4861 §4).
fn ndp(scene: &mut Scene, ms: u64) {
    let all_nodes = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let path = |from: Mac, mac: [u8; 6], to: [u8; 16]| Path {
        link: Link { src: from, dst: Mac(mac), vlan: None },
        src: link_local(from).into(),
        dst: to.into(),
        ttl: 255,
    };
    let source = |kind: u8, mac: Mac| [&[kind, 1], mac.0.as_slice()].concat();
    let at = scene.at(ms);
    // Hop limit 64, lifetime 1,800 s, no timers; source address, MTU and prefix 2001:db8:20::/64.
    let mut advertisement = vec![64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];
    advertisement.extend(source(1, ROUTER.mac));
    advertisement.extend([5, 1, 0, 0, 0, 0, 5, 0xdc]);
    advertisement.extend([3, 4, 64, 0xc0, 0, 0x27, 0x8d, 0, 0, 9, 0x3a, 0x80, 0, 0, 0, 0]);
    advertisement.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    scene.craft.icmp(at, &path(ROUTER.mac, [0x33, 0x33, 0, 0, 0, 1], all_nodes), 134, 0, &advertisement);

    let target = link_local(NAMES.mac);
    let [.., x, y, z] = target;
    let group = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, x, y, z];
    let asks = [&[0; 4], target.as_slice(), &source(1, WEB.mac)].concat();
    let solicit = path(WEB.mac, [0x33, 0x33, 0xff, x, y, z], group);
    scene.craft.icmp(Time(at.0 + 5_000_000), &solicit, 135, 0, &asks);
    // Solicited, override.
    let tells = [&[0x60, 0, 0, 0], target.as_slice(), &source(2, NAMES.mac)].concat();
    let answer = path(NAMES.mac, WEB.mac.0, link_local(WEB.mac));
    scene.craft.icmp(Time(at.0 + 5_400_000), &answer, 136, 0, &tells);
}
