//! `stillwatch panel`: screens of an emulated panel, by keys on the command line.

use std::process::{Command, Output};

fn panel(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stillwatch")).arg("panel").args(words).output().expect("it starts")
}

#[test]
fn keys_lead_to_a_screen_and_its_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("panel.png");
    let out = panel(&[
        "cfa635",
        "--demo",
        "--keys",
        "enter,down,enter,down,enter",
        "--png",
        picture.to_str().expect("text"),
    ]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(text.contains("IP ADDRESS") && text.contains("192.168.1.50/24"), "{text}");
    assert!(std::fs::read(&picture).expect("a picture").starts_with(b"\x89PNG"));
}

#[test]
fn what_cannot_be_is_said_with_what_can() {
    let out = panel(&["lcd2000"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("cfa533, cfa635, ezio"));
    let out = panel(&["cfa533", "--port", "/dev/null"]);
    assert_eq!(out.status.code(), Some(2), "nothing to show there");
}
