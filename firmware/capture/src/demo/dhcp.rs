//! DHCP exchanges (RFC 2131, 2132) as different systems begin them.

use std::net::Ipv4Addr;

use model::{Mac, Time};

use super::devices::{NAMES, ROUTER};
use super::scene::{Device, Scene};
use crate::craft::{Link, Path};

/// What a client says of itself.
pub(super) struct Client<'a> {
    /// Option 12.
    pub(super) hostname: &'a str,
    /// Option 60; empty: not sent.
    pub(super) vendor_class: &'a str,
    /// Option 55.
    pub(super) wants: &'a [u8],
    /// Option 57; 0: not sent.
    pub(super) max_size: u16,
    /// Option 81 with the host name.
    pub(super) sends_fqdn: bool,
}

const DISCOVER: u8 = 1;
const OFFER: u8 = 2;
const REQUEST: u8 = 3;
const ACK: u8 = 5;

fn option(out: &mut Vec<u8>, code: u8, value: &[u8]) {
    out.extend([code, value.len() as u8]);
    out.extend(value);
}

/// The fixed part and the magic cookie.
fn head(op: u8, xid: u32, yiaddr: Ipv4Addr, mac: Mac) -> Vec<u8> {
    let mut out = vec![op, 1, 6, 0];
    out.extend(xid.to_be_bytes());
    // Seconds, flags, client address.
    out.extend([0; 8]);
    out.extend(yiaddr.octets());
    let server = if op == 2 { NAMES.ip } else { Ipv4Addr::UNSPECIFIED };
    out.extend(server.octets());
    out.extend([0; 4]);
    out.extend(mac.0);
    // Rest of the hardware address, server name, file.
    out.extend([0; 10 + 64 + 128]);
    out.extend([99, 130, 83, 99]);
    out
}

fn from_client(client: &Client<'_>, device: &Device, xid: u32, kind: u8) -> Vec<u8> {
    let mut out = head(1, xid, Ipv4Addr::UNSPECIFIED, device.mac);
    option(&mut out, 53, &[kind]);
    let mut id = vec![1];
    id.extend(device.mac.0);
    option(&mut out, 61, &id);
    option(&mut out, 50, &device.ip.octets());
    if kind == REQUEST {
        option(&mut out, 54, &NAMES.ip.octets());
    }
    if client.max_size > 0 {
        option(&mut out, 57, &client.max_size.to_be_bytes());
    }
    option(&mut out, 12, client.hostname.as_bytes());
    if client.sends_fqdn && kind == REQUEST {
        let mut fqdn = vec![0, 0, 0];
        fqdn.extend(client.hostname.bytes());
        option(&mut out, 81, &fqdn);
    }
    if !client.vendor_class.is_empty() {
        option(&mut out, 60, client.vendor_class.as_bytes());
    }
    option(&mut out, 55, client.wants);
    out.push(255);
    out
}

fn from_server(device: &Device, xid: u32, kind: u8) -> Vec<u8> {
    let mut out = head(2, xid, device.ip, device.mac);
    option(&mut out, 53, &[kind]);
    option(&mut out, 54, &NAMES.ip.octets());
    option(&mut out, 51, &86_400_u32.to_be_bytes());
    option(&mut out, 1, &[255, 255, 255, 0]);
    option(&mut out, 3, &ROUTER.ip.octets());
    option(&mut out, 6, &NAMES.ip.octets());
    option(&mut out, 15, b"office.example.com");
    out.push(255);
    out
}

/// Discover, offer, request, acknowledgement; then the client announces its address.
pub(super) fn lease(scene: &mut Scene, ms: u64, device: &Device, client: &Client<'_>) {
    let xid = scene.number();
    let all = Path {
        link: Link { src: device.mac, dst: Mac::BROADCAST, vlan: device.vlan },
        src: Ipv4Addr::UNSPECIFIED.into(),
        dst: Ipv4Addr::BROADCAST.into(),
        ttl: device.ttl,
    };
    let answer = Path {
        link: Link { src: NAMES.mac, dst: device.mac, vlan: device.vlan },
        src: NAMES.ip.into(),
        dst: device.ip.into(),
        ttl: 64,
    };
    let at = scene.at(ms);
    let later = |ms: u64| Time(at.0 + ms * 1_000_000);
    scene.craft.udp(at, &all, 68, 67, &from_client(client, device, xid, DISCOVER));
    scene.craft.udp(later(3), &answer, 67, 68, &from_server(device, xid, OFFER));
    scene.craft.udp(later(6), &all, 68, 67, &from_client(client, device, xid, REQUEST));
    scene.craft.udp(later(9), &answer, 67, 68, &from_server(device, xid, ACK));
    scene.announce(ms + 40, device);
}
