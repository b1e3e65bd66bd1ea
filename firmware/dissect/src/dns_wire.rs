//! DNS messages on the wire (RFC 1035 section 4), shared by DNS, mDNS, LLMNR and
//! NetBIOS name service: names that cannot loop, and the entries of a message.
//!
//! A [`Name`] is a view that has been walked once to its end, so that reading
//! its labels later cannot fail.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Reader, Text, printable};

/// Octets of the header.
const HEADER: u8 = 12;
/// Longest name in octets, with length octets and the root (RFC 1035 section 2.3.4).
pub const MAX_NAME: usize = 255;
/// Most compression pointers one name may follow; real ones follow one to four.
const MAX_JUMPS: u8 = 32;
/// Octets written at once.
const BLOCK: usize = 16;

/// Room for a name's text, see [`Name::lower_in`].
pub type Room = [u8; MAX_NAME.next_multiple_of(BLOCK)];

/// Room without a name.
pub const ROOM: Room = [b'.'; MAX_NAME.next_multiple_of(BLOCK)];

/// Most entries read of one message; what follows is ignored (a zone transfer
/// has some hundreds in a message).
const MAX_ENTRIES: u16 = 1024;

/// Types of records (IANA, DNS parameters).
pub mod kind {
    /// IPv4 address.
    pub const A: u16 = 1;
    /// Canonical name of an alias.
    pub const CNAME: u16 = 5;
    /// Start of authority: the type of an update's zone entry.
    pub const SOA: u16 = 6;
    /// Pointer: name of an address, instance of a service.
    pub const PTR: u16 = 12;
    /// Host information: processor and system.
    pub const HINFO: u16 = 13;
    /// Text.
    pub const TXT: u16 = 16;
    /// IPv6 address.
    pub const AAAA: u16 = 28;
    /// NetBIOS name (RFC 1002).
    pub const NB: u16 = 32;
    /// NetBIOS node status (RFC 1002); SRV shares the number 33.
    pub const NBSTAT: u16 = 33;
    /// Location of a service (RFC 2782).
    pub const SRV: u16 = 33;
    /// EDNS pseudo-record (RFC 6891).
    pub const OPT: u16 = 41;
}

/// Class IN.
pub const CLASS_IN: u16 = 1;

/// A domain name inside a message, known to be well formed.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    message: &'a [u8],
    /// Offset of its first label or, for the root, of the octet 0: never of a
    /// pointer, so that names compressed to one place are told by their offset.
    at: usize,
}

impl<'a> Name<'a> {
    /// The name that starts at offset `at` of `message`, and the offset behind it.
    ///
    /// `None` when it runs out of the message, is longer than [`MAX_NAME`], uses
    /// a reserved label type, or points anywhere but backwards.
    pub fn read(message: &'a [u8], at: usize) -> Option<(Name<'a>, usize)> {
        let (mut place, mut floor) = (at, at);
        let (mut first, mut end) = (None, None);
        let (mut octets, mut jumps) = (1_usize, 0_u8);
        loop {
            // That a label is all there shows when the length behind it is read.
            let length = *message.get(place)?;
            match length {
                0 => break,
                1..=63 => {
                    first.get_or_insert(place);
                    let step = usize::from(length) + 1;
                    octets += step;
                    if octets > MAX_NAME {
                        return None;
                    }
                    place += step;
                }
                0xc0.. => {
                    let low = *message.get(place.saturating_add(1))?;
                    end.get_or_insert(place.saturating_add(2));
                    jumps += 1;
                    let target = usize::from(u16::from_be_bytes([length & 0x3f, low]));
                    if jumps > MAX_JUMPS || target >= floor {
                        return None;
                    }
                    (floor, place) = (target, target);
                }
                _ => return None,
            }
        }
        Some((Name { message, at: first.unwrap_or(place) }, end.unwrap_or(place + 1)))
    }

    /// A name that fills `bytes` without compression; the root at its end may be
    /// missing, as in a DHCP partial name (RFC 4702 section 2.3.1).
    pub fn text_of_partial(bytes: &[u8]) -> Option<Text> {
        let mut text = Text::new();
        let mut reader = Reader::new(bytes);
        while let Some(length @ 1..=63) = reader.u8() {
            push_label(&mut text, reader.take(usize::from(length))?, false);
        }
        (reader.is_empty() && !text.is_empty()).then_some(text)
    }

    /// Its labels from left to right, without the root.
    pub fn labels(&self) -> Labels<'a> {
        Labels { message: self.message, at: self.at }
    }

    /// Labels joined by dots, case kept, no dot at the end; empty for the root.
    pub fn text(&self) -> Text {
        join(self.labels(), false)
    }

    /// As [`Name::text`], in lower case: resolvers scramble the case of what
    /// they ask, and servers echo it.
    pub fn lower(&self) -> Text {
        join(self.labels(), true)
    }

    /// [`Name::lower`] without a [`Text`], which is large to hand around: for names
    /// of which there are many. `room` is [`ROOM`] at first.
    pub fn lower_in<'r>(&self, room: &'r mut Room) -> &'r str {
        let end = join_plain(self.labels(), true, room).unwrap_or_else(|| {
            let text = self.lower();
            let end = text.len().min(room.len());
            room.iter_mut().zip(text.as_bytes()).for_each(|(to, from)| *to = *from);
            end
        });
        room.get(..end).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// `count` labels from the one numbered `first`, joined by dots.
    pub fn part(&self, first: usize, count: usize) -> Text {
        join(self.labels().skip(first).take(count), false)
    }

    /// True for the root.
    pub fn is_root(&self) -> bool {
        self.message.get(self.at) == Some(&0)
    }

    /// Same labels, whatever their case.
    pub fn is(&self, other: &Name<'_>) -> bool {
        if self.at == other.at && core::ptr::eq(self.message, other.message) {
            return true;
        }
        let (mut a, mut b) = (self.labels(), other.labels());
        for _ in 0..MAX_NAME {
            match (a.next(), b.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => {}
                _ => return false,
            }
        }
        false
    }

    /// True when the last labels are those of `suffix` (`example.org`), whatever
    /// their case; a name is a suffix of itself.
    pub fn ends_with(&self, suffix: &str) -> bool {
        let wanted = suffix.split('.').count();
        let Some(skipped) = self.labels().count().checked_sub(wanted) else {
            return false;
        };
        let tail = self.labels().skip(skipped);
        tail.zip(suffix.split('.')).all(|(a, b)| a.eq_ignore_ascii_case(b.as_bytes()))
    }

    /// The address a name under `in-addr.arpa` or `ip6.arpa` stands for
    /// (RFC 1035 section 3.5, RFC 3596 section 2.5).
    pub fn reverse_address(&self) -> Option<IpAddr> {
        let mut labels = self.labels();
        if self.ends_with("in-addr.arpa") && labels.clone().count() == 6 {
            let mut octets = [0u8; 4];
            for octet in octets.iter_mut().rev() {
                *octet = core::str::from_utf8(labels.next()?).ok()?.parse().ok()?;
            }
            return Some(IpAddr::V4(Ipv4Addr::from(octets)));
        }
        if self.ends_with("ip6.arpa") && labels.clone().count() == 34 {
            let mut bits = 0u128;
            for place in 0..32 {
                let [digit] = *labels.next()? else { return None };
                bits |= u128::from(char::from(digit).to_digit(16)?) << (4 * place);
            }
            return Some(IpAddr::V6(Ipv6Addr::from(bits)));
        }
        None
    }
}

fn join<'a>(labels: impl Iterator<Item = &'a [u8]> + Clone, lower: bool) -> Text {
    let mut text = Text::new();
    let mut room = ROOM;
    let plain = join_plain(labels.clone(), lower, &mut room).and_then(|end| room.get(..end));
    if !plain.is_some_and(|plain| text.push_utf8(plain)) {
        labels.for_each(|label| push_label(&mut text, label, lower));
    }
    text
}

/// Labels of visible ASCII characters only, which is nearly all there are, in
/// blocks that the processor takes at once: how long they are with the dots
/// between them, which `room` holds already; `None` for others.
fn join_plain<'a>(labels: impl Iterator<Item = &'a [u8]>, lower: bool, room: &mut Room) -> Option<usize> {
    let mut end = 0_usize;
    for label in labels {
        let start = if end == 0 { 0 } else { end.saturating_add(1) };
        end = start.saturating_add(label.len());
        room.get_mut(start..end)?.copy_from_slice(label);
    }
    let mut plain = true;
    for block in room.as_chunks_mut::<BLOCK>().0.iter_mut().take(end.div_ceil(BLOCK)) {
        for byte in block {
            plain &= byte.is_ascii_graphic();
            *byte = if lower { byte.to_ascii_lowercase() } else { *byte };
        }
    }
    plain.then_some(end)
}

fn push_label(text: &mut Text, label: &[u8], lower: bool) {
    if !text.is_empty() {
        text.push('.');
    }
    for c in printable(label).chars() {
        text.push(if lower { c.to_ascii_lowercase() } else { c });
    }
}

/// Walks the labels of a name that [`Name::read`] has walked before: bounded as that is.
#[derive(Clone, Debug)]
pub struct Labels<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let mut length = *self.message.get(self.at)?;
        while length >= 0xc0 {
            let low = *self.message.get(self.at.saturating_add(1))?;
            let target = usize::from(u16::from_be_bytes([length & 0x3f, low]));
            // Always so; it shows that this ends.
            if target >= self.at {
                return None;
            }
            self.at = target;
            length = *self.message.get(target)?;
        }
        if length == 0 {
            return None;
        }
        let start = self.at.saturating_add(1);
        let end = start.saturating_add(usize::from(length));
        let label = self.message.get(start..end)?;
        self.at = end;
        Some(label)
    }
}

/// The part of a message an entry stands in. In a dynamic update (RFC 2136) the
/// same four are zone, prerequisites, updates and additional data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// What is asked; zone.
    Question,
    /// Answers; prerequisites.
    Answer,
    /// Authority; updates.
    Authority,
    /// Additional data.
    Additional,
}

impl Section {
    fn next(self) -> Option<Section> {
        match self {
            Section::Question => Some(Section::Answer),
            Section::Answer => Some(Section::Authority),
            Section::Authority => Some(Section::Additional),
            Section::Additional => None,
        }
    }
}

/// One question or record.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Where it stands.
    pub section: Section,
    /// Owner.
    pub name: Name<'a>,
    /// Type, see [`kind`]; unknown ones are kept.
    pub kind: u16,
    /// Class with all 16 bits: mDNS uses the top one as a flag.
    pub class: u16,
    /// Time to live in seconds; 0 for questions.
    pub ttl: u32,
    /// Record data; empty for questions.
    pub data: &'a [u8],
    data_at: usize,
}

impl<'a> Entry<'a> {
    /// The address of an A or AAAA record of class IN (with or without the mDNS flag).
    pub fn address(&self) -> Option<IpAddr> {
        if self.class & 0x7fff != CLASS_IN || self.section == Section::Question {
            return None;
        }
        match self.kind {
            kind::A => Some(IpAddr::V4(<[u8; 4]>::try_from(self.data).ok()?.into())),
            kind::AAAA => Some(IpAddr::V6(<[u8; 16]>::try_from(self.data).ok()?.into())),
            _ => None,
        }
    }

    /// The name `offset` octets into the data (0 for CNAME and PTR, 6 for SRV),
    /// if it ends where the data ends.
    pub fn target(&self, offset: usize) -> Option<Name<'a>> {
        let end = self.data_at.saturating_add(self.data.len());
        let (name, next) = Name::read(self.name.message, self.data_at.saturating_add(offset))?;
        (next == end).then_some(name)
    }

    /// The character strings of a TXT or HINFO record (RFC 1035 section 3.3).
    pub fn strings(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut reader = Reader::new(self.data);
        core::iter::from_fn(move || {
            let length = reader.u8()?;
            reader.take(usize::from(length))
        })
    }
}

/// A message whose twelve header octets are there.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    /// Flags word: QR 0x8000, opcode 0x7800, AA 0x0400, TC 0x0200, RD 0x0100,
    /// RA 0x0080, Z 0x0040, AD 0x0020, CD 0x0010, RCODE 0x000f.
    pub flags: u16,
    /// Entries announced for each section.
    pub counts: [u16; 4],
}

impl<'a> Message<'a> {
    /// `None` for less than a header.
    pub fn new(bytes: &'a [u8]) -> Option<Message<'a>> {
        let [_, _, f0, f1, q0, q1, a0, a1, n0, n1, r0, r1] = *bytes.first_chunk()?;
        let counts = [[q0, q1], [a0, a1], [n0, n1], [r0, r1]].map(u16::from_be_bytes);
        Some(Message { bytes, flags: u16::from_be_bytes([f0, f1]), counts })
    }

    /// QR: an answer, not a question.
    pub fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    /// 0 query, 4 notify, 5 update …
    pub fn opcode(&self) -> u8 {
        (self.flags >> 11) as u8 & 0xf
    }

    /// 0 no error, 3 no such name …
    pub fn rcode(&self) -> u8 {
        self.flags as u8 & 0xf
    }

    /// Everything in it that can be read, in order; ends at what is malformed or missing.
    pub fn entries(&self) -> Entries<'a> {
        let (counts, section) = (self.counts, Section::Question);
        Entries {
            message: self.bytes,
            at: usize::from(HEADER),
            section,
            counts,
            left: self.announced(),
            asked: None,
        }
    }

    /// The first question.
    pub fn question(&self) -> Option<Entry<'a>> {
        self.entries().next().filter(|entry| entry.section == Section::Question)
    }

    /// Does a message of `length` octets have room for what its header announces?
    /// A question takes at least 5 octets, a record 11.
    pub fn counts_fit(&self, length: usize) -> bool {
        let [questions, records @ ..] = self.counts.map(usize::from);
        let records: usize = records.iter().sum();
        questions.saturating_mul(5).saturating_add(records.saturating_mul(11)).saturating_add(12) <= length
    }

    /// Can every announced entry be read (up to the most that are read at all)?
    pub fn is_whole(&self) -> bool {
        self.is_all(self.entries().count())
    }

    /// Are so many entries all that are announced (up to the most that are read)?
    pub fn is_all(&self, read: usize) -> bool {
        read == usize::from(self.announced())
    }

    /// Entries that are announced, up to the most that are read.
    fn announced(&self) -> u16 {
        self.counts.iter().fold(0, |sum: u16, count| sum.saturating_add(*count)).min(MAX_ENTRIES)
    }
}

/// Iterator over the entries of a message. Bounded by the message and [`MAX_ENTRIES`].
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    message: &'a [u8],
    at: usize,
    section: Section,
    /// Entries left of `section`, and of those behind it.
    counts: [u16; 4],
    /// Entries left at all.
    left: u16,
    /// The name of the first entry, which most others point to.
    asked: Option<Name<'a>>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        self.left = self.left.checked_sub(1)?;
        while let [0, second, third, fourth] = self.counts {
            self.section = self.section.next()?;
            self.counts = [second, third, fourth, 0];
        }
        let [count, ..] = &mut self.counts;
        *count = count.saturating_sub(1);
        let entry = self.entry();
        match &entry {
            Some(entry) => self.at = entry.data_at.saturating_add(entry.data.len()),
            None => self.left = 0,
        }
        entry
    }
}

impl<'a> Entries<'a> {
    #[inline]
    fn entry(&mut self) -> Option<Entry<'a>> {
        let (message, section) = (self.message, self.section);
        let (name, next) = self.name()?;
        let fixed = message.get(next..)?;
        let [k0, k1, c0, c1] = *fixed.first_chunk()?;
        let (kind, class) = (u16::from_be_bytes([k0, k1]), u16::from_be_bytes([c0, c1]));
        if section == Section::Question {
            let data_at = next.saturating_add(4);
            return Some(Entry { section, name, kind, class, ttl: 0, data: &[], data_at });
        }
        let [_, _, _, _, t0, t1, t2, t3, l0, l1] = *fixed.first_chunk()?;
        let (ttl, length) = (u32::from_be_bytes([t0, t1, t2, t3]), u16::from_be_bytes([l0, l1]));
        let data_at = next.saturating_add(10);
        let data = message.get(data_at..data_at.saturating_add(usize::from(length)))?;
        Some(Entry { section, name, kind, class, ttl, data, data_at })
    }

    /// The name here, and the offset behind it. A pointer to the first name, which
    /// starts behind the header, need not be followed again.
    #[inline]
    fn name(&mut self) -> Option<(Name<'a>, usize)> {
        let start = self.message.get(self.at..)?;
        if let ([0xc0, HEADER, ..], Some(asked)) = (start, self.asked) {
            return Some((asked, self.at.saturating_add(2)));
        }
        let (name, next) = Name::read(self.message, self.at)?;
        self.asked.get_or_insert(name);
        Some((name, next))
    }
}

/// Messages made by hand, for the tests of this and its neighbours.
#[cfg(test)]
pub mod build {
    use std::vec::Vec;

    /// A name from its dotted form, uncompressed.
    pub fn name(dotted: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for label in dotted.split('.').filter(|label| !label.is_empty()) {
            bytes.push(label.len() as u8);
            bytes.extend(label.bytes());
        }
        bytes.push(0);
        bytes
    }

    /// A question.
    pub fn question(owner: &str, kind: u16, class: u16) -> Vec<u8> {
        [name(owner), kind.to_be_bytes().into(), class.to_be_bytes().into()].concat()
    }

    /// A record of 120 seconds.
    pub fn record(owner: &str, kind: u16, class: u16, data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u16).to_be_bytes();
        [&question(owner, kind, class)[..], &120u32.to_be_bytes(), &length, data].concat()
    }

    /// A message of these flags and sections.
    pub fn message(flags: u16, sections: [&[Vec<u8>]; 4]) -> Vec<u8> {
        let mut bytes = Vec::from(*b"\x12\x34");
        bytes.extend(flags.to_be_bytes());
        sections.iter().for_each(|section| bytes.extend((section.len() as u16).to_be_bytes()));
        sections.iter().copied().flatten().for_each(|entry| bytes.extend(entry));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;
    use std::vec::Vec;

    fn name(bytes: &[u8], at: usize) -> Option<(std::string::String, usize)> {
        Name::read(bytes, at).map(|(name, next)| (name.text().as_str().into(), next))
    }

    #[test]
    fn names_with_and_without_pointers() {
        let bytes = b"\x03Foo\x05local\x00\x03bar\xc0\x04\xc0\x0b";
        assert_eq!(name(bytes, 0), Some(("Foo.local".into(), 11)));
        assert_eq!(name(bytes, 11), Some(("bar.local".into(), 17)));
        assert_eq!(name(bytes, 17), Some(("bar.local".into(), 19)));
        assert_eq!(name(b"\0", 0), Some(("".into(), 1)));
        assert_eq!(name(b"\x03a\x1bb\0", 0), Some(("a\\x1bb".into(), 5)));
    }

    #[test]
    fn loops_and_forward_pointers_are_refused() {
        assert_eq!(name(b"\xc0\x00", 0), None);
        assert_eq!(name(b"\xc0\x02\x01a\0", 0), None);
        assert_eq!(name(b"\x01a\xc0\x00", 0), None);
        assert_eq!(name(b"\x01a\xc0\x06\x01b\xc0\x00", 4), None);
        // Each pointer leads to the one before: backwards, yet too many.
        let mut chain = Vec::from(*b"\x01a\0");
        let mut last = 0;
        for step in 0..40u8 {
            chain.extend([0xc0, last]);
            last = 3 + 2 * step;
        }
        assert!(name(&chain, 3 + 2 * 31).is_some());
        assert_eq!(name(&chain, 3 + 2 * 32), None);
    }

    #[test]
    fn lengths_are_held() {
        for reserved in [0x40u8, 0x80, 0xbf] {
            assert_eq!(name(&[reserved; 80], 0), None);
        }
        let longest: Vec<u8> = core::iter::repeat_n([1u8, b'a'], 127).flatten().chain([0]).collect();
        let (parsed, next) = Name::read(&longest, 0).unwrap();
        assert_eq!((parsed.labels().count(), next), (127, MAX_NAME));
        let longer: Vec<u8> = core::iter::repeat_n([1u8, b'a'], 128).flatten().chain([0]).collect();
        assert!(Name::read(&longer, 0).is_none());
        for end in 0..longest.len() {
            assert!(Name::read(&longest[..end], 0).is_none());
        }
        assert!(Name::read(&longest, usize::MAX).is_none());
    }

    #[test]
    fn suffixes_are_whole_labels() {
        let bytes = b"\x01x\x07ExAmple\x03org\0";
        let name = Name::read(bytes, 0).unwrap().0;
        assert!(name.ends_with("example.org") && name.ends_with("x.example.org") && name.ends_with("org"));
        assert!(!name.ends_with("ample.org") && !name.ends_with("y.x.example.org"));
        assert_eq!(name.lower().as_str(), "x.example.org");
        assert!(name.is(&Name::read(b"\x01X\x07example\x03ORG\0", 0).unwrap().0));
        assert!(!name.is(&Name::read(b"\x07example\x03org\0", 0).unwrap().0));
    }

    #[test]
    fn reverse_names_are_addresses() {
        let v4 = b"\x015\x010\x010\x0210\x07in-addr\x04arpa\0";
        assert_eq!(Name::read(v4, 0).unwrap().0.reverse_address(), "10.0.0.5".parse().ok());
        let mut v6 = Vec::new();
        for digit in b"1".iter().chain(&[b'0'; 23]).chain(b"8bd01002").copied() {
            v6.extend([1, digit]);
        }
        v6.extend(b"\x03ip6\x04arpa\0");
        assert_eq!(Name::read(&v6, 0).unwrap().0.reverse_address(), "2001:db8::1".parse().ok());
        let not = b"\x03999\x010\x010\x0210\x07in-addr\x04arpa\0";
        assert_eq!(Name::read(not, 0).unwrap().0.reverse_address(), None);
    }

    #[test]
    fn entries_stop_at_what_is_missing() {
        let bytes = hex("0001 8180 0001 0002 0000 0000 0161 00 0001 0001 \
                         c00c 0001 0001 0000003c 0004 0a000005 c00c 0001 0001 0000003c 0004 0a0000");
        let message = Message::new(&bytes).unwrap();
        assert!(message.counts_fit(bytes.len()) && !message.is_whole());
        let seen: Vec<_> = message.entries().filter_map(|entry| entry.address()).collect();
        assert_eq!(seen, ["10.0.0.5".parse::<IpAddr>().unwrap()]);
        assert!(!Message { counts: [1, 9, 0, 0], ..message }.counts_fit(bytes.len()));
    }
}
