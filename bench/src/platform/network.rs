//! A made-up network: what a sensor reports of so many hosts, from a seed.

use model::{Conversation, Interval, KnownBy, Mac, NetworkId, Port, Sighting, Time};
use wire::{Record, Report};

/// Kinds of hosts: DHCP vendor class, and what else is heard of them.
const KINDS: &[(&str, &str, &str)] = &[
    ("MSFT 5.0", "http.user_agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/128.0"),
    ("android-dhcp-14", "mdns.service", "_googlecast._tcp"),
    ("Hewlett-Packard JetDirect", "snmp.sys_descr", "HP ETHERNET MULTI-ENVIRONMENT,PID:HP LaserJet M404dn"),
    ("dhcpcd-9.4.1:Linux-6.1", "ssh.banner", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"),
    ("Siemens PLC", "s7.module", "6ES7 315-2EH14-0AB0"),
];

/// Blocks of MACs, so that makers differ.
const BLOCKS: &[[u8; 3]] = &[[0, 0x1b, 0x1b], [0x3c, 0xd9, 0x2b], [0xb8, 0x27, 0xeb], [0xa4, 0xbb, 0x6d]];

/// The network.
pub struct Network {
    hosts: usize,
    now: Time,
    rounds: u64,
    random: u64,
}

impl Network {
    /// So many hosts; all times lie before `now`.
    pub fn new(hosts: usize, now: Time) -> Network {
        Network { hosts, now, rounds: 0, random: 0x9e37_79b9_7f4a_7c15 }
    }

    fn draw(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % below.max(1) as u64) as usize
    }

    /// The name a host was first heard with.
    pub fn name(&self, host: usize) -> String {
        let host = host % self.hosts;
        if host % 5 == 3 { format!("lab-{host}") } else { format!("host-{host}") }
    }

    fn sighting(&self, host: usize) -> Sighting {
        let [_, a, b, c] = (host as u32).to_be_bytes();
        let [x, y, z] = BLOCKS[host % BLOCKS.len()];
        Sighting {
            network: NetworkId((host % 4) as u16),
            mac: Some(Mac([x, y, z, a, b, c])),
            ip: Some([10, a, b, c].into()),
        }
    }

    fn interval(&self, host: usize, field: &'static str, value: String, count: u64) -> Interval {
        let first = self.now.0 - 86_400 * Time::SECOND + host as u64 * 1_000_000;
        let port = (field == "ssh.banner").then_some(Port { transport: 6, number: 22 });
        Interval {
            sighting: self.sighting(host),
            field: field.into(),
            port,
            value,
            first: Time(first),
            last: Time(first + count * Time::SECOND),
            count,
            frame: 0,
        }
    }

    /// What is heard of a host: eight things.
    fn all_of(&self, host: usize) -> Vec<Interval> {
        let (class, field, value) = KINDS[host % KINDS.len()];
        [
            ("arp.binding", "request".to_owned()),
            ("eth.source", "frame".to_owned()),
            ("ip.ttl", "64".to_owned()),
            ("dhcp.lease", "86400".to_owned()),
            ("dhcp.params", format!("1,3,6,15,{}", 26 + host % 20)),
            ("dhcp.vendor_class", class.to_owned()),
            ("dhcp.hostname", self.name(host)),
            (field, value.to_owned()),
        ]
        .map(|(field, value)| self.interval(host, field, value, 1))
        .into()
    }

    /// Three conversations of a host, with servers of its network.
    fn records_of(&self, host: usize) -> Vec<Record> {
        let sighting = self.sighting(host);
        let start = self.now.seconds() / 300 * 300 - 3_600;
        let record = |n: usize| {
            let server = (host * 31 + n * 997) % self.hosts;
            let server = self.sighting(server - server % 4 + host % 4);
            let conversation = Conversation {
                network: sighting.network,
                client: sighting.ip?,
                server: server.ip?,
                port: [443, 53, 445][n],
                transport: if n == 1 { 17 } else { 6 },
                flows: 3,
                packets: [30, 40],
                bytes: [3_000, 40_000],
                copies: [0, 0],
                copy_bytes: [0, 0],
                first: Time::new(start + 1, 0),
                last: Time::new(start + 200, 0),
                frame: 0,
                protocol: ["tls", "dns", "smb"][n].into(),
                known_by: KnownBy::Payload,
                answered: true,
                hints: Vec::new(),
            };
            Some(Record { start: Time::new(start, 0), end: Time::new(start + 300, 0), conversation })
        };
        (0..3).filter_map(record).collect()
    }

    /// Everything, in reports of `batch` hosts.
    pub fn first(&self, batch: usize) -> impl Iterator<Item = Report> + '_ {
        (0..self.hosts).step_by(batch).map(move |from| {
            let hosts = from..(from + batch).min(self.hosts);
            Report {
                intervals: hosts.clone().flat_map(|host| self.all_of(host)).collect(),
                records: hosts.flat_map(|host| self.records_of(host)).collect(),
                ..Report::default()
            }
        })
    }

    /// Hosts drawn by lot of which three things grew; two in a hundred have a name
    /// that was not heard before.
    pub fn update(&mut self, batch: usize) -> Report {
        self.rounds += 1;
        let mut intervals = Vec::with_capacity(batch * 3);
        for _ in 0..batch {
            let host = self.draw(self.hosts);
            let count = self.rounds + 1;
            for field in ["arp.binding", "eth.source", "ip.ttl"] {
                let value = match field {
                    "arp.binding" => "request",
                    "eth.source" => "frame",
                    _ => "64",
                };
                intervals.push(self.interval(host, field, value.to_owned(), count));
            }
            if self.draw(100) < 2 {
                intervals.pop();
                let name = format!("renamed-{host}-{}", self.rounds % 3);
                intervals.push(self.interval(host, "mdns.hostname", name, count));
            }
        }
        Report { intervals, ..Report::default() }
    }
}
