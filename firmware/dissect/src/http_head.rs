//! The head of an HTTP/1 message (RFC 9112 sections 2 to 5): start line and
//! header fields, and the pieces of field values that dissectors want.

use core::net::IpAddr;

use crate::Text;

/// Longest head that is read.
pub const LONGEST: usize = 8 * 1024;

/// Methods in use: RFC 9110, WebDAV, UPnP eventing and vendors' tunnels.
const METHODS: &[&str] = &[
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "PUT",
    "DELETE",
    "CONNECT",
    "PATCH",
    "TRACE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "SEARCH",
    "REPORT",
    "MERGE",
    "MKACTIVITY",
    "CHECKOUT",
    "NOTIFY",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "M-POST",
    "RPC_IN_DATA",
    "RPC_OUT_DATA",
    "RPC_CONNECT",
    "BITS_POST",
    "CCM_POST",
    "SSTP_DUPLEX_POST",
    "PURGE",
    "BPROPFIND",
    "POLL",
];

/// First letters of a message: of every method, and of `HTTP/1.`.
pub const FIRST_LETTERS: &[u8] = b"GPHODCTMLUSRNB";

/// A start line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    /// Method and target.
    Request(&'static str, &'a [u8]),
    /// Status code, 100 to 599.
    Response(u16),
}

/// Is this the beginning of a start line?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// A whole start line.
    Line,
    /// May become one.
    Perhaps,
    /// No.
    No,
}

/// Judges the first bytes of a message.
pub fn begins(bytes: &[u8]) -> Begins {
    let Some(first) = bytes.first() else { return Begins::Perhaps };
    let fits = |wanted: &[u8]| {
        let shorter = wanted.len().min(bytes.len());
        bytes.get(..shorter) == wanted.get(..shorter)
    };
    let method = || {
        let mut same_letter = METHODS.iter().filter(|method| method.as_bytes().first() == Some(first));
        same_letter.any(|method| {
            let behind = bytes.get(method.len()).is_none_or(|byte| *byte == b' ');
            behind && fits(method.as_bytes())
        })
    };
    if !fits(b"HTTP/1.") && !method() {
        return Begins::No;
    }
    let readable = |line: &[u8]| line.iter().all(|byte| *byte >= b' ' || *byte == b'\r');
    if let Some(end) = bytes.iter().take(LONGEST).position(|byte| *byte == b'\n') {
        let line = bytes.get(..end).unwrap_or(bytes);
        return if readable(line) && start(line).is_some() { Begins::Line } else { Begins::No };
    }
    if readable(bytes) && bytes.len() < LONGEST { Begins::Perhaps } else { Begins::No }
}

/// Reads a start line without its line end.
fn start(line: &[u8]) -> Option<Start<'_>> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if let Some(rest) = line.strip_prefix(b"HTTP/1.") {
        let [minor, b' ', a, b, c, tail @ ..] = rest else { return None };
        let digits = [*minor, *a, *b, *c].iter().all(u8::is_ascii_digit);
        let ends = tail.first().is_none_or(|byte| *byte == b' ');
        let value = |digit: u8| u16::from(digit.wrapping_sub(b'0'));
        let status =
            value(*a).wrapping_mul(100).wrapping_add(value(*b).wrapping_mul(10)).wrapping_add(value(*c));
        return (digits && ends && (100..600).contains(&status)).then_some(Start::Response(status));
    }
    let method = METHODS.iter().find(|method| {
        line.strip_prefix(method.as_bytes()).is_some_and(|rest| rest.first() == Some(&b' '))
    })?;
    let rest = line.get(method.len().checked_add(1)?..)?;
    let at = rest.iter().rposition(|byte| *byte == b' ')?;
    let (target, version) = rest.split_at_checked(at)?;
    let [b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor] = version else { return None };
    (minor.is_ascii_digit() && !target.is_empty()).then_some(Start::Request(method, target))
}

/// A head that begins with a valid start line.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// Its start line.
    pub start: Start<'a>,
    lines: &'a [u8],
    /// Bytes up to the body; `None` when the head's end is missing or too far.
    pub len: Option<usize>,
}

impl<'a> Head<'a> {
    /// `None` when there is no whole, valid start line. At most [`LONGEST`] bytes
    /// are looked at, and only lines that are whole.
    pub fn new(bytes: &'a [u8]) -> Option<Head<'a>> {
        let bytes = bytes.get(..LONGEST).unwrap_or(bytes);
        let first = bytes.iter().position(|byte| *byte == b'\n')?;
        let (line, behind) = bytes.split_at_checked(first)?;
        let lines = behind.get(1..)?;
        let start = start(line)?;
        let mut at = 0_usize;
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            if !line.ends_with(b"\n") {
                break;
            }
            let end = at.saturating_add(line.len());
            if line == b"\r\n" || line == b"\n" {
                let len = first.checked_add(1)?.checked_add(end)?;
                return Some(Head { start, lines: lines.get(..at)?, len: Some(len) });
            }
            at = end;
        }
        Some(Head { start, lines: lines.get(..at)?, len: None })
    }

    /// Fields (name, value without white space around), in order. Continuation
    /// lines (RFC 9112 section 5.2, obsolete) are passed over.
    pub fn fields(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.lines.split(|byte| *byte == b'\n').filter_map(|line| {
            if line.first().is_none_or(u8::is_ascii_whitespace) {
                return None;
            }
            let (name, value) = line.split_at_checked(line.iter().position(|byte| *byte == b':')?)?;
            Some((name.trim_ascii(), value.get(1..)?.trim_ascii()))
        })
    }

    /// What it says of the body, gathered in one pass.
    pub fn body(&self) -> Body<'a> {
        let mut body = Body::default();
        for (name, value) in self.fields() {
            let place = match name.len() {
                12 if name.eq_ignore_ascii_case(b"content-type") => &mut body.kind,
                14 if name.eq_ignore_ascii_case(b"content-length") => &mut body.length,
                16 if name.eq_ignore_ascii_case(b"content-encoding") => &mut body.coding,
                17 if name.eq_ignore_ascii_case(b"transfer-encoding") => &mut body.transfer,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        body
    }
}

/// The first field of each name that says how long a body is and what is in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body<'a> {
    /// Content-Type.
    pub kind: Option<&'a [u8]>,
    /// Content-Encoding.
    pub coding: Option<&'a [u8]>,
    length: Option<&'a [u8]>,
    transfer: Option<&'a [u8]>,
}

impl Body<'_> {
    /// Content-Length, when it is one number.
    pub fn content_length(&self) -> Option<u64> {
        core::str::from_utf8(self.length?).ok()?.parse().ok()
    }

    /// True when the body comes in chunks.
    pub fn is_chunked(&self) -> bool {
        self.transfer.is_some_and(|value| contains_word(value, b"chunked"))
    }
}

/// True when `word` stands anywhere in `value`, letters compared without case.
pub fn contains_word(value: &[u8], word: &[u8]) -> bool {
    value.windows(word.len().max(1)).any(|part| part.eq_ignore_ascii_case(word))
}

/// The value of a parameter in an authentication challenge (RFC 9110 section
/// 11.2), quotes taken off: `realm` of `Basic realm="Printer"`.
pub fn parameter<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = value.windows(name.len().max(1)).position(|part| part.eq_ignore_ascii_case(name))?;
    let behind = value.get(at.checked_add(name.len())?..)?.trim_ascii_start();
    let given = behind.strip_prefix(b"=")?.trim_ascii_start();
    match given.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|byte| *byte == b'"').next(),
        None => given.split(|byte| *byte == b',' || *byte == b' ').next(),
    }
}

/// A URL without query, fragment and user information, which may hold what is
/// nobody's business.
pub fn bare_url(url: &[u8]) -> (&[u8], &[u8]) {
    let end = url.iter().position(|byte| matches!(byte, b'?' | b'#' | b';')).unwrap_or(url.len());
    let url = url.get(..end).unwrap_or(url);
    let start = match url.windows(3).position(|part| part == b"://") {
        Some(at) => at.saturating_add(3),
        None if url.starts_with(b"//") => 2,
        None => return (url, &[]),
    };
    let (scheme, rest) = url.split_at_checked(start).unwrap_or((url, &[]));
    let host_end = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
    let user = rest.get(..host_end).and_then(|host| host.iter().rposition(|byte| *byte == b'@'));
    let rest = user.and_then(|at| rest.get(at.saturating_add(1)..)).unwrap_or(rest);
    (scheme, rest)
}

/// The name or address of a Host field, without port; `None` when it is none.
pub fn host(value: &[u8]) -> Option<Text> {
    let text = core::str::from_utf8(value).ok()?;
    let name = match text.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => text.split(':').next()?.trim_end_matches('.'),
    };
    let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_' | b':');
    (!name.is_empty() && name.len() <= 253 && name.bytes().all(fits)).then(|| Text::from(name))
}

/// An address in X-Forwarded-For: bare, with a port, or in brackets.
pub fn forwarded(value: &[u8]) -> Option<IpAddr> {
    let text = core::str::from_utf8(value).ok()?.trim();
    if let Some(v6) = text.strip_prefix('[') {
        return v6.split(']').next()?.parse().ok();
    }
    text.parse().ok().or_else(|| text.split(':').next()?.parse().ok())
}

/// The name of the first product of a User-Agent (RFC 9110 section 10.1.5), for
/// applications; `None` for what all browsers call themselves.
pub fn product(user_agent: &str) -> Option<&str> {
    let name = user_agent.split(['/', ' ', '(', ';']).next()?;
    (!name.is_empty() && name != "Mozilla").then_some(name)
}

/// Decodes Base64 (RFC 4648 section 4) up to the first other character, or until
/// `N` bytes are full.
pub fn base64<const N: usize>(text: &[u8]) -> heapless::Vec<u8, N> {
    let mut out = heapless::Vec::new();
    let mut held = 0_u32;
    let mut bits = 0_u32;
    for letter in text {
        let six = match letter {
            b'A'..=b'Z' => letter.wrapping_sub(b'A'),
            b'a'..=b'z' => letter.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => letter.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        held = held << 6 | u32::from(six);
        bits = bits.wrapping_add(6);
        if bits >= 8 {
            bits = bits.wrapping_sub(8);
            if out.push((held >> bits) as u8).is_err() {
                break;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_begins_with_a_listed_letter() {
        for method in METHODS {
            assert!(FIRST_LETTERS.contains(&method.as_bytes()[0]), "{method}");
        }
        assert!(FIRST_LETTERS.contains(&b'H'));
    }

    #[test]
    fn start_lines() {
        assert_eq!(start(b"GET /a b HTTP/1.1\r"), Some(Start::Request("GET", b"/a b")));
        assert_eq!(start(b"HTTP/1.0 401 Unauthorized"), Some(Start::Response(401)));
        assert_eq!(start(b"HTTP/1.1 200"), Some(Start::Response(200)));
        for bad in [
            "GET /",
            "GET  HTTP/1.1",
            "OPTIONS sip:a SIP/2.0",
            "HTTP/1.1 2000 x",
            "HTTP/1.1 999 x",
            "PRI * HTTP/2.0",
        ] {
            assert_eq!(start(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn beginnings() {
        for begin in ["G", "GET", "GET /very/long", "HTT", "HTTP/1.1 20"] {
            assert_eq!(begins(begin.as_bytes()), Begins::Perhaps, "{begin}");
        }
        assert_eq!(begins(b"GET / HTTP/1.0\n"), Begins::Line);
        for not in ["GETX", "HELO x", "HTTP/2", "GET /\x01", "SSH-2.0-x"] {
            assert_eq!(begins(not.as_bytes()), Begins::No, "{not}");
        }
    }

    #[test]
    fn heads_end_at_an_empty_line() {
        let head = Head::new(b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\nx:y\r\n\r\nbody").unwrap();
        assert_eq!(head.len, Some(41));
        assert_eq!(head.fields().count(), 2);
        assert_eq!(head.fields().next(), Some((&b"Host"[..], &b"a"[..])));
        let head = Head::new(b"GET / HTTP/1.1\nHost: a\nUser-Agent: half").unwrap();
        assert_eq!((head.len, head.fields().count()), (None, 1));
    }

    #[test]
    fn values() {
        assert_eq!(parameter(b"Basic realm=\"A b\", x", b"realm"), Some(&b"A b"[..]));
        assert_eq!(parameter(b"Digest qop=auth, Realm=x, n", b"realm"), Some(&b"x"[..]));
        assert_eq!(parameter(b"NTLM", b"realm"), None);
        assert_eq!(bare_url(b"http://u:p@h/x?q=1"), (&b"http://"[..], &b"h/x"[..]));
        assert_eq!(bare_url(b"/x@y#f"), (&b"/x@y"[..], &b""[..]));
        assert_eq!(host(b"example.org.:8080").unwrap().as_str(), "example.org");
        assert_eq!(host(b"[2001:db8::1]:80").unwrap().as_str(), "2001:db8::1");
        assert!(host(b"a b").is_none() && host(b"").is_none());
        assert_eq!(forwarded(b"192.0.2.1:99"), forwarded(b" 192.0.2.1"));
        assert_eq!(forwarded(b"[2001:db8::1]:4"), forwarded(b"2001:db8::1"));
        assert_eq!(product("curl/8.1"), Some("curl"));
        assert_eq!(product("Mozilla/5.0 (X11)"), None);
        assert_eq!(base64::<9>(b"TlRMTVNTUAA=").as_slice(), b"NTLMSSP\0");
        assert_eq!(base64::<2>(b"TlRMTVNTUAA=").as_slice(), b"NT");
    }
}
