//! The two messages of SMB 2 and 3 that tell who is speaking: NEGOTIATE and
//! SESSION_SETUP (MS-SMB2 sections 2.2.1 to 2.2.6). Numbers are little-endian.

use model::Time;

use crate::{Reader, Text, utf16le};

/// Length of the header.
pub const HEADER: usize = 64;
/// Command: negotiate.
pub const NEGOTIATE: u16 = 0;
/// Command: session setup.
pub const SESSION_SETUP: u16 = 1;

const REPLY: u32 = 1;
const NETNAME_CONTEXT: u16 = 5;
/// Most dialects and contexts looked at.
const MOST: usize = 16;

/// A message whose header is whole; offsets in it count from the header.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    /// What it is.
    pub command: u16,
    /// True when a server sent it.
    pub is_reply: bool,
    /// Bytes to the next message of a compound; 0 for the last.
    pub next: u32,
}

/// What a client offers.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Highest dialect.
    pub dialect: u16,
    /// Identity of the client.
    pub guid: [u8; 16],
    /// The name the client gave for the server; empty when it was not there.
    pub server_name: Text,
}

/// What a server chose.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// Dialect; 0x02ff asks for another negotiation.
    pub dialect: u16,
    /// Identity of the server.
    pub guid: [u8; 16],
    /// When the server started, if it says so.
    pub started: Option<Time>,
    /// Security token.
    pub token: &'a [u8],
}

impl<'a> Message<'a> {
    /// From the first byte of the header. `None` when that is not whole.
    pub fn new(bytes: &'a [u8]) -> Option<Message<'a>> {
        let mut reader = Reader::new(bytes.get(..HEADER)?);
        reader.skip(12)?;
        let command = reader.le16()?;
        reader.skip(2)?;
        let (flags, next) = (reader.le32()?, reader.le32()?);
        Some(Message { bytes, command, is_reply: flags & REPLY != 0, next })
    }

    fn body(&self) -> Reader<'a> {
        Reader::new(self.bytes.get(HEADER..).unwrap_or(&[]))
    }

    /// Bytes at an offset from the header, or as many as there are.
    fn buffer(&self, offset: u16, length: u16) -> &'a [u8] {
        Reader::new(self.bytes.get(usize::from(offset)..).unwrap_or(&[])).take_up_to(usize::from(length))
    }

    /// A client's negotiation.
    pub fn offer(&self) -> Option<Offer> {
        let mut body = self.body();
        body.skip(2)?;
        let count = usize::from(body.le16()?);
        body.skip(8)?;
        let guid = body.array()?;
        let (contexts, context_count) = (body.le32()?, body.le16()?);
        body.skip(2)?;
        let dialects = body.take_up_to(count.min(MOST).saturating_mul(2)).as_chunks::<2>().0;
        let dialect = dialects.iter().map(|pair| u16::from_le_bytes(*pair)).max()?;
        // Before 3.1.1 these bytes are a time.
        let has_contexts = dialects.contains(&[0x11, 3]);
        let name = Some((contexts, context_count)).filter(|_| has_contexts);
        let server_name = name.and_then(|(at, count)| self.netname(at, count)).unwrap_or_default();
        Some(Offer { dialect, guid, server_name })
    }

    fn netname(&self, offset: u32, count: u16) -> Option<Text> {
        let mut at = usize::try_from(offset).ok()?;
        for _ in 0..usize::from(count).min(MOST) {
            let mut context = Reader::new(self.bytes.get(at..)?);
            let (kind, length) = (context.le16()?, usize::from(context.le16()?));
            context.skip(4)?;
            let data = context.take(length)?;
            if kind == NETNAME_CONTEXT {
                return Some(utf16le(data));
            }
            at = at.checked_add(8)?.checked_add(length)?.checked_next_multiple_of(8)?;
        }
        None
    }

    /// A server's answer to a negotiation.
    pub fn answer(&self) -> Option<Answer<'a>> {
        let mut body = self.body();
        body.skip(4)?;
        let dialect = body.le16()?;
        body.skip(2)?;
        let guid = body.array()?;
        body.skip(24)?;
        let started = body.le64()?;
        let (offset, length) = (body.le16()?, body.le16()?);
        Some(Answer { dialect, guid, started: time(started), token: self.buffer(offset, length) })
    }

    /// The security token of a session setup, asked or answered.
    pub fn token(&self) -> Option<&'a [u8]> {
        let mut body = self.body();
        body.skip(if self.is_reply { 4 } else { 12 })?;
        let (offset, length) = (body.le16()?, body.le16()?);
        Some(self.buffer(offset, length))
    }
}

/// The written form of a dialect; `None` for unknown ones and for the wildcard.
pub const fn dialect_name(dialect: u16) -> Option<&'static str> {
    match dialect {
        0x0202 => Some("2.0.2"),
        0x0210 => Some("2.1"),
        0x0300 => Some("3.0"),
        0x0302 => Some("3.0.2"),
        0x0311 => Some("3.1.1"),
        _ => None,
    }
}

/// A moment in units of 100 ns since 1601-01-01 UTC (MS-DTYP FILETIME); `None`
/// for 0 and for what lies before 1970.
fn time(filetime: u64) -> Option<Time> {
    const TO_1970: u64 = 11_644_473_600;
    let seconds = (filetime / 10_000_000).checked_sub(TO_1970)?;
    Some(Time::new(seconds, (filetime % 10_000_000) as u32 * 100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn moments() {
        assert_eq!(time(0), None);
        assert_eq!(time(132_223_104_000_000_000).unwrap().to_string(), "2020-01-01T00:00:00.000Z");
    }

    #[test]
    fn short_messages_are_none() {
        assert!(Message::new(&[0; HEADER - 1]).is_none());
        let message = Message::new(&[0; HEADER]).unwrap();
        assert!(message.offer().is_none() && message.answer().is_none() && message.token().is_none());
    }
}
