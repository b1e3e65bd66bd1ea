//! SSH transport (RFC 4253): who both sides say they are, and what they offer
//! before they encrypt.
//!
//! | part | becomes |
//! |---|---|
//! | identification string (section 4.2) | `ssh.banner` |
//! | name lists of KEXINIT (section 7.1) | `ssh.hassh` of a client, `ssh.hassh_server` of a server |
//!
//! HASSH is the MD5 of the lists of key exchange, encryption, authentication and
//! compression methods towards the peer, parted by semicolons.

use md5::{Digest as _, Md5};
use model::Field;

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, Way, printable};

/// Identification string without line end.
pub const BANNER: Field = Field::service("ssh.banner");
/// What a client offers.
pub const HASSH: Field = Field::host("ssh.hassh");
/// What a server offers.
pub const HASSH_SERVER: Field = Field::service("ssh.hassh_server");

static INFO: Info = Info {
    name: "ssh",
    title: "Secure Shell",
    spec: "RFC 4253, HASSH",
    over: &[Over::Tcp(&[22, 2222, 830])],
    first_bytes: b"S",
    fields: &[BANNER, HASSH, HASSH_SERVER],
    budget: 8 * 1024,
};

/// Longest line before or with the identification string; RFC 4253 says 255.
const LONGEST_LINE: usize = 512;
/// Longest packet every side must take (section 6.1).
const LONGEST_PACKET: u32 = 35_000;
const KEXINIT: u8 = 20;
/// A direction's word of scratch once its identification string was read; below
/// it the number of lines before it.
const BANNER_READ: u32 = 0xff;
/// Most lines a server may say before.
const MOST_LINES: u32 = 32;

/// The ten name lists of a KEXINIT.
struct Lists<'a>([&'a [u8]; 8]);

impl<'a> Lists<'a> {
    /// From a packet behind its message number. `None` when a list is missing.
    fn new(bytes: &'a [u8]) -> Option<Lists<'a>> {
        let mut reader = Reader::new(bytes);
        reader.skip(16)?;
        let mut lists = [&[][..]; 8];
        for list in &mut lists {
            let length = usize::try_from(reader.be32()?).ok()?;
            *list = reader.take(length)?;
        }
        Some(Lists(lists))
    }

    /// Which side sent them, when it says so: clients and servers mark the list
    /// of key exchanges differently (RFC 8308 section 2.1).
    fn way(&self) -> Option<Way> {
        let [kex, ..] = self.0;
        let has = |wanted: [&str; 2]| {
            kex.split(|byte| *byte == b',').any(|name| wanted.iter().any(|wanted| name == wanted.as_bytes()))
        };
        if has(["ext-info-c", "kex-strict-c-v00@openssh.com"]) {
            Some(Way::ToServer)
        } else if has(["ext-info-s", "kex-strict-s-v00@openssh.com"]) {
            Some(Way::ToClient)
        } else {
            None
        }
    }

    fn hassh(&self, way: Way) -> Text {
        let [kex, _, enc_c, enc_s, mac_c, mac_s, comp_c, comp_s] = self.0;
        let lists = match way {
            Way::ToServer => [kex, enc_c, mac_c, comp_c],
            Way::ToClient => [kex, enc_s, mac_s, comp_s],
        };
        let mut hash = Md5::new();
        for (index, list) in lists.iter().enumerate() {
            if index > 0 {
                hash.update(b";");
            }
            hash.update(list);
        }
        let mut text = Text::new();
        text.push_hex(&hash.finalize());
        text
    }
}

/// The protocol.
pub struct Ssh;

impl Protocol for Ssh {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        const MARK: &[u8] = b"SSH-";
        let shorter = MARK.len().min(bytes.len());
        if bytes.get(..shorter) == MARK.get(..shorter) {
            return match (shorter == MARK.len(), meta.cut) {
                (true, _) => Probe::Yes,
                (false, true) => Probe::No,
                (false, false) => Probe::More,
            };
        }
        // A server may greet in other words first; that is waited for on the usual port only.
        let text = bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
        if meta.sport != 22 || !text {
            Probe::No
        } else if bytes.windows(5).any(|part| part == b"\nSSH-") {
            Probe::Yes
        } else if meta.cut || bytes.len() >= LONGEST_LINE {
            Probe::No
        } else {
            Probe::More
        }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], scratch: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let way = match meta.way {
            Way::ToServer => 0,
            Way::ToClient => 1,
        };
        let Some(word) = scratch.get_mut(way) else { return Outcome::Done };
        if *word == BANNER_READ {
            return key_exchange(meta, bytes, sink).unwrap_or(if meta.cut {
                Outcome::Done
            } else {
                Outcome::More
            });
        }
        let Some(end) = bytes.iter().take(LONGEST_LINE).position(|byte| *byte == b'\n') else {
            return match (bytes.len() >= LONGEST_LINE, meta.cut) {
                (true, _) => Outcome::Malformed,
                (false, true) => Outcome::Done,
                (false, false) => Outcome::More,
            };
        };
        let line = bytes.get(..end).unwrap_or(bytes);
        let took = Outcome::Took(end.saturating_add(1));
        let Some(version) = line.strip_prefix(b"SSH-") else {
            *word = word.saturating_add(1);
            return if *word > MOST_LINES { Outcome::Malformed } else { took };
        };
        sink.observe(About::Sender, &BANNER, &printable(line));
        *word = BANNER_READ;
        let second = version.starts_with(b"2.") || version.starts_with(b"1.99");
        if second { took } else { Outcome::Done }
    }
}

/// Reads the first packet. `None` when more of it is needed.
fn key_exchange(meta: &Meta, bytes: &[u8], sink: &mut dyn Sink) -> Option<Outcome> {
    let mut reader = Reader::new(bytes);
    let length = reader.be32()?;
    if length > LONGEST_PACKET {
        return Some(Outcome::Done);
    }
    let (_, kind) = (reader.u8()?, reader.u8()?);
    if kind != KEXINIT {
        return Some(Outcome::Done);
    }
    let lists = Lists::new(reader.rest())?;
    let way = lists.way().unwrap_or(meta.way);
    let field = match way {
        Way::ToServer => &HASSH,
        Way::ToClient => &HASSH_SERVER,
    };
    sink.observe(About::Sender, field, &lists.hassh(way));
    Some(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{both_ways, one_turn, truncations};
    use std::vec::Vec;

    /// A KEXINIT packet with these eight lists.
    fn kexinit(lists: [&str; 8]) -> Vec<u8> {
        let mut payload = std::vec![4, KEXINIT];
        payload.extend([0; 16]);
        for list in lists.iter().chain(&["", ""]) {
            payload.extend((list.len() as u32).to_be_bytes());
            payload.extend(list.as_bytes());
        }
        payload.extend([0; 9]);
        [&(payload.len() as u32).to_be_bytes()[..], &payload].concat()
    }

    #[test]
    fn both_sides_say_who_they_are_and_what_they_offer() {
        let client = [
            b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
            kexinit(["k,ext-info-c", "h", "e1", "e2", "m1", "m2", "none", "zlib"]),
        ]
        .concat();
        let server = [
            b"Keep out\r\nSSH-1.99-Cisco-1.25\n".to_vec(),
            kexinit(["k", "h", "e1", "e2", "m1", "m2", "none", "zlib"]),
        ]
        .concat();
        truncations(&Ssh, &Meta::default(), &client);
        truncations(&Ssh, &Meta::default(), &server);
        assert_eq!(
            both_ways(&Ssh, &Meta::default(), &client, &server),
            [
                "sender ssh.banner=SSH-2.0-OpenSSH_9.2",
                "sender ssh.hassh=fa69ebce2b688388e2bff53421a045ad",
                "sender ssh.banner=SSH-1.99-Cisco-1.25",
                "sender ssh.hassh_server=1e741e1932d8ca733e9ab5a3766d569f",
            ]
        );
    }

    #[test]
    fn the_first_version_says_no_more() {
        let seen = both_ways(&Ssh, &Meta::default(), b"", b"SSH-1.5-OpenSSH_3.4\n\0\0\0\x10");
        assert_eq!(seen, ["sender ssh.banner=SSH-1.5-OpenSSH_3.4"]);
    }

    #[test]
    fn greetings_are_waited_for_on_the_usual_port_only() {
        let at = |sport| Meta { sport, ..Meta::default() };
        assert_eq!(Ssh.probe(&at(22), b"Hello\r\n"), Probe::More);
        assert_eq!(Ssh.probe(&at(22), b"Hello\r\nSSH-2.0-x"), Probe::Yes);
        assert_eq!(Ssh.probe(&at(25), b"220 mail\r\n"), Probe::No);
        assert_eq!(Ssh.probe(&at(25), b"SS"), Probe::More);
        assert_eq!(Ssh.probe(&at(25), b"SSH-2.0-x"), Probe::Yes);
        assert_eq!(Ssh.probe(&at(22), b"\0\0\x02\x94"), Probe::No);
    }

    #[test]
    fn recorded_one_turn() {
        one_turn(&Ssh, include_str!("../../vectors/ssh/openssh.txt"));
    }
}
