//! What a conversation is for.

use std::borrow::Cow;

use model::{Conversation, HintKind, KnownBy, transport_name};
use rules::{Row, by_agent, by_name, by_port, by_protocol};
use serde::{Deserialize, Serialize};

/// What named the application, the most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The payload is of that application's own protocol.
    Protocol,
    /// TLS server name.
    Sni,
    /// HTTP Host header.
    HttpHost,
    /// HTTP User-Agent.
    UserAgent,
    /// The server's certificate.
    Certificate,
    /// Application-layer protocol chosen in TLS.
    Alpn,
    /// The name the client looked the server up by.
    DnsName,
    /// A carrier protocol was read (TLS, HTTP) on a usual port.
    Carrier,
    /// The port alone.
    Port,
    /// Nothing.
    Nothing,
}

/// What a conversation is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Name for people; `unknown` when nothing names it.
    pub name: Cow<'static, str>,
    /// One of [`crate::FAMILIES`].
    pub family: &'static str,
    /// How sure, in thousandths.
    pub confidence: u16,
    /// What named it.
    pub basis: Basis,
}

/// Names the application of a conversation.
///
/// A protocol that was read and stands for itself (SSH, SMB, Modbus) wins. What
/// carries others (TLS, HTTP, QUIC) is named by its hints, then by the carrier.
/// A port alone is a guess.
pub fn recognise(conversation: &Conversation) -> Application {
    let read = conversation.known_by == KnownBy::Payload;
    if read && let Some(row) = by_protocol(&conversation.protocol) {
        return found(row, 950, Basis::Protocol);
    }
    if let Some(named) = by_hints(conversation) {
        return named;
    }
    if read && let Some(carrier) = by_carrier(conversation) {
        return carrier;
    }
    match conversation.transport {
        6 | 17 => {}
        1 | 2 | 58 | 88 | 89 | 103 | 112 => {
            return protocol_name(conversation.transport, "network", 950);
        }
        50 | 51 | 47 => return protocol_name(conversation.transport, "vpn", 800),
        _ => return protocol_name(conversation.transport, "other", 500),
    }
    // A protocol that was read and that no table knows names itself: the port would contradict it.
    if read && !conversation.protocol.is_empty() {
        let name = conversation.protocol.to_ascii_uppercase().into();
        return Application { name, family: "other", confidence: 900, basis: Basis::Protocol };
    }
    match by_port(conversation.transport, conversation.port) {
        Some(row) if conversation.answered => found(row, 300, Basis::Port),
        Some(row) => found(row, 150, Basis::Port),
        None => {
            Application { name: "unknown".into(), family: "unknown", confidence: 0, basis: Basis::Nothing }
        }
    }
}

fn found(row: Row, confidence: u16, basis: Basis) -> Application {
    Application { name: row.application.into(), family: row.family, confidence, basis }
}

fn protocol_name(transport: u8, family: &'static str, confidence: u16) -> Application {
    let name = transport_name(transport).to_ascii_uppercase().into();
    Application { name, family, confidence, basis: Basis::Protocol }
}

/// The most telling hint that a table knows.
fn by_hints(conversation: &Conversation) -> Option<Application> {
    let hint = |hint: &model::Hint| {
        let (row, confidence, basis) = match hint.kind {
            HintKind::Sni => (by_name(&hint.value)?, 900, Basis::Sni),
            HintKind::HttpHost => (by_name(&hint.value)?, 900, Basis::HttpHost),
            HintKind::UserAgent => (by_agent(&hint.value)?, 850, Basis::UserAgent),
            HintKind::Certificate => (by_name(&hint.value)?, 800, Basis::Certificate),
            HintKind::Alpn => (by_alpn(&hint.value)?, 750, Basis::Alpn),
            HintKind::DnsName => (by_name(&hint.value)?, 600, Basis::DnsName),
            HintKind::Ja4 => return None,
        };
        Some((basis, found(row, confidence, basis)))
    };
    let best =
        conversation.hints.iter().filter_map(hint).min_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)))?;
    Some(best.1)
}

/// Protocol ids of the IANA TLS ALPN registry that name more than the web.
fn by_alpn(alpn: &str) -> Option<Row> {
    let protocol = match alpn {
        "imap" | "pop3" | "ftp" | "mqtt" | "smb" | "postgresql" => alpn,
        "tds/8.0" => "tds",
        "dot" | "doq" => "dns",
        "sip/2" => "sip",
        "stun.turn" | "stun.nat-discovery" | "webrtc" | "c-webrtc" => "stun",
        "xmpp-client" | "xmpp-server" => {
            return Some(Row { application: "XMPP", family: "messaging" });
        }
        "irc" => {
            return Some(Row { application: "IRC", family: "messaging" });
        }
        "ntske/1" => "ntp",
        _ => return None,
    };
    by_protocol(protocol)
}

/// TLS, HTTP and QUIC without a telling hint.
fn by_carrier(conversation: &Conversation) -> Option<Application> {
    let port = by_port(conversation.transport, conversation.port);
    let (row, confidence) = match &*conversation.protocol {
        "http" => match port {
            // Management and printing over HTTP are told by their port only.
            Some(row) if matches!(row.family, "print" | "management" | "update" | "database") => (row, 500),
            _ => (Row { application: "HTTP", family: "web" }, 900),
        },
        "tls" => match port {
            Some(row) if row.family != "web" => (row, 600),
            Some(_) => (Row { application: "HTTPS", family: "web" }, 800),
            None => (Row { application: "TLS", family: "other" }, 700),
        },
        "quic" => (Row { application: "QUIC", family: "web" }, 900),
        _ => return None,
    };
    Some(found(row, confidence, Basis::Carrier))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Hint, NetworkId, Time};

    fn talk(transport: u8, port: u16, protocol: &'static str, hints: &[(HintKind, &str)]) -> Conversation {
        Conversation {
            network: NetworkId(0),
            client: "10.0.0.1".parse().unwrap(),
            server: "10.0.0.2".parse().unwrap(),
            port,
            transport,
            flows: 1,
            packets: [1, 1],
            bytes: [60, 60],
            copies: [0, 0],
            copy_bytes: [0, 0],
            first: Time(0),
            last: Time(0),
            frame: 1,
            protocol: protocol.into(),
            known_by: if protocol.is_empty() { KnownBy::Nothing } else { KnownBy::Payload },
            answered: true,
            hints: hints.iter().map(|(kind, value)| Hint { kind: *kind, value: (*value).into() }).collect(),
        }
    }

    fn named(conversation: &Conversation) -> (String, &'static str, Basis) {
        let app = recognise(conversation);
        (app.name.into_owned(), app.family, app.basis)
    }

    #[test]
    fn what_was_read_wins_over_ports_and_names() {
        let ssh = talk(6, 443, "ssh", &[(HintKind::DnsName, "www.google.com")]);
        assert_eq!(named(&ssh), ("SSH".into(), "remote-access", Basis::Protocol));
        assert_eq!(named(&talk(6, 10102, "s7", &[])), ("S7comm".into(), "ot", Basis::Protocol));
    }

    #[test]
    fn tls_is_named_by_its_hints() {
        let teams = talk(
            6,
            443,
            "tls",
            &[(HintKind::DnsName, "google.com"), (HintKind::Sni, "x.teams.microsoft.com")],
        );
        assert_eq!(named(&teams), ("Microsoft Teams".into(), "voice-video", Basis::Sni));
        assert_eq!(named(&talk(6, 443, "tls", &[(HintKind::Sni, "intranet.corp")])).0, "HTTPS");
        assert_eq!(named(&talk(6, 993, "tls", &[])).1, "mail");
        assert_eq!(named(&talk(6, 993, "tls", &[(HintKind::Alpn, "imap")])).0, "IMAP");
        assert_eq!(named(&talk(6, 4433, "tls", &[])).0, "TLS");
    }

    #[test]
    fn ports_are_guesses_and_unknown_is_said() {
        let guess = recognise(&talk(6, 5432, "", &[]));
        assert_eq!((guess.family, guess.basis), ("database", Basis::Port));
        assert!(guess.confidence <= 300);
        assert_eq!(named(&talk(6, 61234, "", &[])), ("unknown".into(), "unknown", Basis::Nothing));
        assert_eq!(named(&talk(1, 0, "", &[])).0, "ICMP");
        assert_eq!(named(&talk(17, 5000, "newproto", &[])).0, "NEWPROTO");
    }
}
