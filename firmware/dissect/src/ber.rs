//! Tags, lengths and values of ASN.1's Basic Encoding Rules (ITU-T X.690), for
//! SNMP and X.509: a walker that never leaves its bytes and never recurses.
//!
//! Only what those two use: one-octet tags and definite lengths (RFC 3417
//! section 8 and DER both forbid the others); anything else ends the walk.

use core::fmt;

use crate::Reader;

/// BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// NULL.
pub const NULL: u8 = 0x05;
/// OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// SEQUENCE, SEQUENCE OF.
pub const SEQUENCE: u8 = 0x30;
/// SET, SET OF.
pub const SET: u8 = 0x31;

/// The tag of a context-specific, constructed element: `[number]` around others.
pub const fn context(number: u8) -> u8 {
    0xa0 | (number & 0x1f)
}

/// The tag of a context-specific, primitive element: `[number] IMPLICIT`.
pub const fn context_primitive(number: u8) -> u8 {
    0x80 | (number & 0x1f)
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Identifier octet: class, constructed bit and number together.
    pub tag: u8,
    /// Contents octets; fewer than the length says only for a constructed
    /// element in a walk made by [`Ber::cut`].
    pub value: &'a [u8],
    /// Identifier, length and contents octets, as they stand.
    pub raw: &'a [u8],
}

/// Walks over the elements that stand one behind the other in some bytes.
#[derive(Clone, Copy, Debug)]
pub struct Ber<'a> {
    rest: &'a [u8],
    cut: bool,
}

impl<'a> Ber<'a> {
    /// Over bytes that are all there: an element that overruns them ends the walk.
    pub const fn new(bytes: &'a [u8]) -> Ber<'a> {
        Ber { rest: bytes, cut: false }
    }

    /// Over bytes whose end the capture may have cut: a constructed element gives
    /// as many contents octets as there are, so that one can go on inside it; a
    /// primitive one that is not whole ends the walk, for half a value is none.
    pub const fn cut(bytes: &'a [u8]) -> Ber<'a> {
        Ber { rest: bytes, cut: true }
    }

    /// What has not been walked over.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// True at the end.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element, without taking it.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The contents of the next element if it has this tag; otherwise nothing
    /// is taken.
    pub fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.peek() != Some(tag) {
            return None;
        }
        self.next().map(|tlv| tlv.value)
    }

    /// A walk inside the next element if it has this tag; otherwise nothing is
    /// taken.
    pub fn enter(&mut self, tag: u8) -> Option<Ber<'a>> {
        let cut = self.cut;
        self.expect(tag).map(|rest| Ber { rest, cut })
    }

    /// The next element as an unsigned number, if it is a non-negative INTEGER
    /// of at most 64 bits; otherwise nothing is taken.
    pub fn uint(&mut self) -> Option<u64> {
        let mut ahead = *self;
        let number = unsigned(ahead.expect(INTEGER)?)?;
        *self = ahead;
        Some(number)
    }
}

/// Every step takes at least two bytes, so a walk over n bytes ends after n/2.
impl<'a> Iterator for Ber<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        let mut reader = Reader::new(self.rest);
        let tag = reader.u8()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let length = match reader.u8()? {
            short @ 0..=0x7f => usize::from(short),
            0x81 => usize::from(reader.u8()?),
            0x82 => usize::from(reader.be16()?),
            0x83 => usize::try_from(reader.be24()?).ok()?,
            0x84 => usize::try_from(reader.be32()?).ok()?,
            _ => return None,
        };
        let constructed = tag & 0x20 != 0;
        let value = if self.cut && constructed { reader.take_up_to(length) } else { reader.take(length)? };
        let taken = self.rest.len().checked_sub(reader.len())?;
        let raw = self.rest.get(..taken)?;
        self.rest = reader.rest();
        Some(Tlv { tag, value, raw })
    }
}

/// The contents octets of an INTEGER (or of SNMP's Counter, Gauge and TimeTicks)
/// as an unsigned number; `None` when empty, negative or above 64 bits. SNMP's
/// Counter64 and Gauge32 may carry a leading zero octet.
pub fn unsigned(value: &[u8]) -> Option<u64> {
    let (first, _) = value.split_first()?;
    if first & 0x80 != 0 {
        return None;
    }
    value.iter().try_fold(0_u64, |number, byte| Some(number.checked_mul(256)? | u64::from(*byte)))
}

/// The contents octets of an OBJECT IDENTIFIER; shown as `1.3.6.1.4.1.8072`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oid<'a>(pub &'a [u8]);

impl<'a> Oid<'a> {
    /// What follows `prefix`; `None` when it does not start with it. Octets are
    /// compared, so a prefix must end at the end of an arc.
    pub fn below(self, prefix: &[u8]) -> Option<Oid<'a>> {
        self.0.strip_prefix(prefix).map(Oid)
    }

    /// The encoded numbers, each in base 128 with the high bit on all but its
    /// last octet; the first one holds two arcs. Ends at a number above 32 bits
    /// and at one that is cut.
    pub fn numbers(self) -> impl Iterator<Item = u32> + 'a {
        let mut octets = self.0.iter();
        core::iter::from_fn(move || {
            let mut number = 0_u32;
            loop {
                let octet = octets.next()?;
                number = number.checked_mul(128)? | u32::from(octet & 0x7f);
                if octet & 0x80 == 0 {
                    return Some(number);
                }
            }
        })
    }
}

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut numbers = self.numbers();
        if let Some(first) = numbers.next() {
            let root = (first / 40).min(2);
            write!(f, "{root}.{}", first.saturating_sub(root.saturating_mul(40)))?;
        }
        numbers.try_for_each(|number| write!(f, ".{number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;
    use std::format;

    #[test]
    fn walks_and_enters() {
        let bytes = hex("30 0a 02 01 05 06 03 2b 06 01 05 00 ff");
        let mut outer = Ber::new(&bytes);
        let mut inner = outer.enter(SEQUENCE).unwrap();
        assert_eq!(inner.expect(OCTET_STRING), None);
        assert_eq!(inner.uint(), Some(5));
        assert_eq!(format!("{}", Oid(inner.expect(OID).unwrap())), "1.3.6.1");
        assert_eq!(inner.next().map(|tlv| (tlv.tag, tlv.raw.len())), Some((NULL, 2)));
        assert!(inner.next().is_none());
        assert_eq!(outer.rest(), [0xff]);
    }

    #[test]
    fn lengths_that_overrun_or_are_indefinite_end_the_walk() {
        for bad in
            ["30 05 00", "30 80 00 00", "30 85 00 00 00 00 01 00", "1f 81 00", "30", "30 84 ff ff ff ff 00"]
        {
            assert!(Ber::new(&hex(bad)).next().is_none(), "{bad}");
        }
    }

    #[test]
    fn a_cut_walk_enters_what_is_there_and_gives_no_half_values() {
        let bytes = hex("30 82 01 00 02 01 05 04 09 61 62");
        let mut inner = Ber::cut(&bytes).enter(SEQUENCE).unwrap();
        assert_eq!(inner.uint(), Some(5));
        assert!(inner.next().is_none());
    }

    #[test]
    fn numbers_and_names() {
        assert_eq!(unsigned(&hex("00 ff ff ff ff")), Some(0xffff_ffff));
        assert_eq!(unsigned(&hex("ff")), None);
        assert_eq!(unsigned(&[]), None);
        assert_eq!(unsigned(&[1; 9]), None);
        assert_eq!(format!("{}", Oid(&hex("2b 06 01 04 01 bf 08"))), "1.3.6.1.4.1.8072");
        assert_eq!(format!("{}", Oid(&hex("88 37"))), "2.999");
        assert_eq!(format!("{}", Oid(&hex("2b ff ff ff ff ff 7f"))), "1.3");
        assert!(Oid(&hex("2b 06 01 02")).below(&hex("2b 06")).is_some());
    }
}
