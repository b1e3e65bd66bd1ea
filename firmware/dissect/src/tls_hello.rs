//! Views of the two hello messages of TLS (RFC 8446 sections 4.1.2 and 4.1.3,
//! RFC 5246 section 7.4.1, RFC 6101 section 5.6.1), shared by whoever carries
//! them: TLS over TCP now, other carriers of the same handshake later.

use crate::Reader;

/// Extension: server_name (RFC 6066 section 3).
pub const SERVER_NAME: u16 = 0;
/// Extension: signature_algorithms (RFC 8446 section 4.2.3).
pub const SIGNATURE_ALGORITHMS: u16 = 13;
/// Extension: application_layer_protocol_negotiation (RFC 7301).
pub const ALPN: u16 = 16;
/// Extension: supported_versions (RFC 8446 section 4.2.1).
pub const SUPPORTED_VERSIONS: u16 = 43;

/// True for the values that mean nothing and are sent to keep peers tolerant
/// (RFC 8701): 0x0a0a, 0x1a1a … 0xfafa.
pub const fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
}

/// A ClientHello; what the capture cut off is missing from the end.
#[derive(Clone, Copy, Debug)]
pub struct ClientHello<'a> {
    /// The (legacy) version field: 0x0303 for TLS 1.2 and all later ones.
    pub version: u16,
    ciphers: &'a [u8],
    extensions: &'a [u8],
    /// Contents of the first extension of each type that is looked into.
    server_name: Option<&'a [u8]>,
    alpn: Option<&'a [u8]>,
    versions: Option<&'a [u8]>,
    signature_algorithms: Option<&'a [u8]>,
}

impl<'a> ClientHello<'a> {
    /// From the body behind the four-byte handshake header. `None` when it is
    /// none, or ends before the cipher suites do.
    pub fn new(body: &'a [u8]) -> Option<ClientHello<'a>> {
        let mut reader = Reader::new(body);
        let version = reader.be16().filter(|version| version >> 8 == 3)?;
        reader.skip(32)?;
        let session = reader.u8().filter(|length| *length <= 32)?;
        reader.skip(usize::from(session))?;
        let length = reader.be16().filter(|length| *length > 0 && length % 2 == 0)?;
        let ciphers = reader.take(usize::from(length))?;
        let mut hello = ClientHello {
            version,
            ciphers,
            extensions: extensions_behind_compression(reader),
            server_name: None,
            alpn: None,
            versions: None,
            signature_algorithms: None,
        };
        for (kind, contents) in hello.extensions() {
            let known = match kind {
                SERVER_NAME => &mut hello.server_name,
                ALPN => &mut hello.alpn,
                SUPPORTED_VERSIONS => &mut hello.versions,
                SIGNATURE_ALGORITHMS => &mut hello.signature_algorithms,
                _ => continue,
            };
            known.get_or_insert(contents);
        }
        Some(hello)
    }

    /// Cipher suites in the order sent, GREASE among them.
    pub fn ciphers(&self) -> impl Iterator<Item = u16> + 'a {
        words(self.ciphers)
    }

    /// Extensions (type, contents) in the order sent; only those that are whole.
    pub fn extensions(&self) -> impl Iterator<Item = (u16, &'a [u8])> + 'a {
        extensions(self.extensions)
    }

    /// Is there a server name extension, whatever is in it?
    pub fn has_server_name(&self) -> bool {
        self.server_name.is_some()
    }

    /// The host name of the server name extension, not checked to be text.
    pub fn server_name(&self) -> Option<&'a [u8]> {
        let mut list = Reader::new(self.server_name?);
        list.be16()?;
        let (kind, length) = (list.u8()?, list.be16()?);
        let name = list.take(usize::from(length))?;
        (kind == 0 && !name.is_empty()).then_some(name)
    }

    /// The first application protocol offered.
    pub fn alpn(&self) -> Option<&'a [u8]> {
        first_alpn(self.alpn?)
    }

    /// The highest version offered: of the supported_versions extension when
    /// there is one, else the version field.
    pub fn highest_version(&self) -> u16 {
        let offered = self.versions.and_then(|contents| contents.split_first());
        offered
            .and_then(|(_, list)| words(list).filter(|version| !is_grease(*version)).max())
            .unwrap_or(self.version)
    }

    /// Signature algorithms in the order sent.
    pub fn signature_algorithms(&self) -> impl Iterator<Item = u16> + 'a {
        words(self.signature_algorithms.and_then(|contents| contents.get(2..)).unwrap_or(&[]))
    }
}

/// A ServerHello or HelloRetryRequest.
#[derive(Clone, Copy, Debug)]
pub struct ServerHello<'a> {
    version: u16,
    extensions: &'a [u8],
}

impl<'a> ServerHello<'a> {
    /// From the body behind the four-byte handshake header. `None` when it is
    /// none, or ends before the compression method.
    pub fn new(body: &'a [u8]) -> Option<ServerHello<'a>> {
        let mut reader = Reader::new(body);
        let version = reader.be16().filter(|version| version >> 8 == 3 || version >> 8 == 0x7f)?;
        reader.skip(32)?;
        if version >> 8 == 3 {
            let session = reader.u8().filter(|length| *length <= 32)?;
            reader.skip(usize::from(session))?;
            reader.be16()?;
            reader.u8()?;
        } else {
            // Drafts of TLS 1.3 before 22 had neither session id nor compression.
            reader.be16()?;
        }
        Some(ServerHello { version, extensions: extension_block(reader) })
    }

    /// The version chosen: of the supported_versions extension when there is
    /// one, else the version field.
    pub fn version(&self) -> u16 {
        self.extension(SUPPORTED_VERSIONS)
            .and_then(|contents| Reader::new(contents).be16())
            .unwrap_or(self.version)
    }

    /// The application protocol chosen, when said in the clear.
    pub fn alpn(&self) -> Option<&'a [u8]> {
        first_alpn(self.extension(ALPN)?)
    }

    fn extension(&self, kind: u16) -> Option<&'a [u8]> {
        extensions(self.extensions).find(|(found, _)| *found == kind).map(|(_, contents)| contents)
    }
}

/// The written form of a version; `None` for unknown ones. Drafts of TLS 1.3
/// (0x7fNN, and 0xfbNN of one large deployment) are 1.3.
pub const fn version_name(version: u16) -> Option<&'static str> {
    match version {
        0x0002 => Some("ssl2"),
        0x0300 => Some("ssl3"),
        0x0301 => Some("1.0"),
        0x0302 => Some("1.1"),
        0x0303 => Some("1.2"),
        0x0304 | 0x7f00..=0x7fff | 0xfb00..=0xfbff => Some("1.3"),
        _ => None,
    }
}

fn extensions_behind_compression(mut reader: Reader<'_>) -> &[u8] {
    match reader.u8().and_then(|length| reader.skip(usize::from(length))) {
        Some(()) => extension_block(reader),
        None => &[],
    }
}

fn extension_block(mut reader: Reader<'_>) -> &[u8] {
    match reader.be16() {
        Some(length) => reader.take_up_to(usize::from(length)),
        None => &[],
    }
}

fn extensions(block: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut reader = Reader::new(block);
    core::iter::from_fn(move || {
        let (kind, length) = (reader.be16()?, reader.be16()?);
        Some((kind, reader.take(usize::from(length))?))
    })
}

fn first_alpn(contents: &[u8]) -> Option<&[u8]> {
    let mut list = Reader::new(contents);
    list.be16()?;
    let length = list.u8()?;
    list.take(usize::from(length)).filter(|name| !name.is_empty())
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grease_is_told_from_what_only_looks_like_it() {
        assert!(is_grease(0x0a0a) && is_grease(0xfafa));
        assert!(!is_grease(0x1a2a) && !is_grease(0x0a0b) && !is_grease(0x1301));
    }

    #[test]
    fn versions_have_names() {
        assert_eq!(version_name(0x0304), Some("1.3"));
        assert_eq!(version_name(0x7f1c), Some("1.3"));
        assert_eq!(version_name(0x0300), Some("ssl3"));
        assert_eq!(version_name(0x0505), None);
    }

    #[test]
    fn hellos_that_end_too_early_are_none() {
        let mut body = [0_u8; 38];
        (body[0], body[1], body[36]) = (3, 3, 2);
        assert!(ClientHello::new(&body).is_none());
        assert!(ServerHello::new(&body).is_some());
        assert!(ServerHello::new(&body[..37]).is_none());
        let whole = [&body[..], &[0, 0]].concat();
        assert!(ClientHello::new(&whole).is_some());
    }
}
