//! Every item of the menu as an operator sees it, and what the service is asked.

mod common;

use common::boxes;
use common::double::Double;
use common::script::{Act, Script};
use common::snapshot;
use model::PersonalizationCode;
use wire::local::{Ask, Look, Secret};

/// Plays acts at the menu of a box; what was shown below its first screen is a snapshot.
fn play(name: &str, double: Double, acts: Vec<Act>) -> Script {
    let script = Script::play(double, acts);
    let text = script.text();
    let (_, shown) = text.split_once("Number or name").expect("the menu is shown");
    snapshot(&format!("item-{name}"), &format!("Number or name{shown}"));
    script
}

fn fresh() -> Double {
    Double::new(boxes::fresh())
}

fn online() -> Double {
    Double::new(boxes::online()).with(&[("platform.address", "stillwatch.example:443")])
}

fn asked(script: &Script, ask: &Ask) -> bool {
    script.double.asked.contains(ask)
}

#[test]
fn network_by_hand_with_every_kind_of_answer() {
    let script = play(
        "1-network",
        fresh(),
        vec![
            "1\r".into(),
            "?\r".into(),
            "statik\r".into(),
            "STATIC\r".into(),
            "192.168.1.0/24\r".into(),
            "192.168.1.77 255.255.255.0\r".into(),
            "10.0.0.1\r".into(),
            "\r".into(),
            "\r".into(),
            "-\r".into(),
            "\r\r42\r\r".into(),
            "9999999\r".into(),
            "1500\r".into(),
            "\r\r\r".into(),
            "y\r".into(),
            Act::Wait(1),
            Act::Wait(4),
            "y\r".into(),
        ],
    );
    let changes = [
        ("network.mode", "static"),
        ("network.address", "192.168.1.77/24"),
        ("network.gateway", "192.168.1.1"),
        ("network.dns1", "192.168.1.1"),
        ("network.vlan", "42"),
        ("network.mtu", "1500"),
    ];
    let changes = changes.map(|(id, value)| (id.to_string(), value.to_string()));
    assert!(asked(&script, &Ask::Apply(changes.into())), "{:?}", script.double.asked);
    assert_eq!(script.double.asked.last(), Some(&Ask::Confirm));
}

#[test]
fn what_is_not_confirmed_is_undone() {
    let acts = |end: Act| vec!["net\rstatic\r".into(), "\r\r\r\r\r\r\r\r\r\r\r\r".into(), "y\r".into(), end];
    let double = || fresh().with(&[("network.mode", "dhcp")]);
    let script = Script::play(double(), acts(Act::Wait(120)));
    assert!(script.text().contains("Undone: the settings are as they were before."), "{}", script.text());
    assert!(!asked(&script, &Ask::Confirm) && !asked(&script, &Ask::Revert));
    for no in ["\r", "n\r", "q\r", "\x03"] {
        let script = Script::play(double(), acts(no.into()));
        assert!(asked(&script, &Ask::Revert), "{no:?}: {}", script.text());
    }
    let script = Script::play(double(), acts("x\ry\r".into()));
    assert!(asked(&script, &Ask::Confirm));
}

#[test]
fn no_pause_eats_the_seconds_of_a_trial() {
    let mut double = fresh();
    double.more_steps = 30;
    let to_the_end = "net\rstatic\r\r\r\r\r\r\r\r\r\r\r\r\r";
    let script = Script::play(double, vec![to_the_end.into(), "y\r".into()]);
    assert!(script.text().ends_with("undone in 120 s: "), "{}", script.text());
}

#[test]
fn what_was_typed_ahead_confirms_nothing() {
    // The second y arrives while the steps are shown: it was not meant for the question after them.
    let to_the_end = "net\rstatic\r\r\r\r\r\r\r\r\r\r\r\r\r";
    let acts = vec![to_the_end.into(), "y\r".into(), Act::Ahead(b"y\r".to_vec())];
    let script = Script::play(fresh(), acts);
    assert!(script.text().contains("Keep these settings?"), "{}", script.text());
    assert!(!asked(&script, &Ask::Confirm));
}

#[test]
fn what_was_typed_ahead_of_a_prompt_is_taken() {
    let script = Script::play(online(), vec!["6\r".into(), Act::Ahead(b"8\r2\r".to_vec())]);
    assert!(asked(&script, &Ask::Log(2)), "{}", script.text());
}

#[test]
fn a_trial_of_another_face_can_be_kept_or_undone() {
    let double = || Double::new(boxes::broken());
    let script = Script::play(double(), vec!["\r".into(), "1\r".into(), "y\r".into()]);
    assert!(asked(&script, &Ask::Confirm), "{}", script.text());
    let script = Script::play(double(), vec!["\r".into(), "1\r".into(), "n\r".into()]);
    assert!(asked(&script, &Ask::Revert));
}

const PEM: &str =
    "-----BEGIN CERTIFICATE-----\r\nMIIBszCCAVmgAwIBAgIU\r\nAAAA\r\n-----END CERTIFICATE-----\r\n";

#[test]
fn proxy_with_secrets_and_a_certificate() {
    let script = play(
        "2-proxy",
        fresh(),
        vec![
            "2\rhttps\r".into(),
            "proxy.example\r8080\ralice\r".into(),
            "hunter2\r".into(),
            "MIIB\r".into(),
            PEM.into(),
            "\r".into(),
            "\r".into(),
            "ntp.example\r+02:00\rsyslog.example\r".into(),
            "y\r".into(),
        ],
    );
    let text = script.text();
    assert!(!text.contains("hunter2") && text.contains("*******"), "{text}");
    let settings = &script.double.settings;
    assert_eq!(settings.get(settings::item("proxy.password").unwrap()), "hunter2");
    assert_eq!(
        settings.get(settings::item("proxy.ca").unwrap()),
        PEM.replace("U\r\nAAAA", "UAAAA").replace('\r', "")
    );
    assert_eq!(settings.zone(), 120);
}

#[test]
fn a_secret_that_is_set_is_kept_by_enter() {
    let double = fresh().with(&[
        ("proxy.kind", "http"),
        ("proxy.host", "10.0.0.8"),
        ("proxy.user", "alice"),
        ("proxy.password", "hunter2"),
    ]);
    let script = Script::play(double, vec!["proxy\r\r\r8080\r\r\r\r\r\r\r".into(), "y\r".into()]);
    assert!(asked(&script, &Ask::Apply(vec![("proxy.port".into(), "8080".into())])), "{}", script.text());
}

#[test]
fn personalizing() {
    let code = PersonalizationCode::new(123_456, 12_345_678).to_string();
    let script = play(
        "3-register",
        fresh(),
        vec![
            "reg\r?\rstillwatch.example\r".into(),
            "y\r".into(),
            "1234\r1234-5612-3456-7800\r?\r".into(),
            format!("{code}\r").as_str().into(),
        ],
    );
    assert!(asked(&script, &Ask::Register { code: Secret(code), anew: false }));
}

#[test]
fn a_registered_box_is_registered_anew_only_when_it_is_meant() {
    let script = Script::play(online(), vec!["3\r\r".into(), "\r".into()]);
    let text = script.text();
    assert!(text.contains("Register anew?") && text.contains("Not registered."), "{text}");
    let code = PersonalizationCode::new(1, 2).to_string();
    let script =
        Script::play(online(), vec!["3\r\r".into(), "y\r".into(), format!("{code}\r").as_str().into()]);
    assert!(asked(&script, &Ask::Register { code: Secret(code), anew: true }));
    assert!(script.text().contains("E14 code expired"));
}

#[test]
fn ports() {
    play("4-ports", online(), vec!["4\r".into(), "y\r".into(), "eth0=managemnt\r-\r\r".into()]);
}

#[test]
fn blinking_and_labelling() {
    let script = play(
        "5-blink",
        online().with(&[("ports.labels", "eth1=core uplink")]),
        vec!["5\reth2\r\rold, new\rdmz\r".into(), "y\r".into()],
    );
    assert!(asked(&script, &Ask::Blink("eth2".into(), 10)));
    let labels = vec![("ports.labels".to_string(), "eth1=core uplink, eth2=dmz".to_string())];
    assert!(asked(&script, &Ask::Apply(labels)));
}

#[test]
fn testing() {
    play("6-test", online(), vec!["6\r".into()]);
}

#[test]
fn looking_at_the_network() {
    let script =
        play("7-look", online(), vec!["7\r\r\r".into(), "7\rd\rexample.org\r".into(), "7\rroute\r".into()]);
    assert!(asked(&script, &Ask::Look(Look::Ping("stillwatch.example".into()))));
    assert!(asked(&script, &Ask::Look(Look::Resolve("example.org".into()))));
}

#[test]
fn log_pauses_and_can_be_ended() {
    let script = play("8-log", online(), vec!["8\r0\r\r".into(), "\r".into(), "q".into()]);
    assert!(script.text().contains("line 21") && !script.text().contains("line 60"));
}

#[test]
fn the_password_is_set_asked_and_cleared() {
    let script = play(
        "9-password",
        fresh(),
        vec![
            "9\rhorse\rhors\r".into(),
            "9\rhorse\rhorse\r".into(),
            "12\r1234\r".into(),
            "y\r".into(),
            "0\r".into(),
            "\rwrong\r\x03".into(),
            "horse\r".into(),
            "password\r-\rhorse\r\r".into(),
        ],
    );
    assert!(script.double.password.is_empty());
    assert!(!script.text().contains("horse") && !script.text().contains("1234"), "{}", script.text());
}

#[test]
fn without_the_password_there_is_no_menu() {
    let mut double = fresh();
    double.password = "horse".into();
    let script = Script::play(double, vec!["1\r\x03\x03q\r\x04\x0c0\rstable\r".into()]);
    assert!(!script.text().contains("Number or name"), "{}", script.text());
    assert!(!script.text().contains("192.168.1.50"));
}

#[test]
fn power() {
    let script = play(
        "10-power",
        online(),
        vec!["10\r\r\r".into(), "\r".into(), "off\rs\rmoved to rack 4\r".into(), "y\r".into()],
    );
    let powers: Vec<&Ask> =
        script.double.asked.iter().filter(|ask| matches!(ask, Ask::Power { .. })).collect();
    assert_eq!(powers, [&Ask::Power { off: true, reason: "moved to rack 4".into() }]);
}

#[test]
fn update() {
    play("11-update", online(), vec!["11\r\r".into(), "y\r".into(), "11\rback\r".into(), "y\r".into()]);
}

#[test]
fn backup_and_restore() {
    let double = online().with(&[
        ("proxy.kind", "http"),
        ("proxy.host", "p.example"),
        ("proxy.user", "u"),
        ("proxy.password", "hunter2"),
    ]);
    let script = play(
        "12-backup",
        double,
        vec![
            "12\r\r".into(),
            "restore\rrestore\rnetwork.mtu = \"99999\"\r.\r".into(),
            "y\r".into(),
            "12\rr\rtime.zone = \"+01:00\"\r# ----- END stillwatch settings -----\r".into(),
            "y\r".into(),
        ],
    );
    assert_eq!(script.double.settings.zone(), 60);
}

#[test]
fn support() {
    play("13-support", online(), vec!["13\r".into()]);
}

#[test]
fn factory_reset_wants_the_name() {
    let script = play(
        "14-factory",
        online(),
        vec![
            "14\r\r".into(),
            "\r".into(),
            "14\rf\r".into(),
            "edge7\r".into(),
            "reset\rfactory\r".into(),
            "edge-7\r".into(),
        ],
    );
    let resets: Vec<&Ask> = script
        .double
        .asked
        .iter()
        .filter(|ask| matches!(ask, Ask::FactoryReset(_) | Ask::ResetNetwork))
        .collect();
    assert_eq!(resets, [&Ask::FactoryReset("edge-7".into())]);
}

#[test]
fn logging_out_and_help() {
    play("0-out", fresh(), vec!["?\r99\rnonsense\r\x03".into(), "0\r".into()]);
}
