//! NetBIOS names (RFC 1001 section 14, RFC 1002 section 4.1), shared by the name
//! and the datagram service: fifteen characters and a suffix that says what the
//! name is for.

use core::net::IpAddr;

use crate::dns_wire::Name;
use crate::{About, Meta, Text, printable};

/// Suffix of names that receive messages: often the name of the logged-on user.
const MESSENGER: u8 = 0x03;

/// A NetBIOS name as it stands in a node status answer: padded, suffix last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetbiosName([u8; 16]);

impl NetbiosName {
    /// Decodes the first label of a name: 32 letters `A` to `P`, two for each
    /// octet. Labels that follow are the scope and are left out.
    pub fn decode(name: &Name<'_>) -> Option<NetbiosName> {
        let label: [u8; 32] = name.labels().next()?.try_into().ok()?;
        let mut octets = [0u8; 16];
        for (octet, pair) in octets.iter_mut().zip(label.as_chunks::<2>().0) {
            let [high, low] = pair.map(|letter| letter.wrapping_sub(b'A'));
            if high > 15 || low > 15 {
                return None;
            }
            *octet = high << 4 | low;
        }
        Some(NetbiosName(octets))
    }

    /// From the sixteen octets themselves.
    pub const fn new(octets: [u8; 16]) -> NetbiosName {
        NetbiosName(octets)
    }

    /// What the name is for: 0x00 workstation or domain, 0x20 file server, 0x1b
    /// domain master browser, 0x1c domain controllers, 0x1d and 0x1e browsers.
    pub fn suffix(&self) -> u8 {
        let [.., suffix] = self.0;
        suffix
    }

    /// The name without padding and suffix.
    pub fn text(&self) -> Text {
        let [name @ .., _] = &self.0;
        printable(name)
    }

    /// `NAME<20>`; none for the wildcard, for an empty name and for what may
    /// be a user's.
    pub fn observed(&self) -> Option<Text> {
        let name = self.text();
        let nobody = name.is_empty() || name.starts_with('*') || self.suffix() == MESSENGER;
        (!nobody).then(|| Text::of(format_args!("{}<{:02x}>", &*name, self.suffix())))
    }
}

/// Whom a name with this address belongs to: the sender when it is the
/// sender's address or none at all, else the address.
pub fn owner(meta: &Meta, address: IpAddr) -> About {
    if meta.src == Some(address) || !model::is_host_ip(address) {
        About::Sender
    } else {
        About::Host { mac: None, ip: Some(address) }
    }
}

/// The 32 letters of a name, for tests.
#[cfg(test)]
pub fn encode(name: &str, suffix: u8) -> std::string::String {
    let padded = name.bytes().chain(core::iter::repeat(b' ')).take(15).chain([suffix]);
    padded.flat_map(|octet| [octet >> 4, octet & 15]).map(|half| char::from(b'A' + half)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns_wire::build;

    fn observed(label: &str) -> Option<std::string::String> {
        let bytes = build::name(label);
        let name = NetbiosName::decode(&Name::read(&bytes, 0).unwrap().0)?;
        name.observed().map(|text| text.as_str().into())
    }

    #[test]
    fn half_letters_become_octets() {
        // The text of the example in RFC 1001 section 14.1, whose printed form is off by one letter.
        assert_eq!(observed("FEGIGFCAEOGFHEECEJEPFDCAGOGBGNGF").as_deref(), Some("The NetBIOS nam<65>"));
        assert_eq!(observed(&encode("PC1", 0x20)).as_deref(), Some("PC1<20>"));
        assert_eq!(
            observed(&encode("\x01\x02__MSBROWSE__\x02", 1)).as_deref(),
            Some("\\x01\\x02__MSBROWSE__\\x02<01>")
        );
        assert_eq!(observed("FEGIGFCAEOGFHEECEJEPFDCAGOGBGNGQ"), None);
        assert_eq!(observed("FEGH"), None);
    }

    #[test]
    fn users_and_wildcards_are_not_observed() {
        assert_eq!(observed(&encode("JOE", 3)), None);
        assert_eq!(observed(&encode("*", 0)), None);
        assert_eq!(observed(&encode("", 0)), None);
    }
}
