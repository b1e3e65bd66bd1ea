//! Frames to packet views: link layers, tunnels, IPv4 and IPv6, TCP and UDP.
//!
//! One call, [`parse`], walks a frame once, from the outside in, and borrows
//! from it. What it had to take off on the way (tags, labels, tunnels) is
//! reported in [`Packet::stripped`] and [`Packet::tunnel`], so that it can serve
//! as network key. It never panics; frames cut by the capture are read as far as they go.
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable
)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(test)]
extern crate std;

mod copies;
mod hash;
mod ip;
mod link;
mod tunnel;

use core::net::IpAddr;

pub use copies::{Copies, Copy, Digest, Seen};
pub use hash::{fold, mix};
pub use link::{LINK_TYPES, parse, parse_into, supported};
use model::Mac;

/// Deepest nesting of headers that is followed; what lies deeper is left alone.
pub const MAX_DEPTH: u8 = 8;

/// Layers that were taken off, as a set of bits.
#[derive(Clone, core::marker::Copy, Debug, Default, PartialEq, Eq)]
pub struct Stripped(pub u16);

impl Stripped {
    /// 802.1Q, 802.1ad or pre-standard QinQ tags.
    pub const VLAN: Stripped = Stripped(1);
    /// MPLS label stack (RFC 3032).
    pub const MPLS: Stripped = Stripped(2);
    /// GRE (RFC 2784, 2890).
    pub const GRE: Stripped = Stripped(4);
    /// ERSPAN type I, II or III.
    pub const ERSPAN: Stripped = Stripped(8);
    /// VXLAN (RFC 7348).
    pub const VXLAN: Stripped = Stripped(16);
    /// Geneve (RFC 8926).
    pub const GENEVE: Stripped = Stripped(32);
    /// IP in IP (RFC 2003, 2473) and 6in4 (RFC 4213).
    pub const IP_IN_IP: Stripped = Stripped(64);
    /// PPPoE session (RFC 2516) or PPP.
    pub const PPP: Stripped = Stripped(128);
    /// Fabric tags: VN-Tag, 802.1BR, 802.1ah.
    pub const FABRIC: Stripped = Stripped(256);
    /// GTP-U (3GPP TS 29.281).
    pub const GTP: Stripped = Stripped(512);

    /// Names of the bits, in the order in which they nest.
    pub const NAMES: [(Stripped, &'static str); 10] = [
        (Stripped::VLAN, "802.1Q"),
        (Stripped::FABRIC, "fabric tag"),
        (Stripped::MPLS, "MPLS"),
        (Stripped::PPP, "PPP"),
        (Stripped::GRE, "GRE"),
        (Stripped::ERSPAN, "ERSPAN"),
        (Stripped::VXLAN, "VXLAN"),
        (Stripped::GENEVE, "Geneve"),
        (Stripped::IP_IN_IP, "IP-in-IP"),
        (Stripped::GTP, "GTP-U"),
    ];

    /// Adds a layer.
    pub fn add(&mut self, layer: Stripped) {
        self.0 |= layer.0;
    }

    /// True when that layer was taken off.
    pub fn has(self, layer: Stripped) -> bool {
        self.0 & layer.0 != 0
    }
}

/// Kinds of tunnel whose identifier can stand for a network.
#[derive(Clone, core::marker::Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TunnelKind {
    /// GRE; the id is the key, 0 without.
    Gre,
    /// ERSPAN; the id is the session id.
    Erspan,
    /// VXLAN; the id is the VNI.
    Vxlan,
    /// Geneve; the id is the VNI.
    Geneve,
    /// IP in IP or 6in4; the id is 0.
    IpInIp,
    /// MPLS; the id is the bottom label.
    Mpls,
    /// GTP-U; the id is the tunnel endpoint identifier.
    Gtp,
    /// PPPoE; the id is the session.
    Pppoe,
}

impl TunnelKind {
    /// Lower-case name.
    pub const fn name(self) -> &'static str {
        match self {
            TunnelKind::Gre => "gre",
            TunnelKind::Erspan => "erspan",
            TunnelKind::Vxlan => "vxlan",
            TunnelKind::Geneve => "geneve",
            TunnelKind::IpInIp => "ipip",
            TunnelKind::Mpls => "mpls",
            TunnelKind::Gtp => "gtp",
            TunnelKind::Pppoe => "pppoe",
        }
    }
}

/// The innermost tunnel a frame was taken out of.
#[derive(Clone, core::marker::Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tunnel {
    /// What it is.
    pub kind: TunnelKind,
    /// Its identifier, see [`TunnelKind`].
    pub id: u32,
}

/// The ends of the outermost tunnel: hosts of their own, not owners of what is inside.
#[derive(Clone, core::marker::Copy, Debug, PartialEq, Eq)]
pub struct Outer {
    /// MACs of the outer frame.
    pub src_mac: Option<Mac>,
    /// See `src_mac`.
    pub dst_mac: Option<Mac>,
    /// Addresses of the outer IP header.
    pub src: IpAddr,
    /// See `src`.
    pub dst: IpAddr,
    /// TTL or hop limit of the outer header.
    pub ttl: u8,
    /// Outer and inner VLAN id of the frame that carried the tunnel.
    pub vlan: Option<u16>,
    /// See `vlan`.
    pub inner_vlan: Option<u16>,
}

/// One frame, read from the outside in.
#[derive(Clone, Debug, Default)]
pub struct Packet<'a> {
    /// MACs of the innermost Ethernet header; none inside an IP tunnel.
    pub src_mac: Option<Mac>,
    /// See `src_mac`.
    pub dst_mac: Option<Mac>,
    /// Outer and inner VLAN id of the innermost tagged link layer.
    pub vlan: Option<u16>,
    /// See `vlan`.
    pub inner_vlan: Option<u16>,
    /// The innermost tunnel.
    pub tunnel: Option<Tunnel>,
    /// The ends of the outermost IP tunnel.
    pub outer: Option<Outer>,
    /// Layers taken off.
    pub stripped: Stripped,
    /// What is inside.
    pub body: Body<'a>,
    /// A header did not fit the bytes that the frame claims to have.
    pub malformed: bool,
}

/// The payload of the link layer.
#[derive(Clone, Debug, Default)]
pub enum Body<'a> {
    /// Nothing that is understood.
    #[default]
    None,
    /// IPv4 or IPv6.
    Ip(Ip<'a>),
    /// Another Ethernet type, with what follows it.
    EtherType(u16, &'a [u8]),
    /// 802.2 SNAP with another OUI than 00-00-00: OUI, protocol id, rest.
    Snap([u8; 3], u16, &'a [u8]),
    /// 802.2 LLC: DSAP, SSAP, rest from the control field.
    Llc(u8, u8, &'a [u8]),
}

/// Fragmentation of an IP packet.
#[derive(Clone, core::marker::Copy, Debug, Default, PartialEq, Eq)]
pub enum Fragment {
    /// Not fragmented.
    #[default]
    Whole,
    /// The first fragment, with the transport header.
    First,
    /// A later one: payload only.
    Later,
}

/// An IP packet.
#[derive(Clone, Debug)]
pub struct Ip<'a> {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// TTL or hop limit.
    pub ttl: u8,
    /// IPv4 identification, or that of an IPv6 fragment header; else 0.
    pub id: u32,
    /// IPv4 don't-fragment flag.
    pub dont_fragment: bool,
    /// Bytes of IPv4 options.
    pub options: u8,
    /// Protocol of the transport layer, behind IPv6 extension headers.
    pub protocol: u8,
    /// Fragmentation.
    pub fragment: Fragment,
    /// Where a fragment's payload belongs, in bytes.
    pub fragment_offset: u16,
    /// The transport layer.
    pub transport: Transport<'a>,
    /// Transport header and payload as captured, padding cut off.
    pub payload: &'a [u8],
    /// Bytes of `payload` on the wire, which a short capture may not hold.
    pub payload_len: u32,
}

/// A transport layer.
#[derive(Clone, Debug)]
pub enum Transport<'a> {
    /// TCP (RFC 9293).
    Tcp(Tcp<'a>),
    /// UDP (RFC 768).
    Udp(Udp<'a>),
    /// Anything else, a later fragment, or too few bytes.
    Other,
}

/// A TCP segment.
#[derive(Clone, Debug)]
pub struct Tcp<'a> {
    /// Ports.
    pub sport: u16,
    /// See `sport`.
    pub dport: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Flags, FIN the lowest bit (RFC 9293 §3.1).
    pub flags: u8,
    /// The header with its options, as far as captured.
    pub header: &'a [u8],
    /// Captured payload.
    pub payload: &'a [u8],
    /// Payload bytes on the wire.
    pub payload_len: u32,
}

impl Tcp<'_> {
    /// Flag bits.
    pub const FIN: u8 = 1;
    /// See `FIN`.
    pub const SYN: u8 = 2;
    /// See `FIN`.
    pub const RST: u8 = 4;
    /// See `FIN`.
    pub const ACK: u8 = 16;
}

/// A UDP datagram.
#[derive(Clone, Debug)]
pub struct Udp<'a> {
    /// Ports.
    pub sport: u16,
    /// See `sport`.
    pub dport: u16,
    /// Captured payload.
    pub payload: &'a [u8],
    /// Payload bytes on the wire.
    pub payload_len: u32,
}

/// A header did not fit.
#[derive(Clone, core::marker::Copy, Debug, PartialEq, Eq)]
pub struct Malformed;
