//! The commands, as scripts use them: the real program over a real socket.

mod common;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use common::boxes;
use common::double::Double;
use common::snapshot;
use common::socket::Served;
use model::PersonalizationCode;
use wire::local::{Ask, Secret};

fn run_with(served: &Served, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stillwatch-console"))
        .arg("--socket")
        .arg(served.path())
        .args(args)
        .env_remove("TERM")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may have ended already.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    child.wait_with_output().unwrap()
}

fn run(served: &Served, args: &[&str]) -> Output {
    run_with(served, args, "")
}

/// A run as it is documented: command line, exit code, both outputs.
fn told(served: &Served, args: &[&str]) -> String {
    let output = run(served, args);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    format!("$ stillwatch-console {}\n{out}{err}= {}\n\n", args.join(" "), output.status.code().unwrap())
}

fn served() -> Served {
    Served::new(Double::new(boxes::online()).with(&[
        ("platform.address", "stillwatch.example:443"),
        ("proxy.kind", "http"),
        ("proxy.host", "p.example"),
        ("proxy.user", "alice"),
        ("proxy.password", "hunter2"),
    ]))
}

#[test]
fn json_is_stable() {
    let served = served();
    let mut text = String::new();
    let commands: &[&[&str]] = &[
        &["overview", "--json"],
        &["net", "show", "--json"],
        &["proxy", "--json"],
        &["ports", "--json"],
        &["test", "--json"],
        &["ping", "example.org", "--json"],
        &["log", "-n", "2", "--json"],
        &["backup", "--json"],
        &["net", "set", "network.mtu=1", "network.vlan=7", "--json"],
        &["net", "set", "network.mtu=1500", "--json"],
        &["revert", "--json"],
        &["net", "set", "network.mtu=1500", "--confirm", "--json"],
        &["time", "set", "time.zone=+01:00", "--json"],
    ];
    for command in commands {
        text.push_str(&told(&served, command));
    }
    assert!(!text.contains("hunter2"));
    snapshot("oneshot-json", &text);
}

#[test]
fn text_is_as_the_menu_says_it() {
    let served = served();
    let mut text = String::new();
    let commands: &[&[&str]] = &[
        &["overview"],
        &["net"],
        &["proxy", "show"],
        &["ports"],
        &["test"],
        &["routes"],
        &["resolve", "example.org"],
        &["net", "set", "network.mode=static", "network.address=192.168.1.0/24"],
        &["net", "set", "network.mtu=1500"],
        &["confirm"],
        &["blink", "eth1"],
        &["label", "eth1", "dmz"],
        &["reboot"],
        &["reboot", "--yes", "--reason", "moved"],
        &["shutdown", "--yes"],
        &["update", "--yes"],
        &["roll-back", "--yes"],
        &["support"],
        &["reset-network"],
        &["factory-reset", "edge"],
        &["factory-reset", "edge-7"],
        &["register", "1234"],
        &["net", "set", "proxy.kind=off"],
        &["net", "set", "network.colour=red"],
        &["net", "set", "network.mode"],
    ];
    for command in commands {
        text.push_str(&told(&served, command));
    }
    snapshot("oneshot-text", &text);
    let asked = &served.double.lock().unwrap().asked;
    let sure = |ask: &&Ask| matches!(ask, Ask::Power { .. } | Ask::ResetNetwork | Ask::FactoryReset(_));
    assert_eq!(asked.iter().filter(sure).count(), 3, "only with --yes, or the right name");
}

#[test]
fn secrets_and_files_come_by_standard_input() {
    let served = served();
    let set = run_with(&served, &["proxy", "set", "proxy.password=@-"], "swordfish\n");
    assert!(set.status.success(), "{set:?}");
    let code = PersonalizationCode::new(123_456, 12_345_678).to_string();
    assert!(run_with(&served, &["register", "-", "--anew"], &format!("{code}\n")).status.success());
    assert!(run_with(&served, &["password"], "horse\n").status.success());
    assert_eq!(run_with(&served, &["password"], "wrong\nstable\n").status.code(), Some(1));
    assert_eq!(run_with(&served, &["password"], "horse\n").status.code(), Some(2), "the new one is missing");
    assert!(run_with(&served, &["password", "--clear"], "horse\n").status.success());
    let restored = run_with(&served, &["restore", "-"], "time.zone = \"-05:30\"\n");
    assert!(restored.status.success(), "{restored:?}");
    let double = served.double.lock().unwrap();
    assert_eq!(double.settings.get(settings::item("proxy.password").unwrap()), "swordfish");
    assert_eq!(double.settings.zone(), -330);
    assert!(double.asked.contains(&Ask::Register { code: Secret(code), anew: true }));
    assert!(double.password.is_empty());
}

#[test]
fn without_a_service_it_fails_in_words() {
    let served = served();
    let gone = served.path().with_file_name("nobody.sock");
    let output = Command::new(env!("CARGO_BIN_EXE_stillwatch-console"))
        .args(["overview", "--json", "--socket"])
        .arg(gone)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("the set-up service does not answer: it does not run"), "{text}");
}

#[test]
fn every_item_of_the_menu_has_its_command() {
    let help = String::from_utf8(run(&served(), &["--help"]).stdout).unwrap();
    let commands = [
        "net",
        "proxy",
        "time",
        "register",
        "ports",
        "blink",
        "label",
        "test",
        "ping",
        "resolve",
        "routes",
        "log",
        "password",
        "reboot",
        "shutdown",
        "update",
        "roll-back",
        "backup",
        "restore",
        "support",
        "factory-reset",
        "reset-network",
        "access",
        "platform",
        "confirm",
        "revert",
        "overview",
        "menu",
    ];
    for command in commands {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}: {help}");
    }
    assert_eq!(run(&served(), &["nonsense"]).status.code(), Some(2));
}
