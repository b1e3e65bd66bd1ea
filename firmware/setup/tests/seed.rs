//! What is put beside an image (`contract/seed`) is what the appliance reads: every form of a seed, whatever its values.

use proptest::prelude::*;
use seed::Seed;
use settings::{Change, Settings, item};
use setup::hands_free::{Origin, read};
use wire::local::Secret;

/// A certificate, as far as the setting looks at it.
const CA: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

fn change(id: &str, value: &str) -> Change {
    (id.into(), value.into())
}

/// What a hypervisor makes of properties.
fn environment(properties: &[(String, String)]) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    let property = |(key, value): &(String, String)| {
        format!("<Property oe:key=\"{}\" oe:value=\"{}\"/>", escape(key), escape(value))
    };
    let properties: String = properties.iter().map(property).collect();
    format!(
        "<?xml version=\"1.0\"?><Environment xmlns:oe=\"http://schemas.dmtf.org/ovf/environment/1\">\
         <PropertySection>{properties}</PropertySection></Environment>"
    )
}

/// Reads the forms of a seed as the appliance does; all have to say the same.
fn come_back(more: &[Change], code: model::PersonalizationCode) {
    let seed = Seed::new("stillwatch.example:8443", code, more).unwrap();
    let mut wanted = more.to_vec();
    wanted.push(change("platform.address", "stillwatch.example:8443"));
    let wanted = Settings::default().with(&wanted).unwrap();
    // Properties as the two tools hand them on.
    let arguments = seed.ovftool();
    let split = |line: &str| line.strip_prefix("--prop:").unwrap().split_once('=').map(|(k, v)| change(k, v));
    let ovftool: Vec<Change> = arguments.lines().map(|line| split(line).unwrap()).collect();
    let texts = [
        (Origin::Usb, seed.toml()),
        (Origin::CloudInit, seed.user_data()),
        (Origin::Ovf, environment(&ovftool)),
    ];
    for (origin, text) in texts {
        let found = read(origin, &text).unwrap_or_else(|why| panic!("{origin:?}: {why}\n{text}"));
        assert_eq!(found.code, Some(Secret(code.to_string())), "{origin:?}");
        let got = Settings::default().with(&found.changes).unwrap();
        assert!(got == wanted, "{origin:?}: {got:?}\n{text}");
    }
}

#[test]
fn every_setting_comes_back() {
    let more = [
        change("network.mode", "static"),
        change("network.address", "10.0.0.5/24"),
        change("network.gateway", "10.0.0.1"),
        change("network.hostname", "probe7"),
        change("network.routes", "10.0.0.0/8 via 10.0.0.2, 172.16.0.0/12 via 10.0.0.3"),
        change("proxy.kind", "https"),
        change("proxy.host", "proxy.example"),
        change("proxy.port", "3128"),
        change("proxy.ca", CA),
        change("ports.roles", "eth0=management, eth1=sniffing"),
    ];
    come_back(&more, model::PersonalizationCode::new(1, 2));
    assert!(more.iter().all(|(id, _)| item(id).is_some()));
}

proptest! {
    #[test]
    fn any_password_comes_back(
        password in "[ -~]{1,40}",
        id in 0_u32..1_000_000,
        secret in 0_u32..100_000_000,
    ) {
        let more = [
            change("proxy.kind", "http"),
            change("proxy.host", "p"),
            change("proxy.user", "u"),
            change("proxy.password", &password),
        ];
        // What the setting itself refuses (blanks alone) is no seed.
        prop_assume!(Settings::default().with(&more).is_ok());
        come_back(&more, model::PersonalizationCode::new(id, secret));
    }
}
