//! Who talked to whom: flows rolled up.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{NetworkId, Time};

/// How the protocol of a conversation was known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KnownBy {
    /// Not at all.
    #[default]
    Nothing,
    /// By the server's port alone.
    Port,
    /// A dissector read it.
    Payload,
}

/// What an application hint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HintKind {
    /// TLS server name indication (RFC 6066).
    Sni,
    /// HTTP Host header.
    HttpHost,
    /// Name the client resolved to this server's address just before.
    DnsName,
    /// TLS application-layer protocol (RFC 7301).
    Alpn,
    /// JA4 of the TLS client.
    Ja4,
    /// Subject common name or first DNS name of the server's certificate.
    Certificate,
    /// HTTP User-Agent product.
    UserAgent,
}

/// One application hint of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hint {
    /// What it is.
    pub kind: HintKind,
    /// The text heard.
    pub value: String,
}

/// All flows of one (network, client, server, server port, transport).
/// Arrays are `[client to server, server to client]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Conversation {
    /// Address space of both ends.
    pub network: NetworkId,
    /// The side that opened it.
    pub client: IpAddr,
    /// The side that was asked.
    pub server: IpAddr,
    /// Server's port; 0 for protocols without ports.
    pub port: u16,
    /// IP protocol number (6 TCP, 17 UDP, 1 ICMP …).
    pub transport: u8,
    /// Flows counted.
    pub flows: u64,
    /// Packets each way, copies not counted.
    pub packets: [u64; 2],
    /// Bytes of whole frames each way as they were on the wire, copies not counted.
    pub bytes: [u64; 2],
    /// Copies recognised and left out of `packets`, each way.
    pub copies: [u64; 2],
    /// Bytes of those copies.
    pub copy_bytes: [u64; 2],
    /// Time of the first and the last packet.
    pub first: Time,
    /// See `first`.
    pub last: Time,
    /// Frame number (from 1) of the first packet, 0 when unknown.
    pub frame: u64,
    /// Protocol name (`tls`), empty when not known.
    pub protocol: Cow<'static, str>,
    /// How it was known.
    pub known_by: KnownBy,
    /// True when the server was seen to answer: SYN-ACK, or a reply with payload.
    pub answered: bool,
    /// At most [`crate::MAX_HINTS`], sorted.
    pub hints: Vec<Hint>,
}

/// The usual name of an IP protocol number, as written in exports.
pub fn transport_name(number: u8) -> Cow<'static, str> {
    Cow::Borrowed(match number {
        1 => "icmp",
        2 => "igmp",
        6 => "tcp",
        17 => "udp",
        33 => "dccp",
        46 => "rsvp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "icmpv6",
        88 => "eigrp",
        89 => "ospf",
        103 => "pim",
        112 => "vrrp",
        132 => "sctp",
        other => return Cow::Owned(alloc::format!("ip-{other}")),
    })
}
