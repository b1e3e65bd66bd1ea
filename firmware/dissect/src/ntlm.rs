//! NTLMSSP messages wherever they are carried: SMB, HTTP and others
//! (MS-NLMP section 2.2). All numbers are little-endian.
//!
//! | message | becomes |
//! |---|---|
//! | NEGOTIATE (1) | `ntlm.version`, `ntlm.workstation`, `ntlm.client_domain` |
//! | CHALLENGE (2) | `ntlm.version`, and by its AV pairs `ntlm.computer`, `ntlm.domain`, `ntlm.dns_computer`, `ntlm.dns_domain`, `ntlm.dns_tree` |
//! | AUTHENTICATE (3) | `ntlm.version`, `ntlm.workstation`, `ntlm.client_domain`; the user name is passed over |

use model::Field;

use crate::{About, Reader, Sink, Text, printable, utf16le};

/// `major.minor.build` of the operating system that made the message.
pub const VERSION: Field = Field::host("ntlm.version");
/// NetBIOS name of the server.
pub const COMPUTER: Field = Field::host("ntlm.computer");
/// NetBIOS name of the server's domain.
pub const DOMAIN: Field = Field::host("ntlm.domain");
/// DNS name of the server.
pub const DNS_COMPUTER: Field = Field::host("ntlm.dns_computer");
/// DNS name of the server's domain.
pub const DNS_DOMAIN: Field = Field::host("ntlm.dns_domain");
/// DNS name of the server's forest.
pub const DNS_TREE: Field = Field::host("ntlm.dns_tree");
/// The client's name for itself.
pub const WORKSTATION: Field = Field::host("ntlm.workstation");
/// The domain the client gives.
pub const CLIENT_DOMAIN: Field = Field::host("ntlm.client_domain");

const SIGNATURE: &[u8] = b"NTLMSSP\0";
const UNICODE: u32 = 0x1;
const TARGET_IS_DOMAIN: u32 = 0x1_0000;
const TARGET_IS_SERVER: u32 = 0x2_0000;
const HAS_DOMAIN: u32 = 0x1000;
const HAS_WORKSTATION: u32 = 0x2000;
const HAS_VERSION: u32 = 0x200_0000;
/// Most AV pairs looked at; eleven kinds are defined.
const MOST_PAIRS: usize = 24;

/// Looks for a message anywhere in a security token (it may stand bare or be
/// wrapped in SPNEGO, RFC 4178) and tells what it says about its sender.
/// False when there is none.
pub fn find(token: &[u8], sink: &mut dyn Sink) -> bool {
    match token.windows(SIGNATURE.len()).position(|part| part == SIGNATURE).and_then(|at| token.get(at..)) {
        Some(message) => {
            read(message, sink);
            true
        }
        None => false,
    }
}

/// A message whose signature has been checked; offsets count from it.
struct Message<'a>(&'a [u8]);

impl<'a> Message<'a> {
    fn u32(&self, at: usize) -> Option<u32> {
        Reader::new(self.0.get(at..)?).le32()
    }

    /// Where the contents described by the field at `at` lie (offset, length).
    fn place(&self, at: usize) -> Option<(usize, usize)> {
        let mut reader = Reader::new(self.0.get(at..)?);
        let length = reader.le16()?;
        reader.le16()?;
        Some((usize::try_from(reader.le32()?).ok()?, usize::from(length)))
    }

    fn contents(&self, at: usize) -> Option<&'a [u8]> {
        let (offset, length) = self.place(at)?;
        self.0.get(offset..)?.get(..length)
    }

    /// The text described by the field at `at`.
    fn text(&self, at: usize, unicode: bool) -> Option<Text> {
        let bytes = self.contents(at)?;
        Some(if unicode { utf16le(bytes) } else { printable(bytes) })
    }

    /// The version at `at`, if no contents of the fields at `others` begin before
    /// its end (old software sets the flag without making room for it).
    fn version(&self, flags: u32, at: usize, others: &[usize]) -> Option<Text> {
        let end = at.checked_add(8)?;
        let overlaps =
            |other: &usize| self.place(*other).is_some_and(|(offset, len)| len > 0 && offset < end);
        if flags & HAS_VERSION == 0 || others.iter().any(overlaps) {
            return None;
        }
        let mut reader = Reader::new(self.0.get(at..end)?);
        let (major, minor, build) = (reader.u8()?, reader.u8()?, reader.le16()?);
        (major != 0).then(|| Text::of(format_args!("{major}.{minor}.{build}")))
    }
}

fn read(bytes: &[u8], sink: &mut dyn Sink) -> Option<()> {
    let message = Message(bytes);
    match message.u32(8)? {
        1 => negotiate(&message, sink),
        2 => challenge(&message, sink),
        3 => authenticate(&message, sink),
        _ => None,
    }
}

fn negotiate(message: &Message<'_>, sink: &mut dyn Sink) -> Option<()> {
    let flags = message.u32(12)?;
    say(sink, &VERSION, message.version(flags, 32, &[16, 24]));
    // Both are in the OEM character set, whatever the flags say.
    if flags & HAS_WORKSTATION != 0 {
        say(sink, &WORKSTATION, message.text(24, false));
    }
    if flags & HAS_DOMAIN != 0 {
        say(sink, &CLIENT_DOMAIN, message.text(16, false));
    }
    Some(())
}

fn challenge(message: &Message<'_>, sink: &mut dyn Sink) -> Option<()> {
    let flags = message.u32(20)?;
    say(sink, &VERSION, message.version(flags, 48, &[12, 40]));
    let mut named = false;
    let mut pairs = Reader::new(message.contents(40).unwrap_or(&[]));
    for _ in 0..MOST_PAIRS {
        let (Some(kind), Some(length)) = (pairs.le16(), pairs.le16()) else { break };
        let Some(value) = pairs.take(usize::from(length)) else { break };
        let field = match kind {
            0 => break,
            1 => &COMPUTER,
            2 => &DOMAIN,
            3 => &DNS_COMPUTER,
            4 => &DNS_DOMAIN,
            5 => &DNS_TREE,
            _ => continue,
        };
        named = true;
        say(sink, field, Some(utf16le(value)));
    }
    if !named {
        let target = message.text(12, flags & UNICODE != 0);
        if flags & TARGET_IS_DOMAIN != 0 {
            say(sink, &DOMAIN, target);
        } else if flags & TARGET_IS_SERVER != 0 {
            say(sink, &COMPUTER, target);
        }
    }
    Some(())
}

fn authenticate(message: &Message<'_>, sink: &mut dyn Sink) -> Option<()> {
    let (_, length) = message.place(44)?;
    // The oldest form ends before the flags; its texts are then in the OEM set
    // unless they begin like UTF-16.
    let flags = message.u32(60).unwrap_or(0);
    let first = message.place(28).filter(|(_, length)| *length > 0).map(|(offset, _)| offset);
    let flags = if first.is_some_and(|offset| offset < 64) { 0 } else { flags };
    let wide = flags & UNICODE != 0
        || flags == 0 && length % 2 == 0 && message.contents(44).is_some_and(|text| text.get(1) == Some(&0));
    say(sink, &VERSION, message.version(flags, 64, &[12, 20, 28, 36, 44, 52]));
    say(sink, &WORKSTATION, message.text(44, wide));
    say(sink, &CLIENT_DOMAIN, message.text(28, wide));
    Some(())
}

/// Tells a value that is there and is no mail address.
fn say(sink: &mut dyn Sink, field: &'static Field, value: Option<Text>) {
    if let Some(value) = value.filter(|value| !value.is_empty() && !value.contains('@')) {
        sink.observe(About::Sender, field, &value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Lines, hex};
    use std::vec::Vec;

    fn says(bytes: &[u8]) -> Vec<std::string::String> {
        let mut lines = Lines::default();
        find(bytes, &mut lines);
        lines.0
    }

    #[test]
    fn a_negotiate_tells_the_client() {
        let bytes = hex("ffff 4e544c4d53535000 01000000 07320882 0300 0300 2b000000 0300 0300 28000000 \
             0a00 614a 0000000f 504331 574b47");
        assert_eq!(
            says(&bytes),
            [
                "sender ntlm.version=10.0.19041",
                "sender ntlm.workstation=PC1",
                "sender ntlm.client_domain=WKG"
            ]
        );
    }

    const CHALLENGE: &str = "4e544c4d53535000 02000000 0400 0400 38000000 05028a02 1122334455667788 0000000000000000 \
         2000 2000 3c000000 0a00 6345 0000000f 41004400 \
         0200 0400 41004400 0100 0600 440043003100 0300 0600 64002e006c00 0000 0000";

    #[test]
    fn a_challenge_tells_the_server() {
        assert_eq!(
            says(&hex(CHALLENGE)),
            [
                "sender ntlm.version=10.0.17763",
                "sender ntlm.domain=AD",
                "sender ntlm.computer=DC1",
                "sender ntlm.dns_computer=d.l"
            ]
        );
    }

    #[test]
    fn an_authenticate_tells_the_workstation_and_no_user() {
        let bytes =
            hex("4e544c4d53535000 03000000 0000 0000 48000000 0000 0000 48000000 0400 0400 48000000 \
             0600 0600 4c000000 0600 0600 52000000 0000 0000 58000000 05028a02 0601 b11d 0000000f \
             41004400 6a006f006500 500043003900");
        assert_eq!(
            says(&bytes),
            ["sender ntlm.version=6.1.7601", "sender ntlm.workstation=PC9", "sender ntlm.client_domain=AD"]
        );
    }

    #[test]
    fn every_prefix_is_read_without_a_panic() {
        let bytes = hex(CHALLENGE);
        for end in 0..bytes.len() {
            says(&bytes[..end]);
        }
        assert!(says(b"NTLMSSP").is_empty());
    }
}
