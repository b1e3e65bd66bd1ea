//! Messages by which hosts make themselves known: mDNS, SSDP, NetBIOS, Browser.

use std::net::Ipv4Addr;

use super::scene::{Device, Scene};
use crate::payload::{Put, dns_name};

/// An mDNS record (RFC 6762, 6763).
pub(super) enum Record<'a> {
    Ptr(&'a str, &'a str),
    Srv(&'a str, u16, &'a str),
    Txt(&'a str, &'a [&'a str]),
    A(&'a str, Ipv4Addr),
}

/// An unsolicited mDNS response.
pub(super) fn mdns(scene: &mut Scene, ms: u64, from: &Device, records: &[Record<'_>]) {
    // Class IN, with the cache-flush bit for records that only the owner has.
    const UNIQUE: u16 = 0x8001;
    let mut out = Vec::new();
    for word in [0, 0x8400, 0, records.len() as u16, 0, 0] {
        out.be16(word);
    }
    for record in records {
        let (name, kind, class, ttl) = match record {
            Record::Ptr(name, _) => (name, 12, 1, 4_500),
            Record::Srv(name, ..) => (name, 33, UNIQUE, 120),
            Record::Txt(name, _) => (name, 16, UNIQUE, 4_500),
            Record::A(name, _) => (name, 1, UNIQUE, 120),
        };
        dns_name(&mut out, name);
        out.be16(kind);
        out.be16(class);
        out.be32(ttl);
        out.sized16(|out| match record {
            Record::Ptr(_, target) => dns_name(out, target),
            Record::Srv(_, port, target) => {
                out.be32(0);
                out.be16(*port);
                dns_name(out, target);
            }
            Record::Txt(_, texts) => {
                texts.iter().for_each(|text| out.sized8(|out| out.extend(text.bytes())));
            }
            Record::A(_, ip) => out.extend(ip.octets()),
        });
    }
    scene.multicast(ms, from, Ipv4Addr::new(224, 0, 0, 251), 5_353, 255, &out);
}

/// One service with its host: PTR, SRV, TXT and A together.
pub(super) fn service(
    scene: &mut Scene,
    ms: u64,
    from: &Device,
    (instance, kind, port, host): (&str, &str, u16, &str),
    texts: &[&str],
) {
    let (kind, host) = (format!("{kind}.local"), format!("{host}.local"));
    let name = format!("{instance}.{kind}");
    let records = [
        Record::Ptr(&kind, &name),
        Record::Srv(&name, port, &host),
        Record::Txt(&name, texts),
        Record::A(&host, from.ip),
    ];
    mdns(scene, ms, from, &records);
}

/// SSDP (UPnP Device Architecture 1.1 §1.2.2): "I am here".
pub(super) fn ssdp(
    scene: &mut Scene,
    ms: u64,
    from: &Device,
    server: &str,
    location: &str,
    kind: &str,
    uuid: &str,
) {
    let text = format!(
        "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\n\
         LOCATION: {location}\r\nNT: {kind}\r\nNTS: ssdp:alive\r\nSERVER: {server}\r\n\
         USN: uuid:{uuid}::{kind}\r\n\r\n"
    );
    scene.multicast(ms, from, Ipv4Addr::new(239, 255, 255, 250), 1_900, 4, text.as_bytes());
}

/// A NetBIOS name in its first-level encoding (RFC 1001 §14.1), with the suffix.
fn netbios_name(name: &str, suffix: u8) -> Vec<u8> {
    let mut padded: Vec<u8> = name.bytes().chain(std::iter::repeat(b' ')).take(15).collect();
    padded.push(suffix);
    let mut out = vec![32];
    out.extend(padded.iter().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]));
    out.push(0);
    out
}

/// A name registration by broadcast (RFC 1002 §4.2.2).
pub(super) fn nbns(scene: &mut Scene, ms: u64, from: &Device, name: &str, suffix: u8, is_group: bool) {
    let mut out = Vec::new();
    let id = scene.number() as u16;
    for word in [id, 0x2910, 1, 0, 0, 1] {
        out.be16(word);
    }
    out.extend(netbios_name(name, suffix));
    for word in [0x20, 1, 0xc00c, 0x20, 1] {
        out.be16(word);
    }
    out.be32(300_000);
    out.sized16(|out| {
        out.be16(if is_group { 0x8000 } else { 0 });
        out.extend(from.ip.octets());
    });
    scene.broadcast(ms, from, (137, 137), &out);
}

/// What a Browser announcement tells (MS-BRWS §2.2.1).
pub(super) struct Announcement<'a> {
    pub(super) name: &'a str,
    pub(super) workgroup: &'a str,
    pub(super) version: (u8, u8),
    pub(super) server_type: u32,
}

/// A host announcement: a NetBIOS datagram (RFC 1002 §4.4) with an SMB mailslot write (MS-MAIL §2.2.1).
pub(super) fn browser(scene: &mut Scene, ms: u64, from: &Device, host: &Announcement<'_>) {
    let mut frame = vec![1, 0];
    frame.extend(720_000_u32.to_le_bytes());
    frame.extend(host.name.bytes().chain(std::iter::repeat(0)).take(16));
    frame.extend([host.version.0, host.version.1]);
    frame.extend(host.server_type.to_le_bytes());
    // Browser protocol 15.1, signature, empty comment.
    frame.extend([15, 1, 0x55, 0xaa, 0]);

    let le16 = |n: usize| (n as u16).to_le_bytes();
    let mut smb = vec![0xff, b'S', b'M', b'B', 0x25];
    smb.resize(32, 0);
    smb.push(17);
    // Parameters and data in total, then the largest answers: none.
    smb.extend([le16(0), le16(frame.len()), le16(0), le16(0), le16(0), le16(0)].as_flattened());
    smb.extend(1_000_u32.to_le_bytes());
    smb.extend([le16(0), le16(0), le16(0), le16(frame.len()), le16(86)].as_flattened());
    // Three set-up words: write, priority 1, class 2 (unreliable).
    smb.extend([3, 0, 1, 0, 1, 0, 2, 0]);
    smb.extend(le16(17 + frame.len()));
    smb.extend(b"\\MAILSLOT\\BROWSE\0");
    smb.extend(frame);

    let names = [netbios_name(host.name, 0x00), netbios_name(host.workgroup, 0x1d)].concat();
    let mut out = vec![0x11, 0x0a];
    out.be16(scene.number() as u16);
    out.extend(from.ip.octets());
    out.be16(138);
    out.be16((names.len() + smb.len()) as u16);
    out.be16(0);
    out.extend(names);
    out.extend(smb);
    scene.broadcast(ms, from, (138, 138), &out);
}
