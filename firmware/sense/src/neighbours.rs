//! Who says by LLDP or CDP that they are the other end of a sniffing port: what the
//! person with the cable in hand wants to know. Two at most a port: a tap has two ends.

use dissect::proto::{cdp, lldp};
use dissect::{About, Meta, Protocol, Scratch, Sink};
use heapless::{Deque, Vec};
use model::{Field, HintKind};

use crate::input::Input;

/// Ports that are watched.
const PORTS: usize = 32;

/// IEEE 802.1AB §7.1: the nearest bridge's group address.
const LLDP: &[u8] = &[0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e];
/// Cisco's group address.
const CDP: &[u8] = &[0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc];

/// LINKTYPE_ETHERNET.
const ETHERNET: u16 = 1;

type Name = heapless::String<96>;

/// The neighbours of each port.
#[derive(Default)]
pub struct Neighbours {
    ports: Vec<(u16, Deque<Name, 2>), PORTS>,
}

impl Neighbours {
    /// Looks at a frame; all but these two protocols cost a comparison.
    pub fn frame(&mut self, input: &Input<'_>) {
        if input.data.first() != Some(&1) || input.link != ETHERNET {
            return;
        }
        let (protocol, body): (&dyn Protocol, _) = match (input.data.get(..6), input.data.get(12..)) {
            (Some(LLDP), Some([0x88, 0xcc, body @ ..])) => (&lldp::Lldp, body),
            // Length, LLC, SNAP with Cisco's number, protocol 0x2000.
            (Some(CDP), Some([_, _, 0xaa, 0xaa, 0x03, 0, 0, 0x0c, 0x20, 0, body @ ..])) => (&cdp::Cdp, body),
            _ => return,
        };
        let mut said = Said::default();
        protocol.parse(&Meta::default(), body, &mut Scratch::default(), &mut said);
        let mut name = Name::new();
        let who = if said.system.is_empty() { &said.device } else { &said.system };
        for part in [who.as_str(), if who.is_empty() { "" } else { " " }, said.port.as_str()] {
            let _ = name.push_str(part);
        }
        if !name.trim().is_empty() {
            self.note(input.port, name);
        }
    }

    fn note(&mut self, port: u16, name: Name) {
        let at = self.ports.iter().position(|(known, _)| *known == port);
        let known = match at {
            Some(at) => &mut self.ports[at].1,
            None if self.ports.push((port, Deque::new())).is_ok() => match self.ports.last_mut() {
                Some((_, names)) => names,
                None => return,
            },
            None => return,
        };
        if known.iter().any(|one| *one == name) {
            return;
        }
        if known.is_full() {
            known.pop_front();
        }
        let _ = known.push_back(name);
    }

    /// The neighbours of a port; empty: none has spoken.
    pub fn of(&self, port: u16) -> String {
        let names = self.ports.iter().find(|(known, _)| *known == port).map(|(_, names)| names);
        names.into_iter().flatten().map(Name::as_str).collect::<std::vec::Vec<_>>().join(", ")
    }
}

/// What one frame says.
#[derive(Default)]
struct Said {
    system: Name,
    device: Name,
    port: Name,
}

impl Sink for Said {
    fn observe(&mut self, _: About, field: &'static Field, value: &str) {
        let into = match field.key {
            "lldp.system_name" | "cdp.system_name" => &mut self.system,
            "lldp.chassis_id" | "cdp.device_id" => &mut self.device,
            "lldp.port_id" | "cdp.port_id" => &mut self.port,
            _ => return,
        };
        if into.is_empty() {
            value.chars().filter(|c| !c.is_control()).take(40).for_each(|c| drop(into.push(c)));
        }
    }

    fn hint(&mut self, _: HintKind, _: &str) {}

    fn resolved(&mut self, _: std::net::IpAddr, _: std::net::IpAddr, _: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Time;

    fn hear(neighbours: &mut Neighbours, data: &[u8]) {
        let input = Input { link: ETHERNET, data, wire_len: 0, time: Time(0), port: 3, number: 1 };
        neighbours.frame(&input);
    }

    fn lldp(system: &str, port: &str) -> std::vec::Vec<u8> {
        let mut frame = [LLDP, &[2, 0, 0, 0, 0, 1], &[0x88, 0xcc]].concat();
        let mut tlv = |kind: u8, value: &[u8]| {
            frame.extend([kind << 1, value.len() as u8]);
            frame.extend(value);
        };
        tlv(1, &[4, 2, 0, 0, 0, 0, 1]);
        tlv(2, &[&[5], port.as_bytes()].concat());
        tlv(3, &[0, 120]);
        if !system.is_empty() {
            tlv(5, system.as_bytes());
        }
        tlv(0, &[]);
        frame
    }

    #[test]
    fn both_ends_of_a_tap_are_named() {
        let mut neighbours = Neighbours::default();
        assert_eq!(neighbours.of(3), "");
        for _ in 0..2 {
            hear(&mut neighbours, &lldp("sw1", "Gi1/0/7"));
            hear(&mut neighbours, &lldp("", "eth0"));
        }
        assert_eq!(neighbours.of(3), "sw1 Gi1/0/7, mac 02:00:00:00:00:01 eth0");
        hear(&mut neighbours, &lldp("sw2", "1"));
        assert_eq!(neighbours.of(3), "mac 02:00:00:00:00:01 eth0, sw2 1");
        assert_eq!(neighbours.of(4), "");
    }

    #[test]
    fn frames_cut_anywhere_are_survived() {
        let frame = lldp("sw1", "Gi1/0/7");
        for cut in 0..frame.len() {
            hear(&mut Neighbours::default(), &frame[..cut]);
        }
    }
}
