//! The banner and the menu below it, in each main state of a box.

mod common;

use common::boxes;
use common::double::Double;
use common::script::{Act, Script};
use common::snapshot;

#[test]
fn every_state_has_its_banner() {
    for (name, overview) in boxes::all() {
        let script = Script::play(Double::new(overview), vec!["\r\r".into()]);
        snapshot(&format!("banner-{name}"), &script.text());
    }
}

#[test]
fn it_fits_a_terminal_and_is_plain_ascii() {
    for (name, overview) in boxes::all() {
        let script = Script::play(Double::new(overview), vec!["\r\r\r\r".into()]);
        assert!(script.out.iter().all(|b| matches!(b, b' '..=b'~' | b'\r' | b'\n')), "{name}");
        for line in script.text().lines() {
            assert!(line.len() < 80, "{name}: {line}");
        }
    }
}

#[test]
fn long_output_pauses_at_22_lines() {
    let script = Script::play(Double::new(boxes::large()), vec![]);
    let shown = script.text();
    assert_eq!(shown.lines().count(), 23, "22 lines and the pause:\n{shown}");
    assert!(shown.ends_with("-- Enter: more, q: stop --"), "{shown}");
}

#[test]
fn the_pause_ends_by_itself_so_that_the_prompt_comes() {
    let script = Script::play(Double::new(boxes::large()), vec![Act::Wait(59)]);
    assert!(!script.text().contains("Number or name"));
    let script = Script::play(Double::new(boxes::large()), vec![Act::Wait(59), Act::Wait(1)]);
    assert!(script.text().contains("Number or name"));
}

#[test]
fn it_is_redrawn_on_enter_and_when_nothing_was_typed_for_a_minute() {
    let count = |acts| Script::play(Double::new(boxes::online()), acts).text().matches("Next step").count();
    assert_eq!(count(vec![]), 1);
    assert_eq!(count(vec!["\r".into()]), 2);
    assert_eq!(count(vec!["\x0c".into()]), 2);
    assert_eq!(count(vec![Act::Wait(59)]), 1);
    assert_eq!(count(vec![Act::Wait(59), Act::Wait(1)]), 2);
    assert_eq!(count(vec!["ne".into(), Act::Wait(600)]), 1, "something was typed");
    assert_eq!(count(vec!["ne\x15".into(), Act::Wait(60)]), 2, "and taken back");
}

#[test]
fn what_a_neighbour_says_of_itself_cannot_move_the_cursor() {
    let script = Script::play(Double::new(boxes::broken()), vec!["4\r".into()]);
    assert!(!script.out.contains(&0x1b));
    assert!(!script.text().contains("\nNext step  log in"));
}
