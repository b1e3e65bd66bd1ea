//! Who talked to whom: flows rolled up.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;
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

impl Conversation {
    /// Takes in another period of the same conversation: counters add up, times
    /// are united, the better known protocol stands. Order does not matter; a
    /// period must be taken in once only.
    pub fn add(&mut self, other: &Conversation) {
        let sum = |a: &mut [u64; 2], b: [u64; 2]| *a = [a[0].saturating_add(b[0]), a[1].saturating_add(b[1])];
        self.flows = self.flows.saturating_add(other.flows);
        sum(&mut self.packets, other.packets);
        sum(&mut self.bytes, other.bytes);
        sum(&mut self.copies, other.copies);
        sum(&mut self.copy_bytes, other.copy_bytes);
        // A frame that is not known (0) never takes the place of one that is.
        let start = |of: &Conversation| (of.first, of.frame.wrapping_sub(1));
        if start(other) < start(self) {
            (self.first, self.frame) = (other.first, other.frame);
        }
        self.last = self.last.max(other.last);
        // Of two protocols known equally well, the first in the alphabet that is none.
        let known = |of: &Conversation| (Reverse(of.known_by), of.protocol.is_empty());
        if (known(other), &other.protocol) < (known(self), &self.protocol) {
            (self.known_by, self.protocol) = (other.known_by, other.protocol.clone());
        }
        self.answered |= other.answered;
        self.hints.extend(other.hints.iter().cloned());
        self.hints.sort();
        self.hints.dedup();
        self.hints.truncate(crate::MAX_HINTS);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn period(first: u64, protocol: &'static str, known_by: KnownBy, hint: &str) -> Conversation {
        Conversation {
            network: NetworkId(0),
            client: [10, 0, 0, 1].into(),
            server: [10, 0, 0, 2].into(),
            port: 443,
            transport: 6,
            flows: 1,
            packets: [first, 2],
            bytes: [100, 200],
            copies: [0, 1],
            copy_bytes: [0, 60],
            first: Time(first),
            last: Time(first + 5),
            frame: first * 10,
            protocol: protocol.into(),
            known_by,
            answered: first == 2,
            hints: vec![Hint { kind: HintKind::Sni, value: hint.into() }],
        }
    }

    #[test]
    fn periods_add_up_in_any_order() {
        let periods = [
            period(3, "http", KnownBy::Payload, "c"),
            period(1, "https", KnownBy::Port, "a"),
            period(2, "", KnownBy::Nothing, "b"),
            period(4, "tls", KnownBy::Payload, "d"),
            period(5, "tls", KnownBy::Payload, "0"),
        ];
        let sum = |order: [usize; 5]| {
            let mut all = periods[order[0]].clone();
            order[1..].iter().for_each(|at| all.add(&periods[*at]));
            all
        };
        let all = sum([0, 1, 2, 3, 4]);
        assert_eq!((all.flows, all.packets, all.first, all.last), (5, [15, 10], Time(1), Time(10)));
        assert_eq!((all.protocol.as_ref(), all.known_by, all.frame), ("http", KnownBy::Payload, 10));
        assert!(all.answered);
        let hints: Vec<&str> = all.hints.iter().map(|hint| hint.value.as_str()).collect();
        assert_eq!(hints, ["0", "a", "b", "c"]);
        for order in [[4, 3, 2, 1, 0], [2, 4, 0, 3, 1], [1, 0, 4, 2, 3]] {
            assert_eq!(sum(order), all);
        }
    }
}
