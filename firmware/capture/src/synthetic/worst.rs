//! The shape "worst": small packets, most of them the only one of their flow.

use std::net::{IpAddr, Ipv4Addr};

use model::{Mac, Time};

use super::{Generate, START};
use crate::craft::{Craft, Link, Path, SYN, Segment};
use crate::payload::{dns_answer, dns_query};
use crate::random::Random;

/// Time between packets: 10 million of them last ten minutes.
const PACE: u64 = 60_000;

/// Internal hosts.
const HOSTS: u64 = 20_000;

/// Options of a usual SYN: MSS 1460, SACK permitted, window scale 7.
pub(super) const SYN_OPTIONS: [u8; 12] = [2, 4, 5, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7];

/// State of the generator.
pub(super) struct Worst {
    random: Random,
    now: Time,
    probes: u64,
}

/// The MAC of an internal host.
pub(super) fn mac_of(host: u64) -> Mac {
    let [.., a, b, c] = host.to_be_bytes();
    Mac([0x02, 0x5e, 0x00, a, b, c])
}

/// The gateway's MAC.
pub(super) const GATEWAY: Mac = Mac([0x02, 0x5e, 0xff, 0, 0, 1]);

/// The address of an internal host.
pub(super) fn ip_of(host: u64) -> Ipv4Addr {
    let [.., a, b, c] = host.to_be_bytes();
    Ipv4Addr::new(10, a, b, c)
}

/// A public unicast address.
pub(super) fn public(random: &mut Random) -> Ipv4Addr {
    let [a, b, c, d, ..] = random.next().to_be_bytes();
    // First octet 11 to 99: neither private, shared, loopback nor multicast.
    Ipv4Addr::new(11 + a % 89, b, c, d)
}

/// From an internal host to the outside.
pub(super) fn outward(host: u64, to: Ipv4Addr) -> Path {
    let link = Link { src: mac_of(host), dst: GATEWAY, vlan: None };
    Path { link, src: ip_of(host).into(), dst: to.into(), ttl: 64 }
}

impl Worst {
    pub(super) fn new(seed: u64) -> Worst {
        Worst { random: Random::new(seed), now: START, probes: 0 }
    }

    fn tick(&mut self) -> Time {
        self.now.0 += PACE;
        self.now
    }

    fn port(&mut self) -> u16 {
        32_768 + self.random.below(28_232) as u16
    }

    fn look_up(&mut self, craft: &mut Craft) {
        let host = 2 + self.random.below(HOSTS);
        let (id, sport) = (self.random.next() as u16, self.port());
        let name = format!("{:06x}.test", self.random.below(1 << 24));
        let link = Link { src: mac_of(host), dst: mac_of(1), vlan: None };
        let path = Path { link, src: ip_of(host).into(), dst: ip_of(1).into(), ttl: 64 };
        let at = self.tick();
        craft.udp(at, &path, sport, 53, &dns_query(id, &name, 1));
        let answer = dns_answer(id, &name, IpAddr::V4(public(&mut self.random)), 60);
        let at = self.tick();
        craft.udp(at, &path.back(64), 53, sport, &answer);
    }

    fn syn(&mut self, craft: &mut Craft, path: &Path, dport: u16) {
        let (sport, seq) = (self.port(), self.random.next() as u32);
        let segment = Segment {
            sport,
            dport,
            seq,
            flags: SYN,
            window: 64_240,
            options: &SYN_OPTIONS,
            ..Segment::default()
        };
        let at = self.tick();
        craft.tcp(at, path, &segment, &[]);
    }
}

impl Generate for Worst {
    fn step(&mut self, _: u64, craft: &mut Craft) {
        match self.random.below(100) {
            // Two packets a flow: with the rest at one, 0.645 flows a packet.
            0..55 => self.look_up(craft),
            55..70 => {
                // One scanner walks ports fast and hosts slowly.
                let host = 2 + (self.probes / 1_000) % HOSTS;
                let port = 1 + self.probes % 1_000;
                self.probes += 1;
                let scanner = outward(1 << 20, Ipv4Addr::new(192, 0, 2, 66));
                let path = Path { dst: ip_of(host).into(), ..scanner };
                self.syn(craft, &path, port as u16);
            }
            70..85 => {
                let host = 2 + self.random.below(HOSTS);
                let path = outward(host, public(&mut self.random));
                self.syn(craft, &path, 443);
            }
            _ => {
                let host = 2 + self.random.below(HOSTS);
                let path = outward(host, public(&mut self.random));
                let (sport, dport) = (self.port(), self.random.next() as u16 | 1_024);
                let payload = self.random.next().to_be_bytes();
                let at = self.tick();
                craft.udp(at, &path, sport, dport, &payload);
            }
        }
    }
}
