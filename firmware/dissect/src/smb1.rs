//! The two messages of SMB 1 that tell who is speaking: negotiation and session
//! setup (MS-CIFS sections 2.2.4.52 and 2.2.4.53, MS-SMB sections 2.2.4.5 and 2.2.4.6).
//! Numbers are little-endian; texts are UTF-16 or OEM, as the header's flags say.

use crate::{Reader, Text, printable, utf16le};

/// Command: negotiate.
pub const NEGOTIATE: u8 = 0x72;
/// Command: session setup and what follows it.
pub const SESSION_SETUP: u8 = 0x73;

const UNICODE: u16 = 0x8000;
const EXTENDED_SECURITY: u32 = 0x8000_0000;

/// Dialects that were ever offered; a place in this list (from 1) fits four bits.
const DIALECTS: &[&str] = &[
    "PC NETWORK PROGRAM 1.0",
    "MICROSOFT NETWORKS 1.03",
    "MICROSOFT NETWORKS 3.0",
    "LANMAN1.0",
    "LM1.2X002",
    "DOS LM1.2X002",
    "LANMAN2.1",
    "DOS LANMAN2.1",
    "Windows for Workgroups 3.1a",
    "NT LANMAN 1.0",
    "NT LM 0.12",
    "Samba",
    "SMB 2.002",
    "SMB 2.???",
];

/// Dialects offered, packed for the flow's memory: four bits each, the first
/// lowest, 0 for unknown ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offered(pub [u32; 2]);

impl Offered {
    fn number(names: impl Iterator<Item = usize>) -> Offered {
        let mut packed = 0_u64;
        for (place, number) in names.take(16).enumerate() {
            packed |= ((number & 15) as u64) << (place * 4);
        }
        Offered([packed as u32, (packed >> 32) as u32])
    }

    /// The name of the dialect at this place of the offer.
    pub fn name(self, place: u16) -> Option<&'static str> {
        let [low, high] = self.0;
        let packed = u64::from(high) << 32 | u64::from(low);
        let number = packed.checked_shr(u32::from(place).checked_mul(4)?)? & 15;
        DIALECTS.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
    }
}

/// A message whose header is whole.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    /// What it is.
    pub command: u8,
    /// True when a server sent it.
    pub is_reply: bool,
    flags2: u16,
    words: &'a [u8],
    /// Where the data behind the words' own count starts.
    data: usize,
}

/// What a session setup says; empty texts were not there.
#[derive(Clone, Debug, Default)]
pub struct Setup<'a> {
    /// Operating system.
    pub os: Text,
    /// LAN manager.
    pub lanman: Text,
    /// Primary domain.
    pub domain: Text,
    /// Security token.
    pub token: &'a [u8],
}

/// What a server answers to a negotiation.
#[derive(Clone, Debug, Default)]
pub struct Answer<'a> {
    /// Place in the offer, 0xffff for none.
    pub dialect: u16,
    /// True for the answer of `NT LM 0.12`, whatever was offered at that place.
    pub is_nt: bool,
    /// Identity of the server.
    pub guid: Option<[u8; 16]>,
    /// Domain, of servers without extended security.
    pub domain: Text,
    /// Security token.
    pub token: &'a [u8],
}

impl<'a> Message<'a> {
    /// From the first byte of the header. `None` when it or the parameter words
    /// are not whole.
    pub fn new(bytes: &'a [u8]) -> Option<Message<'a>> {
        let mut reader = Reader::new(bytes);
        reader.skip(4)?;
        let command = reader.u8()?;
        reader.skip(4)?;
        let (flags, flags2) = (reader.u8()?, reader.le16()?);
        reader.skip(20)?;
        let count = usize::from(reader.u8()?).checked_mul(2)?;
        let words = reader.take(count)?;
        reader.le16()?;
        let data = bytes.len().checked_sub(reader.len())?;
        Some(Message { bytes, command, is_reply: flags & 0x80 != 0, flags2, words, data })
    }

    fn word(&self, index: usize) -> Option<u16> {
        Reader::new(self.words.get(index.checked_mul(2)?..)?).le16()
    }

    fn data(&self) -> &'a [u8] {
        self.bytes.get(self.data..).unwrap_or(&[])
    }

    /// Texts from an offset on; UTF-16 ones begin at an even distance from the header.
    fn texts(&self, at: usize) -> Texts<'a> {
        let unicode = self.flags2 & UNICODE != 0;
        let at = if unicode { at.next_multiple_of(2) } else { at };
        Texts { bytes: self.bytes, at, unicode }
    }

    /// The dialects of a negotiation: packed for the flow's memory, and the last,
    /// which is the highest.
    pub fn offer(&self) -> (Offered, Option<&'a str>) {
        let names = || {
            let entries = self.data().split(|byte| *byte == 0);
            let names = entries.filter_map(|entry| entry.strip_prefix(&[2]));
            names.filter_map(|name| core::str::from_utf8(name).ok())
        };
        let place = |name: &str| DIALECTS.iter().position(|known| *known == name);
        (
            Offered::number(names().map(|name| place(name).map_or(0, |at| at.wrapping_add(1)))),
            names().next_back(),
        )
    }

    /// The answer to a negotiation.
    pub fn answer(&self) -> Option<Answer<'a>> {
        let mut answer = Answer { dialect: self.word(0)?, ..Answer::default() };
        if self.words.len() != 34 {
            return Some(answer);
        }
        answer.is_nt = true;
        let capabilities = Reader::new(self.words.get(19..)?).le32()?;
        let key_length = usize::from(*self.words.last()?);
        if capabilities & EXTENDED_SECURITY != 0 {
            let mut reader = Reader::new(self.data());
            answer.guid = reader.array();
            answer.token = reader.rest();
        } else {
            // The only texts that are not aligned.
            let rest = self.data().get(key_length..).unwrap_or(&[]);
            let mut texts = Texts { bytes: rest, at: 0, unicode: self.flags2 & UNICODE != 0 };
            answer.domain = texts.next().unwrap_or_default();
        }
        Some(answer)
    }

    /// A session setup, asked or answered. The account name in it is passed over.
    pub fn setup(&self) -> Option<Setup<'a>> {
        let mut setup = Setup::default();
        let behind = |lengths: [u16; 2]| {
            lengths.iter().fold(self.data, |at, length| at.saturating_add(usize::from(*length)))
        };
        let token = |length: u16| self.data().get(..usize::from(length)).unwrap_or(self.data());
        let mut texts = match (self.is_reply, self.words.len() / 2) {
            (false, 10) => self.texts(behind([self.word(7)?, 0])),
            (false, 12) => {
                setup.token = token(self.word(7)?);
                self.texts(behind([self.word(7)?, 0]))
            }
            (false, 13) => self.texts(behind([self.word(7)?, self.word(8)?])),
            (true, 3) => self.texts(self.data),
            (true, 4) => {
                setup.token = token(self.word(3)?);
                self.texts(behind([self.word(3)?, 0]))
            }
            _ => return None,
        };
        let has_account = !self.is_reply && self.words.len() != 24;
        if has_account {
            texts.raw();
            setup.domain = texts.next().unwrap_or_default();
        }
        setup.os = texts.next().unwrap_or_default();
        setup.lanman = texts.next().unwrap_or_default();
        if !has_account {
            let third = texts.next().unwrap_or_default();
            // Windows XP and 2003 send an empty text before their LAN manager.
            *if setup.lanman.is_empty() { &mut setup.lanman } else { &mut setup.domain } = third;
        }
        Some(setup)
    }
}

/// Texts that follow one another, each ended by NUL.
struct Texts<'a> {
    bytes: &'a [u8],
    at: usize,
    unicode: bool,
}

impl<'a> Texts<'a> {
    fn raw(&mut self) -> Option<&'a [u8]> {
        if !self.unicode {
            let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
            let length = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
            self.at = self.at.saturating_add(length).saturating_add(1);
            return rest.get(..length);
        }
        let rest = self.bytes.get(self.at..).filter(|rest| rest.len() > 1)?;
        let units = rest.as_chunks::<2>().0;
        let length = units.iter().position(|unit| *unit == [0, 0]).unwrap_or(units.len()).saturating_mul(2);
        self.at = self.at.saturating_add(length).saturating_add(2);
        rest.get(..length)
    }
}

impl Iterator for Texts<'_> {
    type Item = Text;

    fn next(&mut self) -> Option<Text> {
        let raw = self.raw()?;
        Some(if self.unicode { utf16le(raw) } else { printable(raw) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_remembered_by_place() {
        let packed = Offered::number([1, 0, 11].into_iter());
        assert_eq!(packed.name(0), Some("PC NETWORK PROGRAM 1.0"));
        assert_eq!(packed.name(1), None);
        assert_eq!(packed.name(2), Some("NT LM 0.12"));
        assert_eq!((packed.name(16), packed.name(u16::MAX)), (None, None));
    }

    /// A message of these parameter words and data.
    fn message(command: u8, reply: bool, unicode: bool, words: &[u8], data: &[u8]) -> std::vec::Vec<u8> {
        let mut bytes = std::vec![0; 32];
        (bytes[4], bytes[9], bytes[11]) = (command, u8::from(reply) << 7, u8::from(unicode) << 7);
        bytes.push((words.len() / 2) as u8);
        bytes.extend(words);
        bytes.extend((data.len() as u16).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    fn said(bytes: &[u8]) -> [std::string::String; 3] {
        let setup = Message::new(bytes).unwrap().setup().unwrap();
        [setup.os, setup.lanman, setup.domain].map(|text| text.as_str().into())
    }

    fn utf16(text: &str) -> std::vec::Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn setups_without_extended_security_name_the_account_first() {
        let mut words = [0; 26];
        (words[14], words[16]) = (1, 2);
        let bytes = message(SESSION_SETUP, false, false, &words, b"pppjoe\0WKG\0Windows 4.0\0Windows 95\0");
        assert_eq!(said(&bytes), ["Windows 4.0", "Windows 95", "WKG"]);
        let bytes = message(SESSION_SETUP, false, false, &[0; 20], b"joe\0WKG\0OS/2\0LM\0");
        assert_eq!(said(&bytes), ["OS/2", "LM", "WKG"]);
        let bytes = message(SESSION_SETUP, true, false, &[0; 6], b"Unix\0Samba 3.0\0WKG\0");
        assert_eq!(said(&bytes), ["Unix", "Samba 3.0", "WKG"]);
    }

    #[test]
    fn wide_texts_begin_at_an_even_place_behind_the_token() {
        let mut words = [0; 24];
        words[14] = 2;
        // 32 of header, 1, 24 of words, 2, 2 of token: the texts begin at 61, so at 62.
        let texts = utf16("XP\0\0LM 5.1\0");
        let bytes = message(SESSION_SETUP, false, true, &words, &[&[1, 2, 0], &texts[..]].concat());
        assert_eq!(said(&bytes), ["XP", "LM 5.1", ""]);
        assert_eq!(Message::new(&bytes).unwrap().setup().unwrap().token, [1, 2]);
    }

    #[test]
    fn an_answer_without_extended_security_names_the_domain() {
        let mut words = [0; 34];
        words[33] = 8;
        let data = [&[9; 8][..], &utf16("WKG\0SRV\0")].concat();
        let bytes = message(NEGOTIATE, true, true, &words, &data);
        let answer = Message::new(&bytes).unwrap().answer().unwrap();
        assert_eq!((answer.domain.as_str(), answer.is_nt, answer.guid), ("WKG", true, None));
    }

    #[test]
    fn every_dialect_fits_four_bits() {
        assert!(DIALECTS.len() < 16);
    }
}
