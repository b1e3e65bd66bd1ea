//! HTTP/1 (RFC 9110, RFC 9112), with the device descriptions of UPnP and the
//! NTLM messages that go over it.
//!
//! | part | becomes |
//! |---|---|
//! | request: User-Agent, Host, X-Forwarded-For, Via | `http.client`, `http.user_agent`, `http.host`, `http.forwarded_for`, `http.via` |
//! | response: Server, X-Powered-By, Via, realm, Location, names of session cookies | `http.server`, `http.powered_by`, `http.via`, `http.realm`, `http.location`, `http.cookie` |
//! | `<title>` of the first HTML body | `http.title` |
//! | `<device>` of an XML body | `upnp.*` |
//! | NTLM tokens of either side | `ntlm.*` |
//!
//! User information, queries, cookie values and credentials are passed over.
//! Bodies are skipped by their length or chunk by chunk.

use model::{Field, HintKind};

use crate::http_head::{
    Begins, Body, FIRST_LETTERS, Head, LONGEST, Start, bare_url, base64, begins, contains_word, forwarded,
    host, parameter, product,
};
use crate::http_place::{Memory, Place, Want};
use crate::{
    About, Info, Meta, Outcome, Over, Probe, Protocol, Scratch, Sink, Text, Way, markup, ntlm, printable,
};

/// User-Agent of a request.
pub const USER_AGENT: Field = Field::host("http.user_agent");
/// This host asks: `get`, once a flow.
pub const CLIENT: Field = Field::host("http.client");
/// Host asked for, without port.
pub const HOST: Field = Field::service("http.host");
/// Server of a response.
pub const SERVER: Field = Field::service("http.server");
/// X-Powered-By of a response.
pub const POWERED_BY: Field = Field::service("http.powered_by");
/// Via of either.
pub const VIA: Field = Field::service("http.via");
/// Realm of an authentication challenge.
pub const REALM: Field = Field::service("http.realm");
/// Title of the first page.
pub const TITLE: Field = Field::service("http.title");
/// Name of a session cookie that tells what runs there.
pub const COOKIE: Field = Field::service("http.cookie");
/// Location: server and first step of the path. What follows may name a person, as a query may.
pub const LOCATION: Field = Field::service("http.location");
/// `proxy`, about an address in X-Forwarded-For.
pub const FORWARDED_FOR: Field = Field::host("http.forwarded_for");

/// What a UPnP device description says, and in which element it says so.
const UPNP: [(Field, &str); 6] = [
    (Field::service("upnp.device_type"), "deviceType"),
    (Field::service("upnp.friendly_name"), "friendlyName"),
    (Field::service("upnp.manufacturer"), "manufacturer"),
    (Field::service("upnp.model_name"), "modelName"),
    (Field::service("upnp.model_number"), "modelNumber"),
    (Field::service("upnp.serial"), "serialNumber"),
];

static INFO: Info = Info {
    name: "http",
    title: "Hypertext Transfer Protocol, version 1",
    spec: "RFC 9110, RFC 9112, UPnP Device Architecture 2.0 section 2.3, MS-NTHT",
    over: &[Over::Tcp(&[80, 8080, 8000, 8008, 8081, 8888, 3128, 5000, 5357, 5985, 7547, 49152])],
    first_bytes: FIRST_LETTERS,
    fields: &[
        USER_AGENT,
        CLIENT,
        HOST,
        SERVER,
        POWERED_BY,
        VIA,
        REALM,
        TITLE,
        COOKIE,
        LOCATION,
        FORWARDED_FOR,
        UPNP[0].0,
        UPNP[1].0,
        UPNP[2].0,
        UPNP[3].0,
        UPNP[4].0,
        UPNP[5].0,
        ntlm::VERSION,
        ntlm::COMPUTER,
        ntlm::DOMAIN,
        ntlm::DNS_COMPUTER,
        ntlm::DNS_DOMAIN,
        ntlm::DNS_TREE,
        ntlm::WORKSTATION,
        ntlm::CLIENT_DOMAIN,
    ],
    budget: 64 * 1024,
};

/// Session cookies that tell the software (their names' beginnings).
const COOKIES: &[&str] = &[
    "JSESSIONID",
    "PHPSESSID",
    "ASP.NET_SessionId",
    "ASPSESSIONID",
    ".AspNetCore.",
    "CFID",
    "laravel_session",
    "ci_session",
    "connect.sid",
    "rack.session",
    "_session_id",
    "grafana_session",
    "SynoToken",
    "MRHSession",
    "BIGipServer",
    "NSC_",
    "AWSALB",
    "webvpn",
    "SVPNCOOKIE",
    "APSCOOKIE",
    "wp-settings",
    "zbx_session",
    "DokuWiki",
    "MoodleSession",
    "QSESSIONID",
    "nas_sid",
    "PVEAuthCookie",
    "roundcube_sessid",
    "AIROS_",
    "vmware_",
];

/// Most addresses of one X-Forwarded-For that are told.
const MOST_FORWARDED: usize = 4;
/// Most fields of one head that are looked at.
const MOST_FIELDS: usize = 128;
/// Longest line before a chunk.
const CHUNK_LINE: usize = 256;
/// Longest NTLM token that is decoded, in bytes.
const TOKEN: usize = 2048;

/// The protocol.
pub struct Http;

impl Protocol for Http {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        match begins(bytes) {
            Begins::Line => Probe::Yes,
            Begins::Perhaps if !meta.cut => Probe::More,
            _ => Probe::No,
        }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], scratch: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let way = match meta.way {
            Way::ToServer => 0,
            Way::ToClient => 1,
        };
        let place = Place::unpack(scratch.get(way).copied().unwrap_or(0));
        let mut memory = Memory(scratch);
        let (outcome, next) = match place {
            Place::Head => head(meta, bytes, &mut memory, sink),
            Place::Body(want, rest) => body(meta, bytes, want, rest, &mut memory, sink),
            Place::Chunk(want) => chunk(meta, bytes, want, &mut memory, sink),
            Place::Trailer => trailer(meta, bytes),
        };
        if let (Outcome::Took(_), Some(word)) = (outcome, scratch.get_mut(way)) {
            *word = next.pack();
        }
        outcome
    }
}

fn more(meta: &Meta, place: Place) -> (Outcome, Place) {
    (if meta.cut { Outcome::Done } else { Outcome::More }, place)
}

fn head(meta: &Meta, bytes: &[u8], memory: &mut Memory<'_>, sink: &mut dyn Sink) -> (Outcome, Place) {
    const STOP: (Outcome, Place) = (Outcome::Done, Place::Head);
    // Empty lines between messages are tolerated (RFC 9112 section 2.2).
    if let Some(b'\r' | b'\n') = bytes.first() {
        return (Outcome::Took(1), Place::Head);
    }
    let head = match begins(bytes) {
        Begins::Perhaps => return more(meta, Place::Head),
        Begins::No if memory.flag(Memory::READ) => return STOP,
        Begins::No => return (Outcome::Malformed, Place::Head),
        Begins::Line => Head::new(bytes),
    };
    let Some(head) = head else { return STOP };
    if head.len.is_none() && !meta.cut && bytes.len() < LONGEST {
        return (Outcome::More, Place::Head);
    }
    memory.set(Memory::READ);
    let next = match head.start {
        Start::Request(method, target) => request(&head, method, target, memory, sink),
        Start::Response(status) => response(&head, status, memory, sink),
    };
    let (Some(len), Some(next)) = (head.len, next) else { return STOP };
    match next {
        Place::Body(_, 0) => (Outcome::Took(len), Place::Head),
        Place::Body(Want::Nothing, Place::UNTIL_CLOSE) => STOP,
        Place::Body(Want::Nothing, rest) => (Outcome::Took(len.saturating_add(rest as usize)), Place::Head),
        other => (Outcome::Took(len), other),
    }
}

/// Tells what a request says; what follows it, `None` for a tunnel.
fn request(
    head: &Head<'_>,
    method: &str,
    target: &[u8],
    memory: &mut Memory<'_>,
    sink: &mut dyn Sink,
) -> Option<Place> {
    if memory.request(method == "HEAD") {
        sink.observe(About::Sender, &CLIENT, "get");
    }
    // A request to a proxy names another host than the one it is sent to.
    let proxied = method == "CONNECT" || contains_word(target.get(..12).unwrap_or(target), b"://");
    for (name, value) in head.fields().take(MOST_FIELDS) {
        if is(name, "user-agent") {
            let text = printable(value);
            say(sink, About::Sender, &USER_AGENT, &text);
            if let Some(product) = product(&text) {
                sink.hint(HintKind::UserAgent, product);
            }
        } else if is(name, "host") {
            if let Some(name) = host(value) {
                sink.hint(HintKind::HttpHost, &name);
                if !proxied {
                    sink.observe(About::Receiver, &HOST, &name);
                }
            }
        } else if is(name, "x-forwarded-for") {
            let addresses = value.split(|byte| *byte == b',').filter_map(forwarded);
            for ip in addresses.take(MOST_FORWARDED) {
                sink.observe(About::Host { mac: None, ip: Some(ip) }, &FORWARDED_FOR, "proxy");
            }
        } else if is(name, "via") {
            say(sink, About::Sender, &VIA, &printable(value));
        } else if is(name, "authorization") || is(name, "proxy-authorization") {
            token(value, sink);
        }
    }
    if method == "CONNECT" {
        memory.set(Memory::CONNECT);
        return None;
    }
    Some(framing(&head.body(), Want::Nothing).unwrap_or(Place::Head))
}

/// Tells what a response says; what follows it, `None` for another protocol.
fn response(head: &Head<'_>, status: u16, memory: &mut Memory<'_>, sink: &mut dyn Sink) -> Option<Place> {
    for (name, value) in head.fields().take(MOST_FIELDS) {
        if is(name, "server") {
            say(sink, About::Sender, &SERVER, &printable(value));
        } else if is(name, "x-powered-by") {
            say(sink, About::Sender, &POWERED_BY, &printable(value));
        } else if is(name, "via") {
            say(sink, About::Sender, &VIA, &printable(value));
        } else if is(name, "location") {
            let (scheme, rest) = bare_url(value);
            let mut text = printable(first_step(scheme));
            text.push_str(&printable(first_step(rest)));
            say(sink, About::Sender, &LOCATION, &text);
        } else if is(name, "www-authenticate") || is(name, "proxy-authenticate") {
            if let Some(realm) = parameter(value, b"realm") {
                say(sink, About::Sender, &REALM, &printable(realm));
            }
            token(value, sink);
        } else if is(name, "set-cookie") {
            cookie(value, sink);
        }
    }
    if status == 101 {
        return None;
    }
    if status < 200 {
        return Some(Place::Head);
    }
    let head_asked = memory.response();
    if memory.flag(Memory::CONNECT) && status < 300 {
        return None;
    }
    if head_asked || status == 204 || status == 304 {
        return Some(Place::Head);
    }
    let body = head.body();
    let want = wanted(&body, memory);
    Some(framing(&body, want).unwrap_or(Place::Body(want, Place::UNTIL_CLOSE)))
}

/// The body a head announces; `None` when it announces none.
fn framing(body: &Body<'_>, want: Want) -> Option<Place> {
    if body.is_chunked() {
        return Some(Place::Chunk(want));
    }
    let length = body.content_length()?;
    Some(Place::Body(want, u32::try_from(length).unwrap_or(u32::MAX).min(Place::UNTIL_CLOSE)))
}

fn wanted(body: &Body<'_>, memory: &Memory<'_>) -> Want {
    if body.coding.is_some_and(|coding| !is(coding, "identity")) {
        return Want::Nothing;
    }
    let kind = body.kind.unwrap_or(&[]);
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or(kind).trim_ascii();
    if is(kind, "text/html") && !memory.flag(Memory::TITLE_SEEN) {
        Want::Title
    } else if is(kind, "text/xml") || is(kind, "application/xml") {
        Want::Device
    } else {
        Want::Nothing
    }
}

fn body(
    meta: &Meta,
    bytes: &[u8],
    want: Want,
    rest: u32,
    memory: &mut Memory<'_>,
    sink: &mut dyn Sink,
) -> (Outcome, Place) {
    let rest_bytes = rest as usize;
    let window = want.window().min(rest_bytes);
    if bytes.len() < window && !meta.cut {
        return (Outcome::More, Place::Body(want, rest));
    }
    look(want, bytes.get(..window).unwrap_or(bytes), memory, sink);
    if rest == Place::UNTIL_CLOSE {
        return (Outcome::Done, Place::Head);
    }
    (Outcome::Took(rest_bytes.max(1)), Place::Head)
}

fn chunk(
    meta: &Meta,
    bytes: &[u8],
    want: Want,
    memory: &mut Memory<'_>,
    sink: &mut dyn Sink,
) -> (Outcome, Place) {
    let here = Place::Chunk(want);
    let Some(end) = bytes.iter().take(CHUNK_LINE).position(|byte| *byte == b'\n') else {
        return if bytes.len() < CHUNK_LINE { more(meta, here) } else { (Outcome::Done, here) };
    };
    let line = bytes.get(..end).unwrap_or(bytes);
    let digits = line.split(|byte| *byte == b';').next().unwrap_or(line).trim_ascii();
    let size = core::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let (Some(size), start) = (size, end.saturating_add(1)) else { return (Outcome::Done, here) };
    if size == 0 {
        return (Outcome::Took(start), Place::Trailer);
    }
    let data = bytes.get(start..).unwrap_or(&[]);
    let window = want.window().min(size as usize);
    if data.len() < window && !meta.cut {
        return (Outcome::More, here);
    }
    look(want, data.get(..window).unwrap_or(data), memory, sink);
    let whole = start.saturating_add(size as usize).saturating_add(2);
    (Outcome::Took(whole), Place::Chunk(Want::Nothing))
}

fn trailer(meta: &Meta, bytes: &[u8]) -> (Outcome, Place) {
    match bytes.iter().take(LONGEST).position(|byte| *byte == b'\n') {
        Some(end) => {
            let line = bytes.get(..end).unwrap_or(bytes).trim_ascii();
            (Outcome::Took(end.saturating_add(1)), if line.is_empty() { Place::Head } else { Place::Trailer })
        }
        None if bytes.len() < LONGEST => more(meta, Place::Trailer),
        None => (Outcome::Done, Place::Trailer),
    }
}

/// Looks into a body's first bytes.
fn look(want: Want, bytes: &[u8], memory: &mut Memory<'_>, sink: &mut dyn Sink) {
    match want {
        Want::Nothing => {}
        Want::Title => {
            memory.set(Memory::TITLE_SEEN);
            // A page that greets by mail address names a person.
            if let Some(title) = markup::element(bytes, "title").filter(|title| !title.contains('@')) {
                sink.observe(About::Sender, &TITLE, &title);
            }
        }
        Want::Device => device(bytes, sink),
    }
}

/// The root device of a description; what is embedded comes behind `deviceList`.
fn device(bytes: &[u8], sink: &mut dyn Sink) {
    const OPEN: &[u8] = b"<device>";
    const EMBEDDED: &[u8] = b"<deviceList";
    let find = |wanted: &[u8]| bytes.windows(wanted.len().max(1)).position(|part| part == wanted);
    let Some(start) = find(OPEN) else { return };
    let root = bytes.get(start..find(EMBEDDED).unwrap_or(bytes.len())).unwrap_or(&[]);
    for (field, name) in &UPNP {
        if let Some(text) = markup::element(root, name) {
            sink.observe(About::Sender, field, &text);
        }
    }
}

/// The NTLM message of a challenge or of credentials, if there is one.
fn token(value: &[u8], sink: &mut dyn Sink) {
    let Some(at) = value.iter().position(|byte| *byte == b' ') else { return };
    let (scheme, text) = value.split_at_checked(at).unwrap_or((value, &[]));
    if is(scheme, "ntlm") || is(scheme, "negotiate") {
        ntlm::find(&base64::<TOKEN>(text.trim_ascii()), sink);
    }
}

fn cookie(value: &[u8], sink: &mut dyn Sink) {
    let Some(name) = value.split(|byte| *byte == b'=').next() else { return };
    if COOKIES.iter().any(|telling| name.starts_with(telling.as_bytes())) {
        say(sink, About::Sender, &COOKIE, &printable(name));
    }
}

fn is(name: &[u8], wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted.as_bytes())
}

fn say(sink: &mut dyn Sink, about: About, field: &'static Field, text: &Text) {
    if !text.is_empty() {
        sink.observe(about, field, text);
    }
}

/// Of a path, or a host with its path, what comes before the second slash;
/// a scheme with its two slashes stays as it is.
fn first_step(part: &[u8]) -> &[u8] {
    if part.ends_with(b"//") {
        return part;
    }
    let second = part.iter().enumerate().filter(|(_, byte)| **byte == b'/').nth(1);
    second.and_then(|(at, _)| part.get(..at)).unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{both_ways, one_turn, truncations};
    use std::vec::Vec;

    fn says(to_server: &[u8], to_client: &[u8]) -> Vec<std::string::String> {
        for bytes in [to_server, to_client] {
            truncations(&Http, &Meta::default(), bytes);
        }
        both_ways(&Http, &Meta::default(), to_server, to_client)
    }

    #[test]
    fn a_page_and_what_asked_for_it() {
        let request = b"GET /x?user=joe HTTP/1.1\r\nHost: printer.lan:80\r\nUser-Agent: curl/8.1\r\nCookie: a=b\r\n\r\n\
            HEAD / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.9, 10.0.0.1:44, unknown\r\nAuthorization: Basic am9lOjE=\r\n\r\n";
        let response = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nServer: Mini/1\r\nContent-Type: text/html; charset=x\r\n\
            Set-Cookie: PHPSESSID=123; path=/\r\nSet-Cookie: theme=1\r\nContent-Length: 50\r\n\r\n\
            <html><head><title>\nWeb &amp; Print</title></head>\
            HTTP/1.1 401 No\r\nContent-Length: 5\r\nWWW-Authenticate: Basic realm=\"Printer 5\"\r\n\r\n\
            HTTP/1.0 302 Found\r\nLocation: http://u:p@a/b/jane?c=d\r\nX-Powered-By: PHP/8\r\nVia: 1.1 px\r\n\r\nrest";
        assert_eq!(
            says(request, response),
            [
                "sender http.client=get",
                "hint HttpHost=printer.lan",
                "receiver http.host=printer.lan",
                "sender http.user_agent=curl/8.1",
                "hint UserAgent=curl",
                "host(- 192.0.2.9) http.forwarded_for=proxy",
                "host(- 10.0.0.1) http.forwarded_for=proxy",
                "sender http.server=Mini/1",
                "sender http.cookie=PHPSESSID",
                "sender http.title=Web & Print",
                "sender http.realm=Printer 5",
                "sender http.location=http://a/b",
                "sender http.powered_by=PHP/8",
                "sender http.via=1.1 px",
            ]
        );
    }

    #[test]
    fn chunks_are_walked_to_the_next_message() {
        let response = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n\
            14;x=1\r\n<TITLE>Hi</TITLE>...\r\n3\r\nabc\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 200 OK\r\nServer: B\r\n\r\n";
        assert_eq!(says(b"", response), ["sender http.title=Hi", "sender http.server=B"]);
    }

    #[test]
    fn a_device_description() {
        let xml = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<?xml version=\"1.0\"?><root><device>\
            <deviceType>urn:x:device:Basic:1</deviceType><friendlyName>Lamp</friendlyName>\
            <manufacturer>Acme</manufacturer><modelName>L1</modelName><modelNumber>2</modelNumber>\
            <deviceList><device><serialNumber>9</serialNumber></device></deviceList></device></root>";
        assert_eq!(
            says(b"", xml),
            [
                "sender upnp.device_type=urn:x:device:Basic:1",
                "sender upnp.friendly_name=Lamp",
                "sender upnp.manufacturer=Acme",
                "sender upnp.model_name=L1",
                "sender upnp.model_number=2"
            ]
        );
    }

    #[test]
    fn ntlm_in_a_challenge() {
        let response = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM \
            TlRMTVNTUAACAAAAAAAAADgAAAAFgooCESIzRFVmd4gAAAAAAAAAAAAAAAAAAAAACgBjRQAAAA8=\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(says(b"", response), ["sender ntlm.version=10.0.17763"]);
    }

    #[test]
    fn tunnels_and_other_protocols_are_left_alone() {
        let request = b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n\x16\x03\x01";
        let response = b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\nServer: inner\r\n\r\n";
        assert_eq!(says(request, response), ["sender http.client=get", "hint HttpHost=example.org"]);
        let upgrade = b"HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\nServer: inner\r\n\r\n";
        assert!(says(b"", upgrade).is_empty());
        assert!(says(b"SSH-2.0-x\r\n", b"220 mail ESMTP\r\n").is_empty());
    }

    #[test]
    fn a_head_without_an_end_gives_its_whole_lines() {
        let mut request = b"GET / HTTP/1.1\r\nUser-Agent: a/1\r\nX: ".to_vec();
        request.resize(LONGEST + 9, b'x');
        assert_eq!(Http.probe(&Meta::default(), &request), Probe::Yes);
        let mut lines = crate::testing::Lines::default();
        let outcome = Http.parse(&Meta::default(), &request, &mut Scratch::default(), &mut lines);
        assert_eq!(outcome, Outcome::Done);
        assert_eq!(lines.0, ["sender http.client=get", "sender http.user_agent=a/1", "hint UserAgent=a"]);
    }

    #[test]
    fn recorded_one_turn() {
        one_turn(&Http, include_str!("../../vectors/http/nginx.txt"));
        one_turn(&Http, include_str!("../../vectors/http/python.txt"));
    }
}
