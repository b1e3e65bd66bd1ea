//! ARP (RFC 826) as a host needs it before and while it has an address: is it free, is it
//! still ours, does the gateway answer (RFC 5227).

mod ask;
mod defence;
mod prober;

use std::fmt;
use std::net::Ipv4Addr;

use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr,
};

pub use ask::{Socket, probe, reaches};
pub use defence::{Defence, Verdict};
pub use prober::{Prober, Step, Timing};

/// Longest frame that can hold what is read here, bytes.
pub const MAX_FRAME: usize = 64;

/// An Ethernet address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

/// `02:00:00:00:00:01`.
impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        model::Mac(self.0).fmt(f)
    }
}

/// What an ARP packet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// It asks; otherwise it answers.
    pub request: bool,
    /// Who sends it.
    pub mac: Mac,
    /// What address the sender has; 0.0.0.0 when it only asks whether one is free.
    pub sender: Ipv4Addr,
    /// What address it is about.
    pub target: Ipv4Addr,
}

impl Arp {
    /// Reads a frame; none when it is no ARP for IPv4 over Ethernet, or cut.
    pub fn read(frame: &[u8]) -> Option<Arp> {
        let frame = EthernetFrame::new_checked(frame).ok()?;
        if frame.ethertype() != EthernetProtocol::Arp {
            return None;
        }
        let packet = ArpPacket::new_checked(frame.payload()).ok()?;
        let ArpRepr::EthernetIpv4 {
            operation,
            source_hardware_addr,
            source_protocol_addr,
            target_protocol_addr,
            ..
        } = ArpRepr::parse(&packet).ok()?
        else {
            return None;
        };
        let (mac, sender, target) = (Mac(source_hardware_addr.0), source_protocol_addr, target_protocol_addr);
        Some(Arp { request: operation == ArpOperation::Request, mac, sender, target })
    }

    /// As a frame to everyone.
    pub fn frame(&self) -> Vec<u8> {
        let operation = if self.request { ArpOperation::Request } else { ArpOperation::Reply };
        let arp = ArpRepr::EthernetIpv4 {
            operation,
            source_hardware_addr: EthernetAddress(self.mac.0),
            source_protocol_addr: self.sender,
            target_hardware_addr: EthernetAddress([0; 6]),
            target_protocol_addr: self.target,
        };
        let ethernet = EthernetRepr {
            src_addr: EthernetAddress(self.mac.0),
            dst_addr: EthernetAddress::BROADCAST,
            ethertype: EthernetProtocol::Arp,
        };
        let mut bytes = vec![0; 14 + arp.buffer_len()];
        let mut frame = EthernetFrame::new_unchecked(&mut bytes[..]);
        ethernet.emit(&mut frame);
        arp.emit(&mut ArpPacket::new_unchecked(frame.payload_mut()));
        bytes
    }

    /// The question whether an address is free (RFC 5227 §2.1.1): with no sender's address,
    /// so that nobody learns a wrong one.
    pub fn probe(mac: Mac, address: Ipv4Addr) -> Arp {
        Arp { request: true, mac, sender: Ipv4Addr::UNSPECIFIED, target: address }
    }

    /// The news that an address is ours (RFC 5227 §2.3).
    pub fn announcement(mac: Mac, address: Ipv4Addr) -> Arp {
        Arp { request: true, mac, sender: address, target: address }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn frames_are_read_as_they_are_written() {
        let (mac, ip) = (Mac([2, 0, 0, 0, 0, 1]), Ipv4Addr::new(10, 0, 0, 5));
        for arp in [Arp::probe(mac, ip), Arp::announcement(mac, ip)] {
            let frame = arp.frame();
            assert_eq!(frame.len(), 42);
            assert_eq!(Arp::read(&frame), Some(arp));
            for cut in 0..frame.len() {
                assert_eq!(Arp::read(&frame[..cut]), None);
            }
        }
        let probe = Arp::probe(mac, ip).frame();
        let expected =
            [8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 5];
        assert_eq!(probe[12..], expected);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Arp::read(&bytes);
        }
    }
}
