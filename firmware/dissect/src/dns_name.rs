//! Domain names inside DNS messages (RFC 1035 section 4.1.4): names that cannot loop.
//!
//! A [`Name`] is a view that has been walked once to its end, so that reading
//! its labels later cannot fail.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Reader, Text, printable};

/// Longest name in octets, with length octets and the root (RFC 1035 section 2.3.4).
const MAX_NAME: usize = 255;
/// Most compression pointers one name may follow; real ones follow one to four.
const MAX_JUMPS: u8 = 32;
/// Octets written at once.
const BLOCK: usize = 16;

/// Room for a name's text, see [`Name::lower_in`].
pub type Room = [u8; MAX_NAME.next_multiple_of(BLOCK)];

/// Room without a name.
pub const ROOM: Room = [b'.'; MAX_NAME.next_multiple_of(BLOCK)];

/// A domain name inside a message, known to be well formed.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    pub(crate) message: &'a [u8],
    /// Offset of its first label or, for the root, of the octet 0: never of a
    /// pointer, so that names compressed to one place are told by their offset.
    at: usize,
}

impl<'a> Name<'a> {
    /// The name that starts at offset `at` of `message`, and the offset behind it.
    ///
    /// `None` when it runs out of the message, is longer than 255 octets, uses
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

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_name_in_a_room_is_the_name_as_text() {
        for bytes in [&b"\x01x\x07ExAmple\x03org\0"[..], b"\0", b"\x04a\x1bB \x01c\0", b"\x01\xe9\0"] {
            let name = Name::read(bytes, 0).unwrap().0;
            assert_eq!(name.lower_in(&mut { ROOM }), name.lower().as_str());
        }
    }
}
