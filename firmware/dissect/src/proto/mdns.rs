//! Multicast DNS and DNS service discovery (RFC 6762, RFC 6763; EDNS owner
//! option: draft-cheshire-edns0-owner-option).
//!
//! | bytes | becomes |
//! |---|---|
//! | owner of an A or AAAA record of a response | `mdns.hostname` about the sender when the address is the sender's, else about the address |
//! | PTR and SRV of services | `mdns.service`, `mdns.instance`, `mdns.srv` |
//! | TXT keys that identify a device | `mdns.txt` |
//! | HINFO | `mdns.hinfo` |
//! | owner option | `mdns.owner_mac`, of questions too |
//!
//! A reflector and a sleep proxy repeat what another host says: when no address
//! in a response is its sender's, its services are said of that other address.
//! A question's known answers are other hosts' records and say nothing of their
//! sender; records withdrawn (time to live 0) say nothing any more.

use core::net::IpAddr;

use model::{Field, Mac};

use crate::dns_wire::{CLASS_IN, Entry, Message, Name, kind};
use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// A host's name, with `.local`.
pub const HOSTNAME: Field = Field::host("mdns.hostname");
/// Type of a service, `_ipp._tcp`.
pub const SERVICE: Field = Field::host("mdns.service");
/// A service's name and type.
pub const INSTANCE: Field = Field::host("mdns.instance");
/// Where a service is found.
pub const SRV: Field = Field::host("mdns.srv");
/// An identifying key of a service's description.
pub const TXT: Field = Field::host("mdns.txt");
/// Processor and system.
pub const HINFO: Field = Field::host("mdns.hinfo");
/// MAC of the owner option.
pub const OWNER_MAC: Field = Field::host("mdns.owner_mac");

static INFO: Info = Info {
    name: "mdns",
    title: "Multicast DNS and DNS-based service discovery",
    spec: "RFC 6762, RFC 6763",
    over: &[Over::Udp(&[PORT])],
    first_bytes: &[],
    fields: &[HOSTNAME, SERVICE, INSTANCE, SRV, TXT, HINFO, OWNER_MAC],
    budget: 0,
};

const PORT: u16 = 5353;
/// The class's top bit means "flush the cache" or "answer by unicast".
const CLASS: u16 = 0x7fff;
/// EDNS option code of the owner option.
const OWNER_OPTION: u16 = 4;

/// Keys of TXT records that say what a device is, as they are written in
/// observations; compared without regard to case (RFC 6763 section 6.4).
const TELLING_KEYS: &[&str] = &[
    "model",
    "ty",
    "product",
    "md",
    "fn",
    "am",
    "osxvers",
    "usb_MFG",
    "usb_MDL",
    "deviceid",
    "ci",
    "rpMd",
    "rpVr",
    "ve",
    "bs",
    "srcvers",
    "modelid",
    "mac",
    "macaddress",
    "mfg",
    "mdl",
    "manufacturer",
    "bridgeid",
    "fv",
];

/// The protocol.
pub struct Mdns;

impl Protocol for Mdns {
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
        let whom = speaker(meta, &message);
        for entry in message.entries() {
            if entry.kind == kind::OPT {
                read_owner(whom, &entry, sink);
            }
        }
        // Answers from another port than 5353 are ignored (RFC 6762 section 6).
        if message.is_response() && meta.sport == PORT {
            for entry in message.entries().filter(|entry| is_record(entry)) {
                read_record(meta, whom, &entry, sink);
            }
        }
        Outcome::Took(bytes.len())
    }
}

/// Opcode and response code are zero (sections 18.3 and 18.11), there is
/// something in it, and all of it can be read.
fn is_mine(meta: &Meta, bytes: &[u8]) -> bool {
    Message::new(bytes).is_some_and(|message| {
        message.opcode() == 0
            && message.rcode() == 0
            && message.entries().next().is_some_and(|entry| entry.kind != 0)
            && (meta.cut || message.is_whole())
    })
}

/// Records of class IN that still hold.
fn is_record(entry: &Entry<'_>) -> bool {
    entry.class & CLASS == CLASS_IN && entry.ttl != 0
}

/// Whom a response speaks of: its sender, unless all addresses in it of the
/// sender's family are another's.
fn speaker(meta: &Meta, message: &Message<'_>) -> About {
    let mut other = None;
    for entry in message.entries().filter(|entry| message.is_response() && is_record(entry)) {
        match (entry.address(), meta.src) {
            (Some(address), Some(source)) if address == source => return About::Sender,
            (Some(address), Some(source))
                if address.is_ipv4() == source.is_ipv4() && names_a_host(address) =>
            {
                other.get_or_insert(address);
            }
            _ => {}
        }
    }
    other.map_or(About::Sender, |ip| About::Host { mac: None, ip: Some(ip) })
}

fn names_a_host(address: IpAddr) -> bool {
    model::is_host_ip(address) && !address.is_loopback()
}

fn read_record(meta: &Meta, whom: About, entry: &Entry<'_>, sink: &mut dyn Sink) {
    if let Some(address) = entry.address() {
        if !entry.name.ends_with("local") {
            return;
        }
        if meta.src == Some(address) {
            sink.observe(About::Sender, &HOSTNAME, &entry.name.text());
        } else if names_a_host(address) {
            sink.observe(About::Host { mac: None, ip: Some(address) }, &HOSTNAME, &entry.name.text());
        }
        return;
    }
    match entry.kind {
        kind::PTR => {
            if let Some(service) = entry.target(0).and_then(|target| Service::new(&target)) {
                service.observe(whom, sink);
            }
        }
        kind::SRV => read_location(whom, entry, sink),
        kind::TXT => read_text(whom, entry, sink),
        kind::HINFO => {
            let mut strings = entry.strings().map(printable);
            if let (Some(cpu), Some(os)) = (strings.next(), strings.next()) {
                sink.observe(whom, &HINFO, Text::of(format_args!("{} {}", &*cpu, &*os)).trim());
            }
        }
        _ => {}
    }
}

/// `instance._type._proto.local`, or without the instance.
struct Service {
    /// `_type._proto`.
    kind: Text,
    /// `instance._type._proto`; none for a type alone and for what names a person.
    instance: Option<Text>,
}

impl Service {
    fn new(name: &Name<'_>) -> Option<Service> {
        let labels = name.labels().count();
        let kind_at = labels.checked_sub(3).filter(|_| name.ends_with("local"))?;
        let mut tail = name.labels().skip(kind_at);
        let (service, transport) = (tail.next()?, tail.next()?);
        let transport_known = [b"_tcp", b"_udp"].iter().any(|known| transport.eq_ignore_ascii_case(*known));
        let kind = name.part(kind_at, 2);
        if !transport_known || !service.starts_with(b"_") || service.eq_ignore_ascii_case(b"_dns-sd") {
            return None;
        }
        let first = name.labels().next()?;
        let named = kind_at > 0 && !first.starts_with(b"_") && !names_a_person(service, first);
        Some(Service { kind, instance: named.then(|| name.part(0, labels.saturating_sub(1))) })
    }

    fn observe(&self, whom: About, sink: &mut dyn Sink) {
        sink.observe(whom, &SERVICE, &self.kind);
        if let Some(instance) = &self.instance {
            sink.observe(whom, &INSTANCE, instance);
        }
    }
}

/// Chat and sound services are called `user@host`; others put a MAC before the `@`.
fn names_a_person(service: &[u8], instance: &[u8]) -> bool {
    let before = instance.split(|byte| *byte == b'@').next().unwrap_or_default();
    let is_address = before.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'-'));
    let signed = before.len() < instance.len() && !is_address;
    signed || service.eq_ignore_ascii_case(b"_presence")
}

/// Priority, weight, port and target (RFC 2782).
fn read_location(whom: About, entry: &Entry<'_>, sink: &mut dyn Sink) {
    let mut reader = Reader::new(entry.data);
    let port = reader.skip(4).and_then(|()| reader.be16());
    let (Some(port), Some(target), Some(service)) = (port, entry.target(6), Service::new(&entry.name)) else {
        return;
    };
    service.observe(whom, sink);
    if let Some(instance) = service.instance {
        let value = Text::of(format_args!("{} -> {}:{port}", &*instance, &*target.text()));
        sink.observe(whom, &SRV, &value);
    }
}

fn read_text(whom: About, entry: &Entry<'_>, sink: &mut dyn Sink) {
    let Some(service) = Service::new(&entry.name).filter(|service| service.instance.is_some()) else {
        return;
    };
    for string in entry.strings() {
        let Some(at) = string.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        let (key, value) = string.split_at_checked(at).unwrap_or_default();
        let value = printable(value.get(1..).unwrap_or_default());
        let telling = TELLING_KEYS.iter().find(|known| key.eq_ignore_ascii_case(known.as_bytes()));
        if let (Some(key), false) = (telling, value.is_empty()) {
            sink.observe(whom, &TXT, &Text::of(format_args!("{} {key}={}", &*service.kind, &*value)));
        }
    }
}

/// The owner option: version 0, a sequence number, the primary MAC.
fn read_owner(whom: About, entry: &Entry<'_>, sink: &mut dyn Sink) {
    let mut options = Reader::new(entry.data);
    while let (Some(code), Some(length)) = (options.be16(), options.be16()) {
        let Some(data) = options.take(usize::from(length)) else {
            return;
        };
        let mac = match data {
            [0, _, mac @ ..] if code == OWNER_OPTION => Mac::from_slice(mac).filter(|mac| mac.is_host()),
            _ => None,
        };
        if let Some(mac) = mac {
            sink.observe(whom, &OWNER_MAC, &Text::of(format_args!("{mac}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns_wire::build::{message, name, question, record};
    use crate::testing::{datagram, truncations};
    use std::vec::Vec;

    const FLUSH: u16 = 0x8001;

    fn meta() -> Meta {
        Meta {
            src: "10.0.0.9".parse().ok(),
            dst: "224.0.0.251".parse().ok(),
            sport: PORT,
            dport: PORT,
            transport: 17,
            ..Meta::default()
        }
    }

    fn owner_option() -> Vec<u8> {
        let option = b"\x00\x04\x00\x08\x00\x07\x02\x00\x00\x00\x00\xaa";
        [&b"\0\0\x29\x05\xa0\0\0\x11\x94\0\x0c"[..], option].concat()
    }

    fn printer() -> Vec<u8> {
        let answers = [
            record("_services._dns-sd._udp.local", kind::PTR, 1, &name("_ipp._tcp.local")),
            record("_ipp._tcp.local", kind::PTR, 1, &name("Office Printer._ipp._tcp.local")),
            record("_p._sub._ipp._tcp.local", kind::PTR, 1, &name("Office Printer._ipp._tcp.local")),
            record("9.0.0.10.in-addr.arpa", kind::PTR, FLUSH, &name("prn.local")),
        ];
        let location = [&[0, 0, 0, 0, 2, 0x77][..], &name("prn.local")].concat();
        let text = b"\x09txtvers=1\x08TY=ACME9\x0bnote=Room 7\x09usb_mfg=A\x00\x03ty=";
        let others = [
            record("Office Printer._ipp._tcp.local", kind::SRV, FLUSH, &location),
            record("Office Printer._ipp._tcp.local", kind::TXT, FLUSH, text),
            record("prn.local", kind::A, FLUSH, &[10, 0, 0, 9]),
            record("prn.local", kind::AAAA, FLUSH, &[0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]),
            record("prn.local", kind::HINFO, FLUSH, b"\x05ARMV7\x05LINUX"),
            record("prn.local", 47, FLUSH, b"\xc0\x0c\x00\x01\x40"),
            owner_option(),
        ];
        message(0x8400, [&[], &answers, &[], &others])
    }

    #[test]
    fn a_response_tells_of_its_sender() {
        assert_eq!(Mdns.probe(&meta(), &printer()), Probe::Yes);
        assert_eq!(
            datagram(&Mdns, &meta(), &printer()),
            [
                "sender mdns.owner_mac=02:00:00:00:00:aa",
                "sender mdns.service=_ipp._tcp",
                "sender mdns.service=_ipp._tcp",
                "sender mdns.instance=Office Printer._ipp._tcp",
                "sender mdns.service=_ipp._tcp",
                "sender mdns.instance=Office Printer._ipp._tcp",
                "sender mdns.service=_ipp._tcp",
                "sender mdns.instance=Office Printer._ipp._tcp",
                "sender mdns.srv=Office Printer._ipp._tcp -> prn.local:631",
                "sender mdns.txt=_ipp._tcp ty=ACME9",
                "sender mdns.txt=_ipp._tcp usb_MFG=A",
                "sender mdns.hostname=prn.local",
                "host(- fd00::9) mdns.hostname=prn.local",
                "sender mdns.hinfo=ARMV7 LINUX",
            ]
        );
        truncations(&Mdns, &meta(), &printer());
    }

    #[test]
    fn what_a_reflector_repeats_is_another_hosts() {
        let seen = datagram(&Mdns, &Meta { src: "10.0.0.1".parse().ok(), ..meta() }, &printer());
        assert!(seen.iter().all(|line| !line.starts_with("sender")), "{seen:?}");
        assert!(seen.contains(&"host(- 10.0.0.9) mdns.txt=_ipp._tcp ty=ACME9".into()));
    }

    #[test]
    fn questions_tell_only_the_owner() {
        let known = record("_ipp._tcp.local", kind::PTR, 1, &name("Other._ipp._tcp.local"));
        let tentative = record("prn.local", kind::A, 1, &[10, 0, 0, 9]);
        let sections =
            [&[question("_ipp._tcp.local", 12, FLUSH)][..], &[known], &[tentative], &[owner_option()]];
        let bytes = message(0, sections);
        assert_eq!(Mdns.probe(&meta(), &bytes), Probe::Yes);
        assert_eq!(datagram(&Mdns, &meta(), &bytes), ["sender mdns.owner_mac=02:00:00:00:00:aa"]);
        truncations(&Mdns, &meta(), &bytes);
    }

    #[test]
    fn withdrawn_and_misplaced_answers_tell_nothing() {
        let mut goodbye = record("prn.local", kind::A, FLUSH, &[10, 0, 0, 9]);
        let ttl = goodbye.len() - 10;
        goodbye[ttl..ttl + 4].fill(0);
        let bytes = message(0x8400, [&[], &[goodbye], &[], &[]]);
        assert!(datagram(&Mdns, &meta(), &bytes).is_empty());
        let elsewhere = Meta { sport: 999, ..meta() };
        assert_eq!(datagram(&Mdns, &elsewhere, &printer()), ["sender mdns.owner_mac=02:00:00:00:00:aa"]);
    }

    #[test]
    fn users_are_not_named() {
        let location = [&[0, 0, 0, 0, 0, 9][..], &name("pc.local")].concat();
        let records = [
            record("joe@pc._presence._tcp.local", kind::SRV, FLUSH, &location),
            record("joe@pc._pulse-server._tcp.local", kind::SRV, FLUSH, &location),
            record("joe._presence._tcp.local", kind::TXT, FLUSH, b"\x06fn=Joe"),
            record("02000000AA00@TV._raop._tcp.local", kind::SRV, FLUSH, &location),
        ];
        let seen = datagram(&Mdns, &meta(), &message(0x8400, [&[], &records, &[], &[]]));
        assert!(seen.iter().all(|line| !line.to_lowercase().contains("joe")), "{seen:?}");
        assert!(seen.contains(&"sender mdns.srv=02000000AA00@TV._raop._tcp -> pc.local:9".into()));
    }

    #[test]
    fn others_are_refused() {
        for bytes in [&b"M-SEARCH * HTTP/1.1\r\n"[..], &[0; 12], &[0xff; 40], b"\0\0\x84\0\0\0\0\x01", &[]] {
            assert_eq!(Mdns.probe(&meta(), bytes), Probe::No);
        }
        let looped = message(0x8400, [&[], &[b"\xc0\x0c\0\x01\0\x01\0\0\0\x78\0\0".to_vec()], &[], &[]]);
        assert_eq!(Mdns.probe(&meta(), &looped), Probe::No);
    }

    #[test]
    fn says_what_real_software_said() {
        crate::testing::vectors(&Mdns, include_str!("../../vectors/mdns/avahi.txt"));
    }
}
