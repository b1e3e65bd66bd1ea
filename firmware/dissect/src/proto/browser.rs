//! Windows browser announcements (MS-BRWS section 2.2) in NetBIOS datagrams
//! (RFC 1002 section 4.4) that carry an SMB mailslot write (MS-MAIL section 2.2.1).
//!
//! | bytes | becomes |
//! |---|---|
//! | source name of any datagram | `nbns.name` about its source address |
//! | host (01) and local master (0F) announcement | `browser.hostname`, `.os`, `.roles`, `.comment`; the group it is sent to: `browser.workgroup` |
//! | domain announcement (0C) | `browser.workgroup`, the master's own name: `browser.hostname` |
//!
//! Offsets in a mailslot message, little-endian: command 0, update count 1,
//! period 2, name 6 (16 octets), version 22 and 23, server type 24, browser
//! version 28, signature 0xAA55 30, comment or master's name 32.

use core::net::IpAddr;

use model::Field;

use super::nbns::NAME;
use crate::dns_wire::Name;
use crate::list::push_item;
use crate::netbios::{NetbiosName, owner};
use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// Server name.
pub const HOSTNAME: Field = Field::host("browser.hostname");
/// Version of the system, major.minor.
pub const OS: Field = Field::host("browser.os");
/// Names of the set bits of the server type.
pub const ROLES: Field = Field::host("browser.roles");
/// Description.
pub const COMMENT: Field = Field::host("browser.comment");
/// Workgroup or domain.
pub const WORKGROUP: Field = Field::host("browser.workgroup");

static INFO: Info = Info {
    name: "browser",
    title: "Windows browser announcements",
    spec: "MS-BRWS, MS-MAIL, RFC 1002 section 4.4",
    over: &[Over::Udp(&[138])],
    first_bytes: &[],
    fields: &[HOSTNAME, OS, ROLES, COMMENT, WORKGROUP, NAME],
    budget: 0,
};

const MAILSLOT: &[u8] = br"\MAILSLOT\BROWSE";
const SMB_MAGIC: [u8; 4] = *b"\xffSMB";
const SMB_TRANSACTION: u8 = 0x25;
const SMB_HEADER: usize = 32;
const SIGNATURE: u16 = 0xaa55;

const HOST_ANNOUNCEMENT: u8 = 0x01;
const DOMAIN_ANNOUNCEMENT: u8 = 0x0c;
const LOCAL_MASTER_ANNOUNCEMENT: u8 = 0x0f;

/// Suffixes of group names that mean "the browsers of this workgroup".
const BROWSERS: [u8; 2] = [0x1d, 0x1e];

/// Names of server type bits (MS-BRWS section 2.2.1, MS-SRVS section 2.2.2.7).
const ROLE_BITS: &[(u32, &str)] = &[
    (0x0000_0001, "workstation"),
    (0x0000_0002, "server"),
    (0x0000_0004, "sql"),
    (0x0000_0008, "domain_controller"),
    (0x0000_0010, "backup_controller"),
    (0x0000_0020, "time_source"),
    (0x0000_0040, "apple"),
    (0x0000_0080, "novell"),
    (0x0000_0100, "domain_member"),
    (0x0000_0200, "print"),
    (0x0000_0400, "dial_in"),
    (0x0000_0800, "unix"),
    (0x0000_1000, "nt"),
    (0x0000_2000, "wfw"),
    (0x0000_4000, "mfpn"),
    (0x0000_8000, "nt_server"),
    (0x0001_0000, "potential_browser"),
    (0x0002_0000, "backup_browser"),
    (0x0004_0000, "master_browser"),
    (0x0008_0000, "domain_master"),
    (0x0010_0000, "osf"),
    (0x0020_0000, "vms"),
    (0x0040_0000, "windows"),
    (0x0080_0000, "dfs"),
    (0x0100_0000, "cluster"),
    (0x0200_0000, "terminal_server"),
    (0x0400_0000, "virtual_cluster"),
];

/// A NetBIOS datagram with its two names (sections 4.4.1 and 4.4.2).
struct Datagram<'a> {
    source_ip: IpAddr,
    source: NetbiosName,
    destination: NetbiosName,
    /// Offset of these data in what was sent; fragments have another than 0.
    offset: u16,
    data: &'a [u8],
}

impl<'a> Datagram<'a> {
    /// `None` for errors and queries of the datagram service, which name no source.
    fn new(bytes: &'a [u8]) -> Option<Datagram<'a>> {
        let mut reader = Reader::new(bytes);
        let (kind, flags) = (reader.u8()?, reader.u8()?);
        // Direct unique, direct group, broadcast; the upper half of the flags is reserved.
        if !matches!(kind, 0x10..=0x12) || flags & 0xf0 != 0 {
            return None;
        }
        reader.skip(2)?;
        let source_ip = IpAddr::V4(reader.ipv4()?);
        reader.skip(4)?;
        let offset = reader.be16()?;
        let (source, next) = Name::read(bytes, bytes.len().saturating_sub(reader.len()))?;
        let (destination, next) = Name::read(bytes, next)?;
        Some(Datagram {
            source_ip,
            source: NetbiosName::decode(&source)?,
            destination: NetbiosName::decode(&destination)?,
            offset,
            data: bytes.get(next..)?,
        })
    }
}

/// The message a transaction writes to the browser's mailslot.
fn mailslot(smb: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(smb);
    if reader.array()? != SMB_MAGIC || reader.u8()? != SMB_TRANSACTION {
        return None;
    }
    let mut reader = Reader::new(smb.get(SMB_HEADER..)?);
    let words = reader.u8()?;
    let mut parameters = Reader::new(reader.take(usize::from(words) * 2)?);
    // Eleven words of counts, flags and time-out come before.
    parameters.skip(22)?;
    let (length, offset) = (parameters.le16()?, parameters.le16()?);
    reader.skip(2)?;
    let name = reader.rest().split(|byte| *byte == 0).next()?;
    let data = Reader::new(smb.get(usize::from(offset)..)?).take_up_to(usize::from(length));
    name.eq_ignore_ascii_case(MAILSLOT).then_some(data)
}

/// The protocol.
pub struct Browser;

impl Protocol for Browser {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, _: &Meta, bytes: &[u8]) -> Probe {
        if Datagram::new(bytes).is_some() { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some(datagram) = Datagram::new(bytes) else {
            return Outcome::Malformed;
        };
        let whom = owner(meta, datagram.source_ip);
        if let Some(name) = datagram.source.observed() {
            sink.observe(whom, &NAME, &name);
        }
        if datagram.offset == 0
            && let Some(message) = mailslot(datagram.data)
        {
            read_message(whom, &datagram, message, sink);
        }
        // Not `Done`: announcements come after other datagrams of the same flow.
        Outcome::Took(bytes.len())
    }
}

/// `None` when the message is too short for what was read last.
fn read_message(whom: About, datagram: &Datagram<'_>, message: &[u8], sink: &mut dyn Sink) -> Option<()> {
    let mut reader = Reader::new(message);
    let command = reader.u8()?;
    reader.skip(5)?;
    let name = up_to_nul(reader.take(16)?);
    let [major, minor] = reader.array()?;
    let roles = reader.le32()?;
    reader.skip(2)?;
    let signed = reader.le16()? == SIGNATURE;
    let text = up_to_nul(reader.rest());
    match command {
        HOST_ANNOUNCEMENT | LOCAL_MASTER_ANNOUNCEMENT if signed => {
            observe(whom, &HOSTNAME, &name, sink);
            observe(whom, &OS, &Text::of(format_args!("{major}.{minor}")), sink);
            observe(whom, &ROLES, &role_names(roles), sink);
            observe(whom, &COMMENT, &text, sink);
            if BROWSERS.contains(&datagram.destination.suffix()) {
                observe(whom, &WORKGROUP, &datagram.destination.text(), sink);
            }
        }
        // Older masters put a version where the signature stands in the others.
        DOMAIN_ANNOUNCEMENT => {
            observe(whom, &WORKGROUP, &name, sink);
            observe(whom, &HOSTNAME, &text, sink);
        }
        _ => {}
    }
    Some(())
}

fn observe(whom: About, field: &'static Field, value: &Text, sink: &mut dyn Sink) {
    if !value.is_empty() {
        sink.observe(whom, field, value);
    }
}

fn up_to_nul(bytes: &[u8]) -> Text {
    printable(bytes.split(|byte| *byte == 0).next().unwrap_or_default())
}

fn role_names(bits: u32) -> Text {
    let mut names = Text::new();
    for (bit, name) in ROLE_BITS {
        if bits & bit != 0 {
            push_item(&mut names, name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns_wire::build;
    use crate::netbios::encode;
    use crate::testing::{datagram, truncations};
    use std::vec::Vec;

    fn meta() -> Meta {
        Meta { src: "10.0.0.9".parse().ok(), sport: 138, dport: 138, transport: 17, ..Meta::default() }
    }

    fn wrapped(mailslot: &[u8], suffix: u8, message: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::from(*b"\x11\x02\x00\x01\x0a\x00\x00\x09\x00\x8a\x00\x00\x00\x00");
        bytes.extend(build::name(&encode("PC9", 0)));
        bytes.extend(build::name(&encode("OFFICE", suffix)));
        bytes.extend(b"\xffSMB\x25");
        bytes.extend([0; 27]);
        let offset = SMB_HEADER + 1 + 34 + 2 + mailslot.len() + 1;
        bytes.push(17);
        bytes.extend([0; 22]);
        bytes.extend((message.len() as u16).to_le_bytes());
        bytes.extend((offset as u16).to_le_bytes());
        bytes.extend([3, 0, 1, 0, 1, 0, 2, 0]);
        bytes.extend(((mailslot.len() + 1 + message.len()) as u16).to_le_bytes());
        bytes.extend(mailslot);
        bytes.push(0);
        bytes.extend(message);
        bytes
    }

    fn announcement(command: u8, name: &[u8; 16], text: &[u8]) -> Vec<u8> {
        let head = [&[command, 0, 0x80, 0xfc, 0x0a, 0][..], name, &[6, 1], &0x0004_1003u32.to_le_bytes()];
        [&head.concat()[..], &[15, 1, 0x55, 0xaa], text, b"\0"].concat()
    }

    #[test]
    fn a_host_announces_itself() {
        let message = announcement(1, b"PC9\0\0\0\0\0\0\0\0\0\0\0\0\0", b"Front desk");
        let bytes = wrapped(MAILSLOT, 0x1d, &message);
        assert_eq!(Browser.probe(&meta(), &bytes), Probe::Yes);
        assert_eq!(
            datagram(&Browser, &meta(), &bytes),
            [
                "sender nbns.name=PC9<00>",
                "sender browser.hostname=PC9",
                "sender browser.os=6.1",
                "sender browser.roles=workstation,server,nt,master_browser",
                "sender browser.comment=Front desk",
                "sender browser.workgroup=OFFICE",
            ]
        );
        truncations(&Browser, &meta(), &bytes);
        let forwarded = Meta { src: "10.0.0.1".parse().ok(), ..meta() };
        assert_eq!(datagram(&Browser, &forwarded, &bytes)[0], "host(- 10.0.0.9) nbns.name=PC9<00>");
    }

    #[test]
    fn a_master_announces_its_group() {
        let message = announcement(0x0c, b"OFFICE\0\0\0\0\0\0\0\0\0\0", b"PC9");
        assert_eq!(
            datagram(&Browser, &meta(), &wrapped(MAILSLOT, 0x01, &message)),
            ["sender nbns.name=PC9<00>", "sender browser.workgroup=OFFICE", "sender browser.hostname=PC9"]
        );
    }

    #[test]
    fn other_datagrams_have_a_source_all_the_same() {
        let message = announcement(1, b"PC9\0\0\0\0\0\0\0\0\0\0\0\0\0", b"");
        for bytes in [wrapped(br"\MAILSLOT\NET\NETLOGON", 0x1c, &message), wrapped(MAILSLOT, 0x1d, &[8, 1])] {
            assert_eq!(datagram(&Browser, &meta(), &bytes), ["sender nbns.name=PC9<00>"]);
        }
        let mut fragment = wrapped(MAILSLOT, 0x1d, &message);
        fragment[13] = 9;
        assert_eq!(datagram(&Browser, &meta(), &fragment), ["sender nbns.name=PC9<00>"]);
    }

    #[test]
    fn others_are_refused() {
        let mut scrambled = wrapped(MAILSLOT, 0x1d, &[]);
        scrambled[20] = b'z';
        for bytes in [&scrambled[..], b"\x13\x02", b"\x11\x02\0\x01", &[0x10; 90], &[]] {
            assert_eq!(Browser.probe(&meta(), bytes), Probe::No);
        }
    }

    #[test]
    fn says_what_real_software_said() {
        crate::testing::vectors(&Browser, include_str!("../../vectors/browser/samba.txt"));
    }
}
