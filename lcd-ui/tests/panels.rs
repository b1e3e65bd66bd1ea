//! Drivers against emulators, over ptys: what is shown, which bytes that takes, and
//! everything that can go wrong with a cable.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use lcd_ui::displays::{Characters, DISPLAYS, Key, KeyEvent, Kind, Led, Panel, Picture, Shape, State, kind};
use lcd_ui::emulators::{EMULATORS, Emulator, Faults};

/// Waits until something is so. Generous: it says that it never was.
fn until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is() {
        assert!(Instant::now() < end, "never came about: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn rows(lines: &[&str]) -> Picture {
    Picture::Characters(Characters::new(lines.iter().copied()))
}

fn kind_of(name: &str) -> &'static Kind {
    kind(name).expect("in the list")
}

fn pair(name: &str) -> (Emulator, Panel) {
    let emulator = Emulator::start(name).expect("a pty");
    let panel = Panel::start(kind_of(name), emulator.path().to_str().expect("text"));
    (emulator, panel)
}

fn shows(emulator: &Emulator, row: usize, text: &str) -> bool {
    emulator.text()[row].trim_end() == text
}

#[test]
fn every_panel_has_an_emulator() {
    let displays: Vec<&str> = DISPLAYS.iter().map(|kind| kind.name).collect();
    let emulators: Vec<&str> = EMULATORS.iter().map(|(name, _)| *name).collect();
    assert_eq!(displays, emulators);
}

/// The bytes of a start and of two pictures on a CFA533, sums computed apart from
/// this program with CRC-16/X-25 as the data sheet has it.
#[test]
fn byte_for_byte_as_the_data_sheet_has_it() {
    let (emulator, panel) = pair("cfa533");
    panel.show(rows(&["Hello"]));
    until("Hello", || panel.state() == State::Live && shows(&emulator, 0, "Hello"));
    let start = emulator.received();
    let head = "00 00 47 0f  01 00 9f 16  17 02 3f 3f f8 21";
    assert_eq!(start[..14], hex(head), "ping, version, key reports of six keys down and up");
    for packet in [
        "0c 01 00 b7 7a",
        "09 09 00 00 10 08 04 02 01 00 00 ca 79",
        "0e 01 64 2d ea",
        "1f 12 00 01 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 54 c1",
    ] {
        let packet = hex(packet);
        assert!(start.windows(packet.len()).any(|window| window == packet), "{packet:02x?}");
    }

    let mut picture = Characters::new(["Hallo"]);
    picture.cursor = Some((1, 0));
    panel.show(Picture::Characters(picture));
    until("a cursor", || emulator.with(|model| model.cursor()) == Some((1, 0)));
    let want = hex("1f 03 01 00 61 55 1c  0b 02 01 00 ab 90  0c 01 02 a5 59");
    assert_eq!(emulator.received(), want, "one character, cursor position, underline");
}

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("hex")).collect()
}

#[test]
fn every_printable_character_and_the_arrows_arrive() {
    let all: String = (' '..='~').chain("↑↓←→".chars()).collect();
    let all: Vec<char> = all.chars().collect();
    for name in ["cfa533", "cfa635"] {
        let (emulator, panel) = pair(name);
        for part in all.chunks(16) {
            let part: String = part.iter().collect();
            panel.show(rows(&[&part]));
            until(&part, || shows(&emulator, 0, part.trim_end()));
        }
        panel.show(rows(&["ä\u{7}"]));
        until("??", || shows(&emulator, 0, "??"));
    }
}

#[test]
fn keys_lights_and_backlight_of_every_panel() {
    for kind in DISPLAYS {
        let (emulator, panel) = pair(kind.name);
        panel.backlight(40);
        panel.leds([Led::Green, Led::Amber, Led::Red, Led::Off]);
        let dimmed = || (39..=40).contains(&emulator.with(|model| model.backlight()));
        until(&format!("{}: 40 %", kind.name), dimmed);
        let lights = match kind.name {
            "cfa533" => [Led::Off; 4],
            _ => [Led::Green, Led::Amber, Led::Red, Led::Off],
        };
        until(&format!("{}: lights", kind.name), || emulator.with(|model| model.leds()) == lights);
        for key in Key::ALL {
            emulator.tap(key);
            let events: Vec<KeyEvent> =
                (0..2).filter_map(|_| panel.key_within(Duration::from_secs(10))).collect();
            assert_eq!(events, [KeyEvent::press(key), KeyEvent::release(key)], "{}", kind.name);
        }
    }
}

#[test]
fn a_held_key_is_down_until_it_is_let_go() {
    let (emulator, panel) = pair("cfa635");
    until("live", || panel.state() == State::Live);
    emulator.press(Key::Up);
    assert_eq!(panel.key_within(Duration::from_secs(10)), Some(KeyEvent::press(Key::Up)));
    assert_eq!(panel.key(), None);
    emulator.release(Key::Up);
    assert_eq!(panel.key_within(Duration::from_secs(10)), Some(KeyEvent::release(Key::Up)));
}

#[test]
fn a_picture_of_pixels_arrives_pixel_for_pixel() {
    let (emulator, panel) = pair("ezio");
    let Picture::Pixels(mut canvas) = Picture::blank(kind_of("ezio").shape) else { panic!("pixels") };
    let on = |x: u16, y: u16| (x * 7 + y * 13).is_multiple_of(5);
    for (x, y) in (0..128).flat_map(|x| (0..64).map(move |y| (x, y))) {
        canvas.set(i32::from(x), i32::from(y), on(x, y));
    }
    panel.show(Picture::Pixels(canvas));
    let cell = |x, y| match (on(x, y), on(x, y + 1)) {
        (false, false) => ' ',
        (true, false) => '▀',
        (false, true) => '▄',
        (true, true) => '█',
    };
    let want: Vec<String> = (0..32).map(|y| (0..128).map(|x| cell(x, y * 2)).collect()).collect();
    until("the picture", || emulator.text() == want);
}

#[test]
fn lost_and_damaged_answers_and_garbage_are_got_over() {
    let (emulator, panel) = pair("cfa635");
    until("live", || panel.state() == State::Live);
    for (at, faults) in [
        Faults { lose: 2, ..Faults::default() },
        Faults { damage: 2, ..Faults::default() },
        Faults { garbage: b"\x80\x16 boot loader \xff".to_vec(), ..Faults::default() },
        Faults { garbage: vec![0x5F, 3, 1], lose: 1, damage: 1, ..Faults::default() },
    ]
    .into_iter()
    .enumerate()
    {
        emulator.faults(faults);
        let text = format!("round {at}");
        panel.show(rows(&["", &text]));
        until(&text, || shows(&emulator, 1, &text));
        emulator.send(b"\x80\x01\x63\x00\x00\x80\x01");
        emulator.tap(Key::Enter);
        let first = panel.key_within(Duration::from_secs(10));
        assert_eq!(first, Some(KeyEvent::press(Key::Enter)), "{text}");
        panel.key_within(Duration::from_secs(10));
        assert_eq!(panel.state(), State::Live, "{text}");
    }
}

#[test]
fn a_panel_that_answers_no_more_is_left_and_found_again() {
    let (emulator, panel) = pair("cfa533");
    panel.show(rows(&["before"]));
    until("before", || shows(&emulator, 0, "before"));
    emulator.faults(Faults { deaf: true, ..Faults::default() });
    panel.show(rows(&["after"]));
    until("away", || matches!(panel.state(), State::Away(why) if why.contains("does not answer")));
    assert!(shows(&emulator, 0, "before"));
    emulator.faults(Faults::default());
    until("after", || shows(&emulator, 0, "after") && panel.state() == State::Live);
}

#[test]
fn a_panel_may_be_unplugged_in_the_middle_and_another_put_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = folder.path().join("lcd");
    let plug = |emulator: &Emulator| {
        let _ = std::fs::remove_file(&port);
        symlink(emulator.path(), &port).expect("a link");
    };
    for name in ["cfa635", "ezio"] {
        let first = Emulator::start(name).expect("a pty");
        plug(&first);
        let panel = Panel::start(kind_of(name), port.to_str().expect("text"));
        until("live", || panel.state() == State::Live);
        drop(first);
        until("gone", || matches!(panel.state(), State::Away(_)));
        let picture = picture_of(name);
        panel.show(picture.clone());
        let second = Emulator::start(name).expect("a pty");
        plug(&second);
        until("live again", || panel.state() == State::Live);
        let blank = Emulator::start(name).expect("a pty").text();
        until("the picture", || second.text() != blank);
        second.tap(Key::Down);
        assert_eq!(panel.key_within(Duration::from_secs(10)), Some(KeyEvent::press(Key::Down)));
    }
}

/// Something other than blank.
fn picture_of(name: &str) -> Picture {
    match Picture::blank(kind_of(name).shape) {
        Picture::Characters(_) => rows(&["here", "again"]),
        Picture::Pixels(mut canvas) => {
            canvas.set(100, 50, true);
            Picture::Pixels(canvas)
        }
    }
}

#[test]
fn another_type_of_panel_and_no_panel_are_named() {
    let emulator = Emulator::start("cfa533").expect("a pty");
    let panel = Panel::start(kind_of("cfa635"), emulator.path().to_str().expect("text"));
    until("named", || match panel.state() {
        State::Away(why) => why.contains("CFA533") && why.contains("CFA635"),
        _ => false,
    });
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = folder.path().join("ttyUSB7");
    assert!(!Path::new(&nowhere).exists());
    let panel = Panel::start(kind_of("cfa533"), nowhere.to_str().expect("text"));
    panel.show(rows(&["nobody sees this"]));
    until("named", || matches!(panel.state(), State::Away(why) if why.contains("ttyUSB7")));
    assert_eq!(panel.key(), None);
}

#[test]
fn pictures_of_the_front_are_png() {
    for (name, _) in EMULATORS {
        let (emulator, panel) = pair(name);
        let dark = emulator.image();
        panel.show(picture_of(name));
        until("a picture", || emulator.image() != dark);
        let mut bytes = Vec::new();
        emulator.image().png(&mut bytes).expect("memory");
        assert!(bytes.starts_with(b"\x89PNG\r\n"), "{name}");
        assert!(matches!(
            kind_of(name).shape,
            Shape::Characters { .. } | Shape::Pixels { width: 128, height: 64 }
        ));
    }
}
