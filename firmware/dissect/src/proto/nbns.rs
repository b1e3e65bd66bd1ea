//! NetBIOS name service over UDP (RFC 1001, RFC 1002 section 4.2).
//!
//! | bytes | becomes |
//! |---|---|
//! | the name a host registers, refreshes or releases; names in positive answers | `nbns.name`, `nbns.group` about the address in the record |
//! | the table of a node status answer | `nbns.name`, `nbns.group`, `nbns.mac` about the sender |
//!
//! Names with suffix 03 are often a user's and are passed over. The name a
//! query asks for is somebody else's.

use core::net::IpAddr;

use model::Field;

use crate::dns_wire::{CLASS_IN, Entry, Message, Section, kind};
use crate::netbios::{NetbiosName, owner};
use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text};

/// A unique name, `NAME<20>`.
pub const NAME: Field = Field::host("nbns.name");
/// A group name, `WORKGROUP<1e>`.
pub const GROUP: Field = Field::host("nbns.group");
/// Unit id of a node status answer: a MAC.
pub const MAC: Field = Field::host("nbns.mac");

static INFO: Info = Info {
    name: "nbns",
    title: "NetBIOS Name Service",
    spec: "RFC 1001, RFC 1002 section 4.2",
    over: &[Over::Udp(&[137])],
    first_bytes: &[],
    fields: &[NAME, GROUP, MAC],
    budget: 0,
};

/// Record type NULL, in negative answers.
const NULL: u16 = 10;
/// G: a group name.
const GROUP_FLAG: u16 = 0x8000;
/// Name flags of a node status answer: being released, in conflict.
const NOT_HELD: u16 = 0x1800;

/// What a message is about (section 4.2.1.1); unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opcode {
    Query,
    /// 5, or 15 for one of a host's several addresses.
    Registration,
    Release,
    /// "Wait for an answer".
    Wait,
    /// 8; 9 by those who counted the bits differently.
    Refresh,
    Unknown,
}

impl Opcode {
    fn of(message: &Message<'_>) -> Opcode {
        match message.opcode() {
            0 => Opcode::Query,
            5 | 15 => Opcode::Registration,
            6 => Opcode::Release,
            7 => Opcode::Wait,
            8 | 9 => Opcode::Refresh,
            _ => Opcode::Unknown,
        }
    }
}

/// The protocol.
pub struct Nbns;

impl Protocol for Nbns {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        if is_mine(meta, bytes) { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some(message) = Message::new(bytes).filter(|_| is_mine(meta, bytes)) else {
            return Outcome::Malformed;
        };
        match (message.is_response(), Opcode::of(&message)) {
            (false, Opcode::Registration | Opcode::Refresh | Opcode::Release) => {
                read_claim(meta, &message, sink);
            }
            (true, Opcode::Query | Opcode::Registration | Opcode::Refresh) if message.rcode() == 0 => {
                read_answer(meta, &message, sink);
            }
            _ => {}
        }
        Outcome::Took(bytes.len())
    }
}

/// A known opcode, and an encoded name of a known type first. Requests have one
/// question, answers none.
fn is_mine(meta: &Meta, bytes: &[u8]) -> bool {
    Message::new(bytes).is_some_and(|message| {
        let [questions, answers, ..] = message.counts;
        let counts = match message.is_response() {
            true => questions == 0 && answers == 1,
            false => questions == 1 && answers == 0,
        };
        let starts_well = |entry: Entry<'_>| {
            entry.class == CLASS_IN
                && matches!(entry.kind, kind::NB | kind::NBSTAT | NULL)
                && NetbiosName::decode(&entry.name).is_some()
        };
        counts
            && Opcode::of(&message) != Opcode::Unknown
            && message.entries().next().is_some_and(starts_well)
            && (meta.cut || message.is_whole())
    })
}

/// Flags and IPv4 addresses of an NB record (section 4.2.1.3).
fn owners<'a>(entry: &Entry<'a>) -> impl Iterator<Item = (u16, IpAddr)> + use<'a> {
    let mut reader = Reader::new(entry.data);
    core::iter::from_fn(move || Some((reader.be16()?, IpAddr::V4(reader.ipv4()?))))
}

fn observe(about: About, flags: u16, name: &NetbiosName, sink: &mut dyn Sink) {
    if let Some(value) = name.observed() {
        let field = if flags & GROUP_FLAG != 0 { &GROUP } else { &NAME };
        sink.observe(about, field, &value);
    }
}

/// The name stands in the question, flags and address in the additional record.
fn read_claim(meta: &Meta, message: &Message<'_>, sink: &mut dyn Sink) {
    let Some(name) = message.question().and_then(|question| NetbiosName::decode(&question.name)) else {
        return;
    };
    let records = message.entries().filter(|entry| entry.section == Section::Additional);
    for (flags, address) in records.flat_map(|entry| owners(&entry)) {
        observe(owner(meta, address), flags, &name, sink);
    }
}

fn read_answer(meta: &Meta, message: &Message<'_>, sink: &mut dyn Sink) {
    let Some(entry) = message.entries().next() else {
        return;
    };
    if entry.kind == kind::NBSTAT {
        read_status(&entry, sink);
    } else if let Some(name) = NetbiosName::decode(&entry.name).filter(|_| entry.kind == kind::NB) {
        // A name server tells of a group as 255.255.255.255: nobody's address.
        for (flags, address) in owners(&entry).filter(|(_, address)| model::is_host_ip(*address)) {
            observe(owner(meta, address), flags, &name, sink);
        }
    }
}

/// A count, so many names of 16 octets with flags, then the unit id (section 4.2.18).
fn read_status(entry: &Entry<'_>, sink: &mut dyn Sink) {
    let mut reader = Reader::new(entry.data);
    let names = reader.u8().unwrap_or(0);
    for _ in 0..names {
        let (Some(octets), Some(flags)) = (reader.array(), reader.be16()) else {
            return;
        };
        if flags & NOT_HELD == 0 {
            observe(About::Sender, flags, &NetbiosName::new(octets), sink);
        }
    }
    // Some implementations leave it zero.
    if let Some(mac) = reader.mac().filter(|mac| mac.is_host()) {
        sink.observe(About::Sender, &MAC, &Text::of(format_args!("{mac}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns_wire::build::{message, question, record};
    use crate::netbios::encode;
    use crate::testing::{datagram, truncations};
    use std::vec::Vec;

    fn meta() -> Meta {
        Meta { src: "10.0.0.9".parse().ok(), sport: 137, dport: 137, transport: 17, ..Meta::default() }
    }

    fn claim(opcode: u16, name: &str, suffix: u8, flags: u16, ip: [u8; 4]) -> Vec<u8> {
        let label = encode(name, suffix);
        let data = [&flags.to_be_bytes()[..], &ip].concat();
        let sections =
            [&[question(&label, kind::NB, 1)][..], &[], &[], &[record(&label, kind::NB, 1, &data)]];
        message(opcode << 11 | 0x0110, sections)
    }

    #[test]
    fn claims_name_the_address_in_the_record() {
        for opcode in [5, 6, 8, 9, 15] {
            let bytes = claim(opcode, "PC9", 0x20, 0x6000, [10, 0, 0, 9]);
            assert_eq!(Nbns.probe(&meta(), &bytes), Probe::Yes);
            assert_eq!(datagram(&Nbns, &meta(), &bytes), ["sender nbns.name=PC9<20>"]);
            truncations(&Nbns, &meta(), &bytes);
        }
        let second = claim(15, "PC9", 0, 0x6000, [10, 0, 1, 9]);
        assert_eq!(datagram(&Nbns, &meta(), &second), ["host(- 10.0.1.9) nbns.name=PC9<00>"]);
        let group = claim(5, "OFFICE", 0x1e, 0xe000, [10, 0, 0, 9]);
        assert_eq!(datagram(&Nbns, &meta(), &group), ["sender nbns.group=OFFICE<1e>"]);
        let nowhere = claim(5, "PC9", 0, 0, [0; 4]);
        assert_eq!(datagram(&Nbns, &meta(), &nowhere), ["sender nbns.name=PC9<00>"]);
    }

    #[test]
    fn users_are_not_named() {
        assert!(datagram(&Nbns, &meta(), &claim(5, "JOE", 3, 0, [10, 0, 0, 9])).is_empty());
    }

    fn answer(flags: u16, suffix: u8, data: &[u8]) -> Vec<u8> {
        message(flags, [&[], &[record(&encode("CORP", suffix), kind::NB, 1, data)], &[], &[]])
    }

    #[test]
    fn positive_answers_name_their_addresses() {
        let two = [0xe0, 0, 10, 0, 0, 2, 0xe0, 0, 10, 0, 0, 3];
        assert_eq!(
            datagram(&Nbns, &meta(), &answer(0x8580, 0x1c, &two)),
            ["host(- 10.0.0.2) nbns.group=CORP<1c>", "host(- 10.0.0.3) nbns.group=CORP<1c>"]
        );
        let own = [0x60, 0, 10, 0, 0, 9];
        assert_eq!(datagram(&Nbns, &meta(), &answer(0x8580, 0, &own)), ["sender nbns.name=CORP<00>"]);
        assert_eq!(datagram(&Nbns, &meta(), &answer(0xad80, 0, &own)), ["sender nbns.name=CORP<00>"]);
        let everyone = [0xe0, 0, 255, 255, 255, 255];
        assert!(datagram(&Nbns, &meta(), &answer(0x8580, 0, &everyone)).is_empty());
        // Negative, released, wait.
        for flags in [0x8583, 0xad86, 0xb400, 0xbc00] {
            assert!(datagram(&Nbns, &meta(), &answer(flags, 0, &own)).is_empty());
        }
    }

    #[test]
    fn a_node_status_answer_is_a_table_of_names() {
        let mut table = Vec::from([4u8]);
        for (name, flags) in [
            (b"PC9            \x00", 0x0400u16),
            (b"OFFICE         \x00", 0x8400),
            (b"JOE            \x03", 0x0400),
            (b"LOST           \x20", 0x0c00),
        ] {
            table.extend(name);
            table.extend(flags.to_be_bytes());
        }
        table.extend([2, 0, 0, 0, 0, 0xaa]);
        table.extend([0; 40]);
        let status = record(&encode("*", 0), kind::NBSTAT, 1, &table);
        let bytes = message(0x8400, [&[], &[status], &[], &[]]);
        assert_eq!(Nbns.probe(&meta(), &bytes), Probe::Yes);
        assert_eq!(
            datagram(&Nbns, &meta(), &bytes),
            ["sender nbns.name=PC9<00>", "sender nbns.group=OFFICE<00>", "sender nbns.mac=02:00:00:00:00:aa"]
        );
        truncations(&Nbns, &meta(), &bytes);
    }

    #[test]
    fn queries_name_nobody_and_others_are_refused() {
        let ask = message(0x0110, [&[question(&encode("PC9", 0x20), kind::NB, 1)], &[], &[], &[]]);
        assert_eq!(Nbns.probe(&meta(), &ask), Probe::Yes);
        assert!(datagram(&Nbns, &meta(), &ask).is_empty());
        let dns = message(0x0100, [&[question("a.test", 1, 1)], &[], &[], &[]]);
        let opcode = message(0x1110, [&[question(&encode("PC9", 0x20), kind::NB, 1)], &[], &[], &[]]);
        for bytes in [&dns[..], &opcode, &[0x23; 48], &[0; 12], &[]] {
            assert_eq!(Nbns.probe(&meta(), bytes), Probe::No);
        }
    }

    #[test]
    fn says_what_real_software_said() {
        crate::testing::vectors(&Nbns, include_str!("../../vectors/nbns/samba.txt"));
    }
}
