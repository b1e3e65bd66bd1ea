//! DNS over UDP and TCP (RFC 1035; dynamic update RFC 2136; reverse names RFC 3596).
//!
//! | bytes | becomes |
//! |---|---|
//! | a response | `dns.server` about its sender |
//! | A and AAAA records of its answer and additional sections | `dns.name` about the address: the record's owner and, behind aliases, the name asked for |
//! | the name asked for, when A or AAAA records answer it | a hint for what its asker opens next |
//! | PTR records of the answer section | `dns.ptr` about the address |
//! | a question on the list of [`super::dns_names`] that wants recursion | `dns.query` about its sender |
//! | records an update adds | `dns.update` about their address |
//!
//! Every other question is browsing history and is not observed.

use core::net::IpAddr;

use model::Field;

use super::dns_names::{may_tell_of_the_asker, tells_of_the_asker};
use crate::dns_wire::{CLASS_IN, Entries, Entry, Message, Name, ROOM, Room, Section, kind};
use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink};

/// This host answered a query.
pub const SERVER: Field = Field::host("dns.server");
/// A name asked for that tells of the asking system, in lower case.
pub const QUERY: Field = Field::host("dns.query");
/// A name that leads to the address, in lower case.
pub const NAME: Field = Field::host("dns.name");
/// The name an address leads to.
pub const PTR: Field = Field::host("dns.ptr");
/// A name that a dynamic update gives to the address.
pub const UPDATE: Field = Field::host("dns.update");

static INFO: Info = Info {
    name: "dns",
    title: "Domain Name System",
    spec: "RFC 1035, RFC 2136, RFC 3596, RFC 7766",
    over: &[Over::Udp(&[PORT]), Over::Tcp(&[PORT])],
    first_bytes: &[],
    fields: &[SERVER, QUERY, NAME, PTR, UPDATE],
    budget: 0,
};

const PORT: u16 = 53;
const TCP: u8 = 6;

const QUERY_OPCODE: u8 = 0;
const NOTIFY_OPCODE: u8 = 4;
const UPDATE_OPCODE: u8 = 5;

const TRUNCATED: u16 = 0x0200;
const RECURSION_DESIRED: u16 = 0x0100;
/// The one header bit that is still reserved.
const RESERVED: u16 = 0x0040;
/// Highest response code that fits the header (RFC 8490).
const LAST_RCODE: u8 = 11;

/// Question type "all records".
const ANY: u16 = 255;

/// Most aliases followed from one name.
const MAX_ALIASES: usize = 8;
/// A name with more addresses is a service spread over many hosts and names none of them.
const MAX_ADDRESSES: usize = 4;

/// The protocol.
pub struct Dns;

impl Protocol for Dns {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn transactional(&self) -> bool {
        true
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        if meta.transport != TCP {
            return if datagram(meta, bytes).is_some() { Probe::Yes } else { Probe::No };
        }
        let missing = if meta.cut { Probe::No } else { Probe::More };
        let mut reader = Reader::new(bytes);
        let Some(length) = reader.be16().map(usize::from) else {
            return missing;
        };
        let body = reader.take_up_to(length);
        match Message::new(body) {
            None if body.len() == length => Probe::No,
            None => missing,
            Some(message) if !header_is_plausible(&message) || !message.counts_fit(length) => Probe::No,
            Some(message) if starts_well(message.entries().next().as_ref()) => Probe::Yes,
            // 12 octets of header, a name and its type and class are enough to tell.
            Some(_) if body.len() == length || body.len() > 300 => Probe::No,
            Some(_) => missing,
        }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], scratch: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        if meta.transport != TCP {
            let Some(walked) = datagram(meta, bytes) else {
                return Outcome::Malformed;
            };
            read(meta, &walked, scratch, sink);
            return Outcome::Took(bytes.len());
        }
        let mut reader = Reader::new(bytes);
        let Some(length) = reader.be16().map(usize::from) else {
            return if meta.cut { Outcome::Done } else { Outcome::More };
        };
        let body = reader.take_up_to(length);
        if body.len() < length && !meta.cut {
            return Outcome::More;
        }
        match Message::new(body) {
            Some(message) if header_is_plausible(&message) => {
                read(meta, &Walked::new(message), scratch, sink);
            }
            None if meta.cut && body.len() < length => {}
            _ => return Outcome::Malformed,
        }
        Outcome::Took(length.saturating_add(2))
    }
}

/// A message, and what one walk over its entries told.
struct Walked<'a> {
    message: Message<'a>,
    first: Option<Entry<'a>>,
    /// The entries behind the first.
    rest: Entries<'a>,
    /// Entries that could be read.
    count: usize,
    /// Does its answer have aliases?
    has_aliases: bool,
}

impl<'a> Walked<'a> {
    // Large, so that it is best made where it is used.
    #[inline(always)]
    fn new(message: Message<'a>) -> Walked<'a> {
        let mut rest = message.entries();
        let first = rest.next();
        let is_alias = |entry: &Entry<'_>| entry.kind == kind::CNAME && entry.section == Section::Answer;
        let mut has_aliases = first.as_ref().is_some_and(is_alias);
        let mut count = usize::from(first.is_some());
        for entry in rest.clone() {
            has_aliases |= is_alias(&entry);
            count = count.saturating_add(1);
        }
        Walked { message, first, rest, count, has_aliases }
    }

    fn question(&self) -> Option<&Entry<'a>> {
        self.first.as_ref().filter(|entry| entry.section == Section::Question)
    }

    /// Answers, authority and additional data.
    fn records(&self) -> Entries<'a> {
        if self.question().is_some() { self.rest.clone() } else { self.message.entries() }
    }
}

/// A datagram that is a message: all of it, unless it is known to be cut.
#[inline(always)]
fn datagram<'a>(meta: &Meta, bytes: &'a [u8]) -> Option<Walked<'a>> {
    let message = Message::new(bytes)?;
    let whole = !meta.cut && message.flags & TRUNCATED == 0;
    if !header_is_plausible(&message) || whole && !message.counts_fit(bytes.len()) {
        return None;
    }
    let walked = Walked::new(message);
    if !starts_well(walked.first.as_ref()) || whole && !message.is_all(walked.count) {
        return None;
    }
    Some(walked)
}

/// Do opcode, flags and counts go together?
fn header_is_plausible(message: &Message<'_>) -> bool {
    let [questions, answers, authority, additional] = message.counts;
    if message.flags & RESERVED != 0 {
        return false;
    }
    if message.is_response() {
        let opcode = matches!(message.opcode(), QUERY_OPCODE | NOTIFY_OPCODE | UPDATE_OPCODE);
        return opcode && message.rcode() <= LAST_RCODE && questions <= 1;
    }
    let sections = match message.opcode() {
        // One authority record: the version a transfer (IXFR) starts from.
        QUERY_OPCODE => answers == 0 && authority <= 1 && additional <= 4,
        NOTIFY_OPCODE => answers <= 1,
        UPDATE_OPCODE => true,
        _ => false,
    };
    sections && message.rcode() == 0 && questions == 1
}

/// Is the first entry a name with a known class?
fn starts_well(first: Option<&Entry<'_>>) -> bool {
    // IN, CHAOS, Hesiod, NONE, ANY.
    first.is_some_and(|entry| entry.kind != 0 && matches!(entry.class, 1 | 3 | 4 | 254 | 255))
}

/// The first word of scratch remembers that the server was named: once for each
/// client is enough.
fn read(meta: &Meta, walked: &Walked<'_>, [named, ..]: &mut Scratch, sink: &mut dyn Sink) {
    match (walked.message.is_response(), walked.message.opcode()) {
        (true, opcode) => {
            if meta.sport == PORT && *named == 0 {
                *named = 1;
                sink.observe(About::Sender, &SERVER, "dns");
            }
            if opcode == QUERY_OPCODE {
                read_answers(meta, walked, sink);
            }
        }
        (false, QUERY_OPCODE) => read_question(meta, walked, sink),
        (false, UPDATE_OPCODE) => read_update(meta, walked, sink),
        _ => {}
    }
}

/// A resolver that works for others asks without the wish for recursion or
/// between two servers' ports; its questions do not tell of itself.
fn read_question(meta: &Meta, walked: &Walked<'_>, sink: &mut dyn Sink) {
    let own = walked.message.flags & RECURSION_DESIRED != 0 && meta.sport != PORT;
    let question = walked.question().filter(|question| own && question.class == CLASS_IN);
    let Some(question) = question.filter(|question| may_tell_of_the_asker(&question.name)) else { return };
    let mut room = ROOM;
    let name = question.name.lower_in(&mut room);
    if tells_of_the_asker(name) {
        sink.observe(About::Sender, &QUERY, name);
    }
}

/// What was asked, and the name behind its aliases.
struct Asked<'a, 'r> {
    kind: u16,
    name: Name<'a>,
    canonical: Name<'a>,
    /// The name in lower case.
    text: &'r str,
}

impl<'a, 'r> Asked<'a, 'r> {
    fn new(walked: &Walked<'a>, room: &'r mut Room) -> Option<Asked<'a, 'r>> {
        let question = walked.question()?;
        let name = question.name;
        let mut canonical = name;
        for _ in 0..if walked.has_aliases { MAX_ALIASES } else { 0 } {
            let alias = walked.records().find(|entry| {
                entry.section == Section::Answer && entry.kind == kind::CNAME && entry.name.is(&canonical)
            });
            match alias.and_then(|entry| entry.target(0)) {
                Some(target) => canonical = target,
                None => break,
            }
        }
        Some(Asked { kind: question.kind, name, canonical, text: name.lower_in(room) })
    }
}

/// Addresses of one owner that stand together.
struct Run<'a> {
    owner: Name<'a>,
    section: Section,
    /// Those of which something may be said.
    addresses: heapless::Vec<IpAddr, MAX_ADDRESSES>,
    /// All of them.
    count: usize,
}

fn read_answers(meta: &Meta, walked: &Walked<'_>, sink: &mut dyn Sink) {
    // Only answers have to do with what was asked.
    let [_, answers, ..] = walked.message.counts;
    let mut room = ROOM;
    let asked = if answers > 0 { Asked::new(walked, &mut room) } else { None };
    let asked = asked.as_ref();
    let mut run: Option<Run<'_>> = None;
    for entry in walked.records() {
        if entry.section == Section::Answer && entry.kind == kind::PTR && entry.class == CLASS_IN {
            read_pointer(asked, &entry, sink);
        }
        let wanted = matches!(entry.section, Section::Answer | Section::Additional);
        let Some(address) = entry.address().filter(|_| wanted) else {
            continue;
        };
        let names_a_host = names_a_host(address);
        if let (Section::Answer, Some(asked), Some(client)) = (entry.section, asked, meta.dst)
            && names_a_host
            // A zone transfer looks nothing up.
            && (asked.kind == entry.kind || asked.kind == ANY)
            && entry.name.is(&asked.canonical)
        {
            sink.resolved(client, address, asked.text);
        }
        let same = run.as_ref().is_some_and(|run| run.section == entry.section && run.owner.is(&entry.name));
        if !same {
            finish(run.as_ref(), asked, sink);
            run = None;
        }
        let (owner, section) = (entry.name, entry.section);
        let run =
            run.get_or_insert_with(|| Run { owner, section, addresses: heapless::Vec::new(), count: 0 });
        run.count = run.count.saturating_add(1);
        if names_a_host && sink.wants(&address, &NAME) {
            let _ = run.addresses.push(address);
        }
    }
    finish(run.as_ref(), asked, sink);
}

fn finish(run: Option<&Run<'_>>, asked: Option<&Asked<'_, '_>>, sink: &mut dyn Sink) {
    let Some(run) = run.filter(|run| run.count <= MAX_ADDRESSES && !run.addresses.is_empty()) else {
        return;
    };
    let mut room = ROOM;
    let is_asked = asked.filter(|asked| asked.name.is(&run.owner));
    let owner = match is_asked {
        Some(asked) => asked.text,
        None => run.owner.lower_in(&mut room),
    };
    let alias = asked
        .filter(|asked| {
            is_asked.is_none() && run.section == Section::Answer && asked.canonical.is(&run.owner)
        })
        .filter(|asked| is_host_name(&asked.name));
    let owner = Some(owner).filter(|_| is_host_name(&run.owner));
    for address in &run.addresses {
        let about = About::Host { mac: None, ip: Some(*address) };
        for name in [owner, alias.map(|asked| asked.text)].into_iter().flatten() {
            sink.observe(about, &NAME, name);
        }
    }
}

fn read_pointer(asked: Option<&Asked<'_, '_>>, entry: &Entry<'_>, sink: &mut dyn Sink) {
    // Classless delegation (RFC 2317) puts an alias before the pointer.
    let owner = match asked {
        Some(asked) if asked.canonical.is(&entry.name) => asked.name,
        _ => entry.name,
    };
    if let Some(address) = owner.reverse_address().filter(|address| names_a_host(*address))
        && let Some(name) = entry.target(0).filter(is_host_name)
    {
        sink.observe(About::Host { mac: None, ip: Some(address) }, &PTR, &name.text());
    }
}

/// An update adds the records of class IN in its update section; other classes delete.
fn read_update(meta: &Meta, walked: &Walked<'_>, sink: &mut dyn Sink) {
    if walked.question().is_none_or(|zone| zone.kind != kind::SOA) {
        return;
    }
    let added = |entry: &Entry<'_>| entry.section == Section::Authority && entry.class == CLASS_IN;
    for entry in walked.records().filter(added) {
        let (address, name) = match entry.kind {
            kind::A | kind::AAAA => (entry.address(), Some(entry.name)),
            kind::PTR => (entry.name.reverse_address(), entry.target(0)),
            _ => continue,
        };
        let (Some(ip), Some(name)) = (address, name.filter(is_host_name)) else {
            continue;
        };
        if meta.src == Some(ip) {
            sink.observe(About::Sender, &UPDATE, &name.text());
        } else if names_a_host(ip) {
            sink.observe(About::Host { mac: None, ip: Some(ip) }, &UPDATE, &name.text());
        }
    }
}

/// Blocking resolvers answer with 0.0.0.0 and loopback addresses, block lists with 127.0.0.2.
fn names_a_host(address: IpAddr) -> bool {
    model::is_host_ip(address) && !address.is_loopback()
}

/// Labels that start with an underscore are services (RFC 8552); `localhost` is everyone.
fn is_host_name(name: &Name<'_>) -> bool {
    let mut last = None;
    for label in name.labels() {
        if label.starts_with(b"_") {
            return false;
        }
        last = Some(label);
    }
    last.is_some_and(|last| !last.eq_ignore_ascii_case(b"localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns_wire::build::{message, name, question, record};
    use crate::testing::{both_ways, datagram, stream, truncations};
    use std::vec::Vec;

    fn query() -> Meta {
        Meta {
            src: "10.0.0.9".parse().ok(),
            dst: "10.0.0.1".parse().ok(),
            sport: 40_000,
            dport: PORT,
            transport: 17,
            ..Meta::default()
        }
    }

    fn answer() -> Meta {
        let asked = query();
        Meta { src: asked.dst, dst: asked.src, sport: PORT, dport: asked.sport, ..asked }
    }

    fn aliased() -> Vec<u8> {
        let sections = [
            &[question("WWW.corp.test", kind::A, 1)][..],
            &[
                record("www.corp.test", kind::CNAME, 1, &name("web1.corp.test")),
                record("web1.corp.test", kind::A, 1, &[10, 0, 0, 5]),
            ],
            &[],
            &[record(
                "ns.corp.test",
                kind::AAAA,
                1,
                &"fd00::35".parse::<core::net::Ipv6Addr>().unwrap().octets(),
            )],
        ];
        message(0x8180, sections)
    }

    #[test]
    fn an_answer_names_addresses_through_aliases() {
        assert_eq!(Dns.probe(&answer(), &aliased()), Probe::Yes);
        assert_eq!(
            datagram(&Dns, &answer(), &aliased()),
            [
                "sender dns.server=dns",
                "resolved 10.0.0.9 10.0.0.5 www.corp.test",
                "host(- 10.0.0.5) dns.name=web1.corp.test",
                "host(- 10.0.0.5) dns.name=www.corp.test",
                "host(- fd00::35) dns.name=ns.corp.test",
            ]
        );
        truncations(&Dns, &answer(), &aliased());
    }

    #[test]
    fn a_name_of_many_addresses_names_none() {
        let many: Vec<_> = (1..=5).map(|last| record("cdn.test", kind::A, 1, &[10, 0, 0, last])).collect();
        let seen =
            datagram(&Dns, &answer(), &message(0x8180, [&[question("cdn.test", 1, 1)], &many, &[], &[]]));
        assert_eq!(seen.iter().filter(|line| line.starts_with("resolved")).count(), 5);
        assert!(!seen.iter().any(|line| line.contains("dns.name")));
    }

    #[test]
    fn a_zone_transfer_names_hosts_but_looks_nothing_up() {
        let records = [
            record("corp.test", kind::A, 1, &[10, 0, 0, 2]),
            record("a.corp.test", kind::A, 1, &[10, 0, 0, 3]),
        ];
        let bytes = message(0x8400, [&[question("corp.test", 252, 1)], &records, &[], &[]]);
        let expected = ["host(- 10.0.0.2) dns.name=corp.test", "host(- 10.0.0.3) dns.name=a.corp.test"];
        assert_eq!(datagram(&Dns, &answer(), &bytes)[1..], expected);
    }

    #[test]
    fn blocked_and_service_names_name_no_host() {
        let records = [
            record("ads.test", kind::A, 1, &[0, 0, 0, 0]),
            record("list.test", kind::A, 1, &[127, 0, 0, 2]),
            record("gc._msdcs.corp.test", kind::A, 1, &[10, 0, 0, 2]),
        ];
        let bytes = message(0x8180, [&[question("ads.test", 1, 1)], &records, &[], &[]]);
        assert_eq!(datagram(&Dns, &answer(), &bytes), ["sender dns.server=dns"]);
    }

    #[test]
    fn pointers_name_the_address_asked_for() {
        let plain = "5.0.0.10.in-addr.arpa";
        let bytes = message(
            0x8180,
            [&[question(plain, 12, 1)], &[record(plain, 12, 1, &name("Web1.corp.test"))], &[], &[]],
        );
        assert_eq!(datagram(&Dns, &answer(), &bytes)[1..], ["host(- 10.0.0.5) dns.ptr=Web1.corp.test"]);
        let delegated = "5.0-63.0.0.10.in-addr.arpa";
        let records = [
            record(plain, kind::CNAME, 1, &name(delegated)),
            record(delegated, kind::PTR, 1, &name("web1.corp.test")),
        ];
        let bytes = message(0x8180, [&[question(plain, 12, 1)], &records, &[], &[]]);
        assert_eq!(datagram(&Dns, &answer(), &bytes)[1..], ["host(- 10.0.0.5) dns.ptr=web1.corp.test"]);
    }

    #[test]
    fn only_telling_questions_are_observed() {
        let ask = |owner: &str, flags| message(flags, [&[question(owner, 1, 1)], &[], &[], &[]]);
        let seen = datagram(&Dns, &query(), &ask("www.MSFTconnecttest.com", 0x0100));
        assert_eq!(seen, ["sender dns.query=www.msftconnecttest.com"]);
        assert!(datagram(&Dns, &query(), &ask("www.example.org", 0x0100)).is_empty());
        assert!(datagram(&Dns, &query(), &ask("www.msftconnecttest.com", 0)).is_empty());
    }

    #[test]
    fn an_update_names_what_it_adds() {
        let updates = [
            record("pc7.corp.test", kind::A, 255, &[]),
            record("PC7.corp.test", kind::A, 1, &[10, 0, 0, 9]),
            record("printer.corp.test", kind::A, 1, &[10, 0, 0, 20]),
            record("gone.corp.test", kind::A, 254, &[10, 0, 0, 21]),
            record("9.0.0.10.in-addr.arpa", kind::PTR, 1, &name("PC7.corp.test")),
        ];
        let bytes = message(0x2800, [&[question("corp.test", kind::SOA, 1)], &[], &updates, &[]]);
        assert_eq!(Dns.probe(&query(), &bytes), Probe::Yes);
        assert_eq!(
            datagram(&Dns, &query(), &bytes),
            [
                "sender dns.update=PC7.corp.test",
                "host(- 10.0.0.20) dns.update=printer.corp.test",
                "sender dns.update=PC7.corp.test",
            ]
        );
        truncations(&Dns, &query(), &bytes);
    }

    fn prefixed(message: &[u8]) -> Vec<u8> {
        [&(message.len() as u16).to_be_bytes()[..], message].concat()
    }

    #[test]
    fn streams_carry_messages_behind_their_length() {
        let asked = message(0x0100, [&[question("time.windows.com", 1, 1)], &[], &[], &[]]);
        let there = [prefixed(&asked), prefixed(&asked)].concat();
        let back = [prefixed(&aliased()), prefixed(&aliased())].concat();
        let meta = Meta { transport: TCP, ..query() };
        let seen = both_ways(&Dns, &meta, &there, &back);
        // The server is named once.
        assert_eq!(seen.len(), 2 + 2 * 5 - 1);
        truncations(&Dns, &meta, &there);
        for end in 0..there.len() {
            let got = Dns.probe(&meta, &there[..end]);
            let enough = end >= 2 + asked.len();
            assert!(if enough { got == Probe::Yes } else { got != Probe::No }, "{end}: {got:?}");
        }
        let (_, outcome) = stream(&Dns, &meta, b"\x00\x0bshort of 12", 1, &mut Scratch::default());
        assert_eq!(outcome, Outcome::Malformed);
    }

    #[test]
    fn others_are_refused() {
        let ntp = [&[0x23u8, 2, 6, 0xe9][..], &[0; 44]].concat();
        let stun = [&b"\x00\x01\x00\x08\x21\x12\xa4\x42"[..], &[7; 20]].concat();
        let text = b"HELO this is not a name service at all";
        let reserved = message(0x0140, [&[question("a.test", 1, 1)], &[], &[], &[]]);
        let unknown = message(0x7800, [&[question("a.test", 1, 1)], &[], &[], &[]]);
        let class = message(0x0100, [&[question("a.test", 1, 77)], &[], &[], &[]]);
        for bytes in [&ntp[..], &stun, text, &reserved, &unknown, &class, &[0; 12], &[]] {
            assert_eq!(Dns.probe(&query(), bytes), Probe::No);
        }
        let tls = b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03\x00\x01\x02\x03\x04\x05\x06";
        assert_eq!(Dns.probe(&Meta { transport: TCP, ..query() }, tls), Probe::No);
        // An alias that leads to itself, and a name that loops.
        let looped = record("a.test", kind::CNAME, 1, &name("a.test"));
        let bytes = message(0x8180, [&[question("a.test", 1, 1)], &[looped], &[], &[]]);
        assert_eq!(datagram(&Dns, &answer(), &bytes), ["sender dns.server=dns"]);
        let hostile = message(0x8180, [&[b"\xc0\x0c\0\x01\0\x01".to_vec()], &[], &[], &[]]);
        assert_eq!(Dns.probe(&answer(), &hostile), Probe::No);
    }

    #[test]
    fn says_what_real_software_said() {
        crate::testing::vectors(&Dns, include_str!("../../vectors/dns/dnsmasq_dig_nsupdate.txt"));
    }
}
