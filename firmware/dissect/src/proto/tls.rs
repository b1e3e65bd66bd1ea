//! TLS over TCP (RFC 8446, RFC 5246, SSL 3.0 in RFC 6101; the hello messages of
//! SSL 2.0): what both sides say before they encrypt.
//!
//! | message | becomes |
//! |---|---|
//! | ClientHello | `tls.ja4`, `tls.sni`, hints for name, first protocol offered and JA4 |
//! | ServerHello | `tls.version`, `tls.alpn` |
//! | server's Certificate (TLS 1.2 and before), the first one only | `tls.cert_cn`, `tls.cert_org`, `tls.cert_issuer`, `tls.cert_serial`, `tls.cert_san` |
//!
//! A client's certificate may name a person and is not read. With Encrypted
//! ClientHello the name is the outer one.

use model::{Field, HintKind};

use crate::tls_hello::{ClientHello, ServerHello, version_name};
use crate::x509::Certificate;
use crate::{
    About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, Way, ja4, printable,
};

/// Name of the server asked for.
pub const SNI: Field = Field::service("tls.sni");
/// Fingerprint of the client.
pub const JA4: Field = Field::host("tls.ja4");
/// Version the server chose.
pub const VERSION: Field = Field::service("tls.version");
/// Application protocol the server chose.
pub const ALPN: Field = Field::service("tls.alpn");
/// Common name of the server's certificate.
pub const CERT_CN: Field = Field::service("tls.cert_cn");
/// Organization of the server's certificate.
pub const CERT_ORG: Field = Field::service("tls.cert_org");
/// Issuer's common name, or its organization.
pub const CERT_ISSUER: Field = Field::service("tls.cert_issuer");
/// A DNS name or IP address the certificate is good for.
pub const CERT_SAN: Field = Field::service("tls.cert_san");
/// Serial number, hexadecimal.
pub const CERT_SERIAL: Field = Field::service("tls.cert_serial");

static INFO: Info = Info {
    name: "tls",
    title: "Transport Layer Security",
    spec: "RFC 8446, RFC 5246, RFC 6101, RFC 5280, JA4",
    over: &[Over::Tcp(&[
        443, 8443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 3269, 4443, 5061, 5986, 8883, 9443,
    ])],
    first_bytes: &[
        record::CHANGE_CIPHER_SPEC,
        record::ALERT,
        record::HANDSHAKE,
        record::APPLICATION_DATA,
        0x80,
        0x81,
    ],
    fields: &[SNI, JA4, VERSION, ALPN, CERT_CN, CERT_ORG, CERT_ISSUER, CERT_SAN, CERT_SERIAL],
    budget: 32 * 1024,
};

/// Record types (RFC 8446 section 5.1).
mod record {
    pub const CHANGE_CIPHER_SPEC: u8 = 20;
    pub const ALERT: u8 = 21;
    pub const HANDSHAKE: u8 = 22;
    pub const APPLICATION_DATA: u8 = 23;
    /// Header: type, version, length.
    pub const HEADER: usize = 5;
    /// Longest contents, with what old encryptions may add (RFC 5246 section 6.2.3).
    pub const LONGEST: u16 = 16_384 + 2_048;
}

/// Handshake types (RFC 8446 section 4, RFC 5246 section 7.4).
mod handshake {
    pub const CLIENT_HELLO: u8 = 1;
    pub const SERVER_HELLO: u8 = 2;
    pub const CERTIFICATE: u8 = 11;
    pub const SERVER_HELLO_DONE: u8 = 14;
    /// Header: type, length.
    pub const HEADER: usize = 4;
    pub const KNOWN: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 67];
}

/// Most names of a certificate that are told.
const MOST_NAMES: usize = 4;
/// Longest message that is joined from several records.
const JOINED: usize = 16 * 1024;
/// Set in a direction's word of scratch once its ServerHello was read; the low
/// 16 bits are what is left of the record being read.
const HELLO_SEEN: u32 = 1 << 16;

/// Why reading ends.
enum Stop {
    /// Nothing further of interest: encryption begins, or all has been said.
    Done,
    /// Not TLS.
    Malformed,
}

/// How much of a message was there.
enum Read {
    /// All of it; true for a ServerHello.
    Whole(bool),
    /// Not enough.
    Part,
}

/// Handshake bytes across record boundaries.
#[derive(Clone, Copy)]
struct Handshake<'a> {
    reader: Reader<'a>,
    /// Bytes left of the record begun.
    left: usize,
}

impl<'a> Handshake<'a> {
    /// The next `most` handshake bytes or fewer, all from one record; empty at the end.
    fn piece(&mut self, most: usize) -> Result<&'a [u8], Stop> {
        while self.left == 0 {
            let mut ahead = self.reader;
            let (Some(kind), Some(major), Some(_)) = (ahead.u8(), ahead.u8(), ahead.u8()) else {
                return Ok(&[]);
            };
            let Some(length) = ahead.be16() else { return Ok(&[]) };
            if major != 3 || length > record::LONGEST {
                return Err(Stop::Malformed);
            }
            if kind != record::HANDSHAKE {
                return Err(Stop::Done);
            }
            self.reader = ahead;
            self.left = usize::from(length);
        }
        let piece = self.reader.take_up_to(most.min(self.left));
        self.left = self.left.saturating_sub(piece.len());
        Ok(piece)
    }

    /// The next `most` bytes, or as many as there are: in place when one record
    /// holds them, else joined in `room`.
    fn take<'r>(&mut self, most: usize, room: &'r mut heapless::Vec<u8, JOINED>) -> Result<&'r [u8], Stop>
    where
        'a: 'r,
    {
        let first = self.piece(most)?;
        if first.len() == most || first.is_empty() {
            return Ok(first);
        }
        room.clear();
        let _ = room.extend_from_slice(first);
        while room.len() < most {
            let piece = self.piece(most.saturating_sub(room.len()))?;
            if piece.is_empty() || room.extend_from_slice(piece).is_err() {
                break;
            }
        }
        Ok(room)
    }

    /// Passes over `count` bytes; false when they are not all there.
    fn skip(&mut self, count: usize) -> Result<bool, Stop> {
        let mut left = count;
        while left > 0 {
            let piece = self.piece(left)?;
            if piece.is_empty() {
                return Ok(false);
            }
            left = left.saturating_sub(piece.len());
        }
        Ok(true)
    }
}

/// The protocol.
pub struct Tls;

impl Protocol for Tls {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        match begins(bytes) {
            None if meta.cut => Probe::No,
            None => Probe::More,
            Some(true) => Probe::Yes,
            Some(false) => Probe::No,
        }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], scratch: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let way = match meta.way {
            Way::ToServer => 0,
            Way::ToClient => 1,
        };
        let Some(word) = scratch.get_mut(way) else { return Outcome::Done };
        if *word == 0 && bytes.first().is_some_and(|first| first & 0x80 != 0) {
            return ssl2(meta, bytes, sink);
        }
        let more = if meta.cut { Outcome::Done } else { Outcome::More };
        let mut at = Handshake { reader: Reader::new(bytes), left: (*word & 0xffff) as usize };
        // A warning may come before an answer (RFC 6066 section 3).
        if at.left == 0 && bytes.first() == Some(&record::ALERT) {
            let length = bytes.get(3..).and_then(|rest| Reader::new(rest).be16());
            return length
                .map_or(more, |length| Outcome::Took(record::HEADER.saturating_add(usize::from(length))));
        }
        let hello_seen = *word & HELLO_SEEN != 0;
        match message(meta, &mut at, hello_seen, sink) {
            Ok(Read::Whole(hello)) => {
                *word = at.left as u32 | if hello || hello_seen { HELLO_SEEN } else { 0 };
                Outcome::Took(bytes.len().saturating_sub(at.reader.len()))
            }
            Ok(Read::Part) => more,
            Err(Stop::Malformed) if !hello_seen => Outcome::Malformed,
            Err(_) => Outcome::Done,
        }
    }
}

/// Reads one handshake message.
fn message(meta: &Meta, at: &mut Handshake<'_>, hello_seen: bool, sink: &mut dyn Sink) -> Result<Read, Stop> {
    let mut room = heapless::Vec::new();
    let mut header = Reader::new(at.take(handshake::HEADER, &mut room)?);
    let (Some(kind), Some(length)) = (header.u8(), header.be24()) else { return Ok(Read::Part) };
    let length = length as usize;
    match kind {
        handshake::CLIENT_HELLO | handshake::SERVER_HELLO => {
            let body = at.take(length, &mut room)?;
            let whole = body.len() == length;
            if !whole && !meta.cut {
                return Ok(Read::Part);
            }
            if kind == handshake::CLIENT_HELLO {
                client_hello(&ClientHello::new(body).ok_or(Stop::Malformed)?, whole, sink);
                return Err(Stop::Done);
            }
            let version = server_hello(&ServerHello::new(body).ok_or(Stop::Malformed)?, sink);
            if version == Some("1.3") { Err(Stop::Done) } else { Ok(Read::Whole(true)) }
        }
        handshake::CERTIFICATE if hello_seen || meta.way == Way::ToClient => {
            let lengths = at.take(6, &mut room)?;
            let leaf = lengths.get(3..).and_then(|rest| Reader::new(rest).be24());
            let Some(length) = leaf.map(|length| length as usize) else { return Ok(Read::Part) };
            let leaf = at.take(length, &mut room)?;
            if leaf.len() < length && !meta.cut {
                return Ok(Read::Part);
            }
            certificate(leaf, sink);
            Err(Stop::Done)
        }
        handshake::CERTIFICATE | handshake::SERVER_HELLO_DONE => Err(Stop::Done),
        known if handshake::KNOWN.contains(&known) => {
            Ok(if at.skip(length)? { Read::Whole(false) } else { Read::Part })
        }
        _ => Err(Stop::Malformed),
    }
}

/// Tells what a client offers; the fingerprint only of a `whole` message.
fn client_hello(hello: &ClientHello<'_>, whole: bool, sink: &mut dyn Sink) {
    if let Some(name) = hello.server_name() {
        let name = printable(name.strip_suffix(b".").unwrap_or(name));
        if !name.is_empty() {
            sink.observe(About::Receiver, &SNI, &name);
            sink.hint(HintKind::Sni, &name);
        }
    }
    if let Some(protocol) = hello.alpn() {
        sink.hint(HintKind::Alpn, &printable(protocol));
    }
    if let Some(ja4) = Some(hello).filter(|_| whole).and_then(|hello| ja4::ja4('t', hello)) {
        sink.observe(About::Sender, &JA4, &ja4);
        sink.hint(HintKind::Ja4, &ja4);
    }
}

/// Tells what a server chose; its version.
fn server_hello(hello: &ServerHello<'_>, sink: &mut dyn Sink) -> Option<&'static str> {
    let version = version_name(hello.version());
    if let Some(version) = version {
        sink.observe(About::Sender, &VERSION, version);
    }
    if let Some(protocol) = hello.alpn() {
        sink.observe(About::Sender, &ALPN, &printable(protocol));
    }
    version
}

/// Tells what a server's certificate says.
fn certificate(der: &[u8], sink: &mut dyn Sink) {
    let Some(certificate) = Certificate::new(der) else { return };
    let subject = certificate.subject();
    let name = subject.common_name();
    let mut say = |field: &'static Field, text: Option<Text>| {
        if let Some(text) = text {
            sink.observe(About::Sender, field, &text);
        }
    };
    say(&CERT_CN, name.clone());
    say(&CERT_ORG, subject.organization());
    say(&CERT_ISSUER, certificate.issuer().common_name().or_else(|| certificate.issuer().organization()));
    say(&CERT_SERIAL, Some(certificate.serial()));
    for name in certificate.alt_names().take(MOST_NAMES) {
        say(&CERT_SAN, Some(name));
    }
    if let Some(name) = name.or_else(|| certificate.alt_names().next()) {
        sink.hint(HintKind::Certificate, &name);
    }
}

/// The hello messages of SSL 2.0 (draft-hickman-netscape-ssl-00): a two-byte
/// length, then the message.
fn ssl2(meta: &Meta, bytes: &[u8], sink: &mut dyn Sink) -> Outcome {
    match ssl2_begins(bytes) {
        None if !meta.cut => return Outcome::More,
        None => return Outcome::Done,
        Some(false) => return Outcome::Malformed,
        Some(true) => {}
    }
    let mut reader = Reader::new(bytes);
    let (_, kind) = (reader.be16(), reader.u8());
    if kind != Some(SSL2_SERVER_HELLO) {
        return Outcome::Done;
    }
    reader.be32();
    let length = reader.be16().map_or(0, usize::from);
    reader.be32();
    let leaf = reader.take_up_to(length);
    if leaf.len() < length && !meta.cut {
        return Outcome::More;
    }
    sink.observe(About::Sender, &VERSION, "ssl2");
    certificate(leaf, sink);
    Outcome::Done
}

const SSL2_CLIENT_HELLO: u8 = 1;
const SSL2_SERVER_HELLO: u8 = 4;

/// Is this an SSL 2.0 hello? `None` when there are too few bytes to tell.
fn ssl2_begins(bytes: &[u8]) -> Option<bool> {
    let mut reader = Reader::new(bytes);
    let total = usize::from(reader.be16()? & 0x7fff);
    match reader.u8()? {
        SSL2_CLIENT_HELLO => {
            let version = reader.be16()?;
            let [ciphers, session, challenge] =
                [reader.be16()?, reader.be16()?, reader.be16()?].map(usize::from);
            let sum = ciphers.saturating_add(session).saturating_add(challenge).saturating_add(9);
            let sane = ciphers > 0 && ciphers % 3 == 0 && session <= 32 && (16..=32).contains(&challenge);
            Some((version == 2 || version >> 8 == 3) && sane && sum == total)
        }
        SSL2_SERVER_HELLO => {
            let (hit, _, version) = (reader.u8()?, reader.u8()?, reader.be16()?);
            let [leaf, ciphers, id] = [reader.be16()?, reader.be16()?, reader.be16()?].map(usize::from);
            let sum = leaf.saturating_add(ciphers).saturating_add(id).saturating_add(11);
            Some(hit <= 1 && version == 2 && ciphers % 3 == 0 && sum == total)
        }
        _ => Some(false),
    }
}

/// Is this TLS? `None` when there are too few bytes to tell.
fn begins(bytes: &[u8]) -> Option<bool> {
    let mut reader = Reader::new(bytes);
    let kind = reader.u8()?;
    if kind & 0x80 != 0 {
        return ssl2_begins(bytes);
    }
    if !(record::CHANGE_CIPHER_SPEC..=record::APPLICATION_DATA).contains(&kind)
        || reader.u8()? != 3
        || reader.u8()? > 4
    {
        return Some(false);
    }
    let length = reader.be16()?;
    if !(1..=record::LONGEST).contains(&length) {
        return Some(false);
    }
    match kind {
        record::CHANGE_CIPHER_SPEC => Some(length == 1 && reader.u8()? == 1),
        record::ALERT => Some(length == 2 && (1..=2).contains(&reader.u8()?)),
        record::HANDSHAKE => {
            let kind = reader.u8()?;
            if kind != handshake::CLIENT_HELLO && kind != handshake::SERVER_HELLO {
                return Some(handshake::KNOWN.contains(&kind));
            }
            // A first record may be shorter than the message's header.
            if length < 6 {
                return Some(true);
            }
            let (_, major) = (reader.be24()?, reader.u8()?);
            Some(major == 3 || major == 0x7f)
        }
        _ => {
            let next = reader.rest().get(usize::from(length)..);
            let follows = |kind: &u8| (record::CHANGE_CIPHER_SPEC..=record::APPLICATION_DATA).contains(kind);
            Some(next.and_then(<[u8]>::first).is_none_or(follows))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Lines, both_ways, hex, one_turn, truncations};
    use std::vec::Vec;

    /// Bytes of one direction of the recorded conversation with TLS 1.2.
    fn recorded(way: &str) -> Vec<u8> {
        let file = include_str!("../../vectors/tls/openssl.txt");
        let conversation = file.split("\n\n").nth(1).unwrap();
        let digits = conversation.lines().filter_map(|line| line.strip_prefix(way));
        hex(&digits.collect::<std::string::String>())
    }

    /// The handshake messages of some records in records of at most `size` bytes.
    fn in_records(bytes: &[u8], size: usize) -> Vec<u8> {
        let mut messages = Vec::new();
        let mut rest = bytes;
        while let [record::HANDSHAKE, 3, _, high, low, tail @ ..] = rest {
            let (contents, behind) = tail.split_at(usize::from(u16::from_be_bytes([*high, *low])));
            messages.extend_from_slice(contents);
            rest = behind;
        }
        let records = messages.chunks(size).flat_map(|piece| {
            let [high, low] = (piece.len() as u16).to_be_bytes();
            [&[record::HANDSHAKE, 3, 3, high, low], piece].concat()
        });
        records.collect()
    }

    #[test]
    fn messages_are_joined_across_records() {
        let (up, down) = (recorded("up "), recorded("down "));
        let whole = both_ways(&Tls, &Meta::default(), &up, &down);
        let warning = [record::ALERT, 3, 1, 0, 2, 1, 112];
        for size in [1, 3, 64, 500, 16_384] {
            let (up, down) = (in_records(&up, size), [&warning[..], &in_records(&down, size)].concat());
            assert_eq!(both_ways(&Tls, &Meta::default(), &up, &down), whole, "in records of {size}");
        }
    }

    #[test]
    fn a_certificate_from_a_client_is_not_read() {
        let down = recorded("down ");
        let hello = usize::from(u16::from_be_bytes([down[3], down[4]])) + record::HEADER;
        let certificate = &down[hello..];
        assert!(both_ways(&Tls, &Meta::default(), certificate, b"").is_empty());
        let seen = both_ways(&Tls, &Meta::default(), b"", certificate);
        assert_eq!(seen.first().map(|line| line.as_str()), Some("sender tls.cert_cn=plc-7.example.org"));
    }

    #[test]
    fn the_cut_says_what_stood_before_it() {
        let up = recorded("up ");
        let meta = Meta { cut: true, ..Meta::default() };
        let mut lines = Lines::default();
        Tls.parse(&meta, &up[..228], &mut Scratch::default(), &mut lines);
        assert_eq!(lines.0[..2], ["receiver tls.sni=plc-7.example.org", "hint Sni=plc-7.example.org"]);
        assert!(!lines.0.iter().any(|line| line.contains("ja4")));
    }

    #[test]
    fn ssl_2() {
        let client = hex(&["802e 01 0002 0015 0000 0010", &"07".repeat(21), &"00".repeat(16)].concat());
        assert_eq!(Tls.probe(&Meta::default(), &client), Probe::Yes);
        let server = hex(&["801e 04 00 01 0002 0000 0003 0010", &"07".repeat(3), &"00".repeat(16)].concat());
        assert_eq!(Tls.probe(&Meta::default(), &server), Probe::Yes);
        truncations(&Tls, &Meta::default(), &client);
        truncations(&Tls, &Meta::default(), &server);
        assert_eq!(both_ways(&Tls, &Meta::default(), &client, &server), ["sender tls.version=ssl2"]);
    }

    #[test]
    fn what_is_and_what_is_not() {
        let probe = |digits: &str| Tls.probe(&Meta::default(), &hex(digits));
        for yes in
            ["17030300200102", "140303000101", "15030100020228", "160301000401000000", "16030100c8010000c403"]
        {
            assert_eq!(probe(yes), Probe::Yes, "{yes}");
        }
        for no in ["1604010004", "1703030000", "16030100c80100000005", "1603010040aa", "160301ffff", "80ff05"]
        {
            assert_eq!(probe(no), Probe::No, "{no}");
        }
        assert_eq!(probe("160301"), Probe::More);
        // Encrypted from the start: known, and nothing to read.
        let mut scratch = Scratch::default();
        let outcome =
            Tls.parse(&Meta::default(), &hex("17030300200102"), &mut scratch, &mut Lines::default());
        assert_eq!(outcome, Outcome::Done);
    }

    #[test]
    fn recorded_one_turn() {
        one_turn(&Tls, include_str!("../../vectors/tls/openssl.txt"));
    }
}
