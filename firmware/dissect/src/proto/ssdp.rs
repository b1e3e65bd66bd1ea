//! Simple Service Discovery Protocol (UPnP Device Architecture 2.0, section 1;
//! `WAKEUP` from DIAL 2.2.1, section 5.2).
//!
//! | header | becomes |
//! |---|---|
//! | `SERVER` of NOTIFY and of an answer | `ssdp.server` |
//! | `USER-AGENT` | `ssdp.user_agent` |
//! | `NT`, or `ST` of an answer, that names a type | `ssdp.type` |
//! | `USN`, up to `::` | `ssdp.usn` |
//! | `LOCATION` without user, query and fragment | `ssdp.location` |
//! | vendors' headers that identify ([`TELLING`]) | `ssdp.header` |
//!
//! Counters (`BOOTID.UPNP.ORG`), times and the control point's friendly name
//! (`CPFN.UPNP.ORG`, a person's as a rule) are passed over; so is the `ST` of a
//! search, which says what is wanted, not what the sender is.

use model::Field;

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Scratch, Sink, Text, printable};

/// Operating system, UPnP version and product.
pub const SERVER: Field = Field::host("ssdp.server");
/// The searching program.
pub const USER_AGENT: Field = Field::host("ssdp.user_agent");
/// A device or service type.
pub const TYPE: Field = Field::host("ssdp.type");
/// The device's `uuid:…`.
pub const USN: Field = Field::host("ssdp.usn");
/// Where the description is.
pub const LOCATION: Field = Field::host("ssdp.location");
/// A vendor's identifying header: `name=value`.
pub const HEADER: Field = Field::host("ssdp.header");

static INFO: Info = Info {
    name: "ssdp",
    title: "Simple Service Discovery Protocol",
    spec: "UPnP Device Architecture 2.0 section 1",
    over: &[Over::Udp(&[1900])],
    first_bytes: b"HNM",
    fields: &[SERVER, USER_AGENT, TYPE, USN, LOCATION, HEADER],
    budget: 0,
};

/// Vendors' headers that say who made a device or which one it is, as they are
/// written in the value; compared without regard to case.
pub const TELLING: [&str; 9] = [
    "hue-bridgeid",
    "X-RINCON-HOUSEHOLD",
    "X-AV-Server-Info",
    "X-AV-Physical-Unit-Info",
    "X-User-Agent",
    "DLNADeviceName.lge.com",
    "WAKEUP",
    "model",
    "fw_ver",
];

/// Most header lines that are read.
const MAX_HEADERS: usize = 64;

/// What a message is, from its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `NOTIFY * HTTP/1.1`: I am here, or leaving.
    Notify,
    /// `M-SEARCH * HTTP/1.1`: who is there?
    Search,
    /// `HTTP/1.1 200 OK`: I am.
    Answer,
}

const FIRST_LINES: [(&[u8], Kind); 3] =
    [(b"NOTIFY * HTTP/1.", Kind::Notify), (b"M-SEARCH * HTTP/1.", Kind::Search), (b"HTTP/1.", Kind::Answer)];

/// A message's kind and the bytes behind its first line; `None` for others.
fn start(bytes: &[u8]) -> Option<(Kind, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    let (begin, kind) = FIRST_LINES.iter().find(|(begin, _)| line.starts_with(begin))?;
    let version_and_status = line.get(begin.len()..)?;
    let fits = match kind {
        Kind::Answer => version_and_status.get(1..)?.trim_ascii_start().starts_with(b"200"),
        _ => version_and_status.trim_ascii_end().len() == 1,
    };
    fits.then_some((*kind, rest.get(1..)?))
}

/// Header names and trimmed values up to the empty line. A last line without an
/// end is read unless the message was cut.
fn headers(bytes: &[u8], cut: bool) -> impl Iterator<Item = (&[u8], &[u8])> {
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .filter(move |line| !cut || line.ends_with(b"\n"))
        .map(<[u8]>::trim_ascii)
        .take_while(|line| !line.is_empty())
        .take(MAX_HEADERS)
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = line.split_at_checked(colon)?;
            Some((name.trim_ascii_end(), value.get(1..)?.trim_ascii()))
        })
}

/// A URL up to its query or fragment and without user information (RFC 3986
/// section 3.2.1).
fn location(url: &[u8]) -> Text {
    let end = url.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(url.len());
    let url = url.get(..end).unwrap_or(url);
    let authority = url.windows(3).position(|w| w == b"://").and_then(|at| at.checked_add(3));
    let Some((scheme, rest)) = authority.and_then(|at| url.split_at_checked(at)) else {
        return Text::new();
    };
    let path = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
    let user = rest.get(..path).and_then(|host| host.iter().rposition(|byte| *byte == b'@'));
    let host = user.and_then(|at| rest.get(at.checked_add(1)?..)).unwrap_or(rest);
    Text::of(format_args!("{}{}", printable(scheme).as_str(), printable(host).as_str()))
}

/// True for a notification or search target that names a device, service or
/// vendor type, rather than one device or everything.
fn names_a_type(target: &[u8]) -> bool {
    let others: [&[u8]; 3] = [b"uuid:", b"upnp:rootdevice", b"ssdp:"];
    !others
        .iter()
        .any(|other| target.get(..other.len()).is_some_and(|start| start.eq_ignore_ascii_case(other)))
}

/// `USN` up to `::`, if that names a device.
fn device(usn: &[u8]) -> Text {
    let end = usn.windows(2).position(|pair| pair == b"::").unwrap_or(usn.len());
    let device = usn.get(..end).unwrap_or(usn);
    if device.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"uuid:")) {
        printable(device)
    } else {
        Text::new()
    }
}

fn read(kind: Kind, name: &[u8], value: &[u8], sink: &mut dyn Sink) {
    let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
    let device_speaks = kind != Kind::Search;
    let target = (kind == Kind::Notify && is("NT")) || (kind == Kind::Answer && is("ST"));
    let (field, text) = if is("SERVER") && device_speaks {
        (&SERVER, printable(value))
    } else if is("USER-AGENT") {
        (&USER_AGENT, printable(value))
    } else if target && names_a_type(value) {
        (&TYPE, printable(value))
    } else if is("USN") && device_speaks {
        (&USN, device(value))
    } else if is("LOCATION") && device_speaks {
        (&LOCATION, location(value))
    } else if let Some(name) = TELLING.into_iter().find(|telling| is(telling)) {
        let value = printable(value);
        if value.is_empty() {
            return;
        }
        (&HEADER, Text::of(format_args!("{name}={}", value.as_str())))
    } else {
        return;
    };
    if !text.is_empty() {
        sink.observe(About::Sender, field, &text);
    }
}

/// The protocol.
pub struct Ssdp;

impl Protocol for Ssdp {
    fn info(&self) -> &'static Info {
        &INFO
    }

    /// An HTTP answer over UDP is ours only with a header of ours.
    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        let ours = |name: &[u8]| {
            ["ST", "USN", "LOCATION"].iter().any(|own| name.eq_ignore_ascii_case(own.as_bytes()))
        };
        match start(bytes) {
            Some((Kind::Answer, rest)) if !headers(rest, meta.cut).any(|(name, _)| ours(name)) => Probe::No,
            Some(_) => Probe::Yes,
            None => Probe::No,
        }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some((kind, rest)) = start(bytes) else {
            return Outcome::Malformed;
        };
        if self.probe(meta, bytes) != Probe::Yes {
            return Outcome::Malformed;
        }
        headers(rest, meta.cut).for_each(|(name, value)| read(kind, name, value, sink));
        Outcome::Took(bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{datagram, truncations, vectors};

    const NOTIFY: &[u8] = b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\
        Location: http://joe:secret@192.0.2.5:8008/ssdp/dd.xml?token=1#x\r\n\
        NT: urn:schemas-upnp-org:device:MediaRenderer:1\r\nNTS: ssdp:alive\r\n\
        SERVER:Linux/5.4 UPnP/1.0 Box/2\r\nBOOTID.UPNP.ORG: 7\r\n\
        USN: uuid:2fac1234-31f8-11b4-a222-08002b34c003::urn:schemas-upnp-org:device:MediaRenderer:1\r\n\
        HUE-BRIDGEID: 001788FFFE000000\r\nwakeup: MAC=02:00:00:00:00:aa;Timeout=30\r\n\
        CPFN.UPNP.ORG: Joe's tablet\r\n\r\nSERVER: body\r\n";

    #[test]
    fn a_device_announces_itself() {
        let lines = [
            "sender ssdp.location=http://192.0.2.5:8008/ssdp/dd.xml",
            "sender ssdp.type=urn:schemas-upnp-org:device:MediaRenderer:1",
            "sender ssdp.server=Linux/5.4 UPnP/1.0 Box/2",
            "sender ssdp.usn=uuid:2fac1234-31f8-11b4-a222-08002b34c003",
            "sender ssdp.header=hue-bridgeid=001788FFFE000000",
            "sender ssdp.header=WAKEUP=MAC=02:00:00:00:00:aa;Timeout=30",
        ];
        assert_eq!(datagram(&Ssdp, &Meta::default(), NOTIFY), lines);
        truncations(&Ssdp, &Meta::default(), NOTIFY);
    }

    #[test]
    fn a_search_tells_of_its_program_only() {
        let search = b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\
            ST: urn:dial-multiscreen-org:service:dial:1\r\nUSER-AGENT: Browser/83 Linux\r\n\r\n";
        let lines = ["sender ssdp.user_agent=Browser/83 Linux"];
        assert_eq!(datagram(&Ssdp, &Meta::default(), search), lines);
    }

    #[test]
    fn an_answer_is_known_by_its_headers() {
        let answer = b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1::upnp:rootdevice\r\nServer: X";
        let lines = ["sender ssdp.usn=uuid:1", "sender ssdp.server=X"];
        assert_eq!(datagram(&Ssdp, &Meta::default(), answer), lines);
        let cut = Meta { cut: true, ..Meta::default() };
        assert_eq!(datagram(&Ssdp, &cut, answer), ["sender ssdp.usn=uuid:1"]);
        for other in [
            &b"HTTP/1.1 200 OK\r\nServer: web\r\n\r\n"[..],
            b"HTTP/1.1 404 No\r\nST: x\r\n\r\n",
            b"NOTIFY sip:a@b SIP/2.0\r\n\r\n",
            b"NOTIFY * HTTP/1.1",
        ] {
            assert_eq!(Ssdp.probe(&Meta::default(), other), Probe::No);
            assert!(datagram(&Ssdp, &Meta::default(), other).is_empty());
        }
    }

    #[test]
    fn a_location_that_is_no_url_says_nothing() {
        assert_eq!(location(b"http://h/a?q").as_str(), "http://h/a");
        assert_eq!(location(b"http://a@b@[2001:db8::1]:80/x@y").as_str(), "http://[2001:db8::1]:80/x@y");
        assert!(location(b"192.0.2.1/x").is_empty());
    }

    #[test]
    fn what_real_software_said() {
        vectors(&Ssdp, include_str!("../../vectors/ssdp/minidlna.txt"));
    }
}
