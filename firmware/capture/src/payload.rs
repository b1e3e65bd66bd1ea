//! First bytes of common protocols, as made traffic needs them.

use std::net::IpAddr;

/// Appends numbers to bytes, most significant byte first.
pub(crate) trait Put {
    /// Two bytes.
    fn be16(&mut self, n: u16);
    /// Four bytes.
    fn be32(&mut self, n: u32);
    /// Two bytes of length, then what is built.
    fn sized16(&mut self, build: impl FnOnce(&mut Vec<u8>));
    /// One byte of length, then what is built.
    fn sized8(&mut self, build: impl FnOnce(&mut Vec<u8>));
}

impl Put for Vec<u8> {
    fn be16(&mut self, n: u16) {
        self.extend(n.to_be_bytes());
    }

    fn be32(&mut self, n: u32) {
        self.extend(n.to_be_bytes());
    }

    fn sized16(&mut self, build: impl FnOnce(&mut Vec<u8>)) {
        let at = self.len();
        self.extend([0, 0]);
        build(self);
        let length = (self.len() - at - 2) as u16;
        if let Some(place) = self.get_mut(at..at + 2) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }

    fn sized8(&mut self, build: impl FnOnce(&mut Vec<u8>)) {
        let at = self.len();
        self.push(0);
        build(self);
        let length = (self.len() - at - 1) as u8;
        if let Some(place) = self.get_mut(at) {
            *place = length;
        }
    }
}

/// A DNS name in labels (RFC 1035 §3.1), not compressed.
pub(crate) fn dns_name(out: &mut Vec<u8>, name: &str) {
    for label in name.split('.').filter(|label| !label.is_empty()) {
        out.sized8(|out| out.extend(label.bytes().take(63)));
    }
    out.push(0);
}

/// A DNS question (RFC 1035 §4.1) of a type, class IN.
pub(crate) fn dns_query(id: u16, name: &str, kind: u16) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    for word in [id, 0x0100, 1, 0, 0, 0] {
        out.be16(word);
    }
    dns_name(&mut out, name);
    out.be16(kind);
    out.be16(1);
    out
}

/// The answer to [`dns_query`] with one address.
pub(crate) fn dns_answer(id: u16, name: &str, address: IpAddr, ttl: u32) -> Vec<u8> {
    let kind = if address.is_ipv4() { 1 } else { 28 };
    let mut out = Vec::with_capacity(96);
    for word in [id, 0x8180, 1, 1, 0, 0] {
        out.be16(word);
    }
    dns_name(&mut out, name);
    // The answer's name points to the question (offset 12).
    for word in [kind, 1, 0xc00c, kind, 1] {
        out.be16(word);
    }
    out.be32(ttl);
    out.sized16(|out| match address {
        IpAddr::V4(ip) => out.extend(ip.octets()),
        IpAddr::V6(ip) => out.extend(ip.octets()),
    });
    out
}

/// What makes one TLS client look unlike another.
pub(crate) struct TlsClient {
    /// Cipher suites in order.
    pub(crate) ciphers: &'static [u16],
    /// Named groups in order.
    pub(crate) groups: &'static [u16],
    /// Signature algorithms in order.
    pub(crate) signatures: &'static [u16],
    /// Application protocols in order.
    pub(crate) alpn: &'static [&'static str],
    /// Offers TLS 1.3.
    pub(crate) tls13: bool,
}

/// Offers TLS 1.2 only, as Windows' own stack (Schannel) of Windows 10 does.
pub(crate) const SCHANNEL: TlsClient = TlsClient {
    ciphers: &[
        0xc02c, 0xc02b, 0xc030, 0xc02f, 0xc024, 0xc023, 0xc028, 0xc027, 0xc00a, 0xc009, 0xc014, 0xc013,
        0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f,
    ],
    groups: &[29, 23, 24],
    signatures: &[
        0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203, 0x0202, 0x0601, 0x0603,
    ],
    alpn: &["h2", "http/1.1"],
    tls13: false,
};

/// Offers TLS 1.3, in an order like that of OpenSSL 3.
pub(crate) const OPENSSL: TlsClient = TlsClient {
    ciphers: &[
        0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8, 0xccaa, 0xc02b, 0xc02f, 0x009e,
        0x00ff,
    ],
    groups: &[29, 23, 30, 25, 24],
    signatures: &[0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601],
    alpn: &[],
    tls13: true,
};

/// Offers TLS 1.3, in an order like that of mobile systems.
pub(crate) const MOBILE: TlsClient = TlsClient {
    ciphers: &[
        0x1301, 0x1302, 0x1303, 0xc02c, 0xc02b, 0xcca9, 0xc030, 0xc02f, 0xcca8, 0xc00a, 0xc009, 0xc014,
        0xc013,
    ],
    groups: &[29, 23, 24, 25],
    signatures: &[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201],
    alpn: &["h2", "http/1.1"],
    tls13: true,
};

/// A TLS record with a ClientHello (RFC 8446 §4.1.2) that names a server (RFC 6066 §3).
pub(crate) fn client_hello(client: &TlsClient, server_name: &str, random: &[u8; 32]) -> Vec<u8> {
    let list = |out: &mut Vec<u8>, kind: u16, words: &[u16]| {
        out.be16(kind);
        out.sized16(|out| out.sized16(|out| words.iter().for_each(|word| out.be16(*word))));
    };
    handshake(1, |out| {
        out.be16(0x0303);
        out.extend(random);
        out.sized8(|out| out.extend(random));
        out.sized16(|out| client.ciphers.iter().for_each(|cipher| out.be16(*cipher)));
        out.extend([1, 0]);
        out.sized16(|out| {
            out.be16(0);
            out.sized16(|out| {
                out.sized16(|out| {
                    out.push(0);
                    out.sized16(|out| out.extend(server_name.bytes()));
                });
            });
            // extended_master_secret, ec_point_formats: uncompressed.
            out.extend([0, 23, 0, 0, 0, 11, 0, 2, 1, 0]);
            list(out, 10, client.groups);
            list(out, 13, client.signatures);
            if !client.alpn.is_empty() {
                out.be16(16);
                out.sized16(|out| {
                    out.sized16(|out| {
                        client.alpn.iter().for_each(|name| out.sized8(|out| out.extend(name.bytes())));
                    });
                });
            }
            if client.tls13 {
                out.extend([0, 43, 0, 5, 4, 3, 4, 3, 3, 0, 45, 0, 2, 1, 1]);
                out.be16(51);
                out.sized16(|out| {
                    out.sized16(|out| {
                        out.be16(29);
                        out.sized16(|out| out.extend(random));
                    });
                });
            }
        });
    })
}

/// A TLS record with a ServerHello (RFC 8446 §4.1.3) that picks the client's first suite.
pub(crate) fn server_hello(client: &TlsClient, random: &[u8; 32]) -> Vec<u8> {
    handshake(2, |out| {
        out.be16(0x0303);
        out.extend(random);
        out.sized8(|out| out.extend(random));
        out.be16(client.ciphers.first().copied().unwrap_or(0x1301));
        out.push(0);
        out.sized16(|out| {
            if client.tls13 {
                out.extend([0, 43, 0, 2, 3, 4]);
                out.be16(51);
                out.sized16(|out| {
                    out.be16(29);
                    out.sized16(|out| out.extend(random));
                });
            } else {
                // renegotiation_info, extended_master_secret.
                out.extend([0xff, 1, 0, 1, 0, 0, 23, 0, 0]);
            }
        });
    })
}

/// A handshake message in a record of its own.
pub(crate) fn handshake(kind: u8, build: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    out.extend([22, 3, 1]);
    out.sized16(|out| {
        // Message lengths have three bytes; ours fit into two.
        out.extend([kind, 0]);
        out.sized16(build);
    });
    out
}
