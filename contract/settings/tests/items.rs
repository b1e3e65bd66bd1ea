//! Every setting: its words fit the panel, its parser keeps what it gave out,
//! and says what is wrong.

use proptest::prelude::*;
use settings::{Hints, ITEMS, Item, Kind, LINE, Settings, item};

fn read(id: &str, typed: &str) -> Result<String, String> {
    let item = item(id).unwrap();
    item.read(typed).map_err(|wrong| wrong.words.to_owned())
}

#[test]
fn words_fit_the_panel_and_ids_are_unique() {
    for (at, item) in ITEMS.iter().enumerate() {
        assert!(item.label.len() <= LINE && !item.label.is_empty(), "{}", item.id);
        assert!(item.help.ends_with('.') && item.help.len() <= 160, "{}: {}", item.id, item.help);
        assert!(item.help.is_ascii() && item.label.is_ascii(), "{}", item.id);
        assert!(ITEMS[..at].iter().all(|other| other.id != item.id), "{} twice", item.id);
        if let Kind::Choice(choices) = item.kind {
            assert!(choices.iter().all(|choice| choice.label.len() <= LINE - 2), "{}", item.id);
            assert!(choices.iter().any(|choice| choice.value == item.default), "{}", item.id);
        }
        if !item.default.is_empty() {
            assert_eq!(item.read(item.default).as_deref(), Ok(item.default), "{}", item.id);
        }
    }
}

#[test]
fn what_is_read_is_canonical() {
    for (id, typed, canonical) in [
        ("network.mode", "STATIC", "static"),
        ("network.address", "192.168.1.50/255.255.255.0", "192.168.1.50/24"),
        ("network.address", " 10.0.0.9 255.0.0.0 ", "10.0.0.9/8"),
        ("network.address", "10.0.0.4/31", "10.0.0.4/31"),
        ("network.dns1", "2001:DB8::1", "2001:db8::1"),
        ("network.search", "Corp.Example.", "corp.example"),
        ("network.vlan", "0042", "42"),
        (
            "network.routes",
            "10.0.0.0/8 via 192.168.1.254;172.16.0.0/12 via 192.168.1.253",
            "10.0.0.0/8 via 192.168.1.254, 172.16.0.0/12 via 192.168.1.253",
        ),
        ("network.ipv6_address", "2001:db8::5", "2001:db8::5/64"),
        ("network.link", "100 full", "100-full"),
        ("proxy.host", "Proxy.Example", "proxy.example"),
        ("proxy.bypass", "*.Lab, 10.0.0.1", "*.lab, 10.0.0.1"),
        ("platform.address", "https://Stillwatch.Example/", "stillwatch.example"),
        ("platform.address", "10.0.0.7:8443", "10.0.0.7:8443"),
        ("platform.address", "2001:db8::7", "[2001:db8::7]"),
        ("platform.address", "[2001:db8::7]:8443", "[2001:db8::7]:8443"),
        ("ports.roles", "eth0 = Management,eth1=sniffing", "eth0=management, eth1=sniffing"),
        ("time.zone", "2", "+02:00"),
        ("time.zone", "-5:30", "-05:30"),
        (
            "proxy.ca",
            "-----BEGIN CERTIFICATE-----\r\nMIIB\nAAA=\n-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nMIIBAAA=\n-----END CERTIFICATE-----\n",
        ),
    ] {
        assert_eq!(read(id, typed).as_deref(), Ok(canonical), "{id} {typed}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (id, typed, words) in [
        ("network.address", "192.168.1.50", "prefix missing"),
        ("network.address", "192.168.1.0/24", "network address"),
        ("network.address", "192.168.1.255/24", "broadcast addr."),
        ("network.address", "224.0.0.5/24", "multicast addr."),
        ("network.address", "127.0.0.5/8", "loopback address"),
        ("network.address", "192.168.1.5/33", "bad prefix"),
        ("network.address", "192.168.1.5/255.0.255.0", "bad mask"),
        ("network.address", "192.168.001.5/24", "bad IP address"),
        ("network.address", "192.168.1.300/24", "bad IP address"),
        ("network.address", "hello", "bad character"),
        ("network.vlan", "4095", "out of range"),
        ("network.vlan", "0", "out of range"),
        ("network.mtu", "100", "out of range"),
        ("network.hostname", "-a", "bad name"),
        ("network.hostname", "a.b", "bad name"),
        ("network.routes", "10.1.0.0/8 via 1.2.3.4", "host bits set"),
        ("network.routes", "10.0.0.0/8", "bad route"),
        ("network.link", "1000", "no such choice"),
        ("proxy.port", "70000", "out of range"),
        ("proxy.user", "a:b", "bad character"),
        ("proxy.ca", "hello", "no certificate"),
        ("platform.address", "http://a", "bad address"),
        ("platform.address", "a:0", "out of range"),
        ("ports.roles", "eth0=boss", "bad role"),
        ("panel.pin", "12345", "bad PIN"),
        ("panel.pin", "12a4", "bad character"),
        ("time.zone", "+15:00", "bad time zone"),
    ] {
        assert_eq!(read(id, typed), Err(words.into()), "{id} {typed}");
    }
}

fn with(pairs: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let changes: Vec<_> = pairs.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
    Settings::default()
        .with(&changes)
        .map_err(|wrong| wrong.into_iter().map(|(id, why)| format!("{id}: {}", why.words)).collect())
}

#[test]
fn settings_are_checked_together() {
    for (pairs, wrong) in [
        (&[("network.mode", "static")][..], "network.address: address missing"),
        (
            &[
                ("network.mode", "static"),
                ("network.address", "10.0.0.5/24"),
                ("network.gateway", "10.0.1.1"),
            ],
            "network.gateway: not on link",
        ),
        (
            &[
                ("network.mode", "static"),
                ("network.address", "10.0.0.5/24"),
                ("network.gateway", "10.0.0.255"),
            ],
            "network.gateway: broadcast addr.",
        ),
        (
            &[
                ("network.mode", "static"),
                ("network.address", "10.0.0.5/24"),
                ("network.gateway", "10.0.0.5"),
            ],
            "network.gateway: own address",
        ),
        (&[("proxy.kind", "http")], "proxy.host: host missing"),
        (
            &[("proxy.kind", "http"), ("proxy.host", "p"), ("proxy.user", "u")],
            "proxy.password: password missing",
        ),
        (&[("ports.roles", "eth0=sniffing")], "ports.roles: management port"),
        (&[("ports.roles", "a=management, a=sniffing")], "ports.roles: port named twice"),
        (&[("hello", "x")], "hello: no such setting"),
    ] {
        assert_eq!(with(pairs).unwrap_err(), [wrong]);
    }
    // What does not apply is kept, and not looked at.
    let kept = with(&[("network.gateway", "10.0.1.1"), ("proxy.host", "p")]).unwrap();
    assert_eq!(kept.get(item("proxy.host").unwrap()), "p");
    assert!(kept.proxy().is_none());
}

#[test]
fn secrets_are_never_shown() {
    let settings =
        with(&[("proxy.kind", "http"), ("proxy.host", "p"), ("proxy.user", "u"), ("proxy.password", "hush")]);
    let settings = settings.unwrap();
    assert!(!format!("{settings:?}").contains("hush"));
    assert_eq!(settings.proxy().unwrap().password, "hush");
}

#[test]
fn suggestions_are_values() {
    let hints = Hints {
        address: Some("172.20.3.9/20".parse().unwrap()),
        gateway: Some("172.20.0.1".parse().unwrap()),
        dns: vec!["172.20.0.2".parse().unwrap()],
        search: "corp.example".into(),
    };
    let mut settings = with(&[("network.mode", "static"), ("network.address", "192.168.7.5/24")]).unwrap();
    let suggested = |settings: &Settings, hints: &Hints, id: &str| {
        let item = item(id).unwrap();
        (item.suggest)(settings, hints)
    };
    assert_eq!(suggested(&settings, &hints, "network.gateway"), "192.168.7.1", "another network");
    settings = with(&[("network.mode", "static"), ("network.address", "172.20.3.9/20")]).unwrap();
    assert_eq!(suggested(&settings, &hints, "network.gateway"), "172.20.0.1");
    for item in ITEMS {
        for hints in [&hints, &Hints::default()] {
            let suggestion = (item.suggest)(&settings, hints);
            assert_eq!(item.read(&suggestion).as_ref(), Ok(&suggestion), "{}", item.id);
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_a_remedy(typed in "\\PC{0,60}", at in 0..ITEMS.len()) {
        check(ITEMS[at], &typed)?;
    }

    #[test]
    fn likely_text_is_read_or_refused_with_a_remedy(typed in "[0-9a-f.:/ =,-]{0,40}|[a-z=, ]{0,30}via [0-9./]{0,20}", at in 0..ITEMS.len()) {
        check(ITEMS[at], &typed)?;
    }
}

fn check(item: &Item, typed: &str) -> Result<(), TestCaseError> {
    match item.read(typed) {
        // Canonical text reads back as itself.
        Ok(value) => prop_assert_eq!(item.read(&value), Ok(value.clone()), "{}", item.id),
        Err(wrong) => {
            prop_assert!(wrong.words.len() <= LINE, "{}", wrong.words);
            prop_assert!(
                wrong.remedy.ends_with('.') || wrong.remedy.contains("allowed:"),
                "{}",
                wrong.remedy
            );
        }
    }
    Ok(())
}
