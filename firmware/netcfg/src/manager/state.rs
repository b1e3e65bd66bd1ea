//! How the management network stands, as console and panel show it.

use std::net::IpAddr;

use model::Time;

use crate::dhcp::{Lease, Phase};
use crate::error::Fault;

/// All of it, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Name of the interface with the addresses.
    pub interface: String,
    /// Its Ethernet address.
    pub mac: Option<[u8; 6]>,
    /// There is something at the other end of the cable.
    pub link: bool,
    /// Mbit/s.
    pub speed: Option<u32>,
    /// Both directions at once.
    pub full_duplex: Option<bool>,
    /// Largest packet, bytes.
    pub mtu: u32,
    /// Addresses, and where they are from.
    pub addresses: Vec<Held>,
    /// Ways to everywhere, IPv4 first.
    pub gateways: Vec<IpAddr>,
    /// Name servers that are asked, at most three.
    pub dns: Vec<IpAddr>,
    /// Domains that are tried behind a short name.
    pub search: Vec<String>,
    /// Time servers to ask, by name or address.
    pub ntp: Vec<String>,
    /// The lease that is used; it names its server.
    pub lease: Option<Lease>,
    /// Where DHCP stands; none when it is off.
    pub dhcp: Option<Phase>,
    /// What is wrong, the first cause first of all.
    pub fault: Option<Fault>,
    /// Changes that the kernel refused, in words.
    pub problems: Vec<String>,
    /// Orders that were carried out since the start.
    pub orders: u64,
}

/// One address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// It.
    pub ip: IpAddr,
    /// Bits of its network.
    pub prefix: u8,
    /// Where it is from.
    pub how: How,
}

/// Where an address is from, with the end of its time (none: it has none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Leased.
    Dhcp(Option<Time>),
    /// Set by hand.
    Static,
    /// Made of a router's advertisement.
    Slaac(Option<Time>),
    /// For this link alone.
    LinkLocal,
}

impl State {
    /// The first address that reaches beyond the link, IPv4 before IPv6.
    pub fn address(&self) -> Option<&Held> {
        let far = |held: &&Held| held.how != How::LinkLocal;
        self.addresses.iter().filter(far).min_by_key(|held| held.ip.is_ipv6())
    }
}
