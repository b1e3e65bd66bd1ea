//! Names that hosts give themselves to do harm arrive in pages, API and CSV as
//! text and nothing else.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use capture::craft::{Craft, Link, Path};
use e2e::line::{Sender, Site, contents, demo_and};
use model::{Interval, Mac, NetworkId, Sighting, Time};
use platform_core::views::{AssetQuery, Role};
use serde_json::Value;
use wire::{Content, Report};

/// Names as they could be meant; the long one is made in [`names`].
const NAMES: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(2)>",
    "' onmouseover='alert(3)",
    "=cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "+1+cmd|'x'!A1",
    "-2+3+cmd|'x'!A1",
    "\t=1+1",
    "a\",\"b\r\nc,=1+2",
    "esc\u{1b}[31mred\u{7}\u{0}end",
    "safe\u{202e}gnp.exe\u{2066}\u{200f}",
    "{{7*7}}${7*7}</title><svg/onload=alert(4)>",
];

fn names() -> Vec<String> {
    let mut names: Vec<String> = NAMES.map(String::from).into();
    names.push(format!("<b>{}", "x".repeat(252)));
    names
}

/// DHCP requests (RFC 2131) with these host names, as they would be on the wire.
fn frames(craft: &mut Craft, start: Time) {
    for (at, name) in names().iter().enumerate() {
        let mac = Mac([2, 0x66, 0, 0, 0, at as u8]);
        let ip = [10, 20, 9, 1 + at as u8];
        let mut body = vec![1, 1, 6, 0, 0, 0, 0, at as u8, 0, 0, 0, 0];
        body.extend(ip);
        body.extend([0; 12]);
        body.extend(mac.0);
        body.extend([0; 202]);
        body.extend([99, 130, 83, 99, 53, 1, 3, 12, name.len() as u8]);
        body.extend(name.bytes());
        body.extend([60, name.len() as u8]);
        body.extend(name.bytes());
        body.push(255);
        let path = Path {
            link: Link { src: mac, dst: Mac::BROADCAST, vlan: None },
            src: ip.into(),
            dst: [255; 4].into(),
            ttl: 64,
        };
        craft.udp(Time(start.0 + at as u64 * Time::SECOND / 10), &path, 68, 67, &body);
    }
}

/// A report as no honest sensor makes it: the names unchanged, in many fields.
fn forged(made: Time) -> Vec<u8> {
    let fields = ["dhcp.hostname", "dhcp.vendor_class", "mdns.hostname", "http.server", "snmp.sys_descr"];
    let mut intervals = Vec::new();
    for (at, name) in names().iter().enumerate() {
        for field in fields {
            intervals.push(Interval {
                sighting: Sighting {
                    network: NetworkId(0),
                    mac: Some(Mac([2, 0x77, 0, 0, 0, at as u8])),
                    ip: Some([10, 20, 8, 1 + at as u8].into()),
                },
                field: field.into(),
                port: None,
                value: name.clone(),
                first: made,
                last: made,
                count: 1,
                frame: 0,
            });
        }
    }
    wire::encode(&Content::Report(Report { run: made, made, intervals, ..Report::default() }))
}

/// One page with its head; HTTP/1.0, so that it ends with the connection.
fn get(to: SocketAddr, path: &str, header: &str) -> (String, String) {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {to}\r\n{header}\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap_or_else(|error| panic!("{path} is not UTF-8: {error}"));
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    (head.to_owned(), body.to_owned())
}

fn fetch(to: SocketAddr, path: &str, header: &str) -> String {
    let (head, body) = get(to, path, header);
    assert!(head.split(' ').nth(1) == Some("200"), "{path}: {head}\n{body}");
    body
}

/// Nothing of the names is markup, and no character is there that hides others.
#[track_caller]
fn harmless(path: &str, html: &str) {
    for bad in
        ["<script>alert", "<img src=x", "<svg/onload", "</title><svg", "<b>xxx", "' onmouseover='alert"]
    {
        assert!(!html.contains(bad), "{path} holds {bad}");
    }
    plain(path, html);
}

/// No control character but those of lines, no mark that turns text around.
#[track_caller]
fn plain(path: &str, text: &str) {
    let bad = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    if let Some(at) = text.find(bad) {
        let around: String = text[at..].chars().take(40).collect();
        panic!("{path} holds {around:?}");
    }
}

/// Rows and cells of a CSV (RFC 4180).
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell).trim_end_matches('\r').to_owned());
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    assert!(!quoted && row.is_empty() && cell.is_empty(), "the last row is whole");
    rows
}

#[test]
fn hostile_names_are_text_in_pages_api_and_csv() {
    let site = Site::new(&[]);
    let running = site.start();
    let mut sender = Sender::open(&site.state(), running.sensor_address);
    let heard = contents(&demo_and(frames), &site.config);
    let made = heard.last().unwrap().1;
    sender.fill(&heard);
    sender.fill(&[(forged(made), made)]);
    sender.send_until(0);
    let platform = &running.platform;
    platform.inventory().settle().unwrap();
    let to = running.operator_address;

    let entry = running.entry().unwrap();
    let way_in = &entry[entry.find("/enter/").unwrap()..];
    let (head, _) = get(to, way_in, "");
    let cookie = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next())?
    });
    let cookie = format!("Cookie: {}", cookie.expect("a session"));
    let key = platform.new_key("test", Role::Viewer, 1, "test").unwrap().secret;
    let key = format!("Authorization: Bearer {key}");

    let query = AssetQuery { limit: 1_000, ..AssetQuery::default() };
    let page = platform.assets(&query).unwrap();
    let ours =
        |ip: &std::net::IpAddr| ["10.20.8.", "10.20.9."].iter().any(|net| ip.to_string().starts_with(net));
    let assets: Vec<_> = page.items.iter().filter(|row| row.ips.iter().any(ours)).collect();
    assert!(assets.len() >= names().len(), "{} assets", assets.len());
    let told = |part: &str| assets.iter().any(|row| row.name.contains(part));
    assert!(
        told("script") || told("cmd"),
        "the names are there: {:?}",
        assets.iter().map(|row| &row.name).collect::<Vec<_>>()
    );

    for path in [
        "/",
        "/inventory",
        "/inventory?limit=1000",
        "/events",
        "/traffic",
        "/inventory?q=%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        harmless(path, &fetch(to, path, &cookie));
    }
    let mut shown = false;
    for row in &assets {
        for tab in ["", "/evidence", "/identity", "/traffic", "/raw"] {
            let path = format!("/assets/{}{tab}", row.asset_id);
            let html = fetch(to, &path, &cookie);
            harmless(&path, &html);
            shown |= html.contains("&#60;script&#62;alert(1)") || html.contains("&lt;script&gt;alert(1)");
        }
        let path = format!("/api/v1/assets/{}", row.asset_id);
        let json: Value = serde_json::from_str(&fetch(to, &path, &key)).unwrap();
        assert!(json.is_object(), "{json}");
    }
    assert!(shown, "no page shows the name as text");

    let (head, body) = get(to, "/api/v1/assets?limit=1000", &key);
    let head = head.to_lowercase();
    assert!(head.contains("content-type: application/json") && head.contains("nosniff"), "{head}");
    let json: Value = serde_json::from_str(&body).unwrap();
    assert!(json["items"].as_array().is_some_and(|items| items.len() >= names().len()), "{json}");

    let jsonl = fetch(to, "/api/v1/assets/export?format=jsonl", &key);
    let lines: Result<Vec<Value>, _> = jsonl.lines().map(serde_json::from_str).collect();
    assert_eq!(lines.unwrap().len() as u64, page.total);
    let csv = fetch(to, "/api/v1/assets/export?format=csv", &key);
    let rows = rows(&csv);
    assert_eq!(rows.len() as u64, page.total + 1);
    for row in &rows {
        assert_eq!(row.len(), rows[0].len(), "a torn row: {row:?}");
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "a formula: {cell:?}");
        }
    }
    assert!(rows.iter().flatten().any(|cell| cell.contains("cmd|")), "{csv}");
    running.stop();
}
