//! What a certificate says of the device that shows it (RFC 5280 section 4.1):
//! names, issuer, serial number. Nothing is verified; a certificate whose end
//! was cut off gives what stands before the cut.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::ber::{Ber, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, context, context_primitive};
use crate::{Text, printable};

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 29, 17];
const BMP_STRING: u8 = 0x1e;
/// Most extensions looked at; real certificates have about ten.
const MOST_EXTENSIONS: usize = 32;

/// A certificate's identifying parts, in place.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a> {
    serial: &'a [u8],
    issuer: Name<'a>,
    subject: Name<'a>,
    alt_names: Option<Ber<'a>>,
}

/// A distinguished name.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a>(Ber<'a>);

impl<'a> Certificate<'a> {
    /// From DER. `None` when it is no certificate or ends before its issuer.
    pub fn new(der: &'a [u8]) -> Option<Certificate<'a>> {
        let mut fields = Ber::cut(der).enter(SEQUENCE)?.enter(SEQUENCE)?;
        fields.enter(context(0));
        let serial = fields.expect(INTEGER)?;
        fields.enter(SEQUENCE)?;
        let issuer = Name(fields.enter(SEQUENCE)?);
        fields.enter(SEQUENCE);
        let subject = Name(fields.enter(SEQUENCE).unwrap_or(Ber::new(&[])));
        fields.enter(SEQUENCE);
        Some(Certificate { serial, issuer, subject, alt_names: alt_names(fields) })
    }

    /// Serial number, hexadecimal without the zero octet that only keeps it positive.
    pub fn serial(&self) -> Text {
        let mut text = Text::new();
        text.push_hex(match self.serial {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        });
        text
    }

    /// Whom it is for.
    pub const fn subject(&self) -> Name<'a> {
        self.subject
    }

    /// Who issued it.
    pub const fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// DNS names and IP addresses of the subject alternative name extension;
    /// mail addresses and the like are passed over.
    pub fn alt_names(&self) -> impl Iterator<Item = Text> + 'a {
        const DNS: u8 = context_primitive(2);
        const IP: u8 = context_primitive(7);
        self.alt_names.into_iter().flatten().filter_map(|name| match name.tag {
            DNS => Some(printable(name.value)).filter(|text| !text.is_empty()),
            IP => ip(name.value),
            _ => None,
        })
    }
}

impl Name<'_> {
    /// The common name; `None` when there is none, or it is a mail address.
    pub fn common_name(self) -> Option<Text> {
        self.last(COMMON_NAME)
    }

    /// The organization.
    pub fn organization(self) -> Option<Text> {
        self.last(ORGANIZATION)
    }

    /// The most specific (last) attribute of this type that names no person.
    fn last(self, wanted: &[u8]) -> Option<Text> {
        let walk = self.0;
        let attributes = walk.filter(|set| set.tag == SET).filter_map(|set| {
            let mut attribute = Ber::cut(set.value).enter(SEQUENCE)?;
            (attribute.expect(OID)? == wanted).then_some(attribute.next()?)
        });
        let text = match attributes.last()? {
            text if text.tag == BMP_STRING => utf16be(text.value),
            text => printable(text.value),
        };
        (!text.is_empty() && !text.contains('@')).then_some(text)
    }
}

fn alt_names(mut fields: Ber<'_>) -> Option<Ber<'_>> {
    // Two unique identifiers may stand before the extensions.
    let extensions = fields.by_ref().take(3).find(|field| field.tag == context(3))?;
    let mut list = Ber::cut(extensions.value).enter(SEQUENCE)?;
    for _ in 0..MOST_EXTENSIONS {
        let mut extension = list.enter(SEQUENCE)?;
        if extension.expect(OID)? == SUBJECT_ALT_NAME {
            let contents = extension.find(|part| part.tag == OCTET_STRING)?;
            return Ber::new(contents.value).enter(SEQUENCE);
        }
    }
    None
}

fn ip(bytes: &[u8]) -> Option<Text> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(Text::of(format_args!("{}", Ipv4Addr::from(v4))));
    }
    let v6 = <[u8; 16]>::try_from(bytes).ok()?;
    Some(Text::of(format_args!("{}", Ipv6Addr::from(v6))))
}

fn utf16be(bytes: &[u8]) -> Text {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
    let mut text = Text::new();
    for c in char::decode_utf16(units).take(model::MAX_VALUE) {
        text.push(c.ok().filter(|c| !c.is_control()).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    text
}
