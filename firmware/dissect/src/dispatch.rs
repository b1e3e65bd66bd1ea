//! Which protocols are worth probing: by carrier, port and first byte, as bits
//! of one word, so that no chain of tries is ever walked.

use crate::{Over, PROTOCOLS, Protocol};

/// A set of protocols, one bit for each place in [`PROTOCOLS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Candidates(u64);

impl Candidates {
    /// No protocol.
    pub const NONE: Candidates = Candidates(0);

    const fn with(self, index: usize) -> Candidates {
        Candidates(self.0 | 1 << (index % 64))
    }

    /// Those of `self` that `other` lacks.
    pub const fn without(self, other: Candidates) -> Candidates {
        Candidates(self.0 & !other.0)
    }

    /// Those in either.
    pub const fn or(self, other: Candidates) -> Candidates {
        Candidates(self.0 | other.0)
    }

    /// True when there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The places in [`PROTOCOLS`], lowest first.
impl Iterator for Candidates {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        (bit < 64).then_some(bit as usize)
    }
}

/// The look-up tables, made once from the protocols' [`crate::Info`].
pub struct Dispatch {
    tcp_first: [Candidates; 256],
    udp_first: [Candidates; 256],
    tcp_ports: PortTable,
    udp_ports: PortTable,
    frames: heapless::Vec<(Over, u8), 32>,
    /// UDP ports of transactional protocols.
    transactions: heapless::Vec<u16, 8>,
}

/// A few dozen ports in a small open hash table.
struct PortTable([(u16, Candidates); PortTable::SLOTS]);

impl PortTable {
    const SLOTS: usize = 256;

    const fn new() -> PortTable {
        PortTable([(0, Candidates::NONE); Self::SLOTS])
    }

    fn slots(port: u16) -> impl Iterator<Item = usize> {
        let start = usize::from(port.wrapping_mul(0x9e37) >> 8);
        (0..Self::SLOTS).map(move |step| (start + step) % Self::SLOTS)
    }

    fn add(&mut self, port: u16, index: usize) {
        for at in Self::slots(port) {
            if let Some(slot) = self.0.get_mut(at)
                && (slot.0 == port || slot.1.is_empty())
            {
                *slot = (port, slot.1.with(index));
                return;
            }
        }
    }

    fn get(&self, port: u16) -> Candidates {
        for at in Self::slots(port) {
            match self.0.get(at) {
                Some((held, found)) if *held == port && !found.is_empty() => return *found,
                Some((_, found)) if !found.is_empty() => {}
                _ => break,
            }
        }
        Candidates::NONE
    }
}

impl Default for Dispatch {
    fn default() -> Self {
        Dispatch::new()
    }
}

impl Dispatch {
    /// Reads every protocol's `Info`.
    pub fn new() -> Dispatch {
        let mut made = Dispatch {
            tcp_first: [Candidates::NONE; 256],
            udp_first: [Candidates::NONE; 256],
            tcp_ports: PortTable::new(),
            udp_ports: PortTable::new(),
            frames: heapless::Vec::new(),
            transactions: heapless::Vec::new(),
        };
        for (index, protocol) in PROTOCOLS.iter().enumerate() {
            let info = protocol.info();
            for over in info.over {
                let (ports, table, first) = match over {
                    Over::Tcp(ports) => (ports, &mut made.tcp_ports, &mut made.tcp_first),
                    Over::Udp(ports) => (ports, &mut made.udp_ports, &mut made.udp_first),
                    frame => {
                        let _ = made.frames.push((*frame, index as u8));
                        continue;
                    }
                };
                if protocol.transactional() && matches!(over, Over::Udp(_)) {
                    let _ = made.transactions.extend_from_slice(ports);
                }
                ports.iter().for_each(|port| table.add(*port, index));
                for byte in info.first_bytes {
                    if let Some(slot) = first.get_mut(usize::from(*byte)) {
                        *slot = slot.with(index);
                    }
                }
            }
        }
        made
    }

    /// Candidates for a TCP stream between these ports that starts with `first`.
    pub fn tcp(&self, ports: [u16; 2], first: u8) -> Candidates {
        let by_byte = self.tcp_first.get(usize::from(first)).copied().unwrap_or_default();
        ports.iter().fold(by_byte, |found, port| found.or(self.tcp_ports.get(*port)))
    }

    /// Candidates for a UDP datagram between these ports that starts with `first`.
    pub fn udp(&self, ports: [u16; 2], first: u8) -> Candidates {
        let by_byte = self.udp_first.get(usize::from(first)).copied().unwrap_or_default();
        ports.iter().fold(by_byte, |found, port| found.or(self.udp_ports.get(*port)))
    }

    /// The protocol whose usual port this is, for conversations nobody could read.
    pub fn name_of_port(&self, transport: u8, port: u16) -> Option<&'static str> {
        let table = match transport {
            6 => &self.tcp_ports,
            17 => &self.udp_ports,
            _ => return None,
        };
        let index = table.get(port).next()?;
        PROTOCOLS.get(index).map(|protocol| protocol.info().name)
    }

    /// True for a UDP port where every datagram is a transaction of its own.
    #[inline]
    pub fn is_transactional(&self, port: u16) -> bool {
        self.transactions.contains(&port)
    }

    /// The protocol of frames of this Ethernet type.
    pub fn ethertype(&self, kind: u16) -> Option<usize> {
        self.frame(|over| *over == Over::EtherType(kind))
    }

    /// The protocol of these SNAP frames.
    pub fn snap(&self, oui: [u8; 3], pid: u16) -> Option<usize> {
        self.frame(|over| *over == Over::Snap(oui, pid))
    }

    /// The protocol of ICMPv6 messages of this type.
    pub fn icmpv6(&self, kind: u8) -> Option<usize> {
        self.frame(|over| matches!(over, Over::Icmpv6(kinds) if kinds.contains(&kind)))
    }

    /// The protocol that reads TCP SYN and SYN-ACK headers.
    pub fn handshake(&self) -> Option<usize> {
        self.frame(|over| *over == Over::TcpHandshake)
    }

    fn frame(&self, wanted: impl Fn(&Over) -> bool) -> Option<usize> {
        self.frames.iter().find(|(over, _)| wanted(over)).map(|(_, index)| usize::from(*index))
    }
}

/// The protocol at a place of [`PROTOCOLS`].
pub fn protocol(index: usize) -> Option<&'static dyn Protocol> {
    PROTOCOLS.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_port_leads_to_its_protocol() {
        let dispatch = Dispatch::new();
        for (index, protocol) in PROTOCOLS.iter().enumerate() {
            for over in protocol.info().over {
                match over {
                    Over::Tcp(ports) => {
                        for port in *ports {
                            assert!(dispatch.tcp([*port, 60_000], 0xee).any(|i| i == index));
                        }
                    }
                    Over::Udp(ports) => {
                        for port in *ports {
                            assert!(dispatch.udp([60_000, *port], 0xee).any(|i| i == index));
                        }
                    }
                    Over::EtherType(kind) => assert_eq!(dispatch.ethertype(*kind), Some(index)),
                    Over::Snap(oui, pid) => assert_eq!(dispatch.snap(*oui, *pid), Some(index)),
                    Over::Icmpv6(kinds) => assert_eq!(dispatch.icmpv6(kinds[0]), Some(index)),
                    Over::TcpHandshake => assert_eq!(dispatch.handshake(), Some(index)),
                }
            }
        }
        assert!(dispatch.tcp([1, 2], 0xee).next().is_none());
    }
}
