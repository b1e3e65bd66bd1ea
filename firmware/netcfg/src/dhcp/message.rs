//! Writing what the client says (RFC 2131 §4.4.1, table 5).

use std::net::Ipv4Addr;
use std::time::Duration;

use smoltcp::wire::{DhcpMessageType, DhcpOption, DhcpPacket, DhcpRepr, EthernetAddress};

/// Vendor class (option 60; RFC 2132 §9.13): a server may know what we are by it.
pub const VENDOR: &str = "Stillwatch";

/// Parameters asked for (option 55; §9.8): mask, routes (RFC 3442: in front of router),
/// router, name servers, domain, lease time, server, T1, T2, time servers.
const PARAMETERS: [u8; 10] = [1, 121, 3, 6, 15, 51, 54, 58, 59, 42];

/// Shortest message, bytes: some servers and relays drop shorter ones (BOOTP, RFC 951 §3).
const LEAST: usize = 300;

/// Who the client is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Address of the interface; it is the client identifier too (option 61; RFC 2132 §9.14).
    pub mac: [u8; 6],
    /// Name told to the server (option 12; §3.14); empty: none.
    pub hostname: String,
}

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub kind: DhcpMessageType,
    pub xid: u32,
    /// Since the exchange began.
    pub elapsed: Duration,
    /// `ciaddr`: the own address, once it is used.
    pub own: Ipv4Addr,
    /// Option 50.
    pub requested: Option<Ipv4Addr>,
    /// Option 54.
    pub server: Option<Ipv4Addr>,
    /// Option 56: why.
    pub why: Option<&'static str>,
}

impl Message {
    /// As bytes of a datagram.
    pub(crate) fn write(&self, who: &Identity) -> Vec<u8> {
        // DECLINE and RELEASE carry nothing else (table 5).
        let asks = matches!(self.kind, DhcpMessageType::Discover | DhcpMessageType::Request);
        let hostname: Vec<u8> = who.hostname.bytes().take(63).collect();
        let mut more = Vec::new();
        if asks {
            more.push(DhcpOption { kind: 60, data: VENDOR.as_bytes() });
            if !hostname.is_empty() {
                more.push(DhcpOption { kind: 12, data: &hostname });
            }
        }
        more.extend(self.why.map(|why| DhcpOption { kind: 56, data: why.as_bytes() }));
        let mac = EthernetAddress(who.mac);
        let repr = DhcpRepr {
            message_type: self.kind,
            transaction_id: self.xid,
            secs: u16::try_from(self.elapsed.as_secs()).unwrap_or(u16::MAX),
            client_hardware_address: mac,
            client_ip: self.own,
            your_ip: Ipv4Addr::UNSPECIFIED,
            server_ip: Ipv4Addr::UNSPECIFIED,
            router: None,
            subnet_mask: None,
            relay_agent_ip: Ipv4Addr::UNSPECIFIED,
            // A packet socket gets what is sent to an address that is not ours yet.
            broadcast: false,
            requested_ip: self.requested,
            client_identifier: Some(mac),
            server_identifier: self.server,
            parameter_request_list: asks.then_some(&PARAMETERS),
            dns_servers: None,
            max_size: asks.then_some(super::MAX_MESSAGE as u16 - 28),
            lease_duration: None,
            renew_duration: None,
            rebind_duration: None,
            additional_options: &more,
        };
        let mut bytes = vec![0; repr.buffer_len().max(LEAST)];
        let done = repr.emit(&mut DhcpPacket::new_unchecked(&mut bytes[..]));
        debug_assert!(done.is_ok(), "the buffer is as long as it says");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discover_says_who_asks_and_for_what() {
        let who = Identity { mac: [2, 0, 0, 0, 0, 1], hostname: "hall-3".into() };
        let message = Message {
            kind: DhcpMessageType::Discover,
            xid: 0x0102_0304,
            elapsed: Duration::from_secs(70_000),
            own: Ipv4Addr::UNSPECIFIED,
            requested: None,
            server: None,
            why: None,
        };
        let bytes = message.write(&who);
        assert_eq!(
            (bytes.len() >= LEAST, &bytes[..12]),
            (true, &[1, 1, 6, 0, 1, 2, 3, 4, 255, 255, 0, 0][..])
        );
        let packet = DhcpPacket::new_checked(&bytes[..]).unwrap();
        let get =
            |code| packet.options().find(|option| option.kind == code).map(|option| option.data.to_vec());
        assert_eq!(get(53), Some(vec![1]));
        assert_eq!(get(61), Some(vec![1, 2, 0, 0, 0, 0, 1]));
        assert_eq!(get(60), Some(b"Stillwatch".to_vec()));
        assert_eq!(get(12), Some(b"hall-3".to_vec()));
        assert_eq!(get(55), Some(PARAMETERS.to_vec()));
        assert_eq!(get(50), None);
        assert_eq!(get(56), None);
        let release = Message { kind: DhcpMessageType::Release, why: Some("bye"), ..message }.write(&who);
        let packet = DhcpPacket::new_checked(&release[..]).unwrap();
        let codes: Vec<u8> = packet.options().map(|option| option.kind).collect();
        assert_eq!(codes, [53, 61, 56], "a RELEASE must not ask for anything (RFC 2131 table 5)");
    }
}
