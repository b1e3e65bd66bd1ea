//! The forms of a seed, as other people's tools read them. The appliance's own reading: `firmware/setup/tests/seed.rs`.

use std::path::Path;
use std::process::Command;

use model::PersonalizationCode;
use seed::{FILES, Seed};

fn change(id: &str, value: &str) -> (String, String) {
    (id.into(), value.into())
}

fn code() -> PersonalizationCode {
    PersonalizationCode::new(483_920, 10_293_847)
}

fn sample() -> Seed {
    let more = [
        change("network.hostname", "probe7"),
        change("proxy.kind", "http"),
        change("proxy.host", "10.0.0.3"),
        change("proxy.user", "u"),
        change("proxy.password", r#"it's: #1 "\"#),
    ];
    Seed::new("https://Stillwatch.example:8443/", code(), &more).unwrap()
}

#[test]
fn every_form_names_settings_by_their_ids() {
    let (seed, code) = (sample(), code().to_string());
    let toml = seed.toml();
    assert!(toml.contains(&format!("registration.code = \"{code}\"\n")), "{toml}");
    assert!(toml.contains("platform.address = \"stillwatch.example:8443\"\n"), "{toml}");
    let cloud = seed.user_data();
    assert!(cloud.starts_with("#cloud-config\n") && cloud.contains("\nstillwatch:\n  registration.code: \""));
    assert!(cloud.contains(r#"  proxy.password: "it's: #1 \"\\""#), "{cloud}");
    assert_eq!(seed.meta_data(), "instance-id: stillwatch-483920\nlocal-hostname: probe7\n");
    assert!(seed.ovftool().starts_with(&format!("--prop:registration.code={code}\n")));
    assert_eq!(seed.ovftool().lines().count(), seed.properties().len());
    let options: serde_json::Value = serde_json::from_str(&seed.govc()).unwrap();
    for (at, (id, value)) in seed.properties().iter().enumerate() {
        let property = &options["PropertyMapping"][at];
        assert_eq!((&property["Key"], &property["Value"]), (&(*id).into(), &value.as_str().into()));
    }
}

#[test]
fn what_says_that_it_is_no_secret_is_none() {
    let (seed, code) = (sample(), code().to_string());
    for file in FILES {
        let bytes = (file.make)(&seed);
        let holds = bytes.windows(code.len()).any(|part| part == code.as_bytes());
        assert_eq!(holds, file.secret, "{}", file.name);
        assert_eq!(bytes, (file.make)(&sample()), "{}: the same seed, the same bytes", file.name);
    }
    let shown = format!("{seed:?}");
    assert!(!shown.contains("10293847") && !shown.contains("#1"), "{shown}");
}

#[test]
fn what_the_appliance_would_refuse_is_refused_here() {
    let wrong = |platform: &str, id: &str, value: &str| -> Vec<String> {
        let refused = Seed::new(platform, code(), &[change(id, value)]).unwrap_err();
        refused.into_iter().map(|(id, why)| format!("{id}: {why}")).collect()
    };
    for (platform, id, value, words) in [
        ("", "network.mode", "dhcp", "platform.address: no address"),
        ("http://x", "network.mode", "dhcp", "platform.address: bad address"),
        ("a b", "network.mode", "dhcp", "platform.address: bad character"),
        ("x", "network.mdoe", "dhcp", "network.mdoe: no such setting"),
        ("x", "registration.code", "1", "registration.code: no such setting"),
        ("x", "network.mode", "static", "network.address: "),
    ] {
        let refused = wrong(platform, id, value);
        assert!(refused.iter().any(|line| line.starts_with(words)), "{platform} {id}: {refused:?}");
    }
}

/// What a program says; `None`: it is not installed.
fn said(program: &str, arguments: &[&str], image: &Path) -> Option<String> {
    let done = Command::new(program).args(arguments).arg(image).output();
    let Ok(done) = done else {
        println!("skipped: {program} is not installed");
        return None;
    };
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && errors.is_empty(), "{program} {arguments:?}: {errors}");
    Some(String::from_utf8_lossy(&done.stdout).into_owned())
}

#[test]
fn the_disc_is_read_by_other_peoples_tools() {
    let (seed, folder) = (sample(), tempfile::tempdir().unwrap());
    let image = folder.path().join("seed.iso");
    std::fs::write(&image, seed.iso()).unwrap();
    if let Some(about) = said("isoinfo", &["-d", "-i"], &image) {
        for words in
            ["Volume id: CIDATA", "Joliet with UCS level 3 found", "Rock Ridge signatures version 1 found"]
        {
            assert!(about.contains(words), "{words}\n{about}");
        }
        for naming in ["-R", "-J"] {
            let list = said("isoinfo", &[naming, "-f", "-i"], &image).unwrap();
            assert_eq!(list, "/meta-data\n/user-data\n", "{naming}");
            let text = said("isoinfo", &[naming, "-x", "/user-data", "-i"], &image).unwrap();
            assert_eq!(text, seed.user_data(), "{naming}");
        }
        let list = said("isoinfo", &["-l", "-R", "-i"], &image).unwrap();
        assert!(
            list.lines().any(|line| line.starts_with("-r--------") && line.contains("user-data")),
            "{list}"
        );
        let plain = said("isoinfo", &["-f", "-i"], &image).unwrap();
        assert_eq!(plain, "/META_DAT.;1\n/USER_DAT.;1\n");
    }
    if let Some(list) = said("bsdtar", &["-tf"], &image) {
        assert_eq!(list, ".\nmeta-data\nuser-data\n");
    }
}
