//! Protocol dissectors: bytes in, observations out.
//!
//! One file a protocol under [`proto`], all named in [`PROTOCOLS`]. A dissector
//! says *what it read* and never what it means: no operating system is named here.
//!
//! Rules of the house, each tested over the whole list:
//! - no allocation, no panic, no raw indexing, no loop without a bound;
//! - ports are hints, [`Protocol::probe`] decides;
//! - what names a person (user names, communities, passwords, URL queries …)
//!   is recognised only to be skipped;
//! - per-flow memory is the fixed [`Scratch`], owned by whoever owns the flow.
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

#[cfg(any(test, feature = "testing"))]
extern crate std;

pub mod ber;
mod dhcp_options;
mod dispatch;
mod dns_name;
mod dns_wire;
mod http_head;
mod http_place;
mod ja4;
mod list;
mod markup;
mod netbios;
mod ntlm;
pub mod proto;
mod read;
mod smb1;
mod smb2;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod text;
mod tls_hello;
mod x509;

use core::net::IpAddr;

pub use dispatch::{Candidates, Dispatch, protocol};
use model::{Field, HintKind, Mac, Time};
pub use proto::PROTOCOLS;
pub use read::Reader;
pub use text::{Text, printable, utf16le};

/// Where a protocol is carried; the lists are hints on where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Ethernet frames of this type; bytes start behind the type.
    EtherType(u16),
    /// 802.2 SNAP frames (OUI, protocol id); bytes start behind the SNAP header.
    Snap([u8; 3], u16),
    /// ICMPv6 messages of these types; bytes start at the ICMPv6 header.
    Icmpv6(&'static [u8]),
    /// UDP datagrams; these ports are usual. Bytes are one datagram's payload.
    Udp(&'static [u16]),
    /// TCP streams; these ports are usual. Bytes are what follows in one
    /// direction, in order, from the first byte not yet taken.
    Tcp(&'static [u16]),
    /// The TCP header itself of SYN and SYN-ACK segments.
    TcpHandshake,
}

/// What a protocol is, for help, documentation, dispatch and fuzzing.
#[derive(Debug)]
pub struct Info {
    /// Short lower-case name, the first part of its fields' names (`dhcp`).
    pub name: &'static str,
    /// Name in words.
    pub title: &'static str,
    /// The specification that was followed.
    pub spec: &'static str,
    /// Carriers, most usual first.
    pub over: &'static [Over],
    /// First payload bytes that a message may start with, for streams and
    /// datagrams on any port; empty: only on the usual ports.
    pub first_bytes: &'static [u8],
    /// Every field it may emit.
    pub fields: &'static [Field],
    /// Bytes worth reading in each direction of a flow; beyond it a flow costs
    /// counters only. 0: no limit (rare, chatty-by-design protocols).
    pub budget: u32,
}

/// Direction of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// From the side that opened the flow; also every message without a flow.
    #[default]
    ToServer,
    /// From the side that was asked.
    ToClient,
}

/// What the layers below know of a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meta {
    /// Time of the frame.
    pub time: Time,
    /// Link addresses, when the link has any.
    pub src_mac: Option<Mac>,
    /// See `src_mac`.
    pub dst_mac: Option<Mac>,
    /// Network addresses, when there are any.
    pub src: Option<IpAddr>,
    /// See `src`.
    pub dst: Option<IpAddr>,
    /// Ports, 0 without.
    pub sport: u16,
    /// See `sport`.
    pub dport: u16,
    /// IP protocol number, 0 without.
    pub transport: u8,
    /// IPv4 TTL or IPv6 hop limit as received, 0 without.
    pub ttl: u8,
    /// IPv4 identification, 0 for IPv6.
    pub ip_id: u16,
    /// IPv4 don't-fragment flag.
    pub dont_fragment: bool,
    /// Length of IPv4 options in bytes.
    pub ip_options: u8,
    /// Direction within the flow.
    pub way: Way,
    /// No more bytes of this message will come (the stream ended, the buffer is
    /// full, or the frame was cut by the capture): read what there is.
    pub cut: bool,
}

/// Whom an observation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Who sent the message: its source MAC and IP.
    Sender,
    /// Whom it was sent to.
    Receiver,
    /// Someone the message names. Give both addresses only if the message
    /// itself says that they belong together.
    Host {
        /// A MAC named in the message.
        mac: Option<Mac>,
        /// An IP address named in the message.
        ip: Option<IpAddr>,
    },
}

/// Takes what a dissector read. Bounded; never fails.
pub trait Sink {
    /// An observation. `value` is UTF-8 text of at most [`model::MAX_VALUE`]
    /// bytes (longer is cut); use [`Text`] and [`printable`] to make it.
    fn observe(&mut self, about: About, field: &'static Field, value: &str);

    /// What the application of this flow may be; `value` as above.
    fn hint(&mut self, kind: HintKind, value: &str);

    /// The name a server address was looked up by (DNS answers): hints for later flows
    /// from `client` to `server`.
    fn resolved(&mut self, client: IpAddr, server: IpAddr, name: &str);

    /// False when this field of a host with this address alone would not be kept, so
    /// that it need not be said; for messages of which there are many.
    fn wants(&self, ip: &IpAddr, field: &'static Field) -> bool {
        let _ = (ip, field);
        true
    }
}

/// Is this mine?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Yes, beyond reasonable doubt.
    Yes,
    /// Too few bytes to tell.
    More,
    /// No.
    No,
}

/// What became of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// That many bytes are dealt with (streams: may exceed what was given, to
    /// skip a body). What follows is offered next. Datagrams: any number.
    Took(usize),
    /// A message is incomplete: offer the same bytes again when there are more.
    /// Not an answer when `Meta::cut` is set.
    More,
    /// Nothing further of interest in this direction of this flow.
    Done,
    /// Not what it seemed; counted, and this direction is left alone.
    Malformed,
}

/// A protocol's memory of one flow, both directions: zero at the start, its
/// meaning private to the protocol.
pub type Scratch = [u32; 4];

/// One protocol.
pub trait Protocol: Sync {
    /// What it is.
    fn info(&self) -> &'static Info;

    /// Does this start a message of mine? Called once or a few times a flow, on
    /// the first payload of either direction.
    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe;

    /// True when every datagram to the server begins a transaction of its own, and
    /// clients take a new port for each: a client and a server then have one flow,
    /// whatever the client's ports.
    fn transactional(&self) -> bool {
        false
    }

    /// A hash of exactly what [`Protocol::parse`] would say of this message, and of
    /// whom but its sender, when that is much cheaper than saying it: a repeat by
    /// the same sender is then only counted.
    fn digest(&self, meta: &Meta, bytes: &[u8]) -> Option<u64> {
        let _ = (meta, bytes);
        None
    }

    /// Reads one message (datagrams, frames) or as many as are whole (streams).
    fn parse(&self, meta: &Meta, bytes: &[u8], scratch: &mut Scratch, sink: &mut dyn Sink) -> Outcome;
}
