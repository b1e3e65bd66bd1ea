//! Keys of tables: 96-bit hashes of who talks to whom.

use core::net::IpAddr;

use flow::Key;
use model::{NetworkId, Sighting};
use packet::{Ip, fold, mix};

use crate::event::Talk;

/// One end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    pub ip: IpAddr,
    pub port: u16,
}

/// Both halves from two words and a tag; never all zeros. The halves use other
/// constants, so that one says nothing of the other.
fn pair(a: u64, b: u64, tag: u64) -> Key {
    let high = mix(a ^ 0x2d35_8dcc_aa6c_78a5, b ^ tag);
    let low = mix(a ^ 0x8bb8_4b93_962e_acc9, b.rotate_left(32) ^ tag ^ 0x4b33_a62e_d433_d4a3);
    Key(high, (low >> 32) as u32 | 1)
}

fn addresses(a: IpAddr, b: IpAddr) -> u64 {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => u64::from(a.to_bits()) << 32 | u64::from(b.to_bits()),
        (a, b) => mix(address(a), address(b).rotate_left(17)),
    }
}

fn address(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(v4) => u64::from(v4.to_bits()),
        IpAddr::V6(v6) => fold(6, &v6.octets()),
    }
}

/// The key of the flow of a packet between these ports, the same for both
/// directions; and whether its source is the lower end, by address and port.
#[inline]
pub fn flow(network: NetworkId, ip: &Ip<'_>, [source, target]: [u16; 2]) -> (Key, bool) {
    let source_low = match (ip.src, ip.dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => (src.to_bits(), source) <= (dst.to_bits(), target),
        (src, dst) => (src, source) <= (dst, target),
    };
    let (low, high) = if source_low { (ip.src, ip.dst) } else { (ip.dst, ip.src) };
    let (low_port, high_port) = if source_low { (source, target) } else { (target, source) };
    let ports = u64::from(low_port) << 16 | u64::from(high_port);
    let rest = ports << 24 | u64::from(ip.protocol) << 16 | u64::from(network.0);
    (pair(addresses(low, high), rest, 1), source_low)
}

/// A hash of the ends of an IP packet and its protocol, for its fragments.
pub fn datagram(network: NetworkId, ip: &Ip<'_>) -> u64 {
    let rest = u64::from(ip.protocol) << 16 | u64::from(network.0);
    pair(addresses(ip.src, ip.dst), rest, 1).0
}

/// The key of a conversation.
pub fn talk(talk: &Talk) -> Key {
    let rest = u64::from(talk.port) << 24 | u64::from(talk.transport) << 16 | u64::from(talk.network.0);
    pair(addresses(talk.client, talk.server), rest, 2)
}

/// A hash of a sighting.
pub fn sighting(of: &Sighting) -> u64 {
    let mac = of.mac.map_or(0, |mac| mac.to_u64() | 1 << 48);
    mix(mac | u64::from(of.network.0) << 49, of.ip.map_or(0, |ip| mix(address(ip), 9)))
}

/// A hash of who asked and what was answered.
pub fn resolved(network: NetworkId, client: IpAddr, server: IpAddr) -> u64 {
    mix(addresses(client, server), u64::from(network.0) | 3 << 32)
}
