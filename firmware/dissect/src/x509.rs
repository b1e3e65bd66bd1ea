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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;
    use std::string::{String, ToString};
    use std::vec::Vec;
    use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

    fn recorded() -> Vec<Vec<u8>> {
        let file = include_str!("../vectors/x509/openssl.txt");
        let digits =
            |part: &str| part.lines().filter_map(|line| line.strip_prefix("hex ")).collect::<String>();
        file.split("\n\n").map(|part| hex(&digits(part))).filter(|der| !der.is_empty()).collect()
    }

    fn names(der: &[u8]) -> [Option<String>; 3] {
        let read = Certificate::new(der).unwrap();
        let (subject, issuer) = (read.subject(), read.issuer());
        [subject.common_name(), subject.organization(), issuer.common_name()]
            .map(|text| text.map(|text| text.as_str().into()))
    }

    #[test]
    fn names_of_devices_but_not_of_persons() {
        let expected = [
            [Some("plc-7.example.org"), Some("Example Works"), Some("plc-7.example.org")],
            [Some("Schaltschrank 5"), Some("Gerätebau Süd"), Some("Schaltschrank 5")],
            [None, Some("Example Works"), None],
        ];
        for (der, expected) in recorded().iter().zip(expected) {
            assert_eq!(names(der), expected.map(|text| text.map(String::from)));
        }
    }

    #[test]
    fn another_reader_agrees() {
        for der in recorded() {
            let ours = Certificate::new(&der).unwrap();
            let (_, theirs) = X509Certificate::from_der(&der).unwrap();
            let serial = theirs.raw_serial_as_string().replace(':', "");
            assert!([serial.as_str(), serial.trim_start_matches("00")].contains(&&*ours.serial()));
            let alt = theirs.subject_alternative_name().unwrap();
            let wanted: Vec<String> = alt.map_or(Vec::new(), |alt| {
                let names = alt.value.general_names.iter();
                let text = |name: &GeneralName<'_>| match name {
                    GeneralName::DNSName(name) => Some(name.to_string()),
                    GeneralName::IPAddress(bytes) => ip(bytes).map(|text| text.as_str().into()),
                    _ => None,
                };
                names.filter_map(text).collect()
            });
            let found: Vec<String> = ours.alt_names().map(|text| text.as_str().into()).collect();
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn a_cut_certificate_gives_what_stands_before_the_cut() {
        for der in recorded() {
            let whole = names(&der);
            for end in 0..der.len() {
                let Some(cut) = Certificate::new(&der[..end]) else { continue };
                let found = cut.subject().common_name().map(|text| text.as_str().into());
                assert!(found.is_none() || found == whole[0], "cut at {end}");
                assert!(cut.alt_names().count() <= 4);
            }
        }
    }
}
