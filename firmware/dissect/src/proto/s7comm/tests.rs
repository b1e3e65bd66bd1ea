//! Tests of the S7 dissector on hand-made bytes.

use std::format;
use std::string::String;
use std::vec::Vec;

use super::*;
use crate::testing::{both_ways, datagram, hex, truncations, turns};

const REQUEST: &str = "0300 0016 11 e0 0000 0001 00 c0010a c1020100 c2020102";
const CONFIRM: &str = "0300 0016 11 d0 0001 0002 00 c0010a c1020100 c2020102";
const SET_UP: &str = "0300 0019 02f080 32 01 0000 0100 0008 0000 f0 00 0001 0001 01e0";
const SET_UP_DONE: &str = "0300 001b 02f080 32 03 0000 0100 0008 0000 0000 f0 00 0001 0001 00f0";

fn meta() -> Meta {
    Meta { sport: 50_000, dport: PORT, transport: 6, ..Meta::default() }
}

fn padded(text: &str, to: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.bytes().collect();
    bytes.resize(to, 0);
    bytes
}

/// A TPKT around COTP data.
fn data(message: &[u8], end: bool) -> Vec<u8> {
    let mut bytes = hex("0300 0000 02f000");
    bytes.extend_from_slice(message);
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    bytes[2..4].copy_from_slice(&length);
    bytes[6] = if end { 0x80 } else { 0 };
    bytes
}

/// An answer to "read SZL" with these bytes behind return code and length.
fn answer(reference: u8, more: u8, list: &[u8]) -> Vec<u8> {
    let (inner, outer) = (list.len(), list.len() + 4);
    let mut bytes = hex(&format!(
        "32 07 0000 0001 000c {outer:04x} 000112 08 12 84 01 02 {reference:02x} {more:02x} 0000 ff09 {inner:04x}"
    ));
    bytes.extend_from_slice(list);
    bytes
}

fn modules() -> Vec<u8> {
    let mut list = hex("0011 0000 001c 0003");
    for (index, order, version) in
        [("0001", "6ES7 000-0AA00-0AA0 ", "00030001"), ("0006", "6ES7 000-0AA00-0AA0 ", "00040001")]
    {
        list.extend(hex(index));
        list.extend(padded(order, 20));
        list.extend(hex("00c0"));
        list.extend(hex(version));
    }
    list.extend(hex("0007"));
    list.extend([b' '; 20]);
    list.extend(hex("00c0 56030207"));
    list
}

#[test]
fn roles_rack_and_module() {
    let asks = hex(&[REQUEST, SET_UP].concat());
    let mut answers = hex(&[CONFIRM, SET_UP_DONE, "0300 0007 02f000"].concat());
    answers.extend(data(&answer(0, 0, &modules()), true));
    let seen = both_ways(&S7comm, &meta(), &asks, &answers);
    assert_eq!(
        seen,
        [
            "sender s7.role=client:pg",
            "receiver s7.role=server",
            "receiver s7.rack_slot=0/2",
            "sender s7.module=6ES7 000-0AA00-0AA0",
            "sender s7.hardware=6ES7 000-0AA00-0AA0 4",
            "sender s7.firmware=V3.2.7",
        ]
    );
    truncations(&S7comm, &meta(), &asks);
    truncations(&S7comm, &meta(), &answers);
}

#[test]
fn an_answer_in_two_messages_and_in_fragments() {
    let mut list = hex("001c 0000 0022 0003 0001");
    list.extend(padded("station one", 32));
    list.extend(hex("0002"));
    list.extend(padded("controller", 32));
    list.extend(hex("0005"));
    let mut stream = data(&answer(0xd5, 1, &list), true);
    let mut rest = padded("S 123", 32);
    rest.extend(hex("0007"));
    rest.extend(padded("CPU 300", 32));
    let second = answer(0xd5, 0, &rest);
    let (one, two) = second.split_at(40);
    stream.extend(data(one, false));
    stream.extend(data(two, true));
    let seen = both_ways(&S7comm, &meta(), &[], &stream);
    assert_eq!(
        seen,
        [
            "receiver s7.role=client",
            "sender s7.role=server",
            "sender s7.plc_name=station one",
            "sender s7.module_name=controller",
            "sender s7.serial=S 123",
            "sender s7.cpu_type=CPU 300",
        ]
    );
    truncations(&S7comm, &meta(), &stream);
}

#[test]
fn mode_is_that_after_the_transition() {
    let list = hex("0424 0000 0014 0001 5144 ff 48 00000000 00000000 1602081451375692");
    let back = Meta { sport: PORT, dport: 50_000, way: Way::ToClient, ..meta() };
    let seen = datagram(&S7comm, &back, &data(&answer(0, 0, &list), true));
    assert_eq!(seen.last().unwrap(), "sender s7.mode=run");
}

#[test]
fn plus_names_itself_in_its_answer_only() {
    let create = "72 01 0000 OP 0000 04ca 0000 0001 36 11 02 8740 a1 a3823f 00 15 1b
        313b3645533720 3030302d3041413030 2d30584230 203b56322e32 824000 1500 72010000";
    let request = hex("0300 0023 1e e0 0000 0001 00 c1020600 c20f 53494d415449432d524f4f542d4553 c0010a");
    let asks = [request.clone(), data(&hex(&create.replace("OP", "31")), true)].concat();
    let answers = data(&hex(&create.replace("OP", "32")), true);
    let seen = both_ways(&S7comm, &meta(), &asks, &answers);
    assert_eq!(
        seen,
        [
            "sender s7.tsap=SIMATIC-ROOT-ES",
            "sender s7.role=client:pg",
            "receiver s7.role=server",
            "sender s7.plus=1;6ES7 000-0AA00-0XB0 ;V2.2",
        ]
    );
    assert_eq!(S7comm.probe(&Meta::default(), &request), Probe::Yes);
}

#[test]
fn the_connection_says_who_serves_whatever_the_way() {
    let there = Meta { sport: 4000, dport: 5000, ..Meta::default() };
    let seen = both_ways(&S7comm, &there, &hex(&[CONFIRM, SET_UP_DONE].concat()), &[]);
    assert_eq!(seen, ["receiver s7.role=client:pg", "sender s7.role=server", "sender s7.rack_slot=0/2"]);
    let seen = both_ways(&S7comm, &there, &hex(SET_UP_DONE), &[]);
    assert_eq!(seen, ["receiver s7.role=client", "sender s7.role=server"]);
}

#[test]
fn other_upper_layers_are_left_alone() {
    let rdp = "0300 0013 0e e0 0000 0000 00 01 00 0800 03000000";
    let cookie = "0300 0016 11 e0 0000 0000 00 436f6f6b69653a20610d0a";
    let mms = "0300 0016 11 e0 0000 0001 00 c0010a c1020001 c2020001";
    let h323 = "0300 000c 08 02 0001 05 04 03 80";
    for other in [rdp, cookie, h323] {
        assert_eq!(S7comm.probe(&meta(), &hex(other)), Probe::No, "{other}");
    }
    assert_eq!(S7comm.probe(&meta(), &hex(mms)), Probe::More);
    let session = data(&hex("0d 10 05 06 13 01 00"), true);
    let stream = [hex(REQUEST), session].concat();
    assert_eq!(S7comm.probe(&meta(), &stream), Probe::No);
    assert_eq!(S7comm.probe(&meta(), &hex(&[REQUEST, SET_UP].concat())), Probe::Yes);
    let seen = both_ways(&S7comm, &meta(), &stream, &hex(CONFIRM));
    assert_eq!(seen, Vec::<String>::new());
}

#[test]
fn what_snap7_says() {
    turns(&S7comm, include_str!("../../../vectors/s7comm/snap7.txt"));
}
