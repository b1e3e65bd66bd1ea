//! Devices, and how they exchange packets.

use std::net::Ipv4Addr;

use model::{Mac, Time};

use crate::craft::{ACK, Craft, FIN, Link, PSH, Path, SYN, Segment};
use crate::random::Random;
use crate::synthetic::START;

/// What answers on TCP.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stack {
    Windows,
    Linux,
    Apple,
    Embedded,
}

/// A host on one of the segments.
#[derive(Clone, Copy)]
pub(super) struct Device {
    pub(super) mac: Mac,
    pub(super) ip: Ipv4Addr,
    pub(super) vlan: Option<u16>,
    pub(super) stack: Stack,
    /// TTL as the mirror sees it.
    pub(super) ttl: u8,
}

impl Device {
    /// A host of the office.
    pub(super) const fn office(mac: [u8; 6], host: u8, stack: Stack) -> Device {
        let ttl = match stack {
            Stack::Windows => 128,
            Stack::Linux | Stack::Apple | Stack::Embedded => 64,
        };
        Device { mac: Mac(mac), ip: Ipv4Addr::new(10, 20, 0, host), vlan: None, stack, ttl }
    }

    /// A host of the plant.
    pub(super) const fn plant(mac: [u8; 6], host: u8, stack: Stack) -> Device {
        let office = Device::office(mac, 0, stack);
        Device { ip: Ipv4Addr::new(10, 30, 0, host), vlan: Some(30), ..office }
    }

    /// The same host as it looks from the other side of a router.
    pub(super) const fn behind(self, router: &Device) -> Device {
        Device { mac: router.mac, vlan: router.vlan, ttl: self.ttl - 1, ..self }
    }

    /// Its segment's directed broadcast address.
    fn broadcast(&self) -> Ipv4Addr {
        let [a, b, c, _] = self.ip.octets();
        Ipv4Addr::new(a, b, c, 255)
    }

    fn to(&self, mac: Mac, ip: Ipv4Addr, ttl: u8) -> Path {
        let link = Link { src: self.mac, dst: mac, vlan: self.vlan };
        Path { link, src: self.ip.into(), dst: ip.into(), ttl }
    }
}

/// Who speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// Frames so far.
pub(super) struct Scene {
    pub(super) craft: Craft,
    random: Random,
    port: u16,
}

impl Scene {
    pub(super) fn new() -> Scene {
        Scene { craft: Craft::new(), random: Random::new(0x000f_f1ce), port: 49_700 }
    }

    /// So many milliseconds behind the start, and a little.
    pub(super) fn at(&mut self, ms: u64) -> Time {
        Time(START.0 + ms * 1_000_000 + self.random.below(900_000))
    }

    pub(super) fn number(&mut self) -> u32 {
        self.random.next() as u32
    }

    pub(super) fn nonce(&mut self) -> [u8; 32] {
        let mut nonce = [0; 32];
        for place in nonce.as_chunks_mut::<8>().0 {
            *place = self.random.next().to_be_bytes();
        }
        nonce
    }

    /// A client's next dynamic port.
    pub(super) fn port(&mut self) -> u16 {
        self.port = 49_152 | (self.port + 7) & 0x3fff;
        self.port
    }

    /// One asks for the other's MAC and gets it.
    pub(super) fn arp(&mut self, ms: u64, asks: &Device, asked: &Device) {
        let at = self.at(ms);
        let all = Link { src: asks.mac, dst: Mac::BROADCAST, vlan: asks.vlan };
        self.craft.arp(at, &all, 1, (asks.mac, asks.ip), (Mac([0; 6]), asked.ip));
        let back = Link { src: asked.mac, dst: asks.mac, vlan: asked.vlan };
        self.craft.arp(Time(at.0 + 210_000), &back, 2, (asked.mac, asked.ip), (asks.mac, asks.ip));
    }

    /// A probe and an announcement for a new address (RFC 5227).
    pub(super) fn announce(&mut self, ms: u64, host: &Device) {
        let at = self.at(ms);
        let all = Link { src: host.mac, dst: Mac::BROADCAST, vlan: host.vlan };
        let nobody = (host.mac, Ipv4Addr::UNSPECIFIED);
        self.craft.arp(at, &all, 1, nobody, (Mac([0; 6]), host.ip));
        self.craft.arp(Time(at.0 + 900_000_000), &all, 1, (host.mac, host.ip), (Mac([0; 6]), host.ip));
    }

    /// To one receiver.
    pub(super) fn udp(&mut self, ms: u64, from: &Device, to: &Device, ports: (u16, u16), payload: &[u8]) {
        let at = self.at(ms);
        self.craft.udp(at, &from.to(to.mac, to.ip, from.ttl), ports.0, ports.1, payload);
    }

    /// A question and, a little later, its answer.
    pub(super) fn ask(
        &mut self,
        ms: u64,
        client: &Device,
        server: &Device,
        ports: (u16, u16),
        payloads: [&[u8]; 2],
    ) {
        let [question, answer] = payloads;
        let at = self.at(ms);
        self.craft.udp(at, &client.to(server.mac, server.ip, client.ttl), ports.0, ports.1, question);
        let back = server.to(client.mac, client.ip, server.ttl);
        self.craft.udp(Time(at.0 + 1_300_000), &back, ports.1, ports.0, answer);
    }

    /// To a group, with its MAC (RFC 1112 §6.4); same port on both ends.
    pub(super) fn multicast(
        &mut self,
        ms: u64,
        from: &Device,
        group: Ipv4Addr,
        port: u16,
        ttl: u8,
        payload: &[u8],
    ) {
        let at = self.at(ms);
        let [_, b, c, d] = group.octets();
        let mac = Mac([0x01, 0x00, 0x5e, b & 0x7f, c, d]);
        self.craft.udp(at, &from.to(mac, group, ttl), port, port, payload);
    }

    /// To the segment's broadcast address.
    pub(super) fn broadcast(&mut self, ms: u64, from: &Device, ports: (u16, u16), payload: &[u8]) {
        let at = self.at(ms);
        let path = from.to(Mac::BROADCAST, from.broadcast(), from.ttl);
        self.craft.udp(at, &path, ports.0, ports.1, payload);
    }

    /// A whole TCP connection in which the sides say this in turn.
    pub(super) fn tcp(
        &mut self,
        ms: u64,
        client: &Device,
        server: &Device,
        dport: u16,
        talk: &[(Side, &[u8])],
    ) {
        let now = self.at(ms).0;
        let mut talk_on = Talk {
            now,
            seq: [self.number(), self.number()],
            ports: [self.port(), dport],
            hosts: [*client, *server],
            stamps: client.stack.stamps() && server.stack.stamps(),
            // Across the Internet an answer takes longer.
            delay: if server.ip.is_private() { 350_000 } else { 9_000_000 },
        };
        let scene = &mut self.craft;
        talk_on.send(scene, Side::Client, SYN, &[]);
        talk_on.send(scene, Side::Server, SYN | ACK, &[]);
        talk_on.send(scene, Side::Client, ACK, &[]);
        for (side, payload) in talk {
            for part in payload.chunks(1_400) {
                talk_on.send(scene, *side, PSH | ACK, part);
            }
            let other = if *side == Side::Client { Side::Server } else { Side::Client };
            talk_on.send(scene, other, ACK, &[]);
        }
        talk_on.send(scene, Side::Client, FIN | ACK, &[]);
        talk_on.send(scene, Side::Server, FIN | ACK, &[]);
        talk_on.send(scene, Side::Client, ACK, &[]);
    }

    /// Adds, for the frames made since there were `from` of them, how they look on
    /// the far segment: before or behind the router, with the far MACs and VLAN.
    /// `near` stands on the near segment; `far` is the host behind the router.
    pub(super) fn routed(&mut self, from: usize, near: &Device, far: &Device, router_far: &Device) {
        let made: Vec<(Time, Vec<u8>)> =
            self.craft.frames().skip(from).map(|(time, frame)| (time, frame.to_vec())).collect();
        for (time, frame) in made {
            let Some((head, packet)) = frame.split_at_checked(14) else { continue };
            let Some((front, rest)) = packet.split_first_chunk::<12>() else { continue };
            let is_outward = head.get(6..12) == Some(&near.mac.0);
            let [v, tos, l0, l1, i0, i1, f0, f1, ttl, protocol, c0, c1] = *front;
            // One TTL less is 0x0100 less in the header, so as much more in its checksum (RFC 1624).
            let (ttl, change, time) = if is_outward {
                (ttl.wrapping_sub(1), 0x0100, Time(time.0 + 80_000))
            } else {
                (ttl.wrapping_add(1), 0xfeff, Time(time.0 - 80_000))
            };
            let sum = u32::from(u16::from_be_bytes([c0, c1])) + change;
            let [c0, c1] = ((sum & 0xffff) as u16 + (sum >> 16) as u16).to_be_bytes();
            let (dst, src) = if is_outward { (far.mac, router_far.mac) } else { (router_far.mac, far.mac) };
            let mut copy = [dst.0, src.0].concat();
            if let Some(vlan) = far.vlan {
                copy.extend([0x81, 0x00]);
                copy.extend(vlan.to_be_bytes());
            }
            copy.extend([8, 0, v, tos, l0, l1, i0, i1, f0, f1, ttl, protocol, c0, c1]);
            copy.extend(rest);
            self.craft.raw(time, &copy);
        }
    }
}

impl Stack {
    fn stamps(self) -> bool {
        matches!(self, Stack::Linux | Stack::Apple)
    }

    fn window(self, is_syn: bool) -> u16 {
        match self {
            Stack::Windows if is_syn => 64_240,
            Stack::Linux if is_syn => 64_240,
            Stack::Apple if is_syn => 65_535,
            Stack::Embedded => 8_192,
            _ => 2_058,
        }
    }
}

/// A connection in progress.
struct Talk {
    now: u64,
    /// Next sequence number of client and server.
    seq: [u32; 2],
    ports: [u16; 2],
    hosts: [Device; 2],
    /// Both use time stamps (RFC 7323).
    stamps: bool,
    delay: u64,
}

impl Talk {
    fn send(&mut self, craft: &mut Craft, side: Side, flags: u8, payload: &[u8]) {
        let [client, server] = self.hosts;
        let (from, to) = if side == Side::Client { (client, server) } else { (server, client) };
        let [client_seq, server_seq] = &mut self.seq;
        let (own, other) =
            if side == Side::Client { (client_seq, *server_seq) } else { (server_seq, *client_seq) };
        let [cport, sport] = self.ports;
        let (sport, dport) = if side == Side::Client { (cport, sport) } else { (sport, cport) };
        let is_syn = flags & SYN != 0;
        let stamp = (self.now / 1_000_000) as u32;
        let echo = if flags & ACK != 0 { stamp.wrapping_sub(1) } else { 0 };
        let options = options(from.stack, is_syn, flags & ACK != 0, self.stamps, [stamp, echo]);
        let segment = Segment {
            sport,
            dport,
            seq: *own,
            ack: if flags & ACK != 0 { other } else { 0 },
            flags,
            window: from.stack.window(is_syn),
            options: &options,
        };
        craft.tcp(Time(self.now), &from.to(to.mac, to.ip, from.ttl), &segment, payload);
        let phantom = u32::from(flags & (SYN | FIN) != 0);
        *own = own.wrapping_add(payload.len() as u32 + phantom);
        self.now += self.delay;
    }
}

/// TCP options as these systems write them; `stamps`: both sides use time stamps.
fn options(stack: Stack, is_syn: bool, is_answer: bool, stamps: bool, times: [u32; 2]) -> Vec<u8> {
    let times = times.map(u32::to_be_bytes).concat();
    if !is_syn {
        return if stamps { [&[1, 1, 8, 10], times.as_slice()].concat() } else { Vec::new() };
    }
    let mss = [2, 4, 5, 0xb4];
    let with_stamps = stamps || !is_answer;
    match stack {
        Stack::Windows => [mss.as_slice(), &[1, 3, 3, 8, 1, 1, 4, 2]].concat(),
        Stack::Linux if with_stamps => [mss.as_slice(), &[4, 2, 8, 10], &times, &[1, 3, 3, 7]].concat(),
        Stack::Linux => [mss.as_slice(), &[1, 1, 4, 2, 1, 3, 3, 7]].concat(),
        Stack::Apple if with_stamps => {
            [mss.as_slice(), &[1, 3, 3, 6, 1, 1, 8, 10], &times, &[4, 2, 0, 0]].concat()
        }
        Stack::Apple => [mss.as_slice(), &[1, 3, 3, 6, 4, 2, 0, 0]].concat(),
        Stack::Embedded => mss.to_vec(),
    }
}
