//! The plant on VLAN 30: Modbus, S7, EtherNet/IP, PROFINET, and an engineering
//! station; the office's reception reads the Modbus PLC through the router.

use std::net::Ipv4Addr;

use model::{Mac, Time};

use super::devices::*;
use super::scene::{Device, Scene, Side};
use crate::craft::Link;
use crate::payload::Put;

/// Plays the plant's part.
pub(super) fn play(scene: &mut Scene) {
    for (ms, device) in [(600, &MODBUS_PLC), (700, &S7), (800, &LOGIX), (950, &ENGINEERING)] {
        scene.announce(ms, device);
    }
    for (n, (_, device)) in (0..).zip(&STATIONS) {
        scene.announce(1_000 + n * 100, device);
    }
    for (n, device) in (0..).zip([&MODBUS_PLC, &S7, &LOGIX, &ROUTER_PLANT]) {
        scene.arp(10_000 + n * 20, &ENGINEERING, device);
    }
    for ms in [11_000, 71_000, 131_000] {
        modbus(scene, ms, &ENGINEERING, &MODBUS_PLC);
        s7(scene, ms + 4_000);
        list_identity(scene, ms + 8_000);
        identify(scene, ms + 10_000);
    }
    // Through the router, seen on both sides of it.
    let (_, reader) = &COMPUTERS[4];
    for ms in [45_000, 105_000] {
        let before = scene.craft.len();
        modbus(scene, ms, reader, &MODBUS_PLC.behind(&ROUTER));
        scene.routed(before, reader, &MODBUS_PLC, &ROUTER_PLANT);
    }
}

/// Modbus/TCP (MODBUS Messaging on TCP/IP 1.0b §3.1): who are you, and some registers.
fn modbus(scene: &mut Scene, ms: u64, client: &Device, server: &Device) {
    let framed = |id: u16, pdu: &[u8]| {
        let mut out = Vec::new();
        out.be16(id);
        out.be16(0);
        out.be16(pdu.len() as u16 + 1);
        out.push(255);
        out.extend(pdu);
        out
    };
    // Function 43/14, basic stream from object 0 (MODBUS Application Protocol 1.1b3 §6.21).
    let identify = framed(1, &[0x2b, 0x0e, 1, 0]);
    let mut objects = vec![0x2b, 0x0e, 1, 1, 0, 0, 3];
    for (id, text) in [(0, "Schneider Electric"), (1, "BMX P34 2020"), (2, "v2.70")] {
        objects.push(id);
        objects.sized8(|out| out.extend(text.bytes()));
    }
    let identity = framed(1, &objects);
    let read = framed(2, &[3, 0, 0, 0, 4]);
    let registers = framed(2, &[3, 8, 0, 17, 0, 42, 1, 0, 0, 0]);
    let talk: [(Side, &[u8]); 4] = [
        (Side::Client, &identify),
        (Side::Server, &identity),
        (Side::Client, &read),
        (Side::Server, &registers),
    ];
    scene.tcp(ms, client, server, 502, &talk);
}

/// TPKT (RFC 1006) around a COTP PDU (RFC 905).
fn tpkt(cotp: &[u8]) -> Vec<u8> {
    let mut out = vec![3, 0];
    out.be16(cotp.len() as u16 + 4);
    out.extend(cotp);
    out
}

/// S7 communication: set-up, then system status list 0x0011 (module identification).
fn s7(scene: &mut Scene, ms: u64) {
    // Calling TSAP 0100 (programming device), called 0101 (rack 0, slot 1).
    let parameters = [0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 1];
    let connect = tpkt(&[&[17, 0xe0, 0, 0, 0, 1, 0], parameters.as_slice()].concat());
    let confirm = tpkt(&[&[17, 0xd0, 0, 1, 0, 2, 0], parameters.as_slice()].concat());
    let data = |s7: &[u8]| tpkt(&[&[2, 0xf0, 0x80], s7].concat());
    let setup = data(&[0x32, 1, 0, 0, 1, 0, 0, 8, 0, 0, 0xf0, 0, 0, 1, 0, 1, 3, 0xc0]);
    let ready = data(&[0x32, 3, 0, 0, 1, 0, 0, 8, 0, 0, 0, 0, 0xf0, 0, 0, 1, 0, 1, 0, 0xf0]);

    let mut ask = vec![0x32, 7, 0, 0, 2, 0, 0, 8, 0, 8];
    ask.extend([0, 1, 0x12, 4, 0x11, 0x44, 1, 0]);
    ask.extend([0xff, 9, 0, 4, 0, 0x11, 0, 0]);
    let ask = data(&ask);

    // Records of 28 bytes: index, order number, module type, version in two words.
    let mut list = vec![0, 0x11, 0, 0, 0, 28, 0, 3];
    for (index, order, versions) in [
        (1, "6ES7 511-1AK02-0AB0 ", [0, 4, 0, 0]),
        (6, "6ES7 511-1AK02-0AB0 ", [0, 4, 0, 0]),
        (7, "Boot Loader         ", [b'V', 2, 9, 4]),
    ] {
        list.be16(index);
        list.extend(order.bytes());
        list.be16(0);
        list.extend(versions);
    }
    let mut tell = vec![0x32, 7, 0, 0, 2, 0, 0, 12];
    tell.be16(list.len() as u16 + 4);
    tell.extend([0, 1, 0x12, 8, 0x12, 0x84, 1, 1, 0, 0, 0, 0]);
    tell.extend([0xff, 9]);
    tell.sized16(|out| out.extend(&list));
    let tell = data(&tell);
    let talk: [(Side, &[u8]); 6] = [
        (Side::Client, &connect),
        (Side::Server, &confirm),
        (Side::Client, &setup),
        (Side::Server, &ready),
        (Side::Client, &ask),
        (Side::Server, &tell),
    ];
    scene.tcp(ms, &ENGINEERING, &S7, 102, &talk);
}

/// EtherNet/IP ListIdentity (CIP Networks Library Vol. 2 §2-4.2) by broadcast and its answer.
fn list_identity(scene: &mut Scene, ms: u64) {
    let header = |length: u16| {
        let mut out = vec![0x63, 0];
        out.extend(length.to_le_bytes());
        // Session, status, context, options.
        out.extend([0; 20]);
        out
    };
    let port = scene.port();
    scene.broadcast(ms, &ENGINEERING, (port, 44_818), &header(0));
    // Protocol version 1, socket address most significant byte first.
    let mut identity = vec![1, 0, 0, 2, 0xaf, 0x12];
    identity.extend(LOGIX.ip.octets());
    identity.extend([0; 8]);
    // Rockwell, programmable logic controller, product 93, revision 20.13, status, serial number.
    for word in [1_u16, 14, 93, u16::from_le_bytes([20, 13]), 0x3060] {
        identity.extend(word.to_le_bytes());
    }
    identity.extend(0x00c1_5601_u32.to_le_bytes());
    identity.sized8(|out| out.extend(b"1756-L71/B LOGIX5571"));
    identity.push(3);
    let mut answer = header(identity.len() as u16 + 6);
    answer.extend([1, 0, 0x0c, 0]);
    answer.extend((identity.len() as u16).to_le_bytes());
    answer.extend(identity);
    scene.udp(ms + 4, &LOGIX, &ENGINEERING, (44_818, port), &answer);
}

/// A block of PROFINET DCP (IEC 61158-6-10): option, suboption, length, padded to even.
fn dcp_block(out: &mut Vec<u8>, option: [u8; 2], value: &[u8]) {
    out.extend(option);
    out.sized16(|out| out.extend(value));
    if value.len() % 2 == 1 {
        out.push(0);
    }
}

/// PROFINET DCP: identify all, and the stations' answers.
fn identify(scene: &mut Scene, ms: u64) {
    let at = scene.at(ms);
    let group = Link { src: ENGINEERING.mac, dst: Mac([0x01, 0x0e, 0xcf, 0, 0, 0]), vlan: Some(30) };
    let xid = scene.number();
    let message = |frame: u16, kind: u8, delay: u16, blocks: &[u8]| {
        let mut out = Vec::new();
        out.be16(frame);
        // Service identify; request or answer.
        out.extend([5, kind]);
        out.be32(xid);
        out.be16(delay);
        out.sized16(|out| out.extend(blocks));
        out
    };
    scene.craft.ethernet(at, &group, 0x8892, &message(0xfefe, 0, 1, &[0xff, 0xff, 0, 0]));
    for (n, (name, station)) in (1..).zip(&STATIONS) {
        let mut blocks = Vec::new();
        let told = |value: &[u8]| [&[0, 0], value].concat();
        dcp_block(&mut blocks, [2, 1], &told(b"IM 155-6 PN ST"));
        dcp_block(&mut blocks, [2, 2], &told(name.as_bytes()));
        // Siemens, ET 200SP; a device.
        dcp_block(&mut blocks, [2, 3], &told(&[0, 0x2a, 3, 0x13]));
        dcp_block(&mut blocks, [2, 4], &told(&[1, 0]));
        let mut address = vec![0, 1];
        address.extend(station.ip.octets());
        address.extend([255, 255, 255, 0]);
        address.extend(Ipv4Addr::new(10, 30, 0, 1).octets());
        dcp_block(&mut blocks, [1, 2], &address);
        let back = Link { src: station.mac, dst: ENGINEERING.mac, vlan: Some(30) };
        let later = Time(at.0 + n * 3_000_000);
        scene.craft.ethernet(later, &back, 0x8892, &message(0xfeff, 1, 0, &blocks));
    }
}
