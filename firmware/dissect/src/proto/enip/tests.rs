//! Tests of the EtherNet/IP dissector on hand-made bytes.

use std::vec::Vec;

use super::*;
use crate::testing::{both_ways, datagram, hex, truncations, turns};

/// Vendor 1234, type 14, code 77, revision 20.11, status 0x0060, a serial and a name.
const IDENTITY: &str = "d204 0e00 4d00 140b 6000 efbeadde 05 414243 2d31";

fn meta() -> Meta {
    Meta { sport: 50_000, dport: PORT, transport: 6, ..Meta::default() }
}

fn message(command: u16, session: u32, context: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = command.to_le_bytes().to_vec();
    bytes.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(session.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend([context; 8]);
    bytes.extend([0; 4]);
    bytes.extend(data);
    bytes
}

/// SendRRData with a null address and this CIP message.
fn rr(context: u8, cip: &str) -> Vec<u8> {
    let cip = hex(cip);
    let mut data = hex("00000000 0000 0200 0000 0000 b200");
    data.extend(u16::try_from(cip.len()).unwrap().to_le_bytes());
    data.extend(cip);
    message(0x6f, 7, context, &data)
}

/// SendUnitData with this sequence count and CIP message.
fn unit(sequence: u8, cip: &str) -> Vec<u8> {
    let cip = hex(cip);
    let mut data = hex("00000000 0000 0200 a100 0400 01020304 b100");
    data.extend(u16::try_from(cip.len() + 2).unwrap().to_le_bytes());
    data.extend([sequence, 0]);
    data.extend(cip);
    message(0x70, 7, 0, &data)
}

#[test]
fn list_identity_over_udp() {
    let mut item = hex("0100 0c00 2600 0100 0002 af12 c0a80105 0000000000000000");
    item.extend(hex(IDENTITY));
    item.push(3);
    item[4] = u8::try_from(item.len() - 6).unwrap();
    let answer = message(0x63, 0, 0, &item);
    let udp = Meta { sport: PORT, dport: 50_000, transport: 17, ..Meta::default() };
    assert_eq!(
        datagram(&Enip, &udp, &answer),
        [
            "sender enip.role=target",
            "sender enip.vendor_id=1234",
            "sender enip.device_type=14",
            "sender enip.product_code=77",
            "sender enip.revision=20.11",
            "sender enip.status=0060",
            "sender enip.serial=deadbeef",
            "sender enip.name=ABC-1",
            "sender enip.state=3",
            "sender enip.socket_ip=192.168.1.5",
        ]
    );
    assert_eq!(Enip.probe(&udp, &answer), Probe::Yes);
    assert_eq!(datagram(&Enip, &meta(), &message(0x63, 0, 0, &[])), ["sender enip.role=scanner"]);
    truncations(&Enip, &meta(), &answer);
}

#[test]
fn answers_are_matched_to_what_was_asked() {
    let register = |session| message(0x65, session, 0, &hex("0100 0000"));
    let mut asks = register(0);
    asks.extend(rr(1, "0e 03 20 01 24 01 30 07"));
    // Through the backplane to slot 3, and further through its port 2: nobody's.
    asks.extend(rr(2, "52 02 20 06 24 01 0a 05 0600 01 02 20 01 24 01 01 00 01 03"));
    asks.extend(rr(3, "52 02 20 06 24 01 0a 05 0600 01 02 20 01 24 01 02 00 01 03 02 09"));
    let mut answers = register(7);
    answers.extend(rr(3, &["81 00 00 00", IDENTITY].concat()));
    answers.extend(rr(2, &["81 00 00 00", IDENTITY].concat()));
    answers.extend(rr(2, &["81 00 00 00", IDENTITY].concat()));
    answers.extend(rr(1, "8e 00 00 00 03 583132"));
    assert_eq!(
        both_ways(&Enip, &meta(), &asks, &answers),
        [
            "sender enip.role=scanner",
            "sender enip.role=target",
            "sender cip.module=slot 3: ABC-1, vendor 1234, type 14, code 77, revision 20.11, serial deadbeef",
            "sender enip.name=X12",
        ]
    );
    truncations(&Enip, &meta(), &asks);
    truncations(&Enip, &meta(), &answers);
}

#[test]
fn a_connection_says_where_its_messages_go() {
    let open = "54 02 20 06 24 01 0a 05 00000000 01000000 0100 0100 01000000 03 000000
        00000000 0000 00000000 0000 a3";
    let read = "01 02 20 01 24 01";
    let identity = ["81 00 00 00", IDENTITY].concat();
    let opened = "d4 00 00 00 01020304";
    let to_slot = [rr(1, &[open, "03 01 00 20 02 24 01"].concat()), unit(9, read)];
    let answers = [rr(1, opened), unit(9, &identity)];
    // Asked and answered in turn, as it happens.
    let mut scratch = Scratch::default();
    let mut lines = crate::testing::Lines::default();
    for at in 0..2 {
        Enip.parse(&meta(), &to_slot[at], &mut scratch, &mut lines);
        Enip.parse(&meta(), &answers[at], &mut scratch, &mut lines);
    }
    assert!(lines.0.last().unwrap().starts_with("sender cip.module=slot 0: ABC-1"), "{:?}", lines.0);
    // Without the opening nothing is said of anybody.
    let seen = both_ways(&Enip, &meta(), &to_slot[1], &answers[1]);
    assert_eq!(seen, ["sender enip.role=scanner", "sender enip.role=target"]);
}

#[test]
fn attribute_list_and_pccc() {
    let seen = both_ways(
        &Enip,
        &meta(),
        &rr(1, "03 02 20 01 24 01 0300 0100 0600 0700"),
        &rr(1, "83 00 00 00 0300 0100 0000 d204 0600 0800 0700 0000 02 4131"),
    );
    assert_eq!(seen[2..], ["sender enip.vendor_id=1234", "sender enip.name=A1"]);
    let seen = both_ways(
        &Enip,
        &meta(),
        &rr(1, "4b 02 20 67 24 01 07 3412 78563412 06 00 0100 03"),
        &rr(1, "cb 00 00 00 07 3412 78563412 46 00 0100 01 ee 31 5b 23 313734372d58353531 2020 0000"),
    );
    assert_eq!(seen[2..], ["sender cip.pccc=1747-X551"]);
}

#[test]
fn failures_and_strangers_say_nothing() {
    let read = rr(1, "01 02 20 01 24 01");
    let failed = [rr(1, "81 00 08 00"), rr(1, &["81 00 00 00", IDENTITY].concat())].concat();
    let seen = both_ways(&Enip, &meta(), &read, &failed);
    assert_eq!(seen, ["sender enip.role=scanner", "sender enip.role=target"]);
    assert_eq!(Enip.probe(&meta(), b"GET / HTTP/1.1\r\n"), Probe::No);
    assert_eq!(Enip.probe(&meta(), &read[..10]), Probe::More);
}

#[test]
fn what_cpppo_says() {
    turns(&Enip, include_str!("../../../vectors/enip/cpppo.txt"));
}
