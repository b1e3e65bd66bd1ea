//! What it takes to set a box up: keys pressed, on six keys and on four; and that no
//! key, held or not, at any time, does harm.

use std::time::Duration;

use lcd_ui::demo::{CODE, Demo, Hands, PIN};
use lcd_ui::displays::{DISPLAYS, Key, Key::*, KeyEvent, Shape};
use lcd_ui::screens::View;
use model::ErrorCode;
use proptest::prelude::*;
use settings::item;
use wire::local::{Ask, Say, Secret};

const SMALL: Shape = Shape::Characters { columns: 16, rows: 2 };

fn set(hands: &Hands, id: &str) -> String {
    item(id).map_or("", |item| hands.demo.settings.get(item)).into()
}

fn title(hands: &Hands) -> String {
    match hands.ui.view() {
        View::Page { title, .. } | View::Menu { title, .. } | View::Busy { title, .. } => title,
        View::Edit { label, .. } => label,
    }
}

/// The set-up of `setup.md`'s typical box: static 192.168.1.50/24, gateway .1, DNS; proxy
/// 10.0.0.5:3128; the code. The platform's address is known, as it is when an image has it.
fn set_up(six: bool) -> (Hands, [u32; 3]) {
    let mut demo = Demo::new();
    demo.answer(Ask::Apply(vec![("platform.address".into(), "stillwatch.example.org".into())]));
    let mut hands = Hands::new(demo, SMALL, six);
    hands.press(Enter);
    hands.open("SETUP NETWORK");
    hands.type_in(&[Down, Enter]);
    hands.turn_address("192.168.1.50/24", "192.168.1.50/24");
    assert_eq!(title(&hands), "GATEWAY");
    hands.type_in(&[Enter, Enter, Enter]);
    assert_eq!(title(&hands), "KEEP IT? 120 s");
    hands.press(Enter);
    assert_eq!(title(&hands), "DONE");
    hands.press(Esc);
    let network = hands.presses;
    hands.open("PROXY");
    hands.type_in(&[Down, Enter, Enter]);
    hands.turn_address("192.168.1.1", "10.0.0.5");
    assert_eq!(title(&hands), "PROXY PORT");
    hands.type_in(&[Enter, Enter]);
    assert_eq!(title(&hands), "PROXY");
    hands.press(Enter);
    assert_eq!(title(&hands), "DONE");
    hands.press(Esc);
    let proxy = hands.presses - network;
    hands.open("REGISTER");
    assert_eq!(title(&hands), "CODE");
    hands.type_code(CODE);
    assert_eq!(title(&hands), "REGISTERED");
    let code = hands.presses - network - proxy;
    (hands, [network, proxy, code])
}

#[test]
fn a_typical_set_up_by_keys_alone() {
    for (six, most) in [(true, 100), (false, 100)] {
        let (hands, [network, proxy, code]) = set_up(six);
        println!(
            "{} keys: {} presses ({} of them held): network {network}, proxy {proxy}, code {code}",
            if six { 6 } else { 4 },
            hands.presses,
            hands.holds
        );
        assert_eq!(set(&hands, "network.mode"), "static");
        assert_eq!(set(&hands, "network.address"), "192.168.1.50/24");
        assert_eq!(set(&hands, "network.gateway"), "192.168.1.1");
        assert_eq!(set(&hands, "network.dns1"), "192.168.1.1");
        assert_eq!(set(&hands, "proxy.kind"), "http");
        assert_eq!(set(&hands, "proxy.host"), "10.0.0.5");
        assert_eq!(set(&hands, "proxy.port"), "3128");
        assert!(hands.demo.asked.contains(&Ask::Confirm));
        assert!(hands.presses <= most, "{} presses", hands.presses);
    }
}

#[test]
fn an_address_far_from_the_one_offered() {
    for six in [true, false] {
        let mut hands = Hands::new(Demo::new(), SMALL, six);
        hands.press(Enter);
        hands.open("SETUP NETWORK");
        hands.type_in(&[Down, Enter]);
        let before = hands.presses;
        hands.turn_address("192.168.1.50/24", "10.20.137.9/16");
        println!("10.20.137.9/16 from 192.168.1.50/24: {} presses", hands.presses - before);
        assert_eq!(title(&hands), "GATEWAY");
        match hands.ui.view() {
            View::Edit { value, .. } => assert_eq!(value, "10.20.0.1", "of the network that was typed"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_wrong_is_told_and_what_was_typed_is_kept() {
    let mut hands = Hands::new(Demo::new(), SMALL, true);
    hands.press(Enter);
    hands.open("SETUP NETWORK");
    hands.type_in(&[Down, Enter, Enter, Up, Enter]);
    assert_eq!(title(&hands), "not on link");
    hands.press(Esc);
    assert!(matches!(hands.ui.view(), View::Edit { value, .. } if value == "193.168.1.1"));
    hands.type_in(&[Down, Enter, Enter]);
    hands.demo.fault = Some(ErrorCode::AddressInUse);
    hands.press(Enter);
    assert_eq!(title(&hands), "E03 address in use");
    hands.press(Esc);
    assert_eq!(title(&hands), "NETWORK");
    hands.press(Enter);
    assert_eq!(title(&hands), "KEEP IT? 120 s", "everything was still there");
}

#[test]
fn a_half_typed_value_is_gone_after_a_minute_and_nothing_was_set() {
    let mut hands = Hands::new(Demo::new(), SMALL, true);
    hands.press(Enter);
    hands.open("SETUP NETWORK");
    hands.type_in(&[Down, Enter, Up, Up]);
    hands.wait(Duration::from_secs(59));
    assert!(!hands.ui.is_idle());
    hands.wait(Duration::from_secs(2));
    assert!(hands.ui.is_idle());
    assert_eq!(set(&hands, "network.mode"), "dhcp");
    assert_eq!(hands.demo.asked, []);
    hands.press(Enter);
    hands.open("SETUP NETWORK");
    assert!(matches!(hands.ui.view(), View::Menu { at: 0, .. }), "DHCP again");
}

#[test]
fn what_nobody_keeps_is_undone_and_said_so() {
    let mut hands = Hands::new(Demo::new(), SMALL, true);
    hands.press(Enter);
    hands.open("SETUP NETWORK");
    hands.type_in(&[Down, Enter, Enter, Enter, Enter, Enter]);
    hands.wait(Duration::from_secs(119));
    assert_eq!(title(&hands), "KEEP IT? 1 s", "a minute without keys does not hide the question");
    hands.wait(Duration::from_secs(2));
    assert_eq!(title(&hands), "UNDONE");
    hands.wait(Duration::from_secs(61));
    assert!(hands.ui.is_idle());
}

#[test]
fn a_change_begun_elsewhere_is_decided_here() {
    for (keys, mtu) in [(vec![Enter], "1400"), (vec![Down, Enter], "")] {
        let mut demo = Demo::new();
        demo.answer(Ask::Apply(vec![("network.mtu".into(), "1400".into())]));
        let mut hands = Hands::new(demo, SMALL, true);
        hands.press(Up);
        assert_eq!(title(&hands), "KEEP IT? 89 s");
        hands.type_in(&keys);
        assert_eq!(title(&hands), "DONE");
        assert_eq!(set(&hands, "network.mtu"), mtu);
        hands.press(Esc);
        assert_eq!(title(&hands), "MENU");
    }
}

#[test]
fn the_rotation_turns_every_four_seconds_and_any_key_stops_it() {
    for key in Key::ALL {
        let mut hands = Hands::new(Demo::new(), SMALL, true);
        let mut seen = vec![hands.picture()];
        for _ in 0..6 {
            hands.wait(Duration::from_secs(4));
            assert!(!seen.contains(&hands.picture()));
            seen.push(hands.picture());
        }
        hands.wait(Duration::from_secs(4));
        assert_eq!(seen[0], hands.picture());
        hands.press(key);
        assert_eq!(title(&hands), "MENU", "{key:?}");
    }
}

#[test]
fn a_pin_keeps_the_menu_closed() {
    let mut hands = Hands::new(Demo::locked(), SMALL, true);
    hands.press(Up);
    assert_eq!(title(&hands), "PIN");
    hands.type_in(&[Right, Right, Right, Enter]);
    assert_eq!(title(&hands), "NOT DONE");
    hands.press(Esc);
    assert_eq!(title(&hands), "PIN");
    for (at, digit) in PIN.chars().filter_map(|digit| digit.to_digit(10)).enumerate() {
        if at > 0 {
            hands.press(Right);
        }
        (0..digit).for_each(|_| hands.press(Up));
    }
    hands.press(Enter);
    assert_eq!(title(&hands), "MENU");
    assert!(hands.demo.asked.contains(&Ask::Pin(Secret(PIN.into()))));
}

#[test]
fn nothing_opens_before_the_box_has_said_whether_there_is_a_pin() {
    let mut ui = lcd_ui::screens::Ui::new(SMALL, true);
    ui.tick(Duration::from_millis(50));
    ui.key(KeyEvent::press(Enter));
    assert!(ui.is_idle());
    ui.lost();
    ui.key(KeyEvent::press(Enter));
    assert!(ui.is_idle());
}

#[test]
fn a_service_that_dies_fails_what_was_asked_of_it() {
    let mut hands = Hands::new(Demo::new(), SMALL, true);
    hands.press(Enter);
    (0..4).for_each(|_| hands.press(Down));
    hands.ui.key(KeyEvent::press(Enter));
    while hands.ui.ask().is_some_and(|ask| ask != Ask::Test) {
        hands.ui.answer(Say::Done(String::new()));
    }
    hands.ui.lost();
    assert_eq!(title(&hands), "NOT DONE");
    hands.ui.found();
    hands.press(Esc);
    assert_eq!(title(&hands), "MENU");
}

#[test]
fn secrets_are_kept_changed_or_cleared() {
    let mut hands = Hands::new(Demo::new(), SMALL, true);
    hands.demo.answer(Ask::Apply(vec![("panel.pin".into(), "1234".into())]));
    hands.wait(Duration::from_secs(3));
    let clear = |hands: &mut Hands| {
        hands.press(Enter);
        hands.open("SETUP NETWORK");
        // DHCP, no DNS of its own, then the others.
        hands.type_in(&[Enter, Enter]);
        hands.open("MORE");
        hands.open("PANEL PIN");
    };
    clear(&mut hands);
    assert!(matches!(hands.ui.view(), View::Menu { items, .. } if items[0] == "KEEP IT"));
    hands.type_in(&[Down, Down, Enter, Esc]);
    hands.open("APPLY");
    assert_eq!(set(&hands, "panel.pin"), "");
}

/// A key of the fuzzer, or time.
#[derive(Clone, Debug)]
enum Move {
    Press(Key),
    Hold(Key, u64),
    Wait(u64),
    Fault(usize),
    Lost,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let key = || (0_usize..6).prop_map(|at| Key::ALL[at]);
    let one = prop_oneof![
        12 => key().prop_map(Move::Press),
        2 => (key(), 0_u64..4_000).prop_map(|(key, time)| Move::Hold(key, time)),
        1 => (0_u64..90_000).prop_map(Move::Wait),
        1 => (0_usize..20).prop_map(Move::Fault),
        1 => Just(Move::Lost),
    ];
    proptest::collection::vec(one, 0..150)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_fingers_break_it(moves in moves(), panel in 0_usize..3, six in any::<bool>(), locked in any::<bool>()) {
        let shape = DISPLAYS[panel].shape;
        let demo = if locked { Demo::locked() } else { Demo::new() };
        let mut hands = Hands::new(demo, shape, six);
        for step in moves {
            match step {
                Move::Press(key) => hands.press(key),
                Move::Hold(key, time) => {
                    hands.ui.key(KeyEvent::press(key));
                    hands.wait(Duration::from_millis(time));
                    hands.ui.key(KeyEvent::release(key));
                }
                Move::Wait(time) => hands.wait(Duration::from_millis(time)),
                Move::Fault(at) => hands.demo.fault = Some(ErrorCode::ALL[at]),
                Move::Lost => {
                    hands.ui.lost();
                    hands.ui.found();
                }
            }
            let shown = lcd_ui::screens::characters(&hands.ui.view(), SMALL);
            prop_assert!(shown.rows.len() <= 2);
            prop_assert!(shown.rows.iter().all(|row| row.chars().count() <= 16), "{:?}", shown.rows);
            let _ = hands.picture();
        }
        hands.wait(Duration::from_secs(300));
        prop_assert!(hands.ui.is_idle(), "{:?}", hands.ui.view());
    }
}
