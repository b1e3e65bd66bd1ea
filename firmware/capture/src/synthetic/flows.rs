//! The shape "flows": whole connections, very many of them open at once.

use model::Time;

use super::worst::{SYN_OPTIONS, ip_of, mac_of, outward, public};
use super::{Generate, START};
use crate::craft::{ACK, Craft, FIN, Link, PSH, Path, SYN, Segment};
use crate::payload::{MOBILE, OPENSSL, client_hello, dns_answer, dns_query, server_hello};
use crate::random::{Random, mix};

/// Time between packets.
const PACE: u64 = 60_000;

/// Internal hosts.
const HOSTS: u64 = 50_000;

/// Packets of a TCP connection and of a look-up.
const TCP_PACKETS: u64 = 8;

/// State of the generator.
pub(super) struct Flows {
    random: Random,
    now: Time,
    live: usize,
    open: Vec<Connection>,
    /// Packets that the open connections still need.
    owed: u64,
}

/// Everything of a connection follows from its seed.
#[derive(Clone, Copy)]
struct Connection {
    seed: u64,
    kind: Kind,
    step: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tls,
    Http,
    Ssh,
    Dns,
}

impl Kind {
    fn packets(self) -> u64 {
        if self == Kind::Dns { 2 } else { TCP_PACKETS }
    }
}

impl Flows {
    pub(super) fn new(seed: u64, live: usize) -> Flows {
        let live = live.max(1);
        Flows { random: Random::new(seed), now: START, live, open: Vec::with_capacity(live), owed: 0 }
    }

    /// Opens a connection if there is room for it among what is still wanted.
    fn begin(&mut self, left: u64) {
        let kind = match self.random.below(60) {
            // One flow of six is a look-up.
            0..10 => Kind::Dns,
            10..43 => Kind::Tls,
            43..55 => Kind::Http,
            _ => Kind::Ssh,
        };
        let seed = self.random.next();
        if self.owed + kind.packets() <= left {
            self.owed += kind.packets();
            self.open.push(Connection { seed, kind, step: 0 });
        }
    }
}

impl Generate for Flows {
    fn step(&mut self, left: u64, craft: &mut Craft) {
        // Open them gradually, so that connections of every age are mixed.
        let has_room = self.open.len() < self.live;
        if has_room && (self.open.is_empty() || self.random.below(2) == 0) {
            self.begin(left);
        }
        self.now.0 += PACE;
        let at = self.random.below(self.open.len() as u64) as usize;
        let Some(connection) = self.open.get_mut(at) else {
            // Too few packets are wanted for any whole connection.
            let path = outward(1, public(&mut self.random));
            craft.udp(self.now, &path, 40_000, 4_500, &[0xff]);
            return;
        };
        connection.packet(self.now, craft);
        self.owed -= 1;
        connection.step += 1;
        if u64::from(connection.step) == connection.kind.packets() {
            self.open.swap_remove(at);
        }
    }
}

impl Connection {
    fn packet(self, at: Time, craft: &mut Craft) {
        let mut random = Random::new(self.seed);
        let host = 2 + random.below(HOSTS);
        let sport = 32_768 + random.below(28_232) as u16;
        if self.kind == Kind::Dns {
            return self.look_up(at, host, sport, craft);
        }
        // A few thousand servers, as in real networks, not as many as flows.
        let server = public(&mut Random::new(random.below(5_000)));
        let path = outward(host, server);
        let dport = match self.kind {
            Kind::Http => 80,
            Kind::Ssh => 22,
            Kind::Tls | Kind::Dns => 443,
        };
        let (client, server) = (random.next() as u32, random.next() as u32);
        let [client_first, server_first] = self.first_bytes(&mut random);
        let (asked, answered) = (client_first.len() as u32, server_first.len() as u32);
        let ahead = |base: u32, n: u32| base.wrapping_add(n);
        // SSH servers speak first.
        let server_begins = self.kind == Kind::Ssh;
        let (from_client, flags, seq, ack, payload): (bool, u8, u32, u32, &[u8]) = match self.step {
            0 => (true, SYN, client, 0, &[]),
            1 => (false, SYN | ACK, server, ahead(client, 1), &[]),
            2 => (true, ACK, ahead(client, 1), ahead(server, 1), &[]),
            3 if server_begins => (false, PSH | ACK, ahead(server, 1), ahead(client, 1), &server_first),
            3 => (true, PSH | ACK, ahead(client, 1), ahead(server, 1), &client_first),
            4 if server_begins => {
                (true, PSH | ACK, ahead(client, 1), ahead(server, 1 + answered), &client_first)
            }
            4 => (false, PSH | ACK, ahead(server, 1), ahead(client, 1 + asked), &server_first),
            5 => (true, FIN | ACK, ahead(client, 1 + asked), ahead(server, 1 + answered), &[]),
            6 => (false, FIN | ACK, ahead(server, 1 + answered), ahead(client, 2 + asked), &[]),
            _ => (true, ACK, ahead(client, 2 + asked), ahead(server, 2 + answered), &[]),
        };
        let options: &[u8] = if flags & SYN != 0 { &SYN_OPTIONS } else { &[] };
        let (path, sport, dport) =
            if from_client { (path, sport, dport) } else { (path.back(57), dport, sport) };
        let segment = Segment { sport, dport, seq, ack, flags, window: 501, options };
        craft.tcp(at, &path, &segment, payload);
    }

    fn first_bytes(self, random: &mut Random) -> [Vec<u8>; 2] {
        // Needed from the first data on, for their length even behind it.
        if self.step < 3 {
            return [Vec::new(), Vec::new()];
        }
        let name = format!("www{}.example.org", random.below(2_000));
        match self.kind {
            Kind::Tls => {
                let mut nonce = [0; 32];
                for place in nonce.as_chunks_mut::<8>().0 {
                    *place = random.next().to_be_bytes();
                }
                let client = if random.below(2) == 0 { &OPENSSL } else { &MOBILE };
                let mut answer = server_hello(client, &nonce);
                // Change cipher spec, and the first encrypted record.
                answer.extend([20, 3, 3, 0, 1, 1, 23, 3, 3, 0, 224]);
                answer.extend([nonce; 7].as_flattened());
                [client_hello(client, &name, &nonce), answer]
            }
            Kind::Http => [
                format!("GET / HTTP/1.1\r\nHost: {name}\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n")
                    .into(),
                b"HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nContent-Length: 2\r\n\r\nok".into(),
            ],
            Kind::Ssh | Kind::Dns => {
                [b"SSH-2.0-OpenSSH_9.6\r\n".into(), b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n".into()]
            }
        }
    }

    fn look_up(self, at: Time, host: u64, sport: u16, craft: &mut Craft) {
        let id = mix(self.seed) as u16;
        let mut random = Random::new(self.seed ^ 1);
        let name = format!("www{}.example.org", random.below(2_000));
        let link = Link { src: mac_of(host), dst: mac_of(1), vlan: None };
        let path = Path { link, src: ip_of(host).into(), dst: ip_of(1).into(), ttl: 64 };
        if self.step == 0 {
            craft.udp(at, &path, sport, 53, &dns_query(id, &name, 1));
        } else {
            let answer = dns_answer(id, &name, public(&mut random).into(), 300);
            craft.udp(at, &path.back(64), 53, sport, &answer);
        }
    }
}
