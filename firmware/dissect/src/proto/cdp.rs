//! Cisco Discovery Protocol, versions 1 and 2 (Cisco, "Cisco Discovery Protocol"
//! in the frame formats of Catalyst and IOS documentation).
//!
//! | TLV | becomes |
//! |---|---|
//! | 0x0001, 0x0003, 0x0006 | `cdp.device_id`, `cdp.port_id`, `cdp.platform` |
//! | 0x0002, 0x0016: IPv4 and IPv6 addresses | `cdp.address`, `cdp.mgmt_ip` |
//! | 0x0004 capabilities | `cdp.capabilities` |
//! | 0x0005 software version, on one line | `cdp.version` |
//! | 0x0009, 0x000a | `cdp.vtp_domain`, `cdp.native_vlan` |
//! | 0x0014 | `cdp.system_name` |

use core::net::IpAddr;

use model::Field;

use super::lldp::{bit_names, one_line};
use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// Device id: a host name, a serial number or a MAC, as the device likes.
pub const DEVICE_ID: Field = Field::host("cdp.device_id");
/// Hardware platform.
pub const PLATFORM: Field = Field::host("cdp.platform");
/// Software version, on one line.
pub const VERSION: Field = Field::host("cdp.version");
/// Port the frame was sent on.
pub const PORT_ID: Field = Field::host("cdp.port_id");
/// VLAN trunking domain.
pub const VTP_DOMAIN: Field = Field::host("cdp.vtp_domain");
/// Native VLAN of the port.
pub const NATIVE_VLAN: Field = Field::host("cdp.native_vlan");
/// SNMP system name.
pub const SYSTEM_NAME: Field = Field::host("cdp.system_name");
/// What the device does.
pub const CAPABILITIES: Field = Field::host("cdp.capabilities");
/// An address of the port.
pub const ADDRESS: Field = Field::host("cdp.address");
/// A management address.
pub const MGMT_IP: Field = Field::host("cdp.mgmt_ip");

static INFO: Info = Info {
    name: "cdp",
    title: "Cisco Discovery Protocol",
    spec: "Cisco Discovery Protocol version 2",
    over: &[Over::Snap([0x00, 0x00, 0x0c], 0x2000)],
    first_bytes: &[],
    fields: &[
        DEVICE_ID,
        PLATFORM,
        VERSION,
        PORT_ID,
        VTP_DOMAIN,
        NATIVE_VLAN,
        SYSTEM_NAME,
        CAPABILITIES,
        ADDRESS,
        MGMT_IP,
    ],
    budget: 0,
};

/// Names of the capability bits, bit 0 first.
const CAPABILITY_NAMES: [&str; 11] = [
    "router",
    "bridge",
    "source_bridge",
    "switch",
    "host",
    "igmp",
    "repeater",
    "phone",
    "remote",
    "cvta",
    "tpmr",
];

/// Walks over TLVs: (type, value). The length counts the four bytes of the head,
/// so every one takes at least those; one that is not whole ends the walk.
#[derive(Clone, Copy, Debug)]
pub struct Tlvs<'a>(Reader<'a>);

impl<'a> Iterator for Tlvs<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let mut reader = self.0;
        let (kind, length) = (reader.be16()?, reader.be16()?);
        let value = reader.take(usize::from(length).checked_sub(4)?)?;
        self.0 = reader;
        Some((kind, value))
    }
}

/// The TLVs behind version, time to live and checksum; `None` for versions that
/// are not known and when not even the first TLV is whole.
fn tlvs(bytes: &[u8]) -> Option<Tlvs<'_>> {
    let mut reader = Reader::new(bytes);
    reader.u8().filter(|version| matches!(version, 1 | 2))?;
    reader.skip(3)?;
    let tlvs = Tlvs(reader);
    tlvs.clone().next()?;
    Some(tlvs)
}

/// IPv4 and IPv6 addresses of an addresses TLV: a 32-bit count, then protocol
/// type, protocol length, protocol, address length, address. IPv4 is named by
/// NLPID 0xcc, IPv6 by its 802.2 SNAP header.
fn addresses(value: &[u8], field: &'static Field, sink: &mut dyn Sink) -> Option<()> {
    let mut reader = Reader::new(value);
    let count = reader.be32()?;
    for _ in 0..count {
        let (_, length) = (reader.u8()?, reader.u8()?);
        let protocol = reader.take(usize::from(length))?;
        let length = reader.be16()?;
        let mut address = Reader::new(reader.take(usize::from(length))?);
        let ip = match (protocol, length) {
            ([0xcc], 4) => address.ipv4().map(IpAddr::from),
            ([0xaa, 0xaa, 0x03, 0, 0, 0, 0x86, 0xdd], 16) => address.ipv6().map(IpAddr::from),
            _ => None,
        };
        if let Some(ip) = ip.filter(|ip| model::is_host_ip(*ip) && !ip.is_loopback()) {
            tell(sink, field, &Text::of(format_args!("{ip}")));
        }
    }
    Some(())
}

fn tell(sink: &mut dyn Sink, field: &'static Field, text: &str) {
    if !text.is_empty() {
        sink.observe(About::Sender, field, text);
    }
}

/// The protocol.
pub struct Cdp;

impl Protocol for Cdp {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, _: &Meta, bytes: &[u8]) -> Probe {
        if tlvs(bytes).is_some() { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some(mut tlvs) = tlvs(bytes) else {
            return Outcome::Malformed;
        };
        for (kind, value) in tlvs.by_ref() {
            match kind {
                0x01 => tell(sink, &DEVICE_ID, &printable(value)),
                0x02 => {
                    let _ = addresses(value, &ADDRESS, sink);
                }
                0x03 => tell(sink, &PORT_ID, &printable(value)),
                0x04 => {
                    if let Ok(bits) = value.try_into().map(u32::from_be_bytes) {
                        tell(sink, &CAPABILITIES, &bit_names(bits, &CAPABILITY_NAMES));
                    }
                }
                0x05 => tell(sink, &VERSION, &one_line(value)),
                0x06 => tell(sink, &PLATFORM, &printable(value)),
                0x09 => tell(sink, &VTP_DOMAIN, &printable(value)),
                0x0a => {
                    if let Ok(vlan) = value.try_into().map(u16::from_be_bytes) {
                        tell(sink, &NATIVE_VLAN, &Text::of(format_args!("{vlan}")));
                    }
                }
                0x14 => tell(sink, &SYSTEM_NAME, &printable(value)),
                0x16 => {
                    let _ = addresses(value, &MGMT_IP, sink);
                }
                _ => {}
            }
        }
        if tlvs.0.is_empty() || meta.cut { Outcome::Done } else { Outcome::Malformed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{datagram, hex, truncations, vectors};

    const FRAME: &str = "02 b4 0000
        0001 0007 737731
        0002 002d 00000002 01 01 cc 0004 0a000001
             02 08 aaaa0300000086dd 0010 20010db8000000000000000000000001
        0003 0009 47 69302f31
        0004 0008 00000029
        0005 0010 494f532031350d0a42303120
        0006 0009 5753 433335
        0009 0006 6c61
        000a 0006 0064
        000b 0005 01
        0014 0008 73772e78
        0016 0011 00000001 01 01 cc 0004 0a000002";

    #[test]
    fn a_switch_tells_its_port() {
        let lines = [
            "sender cdp.device_id=sw1",
            "sender cdp.address=10.0.0.1",
            "sender cdp.address=2001:db8::1",
            "sender cdp.port_id=Gi0/1",
            "sender cdp.capabilities=router,switch,igmp",
            "sender cdp.version=IOS 15 B01",
            "sender cdp.platform=WSC35",
            "sender cdp.vtp_domain=la",
            "sender cdp.native_vlan=100",
            "sender cdp.system_name=sw.x",
            "sender cdp.mgmt_ip=10.0.0.2",
        ];
        assert_eq!(datagram(&Cdp, &Meta::default(), &hex(FRAME)), lines);
        truncations(&Cdp, &Meta::default(), &hex(FRAME));
    }

    #[test]
    fn a_length_below_the_head_ends_it() {
        let bad = hex(&FRAME.replace("0003 0009", "0003 0003"));
        assert_eq!(datagram(&Cdp, &Meta::default(), &bad).len(), 3);
        assert_eq!(Cdp.probe(&Meta::default(), &hex("03 b4 0000 0001 0007 737731")), Probe::No);
        assert_eq!(Cdp.probe(&Meta::default(), &hex("02 b4 0000 0001 0003 737731")), Probe::No);
    }

    #[test]
    fn a_count_of_addresses_is_not_believed() {
        let bad = hex("02 b4 0000 0002 0011 ffffffff 01 01 cc 0004 0a000001");
        assert_eq!(datagram(&Cdp, &Meta::default(), &bad), ["sender cdp.address=10.0.0.1"]);
    }

    #[test]
    fn what_real_software_said() {
        vectors(&Cdp, include_str!("../../vectors/cdp/lldpd.txt"));
    }
}
