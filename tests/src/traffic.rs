//! Frames that a mirror port hands over, one by one.

use capture::{PcapFile, drain};

/// An ARP announcement (RFC 5227) of an address, in a VLAN or without a tag.
pub fn announcement(host: u8, ip: [u8; 4], vlan: Option<u16>) -> Vec<u8> {
    let mac = [2, 0, 0, 0, 1, host];
    let mut frame = [&[0xff; 6][..], &mac].concat();
    if let Some(vlan) = vlan {
        frame.extend([0x81, 0]);
        frame.extend(vlan.to_be_bytes());
    }
    frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
    frame.extend([&mac[..], &ip, &[0; 6], &ip].concat());
    frame.resize(64, 0);
    frame
}

/// The announcement of one of many hosts, each with its own address `10.0.x.y`.
pub fn one_of_many(number: u16) -> (Vec<u8>, [u8; 4]) {
    let [high, low] = number.to_be_bytes();
    let (mac, ip) = ([2, 0, 0, 1, high, low], [10, 0, high, low]);
    let mut frame = [&[0xff; 6][..], &mac, &[8, 6, 0, 1, 8, 0, 6, 4, 0, 1]].concat();
    frame.extend([&mac[..], &ip, &[0; 6], &ip].concat());
    frame.resize(60, 0);
    (frame, ip)
}

/// LLDP (IEEE 802.1AB) of a switch: `core1 Gi1/0/7`.
pub fn lldp() -> Vec<u8> {
    let mut frame = [&[0x01, 0x80, 0xc2, 0, 0, 0x0e][..], &[2, 0, 0, 0, 2, 1], &[0x88, 0xcc]].concat();
    for (kind, value) in
        [(1_u8, &b"\x04\x02\0\0\0\x02\x01"[..]), (2, b"\x05Gi1/0/7"), (3, b"\0\x78"), (5, b"core1"), (0, b"")]
    {
        frame.extend([kind << 1, value.len() as u8]);
        frame.extend(value);
    }
    frame
}

/// Every frame of the demonstration, in order: tagged and untagged.
///
/// # Panics
/// Never: memory can be read.
pub fn demonstration() -> Vec<Vec<u8>> {
    let mut file =
        PcapFile::from_reader("demo", Box::new(crate::demo())).expect("the demonstration is a capture");
    let mut out = Vec::new();
    drain(&mut file, |frame| out.push(frame.data.to_vec())).expect("memory can be read");
    out
}
