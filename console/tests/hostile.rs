//! Garbage at every prompt: the menu never panics, never writes anything but plain
//! ASCII, never does what was not confirmed, and is always there afterwards.

mod common;

use common::boxes;
use common::double::Double;
use common::script::{Act, Script};
use proptest::prelude::*;
use wire::local::Ask;

/// Ways to every prompt there is.
const WAYS: &[&str] = &[
    "",
    "1\r",
    "1\rstatic\r",
    "1\rstatic\r\r",
    "1\rstatic\r\r\r\r\r\r\r\r\r\r\r\r\r\r",
    "1\rstatic\r\r\r\r\r\r\r\r\r\r\r\r\r\ry\r",
    "1\rstatic\r\r\r\r\r\r\r\r\rstatic\r",
    "2\r",
    "2\rhttps\r",
    "2\rhttps\rp\r\ru\r",
    "2\rhttps\rp\r\r\r",
    "2\rhttps\rp\r\r\r-----BEGIN CERTIFICATE-----\r",
    "2\rhttps\rp\r\r\r-----BEGIN CERTIFICATE-----\rAAAA\r-----END CERTIFICATE-----\r",
    "2\r\r",
    "3\r",
    "3\rplatform.example\r",
    "3\rplatform.example\ry\r",
    "4\r",
    "4\ry\r",
    "4\ry\r\r",
    "5\r",
    "5\r\r",
    "5\r\r\r",
    "6\r",
    "7\r",
    "7\rdns\r",
    "8\r",
    "8\r1000\r",
    "9\r",
    "9\rhorse\r",
    "9\r\r",
    "10\r",
    "10\r\r",
    "10\r\r\r",
    "11\r",
    "11\r\r",
    "12\r",
    "12\rrestore\r",
    "12\rrestore\ra\r.\r",
    "13\r",
    "14\r",
    "14\rfactory\r",
    "14\rnetwork\r",
    "0\r",
];

fn double() -> Double {
    let mut double = Double::new(boxes::fresh());
    double.overview.uptime = 0;
    double
}

/// Plays a way, what is typed there, and comes back to the menu by Ctrl-C; the menu must be there.
fn survives(way: &str, typed: Vec<u8>) -> Script {
    let shown = format!("{way:?}, then {:?}", String::from_utf8_lossy(typed.get(..80).unwrap_or(&typed)));
    let acts = vec![way.into(), Act::Type(typed), "\x03\x03\x03\r\x03\r\x03help\r\r".into()];
    let script = Script::play(double(), acts);
    assert!(script.out.iter().all(|b| matches!(b, b' '..=b'~' | b'\r' | b'\n' | 8)), "{shown}");
    let text = script.text();
    let end: Vec<&str> = text.lines().rev().take(60).collect();
    assert!(end.iter().any(|line| line.starts_with("Number or name")), "{shown}:\n{text}");
    script
}

#[test]
fn garbage_at_every_prompt() {
    let all: Vec<u8> = (0..=255).filter(|byte| !b"yY\r\n".contains(byte)).collect();
    let typed: [&[u8]; 9] = [
        b"\x03",
        b"\x04",
        b"q\r",
        b"\x1b[A\x1b[1;5C\x1bOP\x1b]0;title\x07\x1b[\x1b",
        b"\xff\xfe\xc3\x28\xf0\x9f\x92\xa9\r",
        b"\x13\x11\x00\r",
        b"?\r?\r",
        b"\x7f\x08\x15\x0c\x7f\r",
        &all,
    ];
    for way in WAYS {
        for typed in typed {
            survives(way, typed.to_vec());
        }
        survives(way, vec![b'x'; 10_000]);
        survives(way, [vec![b'9'; 10_000], b"\r".to_vec()].concat());
        survives(way, b"\x1b]".iter().copied().chain(std::iter::repeat_n(b'a', 10_000)).collect());
    }
}

#[test]
fn leaving_any_prompt_changes_nothing() {
    let reads = |ask: &Ask| {
        matches!(
            ask,
            Ask::Overview
                | Ask::Settings
                | Ask::Check(_)
                | Ask::Test
                | Ask::Log(_)
                | Ask::Look(_)
                | Ask::Backup
        )
    };
    for way in WAYS.iter().filter(|way| !way.contains("y\r") && !way.contains("13")) {
        for leave in ["\x03", "q\r"] {
            let script = Script::play(double(), vec![(*way).into(), leave.into()]);
            // A port may have blinked before that; nothing else.
            let done = script.double.asked.iter().find(|ask| !reads(ask) && !matches!(ask, Ask::Blink(..)));
            assert_eq!(done, None, "{way:?} {leave:?}");
            if way.matches('\r').count() > 1 && !["6", "8", "0"].iter().any(|done| way.starts_with(done)) {
                let text = script.flat();
                let says = [
                    "Nothing was changed.",
                    "Not registered.",
                    "This is the menu already",
                    "There is no item q",
                ];
                assert!(says.iter().any(|words| text.contains(words)), "{way:?} {leave:?}: {text}");
            }
        }
    }
}

fn token() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => Just(b"\r".to_vec()),
        1 => Just(b"y\r".to_vec()),
        1 => Just(b"?\r".to_vec()),
        1 => Just(b"-\r".to_vec()),
        1 => Just(b"\x03".to_vec()),
        1 => Just(b"\x0c".to_vec()),
        1 => Just(b"\x1b[".to_vec()),
        2 => (0u8..16).prop_map(|item| format!("{item}\r").into_bytes()),
        1 => proptest::sample::select(&["static\r", "https\r", "10.0.0.5/24\r", "factory\r", "restore\r", "."][..])
            .prop_map(|word| word.as_bytes().to_vec()),
        1 => Just(b"-----BEGIN CERTIFICATE-----\r".to_vec()),
        3 => proptest::collection::vec(any::<u8>(), 0..24),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        16 => token().prop_map(Act::Type),
        2 => (1u32..130).prop_map(Act::Wait),
        1 => any::<bool>().prop_map(Act::Away),
        1 => Just(Act::Break),
        1 => Just(Act::Hang),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is typed, and however the service behaves: no panic, no circle, plain text.
    #[test]
    fn nothing_breaks_it(acts in proptest::collection::vec(act(), 0..60), large in any::<bool>()) {
        let overview = if large { boxes::large() } else { boxes::broken() };
        let script = Script::play(Double::new(overview), acts);
        prop_assert!(script.out.iter().all(|b| matches!(b, b' '..=b'~' | b'\r' | b'\n' | 8)));
    }
}

/// Text as a foreign switch, certificate or log might hold it.
fn foreign() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => ".{0,40}",
        1 => proptest::collection::vec(any::<char>(), 0..200).prop_map(|chars| chars.into_iter().collect()),
        1 => Just("\u{1b}[2J\r\n\u{9b}H".to_string()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the service's texts and numbers hold: the screen is plain, and no line is too long.
    #[test]
    fn no_foreign_text_breaks_the_screen(text in proptest::collection::vec(foreign(), 16), number in any::<u64>()) {
        let mut overview = boxes::broken();
        let mut texts = text.into_iter();
        let mut next = || texts.next().unwrap_or_default();
        (overview.version, overview.slot, overview.name, overview.hostname) = (next(), next(), next(), next());
        overview.next = next();
        overview.management.port = next();
        overview.management.addresses = vec![(next(), next())];
        overview.platform.address = next();
        overview.platform.proxy = next();
        overview.fingerprints = vec![(next(), next())];
        (overview.ports[0].port.name, overview.ports[0].neighbour, overview.ports[0].label) = (next(), next(), next());
        overview.findings[0].words = next();
        (overview.uptime, overview.time.0.0, overview.new) = (number, number, number);
        (overview.platform.heard.0, overview.ports[0].port.bits, overview.spool.batches) = (number / 2, number, number);
        overview.time.1 = number as i32;
        overview.trying = None;
        let script = Script::play(Double::new(overview), vec!["\r\r\rq4\r\r\r\r11\r\x03 5\r\x03".into()]);
        prop_assert!(script.out.iter().all(|b| matches!(b, b' '..=b'~' | b'\r' | b'\n' | 8)));
        for line in script.text().lines() {
            prop_assert!(line.len() < 80, "{}", line);
        }
    }
}

#[test]
fn when_the_service_is_away_that_is_said_and_the_menu_stays() {
    let acts = vec![
        "99\r".into(),
        Act::Away(true),
        "\r".into(),
        Act::Wait(5),
        Act::Wait(5),
        "6\r".into(),
        Act::Wait(2),
        Act::Wait(2),
        Act::Away(false),
        Act::Wait(2),
        Act::Away(true),
        "net\r".into(),
        "\x03".into(),
        Act::Away(false),
        Act::Wait(5),
    ];
    let script = Script::play(double(), acts);
    let text = script.text();
    let (_, shown) = text.split_once("Number or name").unwrap();
    common::snapshot("away", &format!("Number or name{shown}"));
    assert!(script.flat().contains("The set-up service does not answer: it does not run. Trying again"));
}

#[test]
fn a_service_that_is_away_at_the_start_is_waited_for() {
    let mut double = double();
    double.password = "horse".into();
    let acts =
        vec![Act::Away(true), "\x03\r1\r".into(), Act::Wait(5), Act::Wait(1), Act::Away(false), Act::Wait(5)];
    let script = Script::play(double, acts);
    assert_eq!(script.text().matches("does not answer").count(), 1, "{}", script.text());
    assert!(script.text().ends_with("It has a password.\nPassword: "), "{}", script.text());
}

#[test]
fn what_may_have_been_done_is_not_asked_again() {
    let script = Script::play(double(), vec!["10\r\r\r".into(), "y".into(), Act::Break, "\r".into()]);
    let powers = script.double.asked.iter().filter(|ask| matches!(ask, Ask::Power { .. })).count();
    assert_eq!(powers, 1);
    assert!(script.flat().contains("Look whether it was done"), "{}", script.text());
}

#[test]
fn waiting_can_be_ended() {
    let acts = vec!["6".into(), Act::Hang, "\r".into(), Act::Wait(10), "\x03".into(), "8\r\r".into()];
    let script = Script::play(double(), acts);
    let text = script.text();
    assert!(text.contains("Still waiting for an answer.") && text.contains("Stopped."), "{text}");
    assert!(text.contains("line 1"), "{text}");
}
