//! PROFINET DCP, discovery and basic configuration (IEC 61158-6-10, 4.3):
//! stations name themselves, their maker, their role and their address.
//!
//! | bytes | becomes |
//! |---|---|
//! | identify response, get response, hello: options 2/1, 2/2, 2/3, 2/4, 2/6, 2/8 | `dcp.station_type`, `dcp.station_name`, `dcp.vendor_id` and `dcp.device_id`, `dcp.role`, `dcp.alias`, `dcp.oem` |
//! | the same: options 1/2 and 1/3 | `dcp.ip` about the sender's MAC and that address |
//! | name in a hello or in a set request | `dcp.initiator`: who speaks up unasked or gives names |
//!
//! A set request says what its receiver is about to become and an identify
//! request whom somebody looks for: neither is a fact about a host.

use core::net::{IpAddr, Ipv4Addr};

use model::Field;

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// Name of station (option 2/2).
pub const STATION_NAME: Field = Field::host("dcp.station_name");
/// Manufacturer's type of station (2/1), `S7-1500`.
pub const STATION_TYPE: Field = Field::host("dcp.station_type");
/// PI vendor number (2/3), 4 hexadecimal digits.
pub const VENDOR_ID: Field = Field::host("dcp.vendor_id");
/// Vendor's device number (2/3), 4 hexadecimal digits.
pub const DEVICE_ID: Field = Field::host("dcp.device_id");
/// Roles (2/4), `device,controller`.
pub const ROLE: Field = Field::host("dcp.role");
/// Alias by port and neighbour (2/6).
pub const ALIAS: Field = Field::host("dcp.alias");
/// OEM vendor and device number (2/8), `002a 0a01`.
pub const OEM: Field = Field::host("dcp.oem");
/// Address of the station (1/2, 1/3), `192.168.0.6/24 gw 192.168.0.1`.
pub const IP: Field = Field::host("dcp.ip");
/// Name in a hello or set request.
pub const INITIATOR: Field = Field::host("dcp.initiator");

static INFO: Info = Info {
    name: "profinet_dcp",
    title: "PROFINET Discovery and Configuration",
    spec: "IEC 61158-6-10",
    over: &[Over::EtherType(0x8892)],
    first_bytes: &[],
    fields: &[STATION_NAME, STATION_TYPE, VENDOR_ID, DEVICE_ID, ROLE, ALIAS, OEM, IP, INITIATOR],
    budget: 0,
};

/// What a DCP frame does; others are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// A station tells of itself unasked.
    Hello,
    /// A station tells what was asked for by a get or an identify request.
    Answer,
    /// Somebody gives a station a name or an address.
    SetRequest,
    /// Get, identify and other requests, set responses, refusals.
    Unknown(u8, u8),
}

/// A DCP frame whose header has been checked: frame id, service, and a block
/// length that the frame can hold.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What it does.
    pub service: Service,
    /// The blocks, padding of the Ethernet frame cut off.
    pub blocks: &'a [u8],
}

impl<'a> View<'a> {
    /// `None` for cyclic data and other frame ids than 0xFEFC..=0xFEFF, a service
    /// that the frame id does not carry, and for less than the header's 12 bytes.
    /// Fewer bytes of blocks than announced are taken as they are when `cut`.
    pub fn new(bytes: &'a [u8], cut: bool) -> Option<View<'a>> {
        let mut reader = Reader::new(bytes);
        let frame_id = reader.be16()?;
        let (id, kind) = (reader.u8()?, reader.u8()?);
        let service = match (frame_id, id, kind) {
            (0xfefc, 6, 0) => Service::Hello,
            (0xfefd, 3, 1) | (0xfeff, 5, 1) => Service::Answer,
            (0xfefd, 4, 0) => Service::SetRequest,
            (0xfefd, 3 | 4, _) | (0xfefe, 5, 0) => Service::Unknown(id, kind),
            _ => return None,
        };
        reader.skip(6)?;
        let length = usize::from(reader.be16()?);
        let blocks = if cut { reader.take_up_to(length) } else { reader.take(length)? };
        Some(View { service, blocks })
    }
}

/// One block: option, sub-option and what follows block info or qualifier.
struct Block<'a> {
    option: (u8, u8),
    value: &'a [u8],
}

/// The next block; `None` at the end and when it is cut. Every block of a hello,
/// an answer and a set request starts with two bytes of info or qualifier.
fn next_block<'a>(reader: &mut Reader<'a>) -> Option<Block<'a>> {
    let option = (reader.u8()?, reader.u8()?);
    let length = usize::from(reader.be16()?);
    let (_, value) = reader.take(length)?.split_at_checked(2)?;
    if length % 2 == 1 {
        // The last block's padding may be missing: that is no reason to drop it.
        let _ = reader.u8();
    }
    Some(Block { option, value })
}

/// The names of the set bits of a device role (IEC 61158-6-10, 4.3.1.4.10).
fn roles(bits: u8) -> Text {
    let mut text = Text::new();
    for (bit, name) in [(1, "device"), (2, "controller"), (4, "multidevice"), (8, "supervisor")] {
        if bits & bit != 0 {
            let comma = if text.is_empty() { "" } else { "," };
            let _ = core::fmt::Write::write_fmt(&mut text, format_args!("{comma}{name}"));
        }
    }
    text
}

/// Address and text of an IP suite; `None` when no address is set. A gateway of
/// zero or of the station's own address means that there is none.
fn ip_suite(value: &[u8]) -> Option<(Ipv4Addr, Text)> {
    let mut reader = Reader::new(value);
    let (ip, mask, gateway) = (reader.ipv4()?, reader.ipv4()?, reader.ipv4()?);
    if ip.is_unspecified() {
        return None;
    }
    let bits = mask.to_bits();
    let mut text = if bits.leading_ones() == bits.count_ones() {
        Text::of(format_args!("{ip}/{}", bits.count_ones()))
    } else {
        Text::of(format_args!("{ip}/{mask}"))
    };
    if !gateway.is_unspecified() && gateway != ip {
        let _ = core::fmt::Write::write_fmt(&mut text, format_args!(" gw {gateway}"));
    }
    Some((ip, text))
}

fn tell(sink: &mut dyn Sink, field: &'static Field, text: &Text) {
    if !text.is_empty() {
        sink.observe(About::Sender, field, text);
    }
}

/// What a station's block says of it.
fn tell_block(meta: &Meta, block: &Block<'_>, sink: &mut dyn Sink) {
    match (block.option, block.value) {
        ((1, 2 | 3), value) => {
            if let Some((ip, text)) = ip_suite(value) {
                let about = About::Host { mac: meta.src_mac, ip: Some(IpAddr::V4(ip)) };
                sink.observe(about, &IP, &text);
            }
        }
        ((2, 1), value) => tell(sink, &STATION_TYPE, &printable(value)),
        ((2, 2), value) => tell(sink, &STATION_NAME, &printable(value)),
        ((2, 3), [a, b, c, d, ..]) => {
            tell(sink, &VENDOR_ID, &Text::of(format_args!("{a:02x}{b:02x}")));
            tell(sink, &DEVICE_ID, &Text::of(format_args!("{c:02x}{d:02x}")));
        }
        ((2, 4), [bits, ..]) => tell(sink, &ROLE, &roles(*bits)),
        ((2, 6), value) => tell(sink, &ALIAS, &printable(value)),
        ((2, 8), [a, b, c, d, ..]) => {
            tell(sink, &OEM, &Text::of(format_args!("{a:02x}{b:02x} {c:02x}{d:02x}")));
        }
        _ => {}
    }
}

/// The protocol.
pub struct ProfinetDcp;

impl Protocol for ProfinetDcp {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        if View::new(bytes, meta.cut).is_some() { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some(view) = View::new(bytes, meta.cut) else {
            return Outcome::Malformed;
        };
        if let Service::Unknown(..) = view.service {
            return Outcome::Done;
        }
        let mut reader = Reader::new(view.blocks);
        while let Some(block) = next_block(&mut reader) {
            if view.service != Service::Answer && block.option == (2, 2) {
                tell(sink, &INITIATOR, &printable(block.value));
            }
            if view.service != Service::SetRequest {
                tell_block(meta, &block, sink);
            }
        }
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{datagram, hex, truncations, vectors};

    const ANSWER: &str = "feff 05 01 00000007 0000 0048
        02 02 0007 0000 706c632d31 00
        02 01 0009 0000 53372d31353030 00
        02 03 0006 0000 002a 010d
        02 04 0004 0000 06 00
        02 08 0006 0000 0123 4567
        01 02 000e 0001 c0a80006 ffffff00 c0a80001
        0000000000000000";

    fn meta() -> Meta {
        Meta { src_mac: Some(model::Mac([2, 0, 0, 0, 0, 7])), ..Meta::default() }
    }

    #[test]
    fn a_station_describes_itself() {
        let seen = datagram(&ProfinetDcp, &meta(), &hex(ANSWER));
        assert_eq!(
            seen,
            [
                "sender dcp.station_name=plc-1",
                "sender dcp.station_type=S7-1500",
                "sender dcp.vendor_id=002a",
                "sender dcp.device_id=010d",
                "sender dcp.role=controller,multidevice",
                "sender dcp.oem=0123 4567",
                "host(02:00:00:00:00:07 192.168.0.6) dcp.ip=192.168.0.6/24 gw 192.168.0.1",
            ]
        );
        truncations(&ProfinetDcp, &meta(), &hex(ANSWER));
    }

    #[test]
    fn a_hello_names_its_sender_and_a_set_request_nobody() {
        let hello = "fefc 06 00 00000001 0000 000c 02 02 0008 0000 64726976652d";
        let seen = datagram(&ProfinetDcp, &meta(), &hex(hello));
        assert_eq!(seen, ["sender dcp.initiator=drive-", "sender dcp.station_name=drive-"]);
        let set = "fefd 04 00 00000001 0000 001e
            02 02 0007 0001 6e65772d31 00
            01 02 000e 0001 0a000002 ffffff00 0a000001";
        assert_eq!(datagram(&ProfinetDcp, &meta(), &hex(set)), ["sender dcp.initiator=new-1"]);
    }

    #[test]
    fn an_address_that_is_not_set_is_none() {
        let answer = "fefd 03 01 00000001 0000 0012 01 02 000e 0000 00000000 00000000 00000000";
        assert!(datagram(&ProfinetDcp, &meta(), &hex(answer)).is_empty());
        let odd = ip_suite(&hex("0a000002 ff00ff00 0a000002")).unwrap().1;
        assert_eq!(odd.as_str(), "10.0.0.2/255.0.255.0");
    }

    #[test]
    fn cyclic_data_and_searches_are_left_alone() {
        assert_eq!(ProfinetDcp.probe(&meta(), &hex("8000 0501 00000001 0000 0000")), Probe::No);
        let search = "fefe 05 00 00000001 0001 0009 02 02 0005 706c632d31 00";
        assert!(datagram(&ProfinetDcp, &meta(), &hex(search)).is_empty());
    }

    #[test]
    fn what_pnio_dcp_says() {
        vectors(&ProfinetDcp, include_str!("../../vectors/profinet_dcp/pnio_dcp.txt"));
    }
}
