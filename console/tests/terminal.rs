//! What a VT100 of 80x24 shows in the end: rows that are written over and lines that
//! are typed beyond the edge.

mod common;

use std::num::NonZero;

use common::boxes;
use common::double::Double;
use common::script::{Act, Script};

/// The rows of the screen after a script.
fn rows(double: Double, acts: Vec<Act>) -> Vec<String> {
    let script = Script::play(double, acts);
    let mut terminal = vt100::Parser::new(NonZero::new(24).unwrap(), NonZero::new(80).unwrap(), 0);
    terminal.process(&script.out);
    terminal.screen().rows(0, 80).map(|row| row.trim_end().to_string()).collect()
}

fn last(rows: &[String]) -> &str {
    rows.iter().rev().find(|row| !row.is_empty()).unwrap()
}

#[test]
fn banner_menu_and_prompt_fit_one_screen() {
    for overview in [boxes::fresh(), boxes::online()] {
        let rows = rows(Double::new(overview), vec!["\r".into()]);
        assert!(rows.iter().any(|row| row.starts_with("Stillwatch 0.1.0")), "{rows:#?}");
        assert!(last(&rows).starts_with("Number or name"), "{rows:#?}");
    }
}

#[test]
fn the_countdown_stays_on_its_row_with_what_was_typed() {
    let acts = vec![
        "net\rstatic\r\r\r\r\r\r\r\r\r\r\r\r\r".into(),
        "y\r".into(),
        Act::Wait(1),
        "ye".into(),
        Act::Wait(30),
        "z\x7f".into(),
        Act::Wait(80),
    ];
    let rows = rows(Double::new(boxes::fresh()), acts);
    assert_eq!(last(&rows), "Keep these settings? [y/N], undone in   9 s: ye");
    assert_eq!(rows.iter().filter(|row| row.contains("undone in")).count(), 1, "{rows:#?}");
}

#[test]
fn a_pause_leaves_nothing_behind() {
    let rows = rows(Double::new(boxes::online()), vec!["log\r\r".into(), "\r".into()]);
    assert!(!rows.iter().any(|row| row.contains("--")), "{rows:#?}");
    assert!(rows.iter().any(|row| row.ends_with("line 40")), "{rows:#?}");
}

#[test]
fn a_line_beyond_the_edge_can_be_taken_back() {
    let routes =
        "10.0.0.0/8 via 192.168.1.254, 172.16.0.0/12 via 192.168.1.253, 100.64.0.0/10 via 192.168.1.252";
    let to_routes = "net\r\r\r\r\r\r\r\r\r\r\r";
    let type_it = |more: &str| vec![to_routes.into(), routes.into(), more.into()];
    let double = || Double::new(boxes::fresh());
    let whole = rows(double(), type_it(""));
    let prompt = "STATIC ROUTES [none]: ";
    let (first, second) = routes.split_at(79 - prompt.len());
    let at = whole.iter().position(|row| row.starts_with(prompt)).unwrap();
    assert_eq!([whole[at].as_str(), whole[at + 1].as_str()], [&format!("{prompt}{first}"), second]);

    let back = "\x7f".repeat(second.len() + 3);
    let shorter = rows(double(), type_it(&back));
    assert_eq!(last(&shorter), format!("{prompt}{}", &first[..first.len() - 3]));
    let anew = rows(double(), type_it("\x15-"));
    assert_eq!(last(&anew), format!("{prompt}-"));
}
