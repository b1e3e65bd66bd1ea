//! ARP for IPv4 over Ethernet (RFC 826; probes and announcements RFC 5227).
//!
//! | bytes | becomes |
//! |---|---|
//! | sender hardware and protocol address, operation | `arp.binding` about that pair: `request`, `reply` or `announce` |
//! | a probe (sender protocol address 0.0.0.0) | `arp.probe` about the sender's MAC: the address it wants |

use core::net::IpAddr;

use model::Field;

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text};

/// MAC and IPv4 address belong together; the value is the operation.
pub const BINDING: Field = Field::host("arp.binding");
/// The address a host asks for before it uses it.
pub const PROBE: Field = Field::host("arp.probe");

static INFO: Info = Info {
    name: "arp",
    title: "Address Resolution Protocol",
    spec: "RFC 826, RFC 5227",
    over: &[Over::EtherType(0x0806)],
    first_bytes: &[],
    fields: &[BINDING, PROBE],
    budget: 0,
};

/// ARP operation; unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// 1: who has?
    Request,
    /// 2: I have.
    Reply,
    /// RARP, InARP and others.
    Unknown(u16),
}

/// An ARP packet whose lengths have been checked: all fields are there.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// What it does.
    pub operation: Operation,
    /// Sender's hardware address.
    pub sender_mac: model::Mac,
    /// Sender's protocol address.
    pub sender_ip: core::net::Ipv4Addr,
    /// Target's protocol address.
    pub target_ip: core::net::Ipv4Addr,
}

impl View {
    /// `None` for other hardware or protocol types than Ethernet and IPv4, and
    /// for fewer than 28 bytes.
    pub fn new(bytes: &[u8]) -> Option<View> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != [0, 1, 8, 0, 6, 4] {
            return None;
        }
        let operation = match reader.be16()? {
            1 => Operation::Request,
            2 => Operation::Reply,
            other => Operation::Unknown(other),
        };
        let (sender_mac, sender_ip) = (reader.mac()?, reader.ipv4()?);
        reader.mac()?;
        Some(View { operation, sender_mac, sender_ip, target_ip: reader.ipv4()? })
    }
}

/// The protocol.
pub struct Arp;

impl Protocol for Arp {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, _: &Meta, bytes: &[u8]) -> Probe {
        if View::new(bytes).is_some() { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, _: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some(view) = View::new(bytes) else {
            return Outcome::Malformed;
        };
        let operation = match view.operation {
            _ if view.sender_ip == view.target_ip => "announce",
            Operation::Request => "request",
            Operation::Reply => "reply",
            Operation::Unknown(_) => return Outcome::Done,
        };
        let mac = Some(view.sender_mac);
        if view.sender_ip.is_unspecified() {
            let wanted = Text::of(format_args!("{}", view.target_ip));
            sink.observe(About::Host { mac, ip: None }, &PROBE, &wanted);
        } else {
            let ip = Some(IpAddr::V4(view.sender_ip));
            sink.observe(About::Host { mac, ip }, &BINDING, operation);
        }
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{datagram, hex};

    const REQUEST: &str = "0001 0800 0604 0001 0200000000aa 0a000001 000000000000 0a000002";

    #[test]
    fn a_request_binds_its_sender() {
        let seen = datagram(&Arp, &Meta::default(), &hex(REQUEST));
        assert_eq!(seen, ["host(02:00:00:00:00:aa 10.0.0.1) arp.binding=request"]);
    }

    #[test]
    fn a_probe_claims_nothing() {
        let probe = REQUEST.replace("0a000001", "00000000");
        let seen = datagram(&Arp, &Meta::default(), &hex(&probe));
        assert_eq!(seen, ["host(02:00:00:00:00:aa -) arp.probe=10.0.0.2"]);
    }

    #[test]
    fn other_hardware_is_refused() {
        assert!(View::new(&hex(&REQUEST.replacen("0001", "0006", 1))).is_none());
        assert!(View::new(&hex(REQUEST)[..27]).is_none());
    }
}
