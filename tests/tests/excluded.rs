//! An excluded address leaves the sensor in no form (`product.md` §2): not typed,
//! not written in a value, not as bytes on its disk, and so not at the platform.
//! Each form is found when nothing is excluded, so the search can find it.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;

use capture::craft::{Craft, Link, Path as Way};
use e2e::line::{Sender, Site, contents, demo_and};
use model::{Mac, Time};
use wire::Content;

/// A desk phone of the demonstration (`SEP001EF7884101`).
const IP: [u8; 4] = [10, 20, 0, 90];
/// See [`IP`].
const MAC: [u8; 6] = [0x00, 0x1e, 0xf7, 0x88, 0x41, 0x01];
/// Another host, that the frames beside the demonstration are of.
const IP6: &str = "2001:db8:20::63";
/// The phone's link-local address, made of its MAC (RFC 4291 appendix A).
const EUI64: &str = "fe80::21e:f7ff:fe88:4101";
/// What is configured.
const EXCLUDED: [&str; 3] = ["10.20.0.90", "00:1e:f7:88:41:01", IP6];

/// In text, in lower case.
const TEXTS: [&str; 9] = [
    "10.20.0.90",
    "sep001ef7884101",
    "001ef7884101",
    "00:1e:f7:88:41:01",
    "00-1e-f7-88-41-01",
    "001e.f788.4101",
    "21e:f7ff:fe88:4101",
    "2001:db8:20::63",
    "2001:0db8:0020:0000:0000:0000:0000:0063",
];

fn v6(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

/// A service of mDNS (RFC 6762, 6763): PTR, and TXT with what is said.
fn mdns(says: &str) -> Vec<u8> {
    let name = |out: &mut Vec<u8>, name: &str| {
        for label in name.split('.') {
            out.push(label.len() as u8);
            out.extend(label.bytes());
        }
        out.push(0);
    };
    let mut out: Vec<u8> = [0, 0x8400, 0, 2, 0, 0].into_iter().flat_map(u16::to_be_bytes).collect();
    let mut record = |owner: &str, kind: u16, data: &[u8]| {
        name(&mut out, owner);
        out.extend([kind, 1].into_iter().flat_map(u16::to_be_bytes));
        out.extend(4_500_u32.to_be_bytes());
        out.extend((data.len() as u16).to_be_bytes());
        out.extend(data);
    };
    let mut target = Vec::new();
    name(&mut target, "thing._http._tcp.local");
    record("_http._tcp.local", 12, &target);
    let text = format!("model={says}");
    record("thing._http._tcp.local", 16, &[&[text.len() as u8], text.as_bytes()].concat());
    out
}

/// Frames of the IPv6 host and of the phone's, and a host that names both in every
/// writing.
fn beside(craft: &mut Craft, start: Time) {
    let later = |at: u64| Time(start.0 + at * Time::SECOND / 2);
    let all = |src: Mac, ip: IpAddr| {
        let (dst, to) = match ip {
            IpAddr::V4(_) => (Mac([1, 0, 0x5e, 0, 0, 0xfb]), "224.0.0.251"),
            IpAddr::V6(_) => (Mac([0x33, 0x33, 0, 0, 0, 0xfb]), "ff02::fb"),
        };
        Way { link: Link { src, dst, vlan: None }, src: ip, dst: to.parse().unwrap(), ttl: 255 }
    };
    let hidden = all(Mac([2, 0, 0, 0, 0, 0x63]), v6(IP6).into());
    let phone = all(Mac(MAC), v6(EUI64).into());
    craft.udp(later(0), &hidden, 5_353, 5_353, &mdns("plain"));
    craft.udp(later(1), &phone, 5_353, 5_353, &mdns("plain"));
    // An internal host speaks with the IPv6 one: a conversation.
    let other = Way { dst: v6("2001:db8:20::7").into(), ..hidden };
    craft.udp(later(2), &other, 40_000, 9_999, b"data");
    craft.udp(later(3), &other.back(64), 9_999, 40_000, b"data");
    for (at, form) in TEXTS.iter().enumerate() {
        // Half an address is none: it is said as a whole.
        let says = if EUI64.ends_with(form) { EUI64 } else { form };
        let teller = all(Mac([2, 0, 0, 0, 1, at as u8]), [10, 20, 7, 1 + at as u8].into());
        let at = 4 + 2 * at as u64;
        craft.udp(later(at), &teller, 5_353, 5_353, &mdns(&format!("about {says} here")));
        craft.udp(later(at + 1), &teller, 5_353, 5_353, &mdns(&format!("x{}x", says.to_uppercase())));
    }
}

/// Where something was found, and in which form.
type Found = BTreeSet<(&'static str, String)>;

fn in_text(place: &'static str, text: &str, found: &mut Found) {
    let text = text.to_lowercase();
    let forms = TEXTS.iter().filter(|form| text.contains(*form));
    found.extend(forms.map(|form| (place, (*form).to_owned())));
}

fn in_bytes(place: &'static str, bytes: &[u8], found: &mut Found) {
    let forms: [(&str, &[u8]); 4] = [
        ("IPv4 bytes", &IP),
        ("MAC bytes", &MAC),
        ("IPv6 bytes", &v6(IP6).octets()),
        ("EUI-64 bytes", &v6(EUI64).octets()[8..]),
    ];
    for (name, form) in forms {
        if bytes.windows(form.len()).any(|window| window == form) {
            found.insert((place, name.into()));
        }
    }
    in_text(place, &String::from_utf8_lossy(bytes), found);
}

fn typed(content: &[u8], found: &mut Found) {
    let Content::Report(report) = wire::decode(content).unwrap() else { panic!("no report") };
    let ips = [IpAddr::from(IP), v6(IP6).into(), v6(EUI64).into()];
    let mut heard: Vec<IpAddr> = Vec::new();
    for one in &report.intervals {
        heard.extend(one.sighting.ip);
        if one.sighting.mac == Some(Mac(MAC)) {
            found.insert(("typed", "MAC".into()));
        }
        in_text("value", &one.value, found);
    }
    for record in &report.records {
        heard.extend([record.conversation.client, record.conversation.server]);
    }
    in_text("debug", &format!("{report:?}"), found);
    found.extend(ips.iter().filter(|ip| heard.contains(ip)).map(|ip| ("typed", ip.to_string())));
}

fn files(folder: &Path, found: &mut Found) -> usize {
    let mut size = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        size += bytes.len();
        in_bytes("spool", &bytes, found);
    }
    size
}

/// Everything found anywhere on the way.
fn search(excluded: &[&str]) -> Found {
    let site = Site::new(excluded);
    let heard = contents(&demo_and(beside), &site.config);
    let mut found = Found::new();
    let running = site.start();
    let mut sender = Sender::open(&site.state(), running.sensor_address);
    sender.fill(&heard);
    let size = files(&site.state().join("spool"), &mut found);
    assert!(size > 20_000, "{size} bytes are few");
    heard.iter().for_each(|(content, _)| typed(content, &mut found));
    sender.send_until(0);
    let text = site.end(running);
    assert!(text.contains("fileserver01"), "the rest is there");
    in_text("platform", &text, &mut found);
    found
}

#[test]
fn an_excluded_address_is_nowhere_in_any_form() {
    let shown = search(&[]);
    // The positive control: every form everywhere it is looked for.
    for place in ["value", "spool", "platform"] {
        for form in TEXTS {
            assert!(shown.contains(&(place, form.to_owned())), "{form} is not in {place}: {shown:#?}");
        }
    }
    for form in ["10.20.0.90", "MAC", IP6] {
        assert!(shown.contains(&("typed", form.to_owned())), "{form}: {shown:#?}");
    }
    for form in ["IPv4 bytes", "MAC bytes", "IPv6 bytes"] {
        assert!(shown.contains(&("spool", form.to_owned())), "{form}: {shown:#?}");
    }
    let hidden = search(&EXCLUDED);
    assert!(hidden.is_empty(), "{hidden:#?}");
}
