//! DNS messages on the wire (RFC 1035 section 4), shared by DNS, mDNS, LLMNR and
//! NetBIOS name service: the entries of a message.

use core::net::IpAddr;

use crate::Reader;
pub use crate::dns_name::{Name, ROOM, Room};

/// Octets of the header.
const HEADER: u8 = 12;
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
