//! Link Layer Discovery Protocol (IEEE 802.1AB-2016 clause 8; media endpoints
//! ANSI/TIA-1057 clause 10.2; port VLAN IEEE 802.1Q annex D; PROFINET
//! IEC 61158-6-10 clause 4.3).
//!
//! | TLV | becomes |
//! |---|---|
//! | 1 chassis id | `lldp.chassis_id`: kind and text |
//! | 2 port id | `lldp.port_id` |
//! | 4, 5, 6 | `lldp.port_description`, `lldp.system_name`, `lldp.system_description` |
//! | 7 capabilities, the enabled ones | `lldp.capabilities` |
//! | 8 management address, IPv4 and IPv6 | `lldp.mgmt_ip` |
//! | 127 00-80-C2 subtype 1 | `lldp.vlan` |
//! | 127 00-12-BB subtypes 5 to 11 | `lldp.med_hardware` … `lldp.med_asset` |
//! | 127 00-0E-CF subtypes 5, 2 | `lldp.profinet_mac`, `lldp.profinet_port` |
//!
//! The three mandatory TLVs must come first, in order (clause 8.2). The location
//! TLV of TIA-1057 (a postal address, an emergency number) is passed over.

use core::net::IpAddr;

use model::{Field, Mac};

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// Chassis id: its kind and its text.
pub const CHASSIS_ID: Field = Field::host("lldp.chassis_id");
/// Port id.
pub const PORT_ID: Field = Field::host("lldp.port_id");
/// Port description.
pub const PORT_DESCRIPTION: Field = Field::host("lldp.port_description");
/// System name.
pub const SYSTEM_NAME: Field = Field::host("lldp.system_name");
/// System description, on one line.
pub const SYSTEM_DESCRIPTION: Field = Field::host("lldp.system_description");
/// Enabled capabilities.
pub const CAPABILITIES: Field = Field::host("lldp.capabilities");
/// A management address.
pub const MGMT_IP: Field = Field::host("lldp.mgmt_ip");
/// Port VLAN id.
pub const VLAN: Field = Field::host("lldp.vlan");
/// TIA-1057 hardware revision.
pub const MED_HARDWARE: Field = Field::host("lldp.med_hardware");
/// TIA-1057 firmware revision.
pub const MED_FIRMWARE: Field = Field::host("lldp.med_firmware");
/// TIA-1057 software revision.
pub const MED_SOFTWARE: Field = Field::host("lldp.med_software");
/// TIA-1057 serial number.
pub const MED_SERIAL: Field = Field::host("lldp.med_serial");
/// TIA-1057 manufacturer name.
pub const MED_MANUFACTURER: Field = Field::host("lldp.med_manufacturer");
/// TIA-1057 model name.
pub const MED_MODEL: Field = Field::host("lldp.med_model");
/// TIA-1057 asset id.
pub const MED_ASSET: Field = Field::host("lldp.med_asset");
/// MAC of the PROFINET interface.
pub const PROFINET_MAC: Field = Field::host("lldp.profinet_mac");
/// PROFINET port status: the two state words in hexadecimal.
pub const PROFINET_PORT: Field = Field::host("lldp.profinet_port");

static INFO: Info = Info {
    name: "lldp",
    title: "Link Layer Discovery Protocol",
    spec: "IEEE 802.1AB-2016, ANSI/TIA-1057, IEEE 802.1Q annex D, IEC 61158-6-10",
    over: &[Over::EtherType(0x88cc)],
    first_bytes: &[],
    fields: &[
        CHASSIS_ID,
        PORT_ID,
        PORT_DESCRIPTION,
        SYSTEM_NAME,
        SYSTEM_DESCRIPTION,
        CAPABILITIES,
        MGMT_IP,
        VLAN,
        MED_HARDWARE,
        MED_FIRMWARE,
        MED_SOFTWARE,
        MED_SERIAL,
        MED_MANUFACTURER,
        MED_MODEL,
        MED_ASSET,
        PROFINET_MAC,
        PROFINET_PORT,
    ],
    budget: 0,
};

/// Names of the capability bits, bit 0 first (table 8-4).
const CAPABILITY_NAMES: [&str; 11] = [
    "other",
    "repeater",
    "bridge",
    "wlan",
    "router",
    "telephone",
    "docsis",
    "station",
    "cvlan",
    "svlan",
    "tpmr",
];

/// Walks over TLVs: (type, value). Every one takes at least two bytes; the walk
/// ends at the end TLV and at one that is not whole.
#[derive(Clone, Copy, Debug)]
pub struct Tlvs<'a>(Reader<'a>);

impl<'a> Tlvs<'a> {
    /// From the first byte behind the Ethernet type.
    pub const fn new(bytes: &'a [u8]) -> Tlvs<'a> {
        Tlvs(Reader::new(bytes))
    }

    /// True when the walk stands before a TLV that is not whole.
    pub fn broken(&self) -> bool {
        !self.0.is_empty() && !matches!(self.0.rest(), [0, 0, ..])
    }
}

impl<'a> Iterator for Tlvs<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let mut reader = self.0;
        let head = reader.be16()?;
        let value = reader.take(usize::from(head & 0x1ff))?;
        if head == 0 {
            return None;
        }
        self.0 = reader;
        Some(((head >> 9) as u8, value))
    }
}

/// Chassis, port and TTL TLVs as they must stand in front; then the others.
fn mandatory(bytes: &[u8]) -> Option<(&[u8], &[u8], Tlvs<'_>)> {
    let mut tlvs = Tlvs::new(bytes);
    let (1, chassis) = tlvs.next()? else { return None };
    let (2, port) = tlvs.next()? else { return None };
    let (3, ttl) = tlvs.next()? else { return None };
    (chassis.len() > 1 && port.len() > 1 && ttl.len() >= 2).then_some((chassis, port, tlvs))
}

/// An address behind its IANA family number: 1 IPv4, 2 IPv6.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    let mut reader = Reader::new(bytes);
    let ip = match reader.u8()? {
        1 => IpAddr::from(reader.ipv4()?),
        2 => IpAddr::from(reader.ipv6()?),
        _ => return None,
    };
    reader.is_empty().then_some(ip)
}

/// The text of a chassis or port id whose subtype is that of a MAC, of a network
/// address, or of neither.
fn id_text(value: &[u8], is_mac: bool, is_address: bool) -> Text {
    match (is_mac, is_address, Mac::from_slice(value), address(value)) {
        (true, _, Some(mac), _) => Text::of(format_args!("{mac}")),
        (_, true, _, Some(ip)) => Text::of(format_args!("{ip}")),
        _ => printable(value),
    }
}

fn chassis_id(value: &[u8]) -> Option<Text> {
    let (subtype, id) = value.split_first()?;
    let kind = match subtype {
        1 => "component",
        2 => "alias",
        3 => "port",
        4 => "mac",
        5 => "ip",
        6 => "name",
        7 => "local",
        _ => "other",
    };
    let text = id_text(id, *subtype == 4, *subtype == 5);
    (!text.is_empty()).then(|| Text::of(format_args!("{kind} {}", text.as_str())))
}

fn port_id(value: &[u8]) -> Option<Text> {
    let (subtype, id) = value.split_first()?;
    Some(id_text(id, *subtype == 3, *subtype == 4))
}

/// Names of the set bits, bit 0 first, comma-separated. Also for CDP.
pub(crate) fn bit_names(bits: u32, names: &[&str]) -> Text {
    let mut text = Text::new();
    push_bit_names(&mut text, bits, names);
    text
}

/// As [`bit_names`], behind what `text` holds. Also for TCP.
pub(crate) fn push_bit_names(text: &mut Text, bits: u32, names: &[&str]) {
    let mut left = bits;
    let mut first = true;
    while let Some(name) = names.get(left.trailing_zeros() as usize) {
        if !first {
            text.push(',');
        }
        text.push_str(name);
        first = false;
        left &= left.wrapping_sub(1);
    }
}

/// Text that may stand on several lines (descriptions), on one: line ends become
/// a space. Also for CDP and SNMP.
pub(crate) fn one_line(bytes: &[u8]) -> Text {
    let mut text = Text::new();
    for line in bytes.split(|byte| matches!(byte, b'\r' | b'\n')) {
        let line = printable(line);
        if !text.is_empty() && !line.is_empty() {
            text.push(' ');
        }
        line.chars().for_each(|c| text.push(c));
    }
    text
}

fn management_ip(value: &[u8]) -> Option<IpAddr> {
    let mut reader = Reader::new(value);
    let length = usize::from(reader.u8()?);
    let ip = address(reader.take(length)?)?;
    Some(ip).filter(|ip| model::is_host_ip(*ip) && !ip.is_loopback())
}

fn organization(value: &[u8], sink: &mut dyn Sink) -> Option<()> {
    let mut reader = Reader::new(value);
    let (oui, subtype) = (reader.array::<3>()?, reader.u8()?);
    let (field, text) = match (oui, subtype) {
        ([0x00, 0x80, 0xc2], 1) => {
            let vlan = reader.be16().filter(|vlan| *vlan != 0)?;
            (&VLAN, Text::of(format_args!("{vlan}")))
        }
        ([0x00, 0x0e, 0xcf], 2) => {
            let (rtc2, rtc3) = (reader.be16()?, reader.be16()?);
            (&PROFINET_PORT, Text::of(format_args!("rtc2={rtc2:04x} rtc3={rtc3:04x}")))
        }
        ([0x00, 0x0e, 0xcf], 5) => (&PROFINET_MAC, Text::of(format_args!("{}", reader.mac()?))),
        ([0x00, 0x12, 0xbb], 5..=11) => {
            let field = match subtype {
                5 => &MED_HARDWARE,
                6 => &MED_FIRMWARE,
                7 => &MED_SOFTWARE,
                8 => &MED_SERIAL,
                9 => &MED_MANUFACTURER,
                10 => &MED_MODEL,
                _ => &MED_ASSET,
            };
            (field, printable(reader.rest()))
        }
        _ => return None,
    };
    tell(sink, field, &text);
    Some(())
}

fn tell(sink: &mut dyn Sink, field: &'static Field, text: &str) {
    if !text.is_empty() {
        sink.observe(About::Sender, field, text);
    }
}

/// The protocol.
pub struct Lldp;

impl Protocol for Lldp {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, _: &Meta, bytes: &[u8]) -> Probe {
        if mandatory(bytes).is_some() { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some((chassis, port, mut tlvs)) = mandatory(bytes) else {
            return Outcome::Malformed;
        };
        tell(sink, &CHASSIS_ID, &chassis_id(chassis).unwrap_or_default());
        tell(sink, &PORT_ID, &port_id(port).unwrap_or_default());
        for (kind, value) in tlvs.by_ref() {
            match kind {
                4 => tell(sink, &PORT_DESCRIPTION, &one_line(value)),
                5 => tell(sink, &SYSTEM_NAME, &printable(value)),
                6 => tell(sink, &SYSTEM_DESCRIPTION, &one_line(value)),
                7 => {
                    if let [_, _, high, low, ..] = value {
                        let enabled = u16::from_be_bytes([*high, *low]);
                        let names = bit_names(u32::from(enabled), &CAPABILITY_NAMES);
                        tell(sink, &CAPABILITIES, &names);
                    }
                }
                8 => {
                    if let Some(ip) = management_ip(value) {
                        tell(sink, &MGMT_IP, &Text::of(format_args!("{ip}")));
                    }
                }
                127 => {
                    let _ = organization(value, sink);
                }
                _ => {}
            }
        }
        if tlvs.broken() && !meta.cut { Outcome::Malformed } else { Outcome::Done }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{datagram, hex, truncations, vectors};

    const FRONT: &str = "0207 04 0200000000aa 0406 05 657468 3031 0602 0078";

    #[test]
    fn a_switch_tells_its_port() {
        let bytes = hex(&[
            FRONT,
            "0807 5570 6c696e6b 31 0a05 737731 2e78 0c08 4c696e65 0d0a 4232",
            "0e04 0014 0014 100c 05 01 0a000001 02 00000005 00",
            "1018 11 02 20010db8000000000000000000000001 02 00000005 00",
            "fe06 0080c2 01 0064 0000",
        ]
        .concat());
        let lines = [
            "sender lldp.chassis_id=mac 02:00:00:00:00:aa",
            "sender lldp.port_id=eth01",
            "sender lldp.port_description=Uplink1",
            "sender lldp.system_name=sw1.x",
            "sender lldp.system_description=Line B2",
            "sender lldp.capabilities=bridge,router",
            "sender lldp.mgmt_ip=10.0.0.1",
            "sender lldp.mgmt_ip=2001:db8::1",
            "sender lldp.vlan=100",
        ];
        assert_eq!(datagram(&Lldp, &Meta::default(), &bytes), lines);
        truncations(&Lldp, &Meta::default(), &bytes);
    }

    #[test]
    fn a_telephone_tells_its_inventory() {
        let bytes = hex(&[
            "0206 05 01 0a000009 0407 03 0200000000aa 0602 0078",
            "fe05 0012bb 05 31 fe05 0012bb 06 32 fe05 0012bb 07 33 fe05 0012bb 08 34",
            "fe05 0012bb 09 35 fe05 0012bb 0a 36 fe05 0012bb 0b 37 fe06 0012bb 03 0102 0000",
        ]
        .concat());
        let lines = [
            "sender lldp.chassis_id=ip 10.0.0.9",
            "sender lldp.port_id=02:00:00:00:00:aa",
            "sender lldp.med_hardware=1",
            "sender lldp.med_firmware=2",
            "sender lldp.med_software=3",
            "sender lldp.med_serial=4",
            "sender lldp.med_manufacturer=5",
            "sender lldp.med_model=6",
            "sender lldp.med_asset=7",
        ];
        assert_eq!(datagram(&Lldp, &Meta::default(), &bytes), lines);
        truncations(&Lldp, &Meta::default(), &bytes);
    }

    #[test]
    fn a_profinet_device_tells_its_chassis() {
        let bytes = hex(&[
            "0207 07 706c632d 3031 0409 07 706f72742d303031 0602 0014",
            "fe08 000ecf 02 0000 0001 fe0a 000ecf 05 0200000000aa 0000",
        ]
        .concat());
        let lines = [
            "sender lldp.chassis_id=local plc-01",
            "sender lldp.port_id=port-001",
            "sender lldp.profinet_port=rtc2=0000 rtc3=0001",
            "sender lldp.profinet_mac=02:00:00:00:00:aa",
        ];
        assert_eq!(datagram(&Lldp, &Meta::default(), &bytes), lines);
        truncations(&Lldp, &Meta::default(), &bytes);
    }

    #[test]
    fn the_mandatory_ones_must_come_first_and_be_whole() {
        let bytes = hex(FRONT);
        assert_eq!(Lldp.probe(&Meta::default(), &bytes), Probe::Yes);
        assert_eq!(Lldp.probe(&Meta::default(), &bytes[9..]), Probe::No);
        assert_eq!(Lldp.probe(&Meta::default(), &bytes[..bytes.len() - 1]), Probe::No);
        assert_eq!(Lldp.probe(&Meta::default(), &[0; 60]), Probe::No);
    }

    #[test]
    fn what_real_software_said() {
        vectors(&Lldp, include_str!("../../vectors/lldp/lldpd.txt"));
    }
}
