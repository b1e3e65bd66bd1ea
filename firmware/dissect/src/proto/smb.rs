//! SMB, all versions, over TCP and over NetBIOS sessions (RFC 1002 section 4.3,
//! MS-CIFS, MS-SMB, MS-SMB2): what both sides say before the first file.
//!
//! | message | becomes |
//! |---|---|
//! | NetBIOS session request | `nbns.name`: the caller's name |
//! | negotiation, asked | `smb.client_dialect`, `smb.guid`, `smb.netname` |
//! | negotiation, answered | `smb.dialect`, `smb.guid`, `smb.boot_time`, `smb.domain` |
//! | session setup of SMB 1 | `smb.native_os`, `smb.native_lanman`, `smb.domain` |
//! | NTLM tokens in either | `ntlm.*` |
//!
//! Account names are passed over. Other commands are skipped by their length, for
//! another session may begin behind them; encrypted and compressed messages end the
//! reading.

use core::net::IpAddr;

use model::Field;

use crate::dns_wire::Name;
use crate::netbios::NetbiosName;
use crate::proto::nbns;
use crate::smb1::{self, Offered};
use crate::smb2::{self, dialect_name};
use crate::{
    About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, Way, ntlm, printable,
};

/// Dialect the server chose.
pub const DIALECT: Field = Field::service("smb.dialect");
/// Highest dialect the client offered.
pub const CLIENT_DIALECT: Field = Field::host("smb.client_dialect");
/// Identity of client or server.
pub const GUID: Field = Field::host("smb.guid");
/// When the server started.
pub const BOOT_TIME: Field = Field::host("smb.boot_time");
/// Operating system, as SMB 1 says it.
pub const NATIVE_OS: Field = Field::host("smb.native_os");
/// LAN manager, as SMB 1 says it.
pub const NATIVE_LANMAN: Field = Field::host("smb.native_lanman");
/// Domain or workgroup.
pub const DOMAIN: Field = Field::host("smb.domain");
/// The name a client has for the server.
pub const NETNAME: Field = Field::host("smb.netname");

static INFO: Info = Info {
    name: "smb",
    title: "Server Message Block",
    spec: "MS-SMB2, MS-SMB, MS-CIFS, RFC 1002 section 4.3, MS-NLMP",
    over: &[Over::Tcp(&[445, 139])],
    first_bytes: &[session::MESSAGE, session::REQUEST],
    fields: &[
        DIALECT,
        CLIENT_DIALECT,
        GUID,
        BOOT_TIME,
        NATIVE_OS,
        NATIVE_LANMAN,
        DOMAIN,
        NETNAME,
        nbns::NAME,
        ntlm::VERSION,
        ntlm::COMPUTER,
        ntlm::DOMAIN,
        ntlm::DNS_COMPUTER,
        ntlm::DNS_DOMAIN,
        ntlm::DNS_TREE,
        ntlm::WORKSTATION,
        ntlm::CLIENT_DOMAIN,
    ],
    budget: 32 * 1024,
};

/// NetBIOS session packet types (RFC 1002 section 4.3.1).
mod session {
    pub const MESSAGE: u8 = 0x00;
    pub const REQUEST: u8 = 0x81;
    pub const POSITIVE: u8 = 0x82;
    pub const NEGATIVE: u8 = 0x83;
    pub const RETARGET: u8 = 0x84;
    pub const KEEP_ALIVE: u8 = 0x85;
    /// Header: type, length.
    pub const HEADER: usize = 4;
}

/// Bytes of a message that are looked at; tokens of other mechanisms than NTLM
/// may be much longer.
const WINDOW: usize = 12 * 1024;
/// Most messages of one compound.
const MOST_COMPOUND: usize = 4;
/// A direction's word of scratch once a packet was read.
const READ: u32 = 1;

/// The protocol.
pub struct Smb;

impl Protocol for Smb {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        const USUAL: [u16; 2] = [139, 445];
        let usual = USUAL.contains(&meta.sport) || USUAL.contains(&meta.dport);
        // Elsewhere a zero octet alone is a keep-alive (RFC 9293 section 3.8.4), and
        // waiting for more would hold up whoever the flow belongs to.
        let too_short = if meta.cut || !usual { Probe::No } else { Probe::More };
        let Some((header, rest)) = bytes.split_first_chunk::<{ session::HEADER }>() else {
            return too_short;
        };
        match header {
            [session::MESSAGE, ..] => match rest {
                [0xfc..=0xff, b'S', b'M', b'B', ..] => Probe::Yes,
                [_, _, _, _, ..] => Probe::No,
                _ => too_short,
            },
            [session::REQUEST, 0, 0, 68] => Probe::Yes,
            [session::POSITIVE | session::KEEP_ALIVE, 0, 0, 0] if usual => Probe::Yes,
            [session::NEGATIVE, 0, 0, 1] if usual => Probe::Yes,
            _ => Probe::No,
        }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], scratch: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let more = if meta.cut { Outcome::Done } else { Outcome::More };
        let [to_server, to_client, low, high] = scratch;
        let read = match meta.way {
            Way::ToServer => to_server,
            Way::ToClient => to_client,
        };
        let refused = if *read == READ { Outcome::Done } else { Outcome::Malformed };
        let mut reader = Reader::new(bytes);
        let (Some(kind), Some(length)) = (reader.u8(), reader.be24()) else { return more };
        let length = length as usize;
        let wanted = length.min(WINDOW);
        let whole = Outcome::Took(session::HEADER.saturating_add(length));
        let packet = reader.take_up_to(wanted);
        match kind {
            session::MESSAGE => {
                match interest(packet) {
                    None if packet.len() < wanted => return more,
                    None => return refused,
                    Some(Interest::Closed) => return Outcome::Done,
                    Some(Interest::No) => {}
                    Some(_) if packet.len() < wanted && !meta.cut => return Outcome::More,
                    Some(Interest::Smb1) => {
                        let mut offered = Offered([*low, *high]);
                        older(packet, &mut offered, sink);
                        [*low, *high] = offered.0;
                    }
                    Some(Interest::Smb2) => {
                        compound(packet, sink);
                    }
                }
                *read = READ;
                whole
            }
            session::REQUEST => {
                if packet.len() < wanted {
                    return more;
                }
                caller(packet, sink);
                *read = READ;
                whole
            }
            session::POSITIVE | session::NEGATIVE | session::RETARGET | session::KEEP_ALIVE => {
                *read = READ;
                whole
            }
            _ => refused,
        }
    }
}

/// What a message is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interest {
    /// A negotiation or session setup of SMB 1.
    Smb1,
    /// A negotiation or session setup of SMB 2 or 3.
    Smb2,
    /// Another command.
    No,
    /// It cannot be read, and nor can what follows.
    Closed,
}

/// `None` when the message is too short to tell, or no SMB.
fn interest(packet: &[u8]) -> Option<Interest> {
    let (wanted, found) = match packet.first_chunk::<4>()? {
        [0xff, b'S', b'M', b'B'] => {
            let command = *packet.get(4)?;
            (command == smb1::NEGOTIATE || command == smb1::SESSION_SETUP, Interest::Smb1)
        }
        [0xfe, b'S', b'M', b'B'] => {
            let command = Reader::new(packet.get(12..)?).le16()?;
            (command == smb2::NEGOTIATE || command == smb2::SESSION_SETUP, Interest::Smb2)
        }
        [0xfc | 0xfd, b'S', b'M', b'B'] => (true, Interest::Closed),
        _ => return None,
    };
    Some(if wanted { found } else { Interest::No })
}

/// Reads a message of SMB 1; `None` when it is not as it should be.
fn older(packet: &[u8], offered: &mut Offered, sink: &mut dyn Sink) -> Option<()> {
    let message = smb1::Message::new(packet)?;
    match (message.command, message.is_reply) {
        (smb1::NEGOTIATE, false) => {
            let (offer, highest) = message.offer();
            *offered = offer;
            if let Some(highest) = highest {
                say(sink, &CLIENT_DIALECT, &plain(highest));
            }
        }
        (smb1::NEGOTIATE, true) => {
            let answer = message.answer()?;
            let name = if answer.is_nt { Some("NT LM 0.12") } else { offered.name(answer.dialect) };
            if let Some(name) = name {
                say(sink, &DIALECT, &plain(name));
            }
            if let Some(guid) = answer.guid {
                say(sink, &GUID, &written(guid));
            }
            say(sink, &DOMAIN, &answer.domain);
            ntlm::find(answer.token, sink);
        }
        _ => {
            let setup = message.setup().unwrap_or_default();
            say(sink, &NATIVE_OS, &setup.os);
            say(sink, &NATIVE_LANMAN, &setup.lanman);
            say(sink, &DOMAIN, &setup.domain);
            ntlm::find(setup.token, sink);
        }
    }
    Some(())
}

/// Reads the messages of SMB 2 or 3 that one packet holds; `None` when another
/// command is among them.
fn compound(packet: &[u8], sink: &mut dyn Sink) -> Option<()> {
    let mut rest = packet;
    for _ in 0..MOST_COMPOUND {
        let message = smb2::Message::new(rest)?;
        match (message.command, message.is_reply) {
            (smb2::NEGOTIATE, false) => {
                let offer = message.offer()?;
                if let Some(name) = dialect_name(offer.dialect) {
                    say(sink, &CLIENT_DIALECT, &plain(name));
                }
                say(sink, &GUID, &written(offer.guid));
                if offer.server_name.parse::<IpAddr>().is_err() && !offer.server_name.is_empty() {
                    sink.observe(About::Receiver, &NETNAME, &offer.server_name);
                }
            }
            (smb2::NEGOTIATE, true) => {
                let answer = message.answer()?;
                if let Some(name) = dialect_name(answer.dialect) {
                    say(sink, &DIALECT, &plain(name));
                }
                say(sink, &GUID, &written(answer.guid));
                if let Some(started) = answer.started {
                    say(sink, &BOOT_TIME, &Text::of(format_args!("{started}")));
                }
                ntlm::find(answer.token, sink);
            }
            (smb2::SESSION_SETUP, _) => {
                ntlm::find(message.token()?, sink);
            }
            _ => return None,
        }
        match usize::try_from(message.next).ok()? {
            0 => break,
            next => rest = rest.get(next..)?,
        }
    }
    Some(())
}

/// The caller of a NetBIOS session request: the second of two names in half-ASCII
/// (RFC 1001 section 14.1), of a workstation or a server.
fn caller(packet: &[u8], sink: &mut dyn Sink) -> Option<()> {
    const ENCODED: usize = 34;
    let (encoded, _) = Name::read(packet, ENCODED)?;
    let name = NetbiosName::decode(&encoded)?;
    if let Some(text) = name.observed().filter(|_| matches!(name.suffix(), 0x00 | 0x20)) {
        say(sink, &nbns::NAME, &text);
    }
    Some(())
}

/// A GUID as it is usually written (MS-DTYP section 2.3.4.2); empty when all zero.
fn written(guid: [u8; 16]) -> Text {
    if guid == [0; 16] {
        return Text::new();
    }
    let [a, b, c, d, e, f, g, h, rest @ ..] = guid;
    let (first, second, third) =
        (u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, f]), u16::from_le_bytes([g, h]));
    let [i, j, node @ ..] = rest;
    let mut text = Text::of(format_args!("{first:08x}-{second:04x}-{third:04x}-{i:02x}{j:02x}-"));
    text.push_hex(&node);
    text
}

/// A dialect's name without the word before SMB 2 versions.
fn plain(name: &str) -> Text {
    match name.strip_prefix("SMB ") {
        Some("2.002") => Text::of(format_args!("2.0.2")),
        Some(version) => printable(version.as_bytes()),
        None => printable(name.as_bytes()),
    }
}

/// Tells a value that is there and is no mail address.
fn say(sink: &mut dyn Sink, field: &'static Field, text: &Text) {
    if !text.is_empty() && !text.contains('@') {
        sink.observe(About::Sender, field, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{both_ways, hex, one_turn, truncations};
    use std::vec::Vec;

    /// `bytes` in a session packet.
    fn packet(kind: u8, bytes: &[u8]) -> Vec<u8> {
        let [_, a, b, c] = (bytes.len() as u32).to_be_bytes();
        [&[kind, a, b, c], bytes].concat()
    }

    #[test]
    fn a_keep_alive_elsewhere_is_not_waited_on() {
        let at = |dport| Meta { dport, ..Meta::default() };
        assert_eq!(Smb.probe(&at(80), &[0]), Probe::No);
        assert_eq!(Smb.probe(&at(445), &[0]), Probe::More);
        assert_eq!(Smb.probe(&at(80), &hex("00000020 ff534d42")), Probe::Yes);
        assert_eq!(Smb.probe(&at(445), &hex("00000020 ff534d43")), Probe::No);
    }

    #[test]
    fn a_session_request_names_the_caller() {
        let name = |text: &str| {
            let letters = text.bytes().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]);
            [&[32], &letters.collect::<Vec<u8>>()[..], &[0]].concat()
        };
        let request =
            packet(session::REQUEST, &[name("*SMBSERVER      "), name("PC7            \0")].concat());
        truncations(&Smb, &Meta::default(), &request);
        assert_eq!(Smb.probe(&Meta::default(), &request), Probe::Yes);
        let answer = packet(session::POSITIVE, &[]);
        assert_eq!(both_ways(&Smb, &Meta::default(), &request, &answer), ["sender nbns.name=PC7<00>"]);
    }

    #[test]
    fn a_dialect_is_remembered_by_its_place() {
        let header = |command: u8, flags: &str| {
            [hex("ff534d42"), std::vec![command], hex("00000000"), hex(flags), std::vec![0; 22]].concat()
        };
        let mut asked = header(smb1::NEGOTIATE, "00");
        asked.extend(hex("00 1500"));
        asked.extend(b"\x02LANMAN1.0\0\x02LANMAN2.1\0");
        let mut answered = header(smb1::NEGOTIATE, "80");
        answered.extend(hex("01 0100 0000"));
        let (up, down) = (packet(0, &asked), packet(0, &answered));
        truncations(&Smb, &Meta::default(), &up);
        let seen = both_ways(&Smb, &Meta::default(), &up, &down);
        assert_eq!(seen, ["sender smb.client_dialect=LANMAN2.1", "sender smb.dialect=LANMAN2.1"]);
    }

    /// The header of a message of SMB 2.
    fn header(command: u16, flags: u8, next: u32) -> Vec<u8> {
        let mut bytes = [hex("fe534d42 4000 0000 00000000"), command.to_le_bytes().to_vec()].concat();
        bytes.extend([0, 0, flags, 0, 0, 0]);
        bytes.extend(next.to_le_bytes());
        bytes.resize(smb2::HEADER, 0);
        bytes
    }

    #[test]
    fn a_client_names_the_server_it_looks_for() {
        let mut asked = header(smb2::NEGOTIATE, 0, 0);
        asked.extend(hex(
            "2400 0200 0100 0000 00000000 00112233445566778899aabbccddeeff 68000000 0100 0000 0202 1103",
        ));
        asked.extend(hex("0500 0600 00000000 6600 7300 3100"));
        let up = packet(0, &asked);
        truncations(&Smb, &Meta::default(), &up);
        assert_eq!(
            both_ways(&Smb, &Meta::default(), &up, b""),
            [
                "sender smb.client_dialect=3.1.1",
                "sender smb.guid=33221100-5544-7766-8899-aabbccddeeff",
                "receiver smb.netname=fs1"
            ]
        );
    }

    #[test]
    fn other_commands_are_skipped_and_encryption_ends_the_reading() {
        let tree = packet(0, &header(3, 0, 0));
        let mut answered = header(smb2::NEGOTIATE, 1, 0);
        answered.extend(hex("4100 0100 1003 0000"));
        answered.extend([0; 56]);
        let negotiated = packet(0, &answered);
        let closed = packet(0, &hex("fd534d42 0000 0000"));
        let down = [&tree[..], &closed, &negotiated].concat();
        assert!(both_ways(&Smb, &Meta::default(), b"", &down).is_empty());
        answered[68..70].copy_from_slice(&[0x10, 2]);
        let down = [&tree[..], &packet(0, &answered)].concat();
        assert_eq!(both_ways(&Smb, &Meta::default(), b"", &down), ["sender smb.dialect=2.1"]);
    }

    #[test]
    fn recorded_one_turn() {
        one_turn(&Smb, include_str!("../../vectors/smb/samba.txt"));
    }
}
