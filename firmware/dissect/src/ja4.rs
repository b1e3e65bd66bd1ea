//! JA4, the fingerprint of a TLS client (the part of the JA4+ suite that FoxIO
//! gives away under the BSD 3-clause licence): what a ClientHello offers, told
//! apart from what changes between connections.
//!
//! `t13d1516h2_8daaf6152771_e5627efa2ab1`: carrier, version, name or none,
//! number of ciphers and of extensions, protocol; then hashes of the sorted
//! ciphers, and of the sorted extensions with the signature algorithms as sent.

use heapless::Vec;
use sha2::{Digest as _, Sha256};

use crate::Text;
use crate::text::hex_digit;
use crate::tls_hello::{ALPN, ClientHello, SERVER_NAME, is_grease};

/// Most ciphers, extensions or signature algorithms that are sorted; a hello
/// with more of them gets no fingerprint rather than a wrong one.
const MOST: usize = 256;

type Values = Vec<u16, MOST>;

/// Two lists as they are hashed: four digits and a comma for each value.
type Written = Vec<u8, { 2 * MOST * 5 }>;

/// The fingerprint of a whole ClientHello. `carrier` is `t` for TLS over TCP,
/// `q` for QUIC, `d` for DTLS. `None` when it offers more than can be sorted.
pub fn ja4(carrier: char, hello: &ClientHello<'_>) -> Option<Text> {
    let (mut ciphers, mut extensions, mut algorithms) = (Values::new(), Values::new(), Values::new());
    collect(hello.ciphers(), &mut ciphers)?;
    collect(hello.extensions().map(|(kind, _)| kind), &mut extensions)?;
    collect(hello.signature_algorithms(), &mut algorithms)?;
    let mut text = Text::new();
    text.push(carrier);
    text.push_str(version(hello.highest_version()));
    text.push(if hello.has_server_name() { 'd' } else { 'i' });
    push_count(&mut text, ciphers.len());
    push_count(&mut text, extensions.len());
    alpn_letters(hello.alpn()).into_iter().for_each(|letter| text.push(letter));
    text.push('_');
    ciphers.sort_unstable();
    push_hash(&mut text, &ciphers, &[]);
    text.push('_');
    extensions.retain(|kind| ![SERVER_NAME, ALPN].contains(kind));
    extensions.sort_unstable();
    push_hash(&mut text, &extensions, &algorithms);
    Some(text)
}

/// Keeps all but GREASE; `None` when that are too many.
fn collect(all: impl Iterator<Item = u16>, kept: &mut Values) -> Option<()> {
    for value in all.filter(|value| !is_grease(*value)) {
        kept.push(value).ok()?;
    }
    Some(())
}

/// Two digits; 99 for all that is more.
fn push_count(text: &mut Text, count: usize) {
    if count < 10 {
        text.push('0');
    }
    text.push_number(count.min(99) as u32);
}

const fn version(version: u16) -> &'static str {
    match version {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        0xfeff => "d1",
        0xfefd => "d2",
        0xfefc => "d3",
        _ => "00",
    }
}

/// First and last character of the protocol, or of its hexadecimal form when
/// either is no letter or digit; `00` without a protocol.
fn alpn_letters(alpn: Option<&[u8]>) -> [char; 2] {
    let Some((first, last)) = alpn.and_then(|name| Some((*name.first()?, *name.last()?))) else {
        return ['0', '0'];
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(first), char::from(last)];
    }
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    [digit(first >> 4), digit(last & 15)]
}

/// Twelve digits of the SHA-256 of `values` in hexadecimal with commas, then, if
/// there are any, `_` and `more` likewise; twelve zeros for no values.
fn push_hash(text: &mut Text, values: &[u16], more: &[u16]) {
    if values.is_empty() {
        text.push_str("000000000000");
        return;
    }
    let mut written = Written::new();
    write_list(&mut written, values);
    if !more.is_empty() {
        let _ = written.push(b'_');
        write_list(&mut written, more);
    }
    text.push_hex(Sha256::digest(&written).get(..6).unwrap_or(&[]));
}

fn write_list(written: &mut Written, values: &[u16]) {
    for value in values {
        let [high, low] = value.to_be_bytes();
        let digits = [high >> 4, high & 15, low >> 4, low & 15].map(hex_digit);
        let [a, b, c, d] = digits;
        let _ = written.extend_from_slice(&[a, b, c, d, b',']);
    }
    // The last has no comma behind it.
    let _ = written.pop();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// A ClientHello body of these ciphers and extensions.
    fn body(ciphers: &[u16], extensions: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = std::vec![3, 3];
        bytes.extend([0; 33]);
        bytes.extend(((ciphers.len() * 2) as u16).to_be_bytes());
        ciphers.iter().for_each(|cipher| bytes.extend(cipher.to_be_bytes()));
        bytes.extend([1, 0]);
        let block: Vec<u8> = extensions
            .iter()
            .flat_map(|(kind, contents)| {
                let length = (contents.len() as u16).to_be_bytes();
                [&kind.to_be_bytes()[..], &length[..], contents].concat()
            })
            .collect();
        bytes.extend((block.len() as u16).to_be_bytes());
        bytes.extend(block);
        bytes
    }

    /// The example the format is published with: its lists, in another order and
    /// with GREASE put in.
    #[test]
    fn the_published_example() {
        let ciphers = [
            0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
            0x009c, 0x009d, 0x002f, 0x0035,
        ];
        let algorithms = [0, 16, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1];
        let extensions: [(u16, &[u8]); 17] = [
            (0x0a0a, &[]),
            (0x001b, &[]),
            (0x0000, &[]),
            (0x0033, &[]),
            (0x0010, &[0, 3, 2, b'h', b'2']),
            (0x4469, &[]),
            (0x0017, &[]),
            (0x002d, &[]),
            (0x000d, &algorithms),
            (0x0005, &[]),
            (0x0023, &[]),
            (0x0012, &[]),
            (0x002b, &[4, 0x3a, 0x3a, 3, 4]),
            (0xff01, &[]),
            (0x000b, &[]),
            (0x000a, &[]),
            (0x0015, &[]),
        ];
        let body = body(&ciphers, &extensions);
        let hello = ClientHello::new(&body).unwrap();
        assert_eq!(&*ja4('t', &hello).unwrap(), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    }

    #[test]
    fn nothing_but_grease_is_zeros() {
        let body = body(&[0x1a1a], &[]);
        let hello = ClientHello::new(&body).unwrap();
        assert_eq!(&*ja4('t', &hello).unwrap(), "t12i000000_000000000000_000000000000");
    }

    #[test]
    fn letters_of_odd_protocols() {
        assert_eq!(alpn_letters(Some(b"http/1.1")), ['h', '1']);
        assert_eq!(alpn_letters(Some(b"h")), ['h', 'h']);
        assert_eq!(alpn_letters(Some(&[0xab])), ['a', 'b']);
        assert_eq!(alpn_letters(Some(&[0x30, 0xab])), ['3', 'b']);
        assert_eq!(alpn_letters(Some(&[0x30, 0x31, 0xab, 0xcd])), ['3', 'd']);
        assert_eq!(alpn_letters(None), ['0', '0']);
    }

    #[test]
    fn more_than_can_be_sorted_is_refused() {
        let ciphers: Vec<u16> = (0..300).collect();
        let body = body(&ciphers, &[]);
        assert!(ja4('t', &ClientHello::new(&body).unwrap()).is_none());
    }
}
