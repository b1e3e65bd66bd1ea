//! No excluded address ever leaves the sensor (`product.md` §2): neither as bytes
//! nor written out in a value.

mod support;

use std::net::IpAddr;

use capture::craft::{Craft, Link, Path};
use model::Mac;
use support::{Heard, SMALL, Talk, at, hear, hear_with, ip, mac, path, private};
use zones::Config;

const HIDDEN: u8 = 99;

/// Nothing of host 99 may be reported.
fn hiding() -> Config {
    Config { excluded: vec!["10.0.0.99".parse().unwrap()], excluded_macs: vec![mac(HIDDEN)], ..private() }
}

/// Everything in a report as text, host names in it split from what surrounds them.
fn text(heard: &Heard) -> String {
    let mut out = String::new();
    for one in &heard.report.intervals {
        out += &format!("{:?} {} {}\n", one.sighting, one.field, one.value);
    }
    for talk in &heard.report.conversations {
        out += &format!("{} {} {:?}\n", talk.client, talk.server, talk.hints);
    }
    out.to_lowercase()
}

/// The forms in which host 99 could show.
const FORMS: [&str; 6] =
    ["10.0.0.99", "00:1b:1b:00:00:63", "001b1b000063", "00-1b-1b-00-00-63", "001b.1b00.0063", "1bff:fe00:63"];

/// It shows when nothing is excluded, and not when it is.
#[track_caller]
fn hidden(craft: &Craft) {
    let shows = |heard: &Heard| {
        let text = text(heard);
        FORMS.iter().copied().filter(|form| text.contains(form)).collect::<Vec<_>>()
    };
    assert!(!shows(&hear(craft)).is_empty(), "the test is of use");
    let heard = hear_with(craft, &hiding(), 64, SMALL);
    assert_eq!(shows(&heard), [""; 0], "{}", text(&heard));
}

/// An HTTP answer of host 2 that redirects to `location`.
fn redirect(location: &str) -> Craft {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 80);
    talk.open();
    talk.say(0, b"GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n");
    talk.say(
        1,
        format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").as_bytes(),
    );
    craft
}

#[test]
fn a_sender_is_hidden() {
    let link = Link { src: mac(HIDDEN), dst: Mac([0xff; 6]), vlan: None };
    let mut craft = Craft::new();
    craft.arp(at(1), &link, 1, (mac(HIDDEN), [10, 0, 0, 99].into()), (Mac([0; 6]), [10, 0, 0, 2].into()));
    hidden(&craft);
    let mut craft = Craft::new();
    craft.ethernet(at(1), &link, 0x8999, b"an unknown protocol");
    hidden(&craft);
}

#[test]
fn the_subject_of_another_hosts_message_is_hidden() {
    let link = Link { src: mac(1), dst: Mac([0xff; 6]), vlan: None };
    for subject in [(mac(HIDDEN), [10, 0, 0, 5].into()), (mac(1), [10, 0, 0, 99].into())] {
        let mut craft = Craft::new();
        craft.arp(at(1), &link, 2, subject, (mac(2), [10, 0, 0, 2].into()));
        hidden(&craft);
    }
}

#[test]
fn addresses_in_values_are_hidden() {
    for location in [
        "http://10.0.0.99/",
        "http://10.0.0.99:8080/",
        "http://host-001b1b000063.example.org/",
        "http://h00-1b-1b-00-00-63/",
    ] {
        hidden(&redirect(location));
    }
}

#[test]
fn other_addresses_in_values_stay() {
    let heard = hear_with(&redirect("http://10.0.0.98/"), &hiding(), 64, SMALL);
    assert!(text(&heard).contains("10.0.0.98"), "{}", text(&heard));
}

#[test]
fn a_hint_with_an_address_is_hidden() {
    let mut craft = Craft::new();
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_000, 443);
    talk.open();
    talk.say(0, &support::client_hello("x.10.0.0.99.test", 0));
    hidden(&craft);
}

#[test]
fn addresses_beside_letters_are_hidden() {
    for location in ["http://10.0.0.99.example.org/", "http://a10.0.0.99/", "http://a.10.0.0.99/"] {
        hidden(&redirect(location));
    }
}

/// A DNS answer (RFC 1035 §4.1): `name` is at host 2, then a connection there.
fn looked_up(name: &str) -> Craft {
    let labels: Vec<u8> =
        name.split('.').flat_map(|label| [&[label.len() as u8][..], label.as_bytes()].concat()).collect();
    let question = [&labels[..], &[0, 0, 1, 0, 1]].concat();
    let head = |flags: u8, answers| [0, 7, flags, 0x80, 0, 1, 0, answers, 0, 0, 0, 0];
    let mut craft = Craft::new();
    craft.udp(at(1), &path(1, 3), 40_000, 53, &[&head(1, 0)[..], &question].concat());
    let record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 2];
    craft.udp(at(2), &path(1, 3).back(64), 53, 40_000, &[&head(0x81, 1)[..], &question, &record].concat());
    let mut talk = Talk::new(&mut craft, path(1, 2), 40_001, 50_000);
    talk.now = 10;
    talk.open();
    craft
}

#[test]
fn a_name_without_addresses_is_kept_as_hint() {
    let heard = hear_with(&looked_up("www.example.org"), &hiding(), 64, SMALL);
    assert_eq!(heard.hints(model::HintKind::DnsName), ["www.example.org"]);
}

#[test]
fn addresses_in_names_looked_up_are_hidden() {
    hidden(&looked_up("x.10.0.0.99.test"));
}

#[test]
fn a_conversation_does_not_tell_an_excluded_address() {
    let mut craft = Craft::new();
    Talk::new(&mut craft, path(HIDDEN, 2), 40_000, 50_000).open();
    hidden(&craft);
}

#[test]
fn an_excluded_mac_is_hidden_in_ipv6_addresses() {
    let eui64: IpAddr = "fe80::21b:1bff:fe00:63".parse().unwrap();
    let mut craft = Craft::new();
    let away = Path { src: eui64, dst: "fe80::1".parse().unwrap(), ..path(1, 2) };
    craft.udp(at(1), &away, 40_000, 50_000, b"relayed by host 1");
    hidden(&craft);
}

#[test]
fn macs_in_groups_of_four_digits_are_hidden() {
    hidden(&redirect("http://001b.1b00.0063.example.org/"));
}

#[test]
fn an_excluded_host_is_still_counted() {
    let mut craft = Craft::new();
    Talk::new(&mut craft, path(HIDDEN, 2), 40_000, 50_000).open();
    let heard = hear_with(&craft, &hiding(), 64, SMALL);
    assert_eq!(heard.stats.ip, 3);
    assert!(!heard.has(ip(HIDDEN), "eth.source"));
}
