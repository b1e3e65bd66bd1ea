//! Through a real terminal line by PuTTY's own `plink -serial`, at the speeds and flow
//! controls that operators have. Skipped, saying so, where plink is not installed.

mod common;

use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use common::boxes;
use common::double::Double;
use common::line::{Desk, Line, find};
use common::socket::Served;
use wire::local::Ask;

const PROMPT: &str = "?: help): ";

fn plink(program: &Path, line: &Line, config: &str) -> Desk {
    let mut command = Command::new(program);
    command.arg("-serial").arg(&line.desk_end).args(["-sercfg", config]);
    Desk::start(command)
}

/// The menu from banner to a confirmed change, at a speed and flow control.
fn a_session(bits: u64, config: &str, xon: bool) {
    let Some(program) = find("plink") else { return };
    let served = Served::slow(Double::new(boxes::online()), Duration::from_millis(50));
    let line = Line::new(bits, xon);
    let mut desk = plink(&program, &line, config);
    let began = Instant::now();
    let _console = line.console(served.path());
    desk.expect("Stillwatch 0.1.0");
    desk.expect(PROMPT);
    let bytes = line.down.load(Ordering::Relaxed);
    println!("{config}: banner and menu in {:.2} s, {bytes} bytes", began.elapsed().as_secs_f64());
    assert!(bytes * 10 < 3 * 9_600, "more than 3 s at 9600 baud: {bytes} bytes");
    assert_eq!(line.honours_xon(), xon, "flow control is as it was set up");

    desk.send(b"net\r");
    desk.expect("ADDRESSING (dhcp, static) [dhcp]: ");
    desk.send(b"statix\x7f\x08ic\r");
    desk.expect("IP ADDRESS [192.168.1.50/24 suggested]: ");
    desk.send(b"\r\r\r\r\r\r\r\r\r\r\r\r\r");
    desk.expect("Apply these changes? [y/N]: ");
    desk.send(b"y\r");
    desk.expect("  link      ok    eth0 up 1000 Mb/s\r\n");
    desk.expect("  DNS       FAIL  E05 DNS failed");
    desk.expect("undone in 120 s: ");
    desk.expect("\rKeep these settings? [y/N], undone in 119 s: ");
    desk.send(b"y\r");
    desk.expect("Kept.");
    desk.expect(PROMPT);
    assert!(served.double.lock().unwrap().asked.contains(&Ask::Confirm));

    desk.send(b"log\r");
    desk.expect("LINES [40]: ");
    desk.send(b"\r");
    desk.expect("line 22\r\n-- Enter: more, q: stop --");
    desk.send(b"\r");
    desk.expect("line 40");
    desk.expect(PROMPT);
}

#[test]
fn at_115200_without_flow_control() {
    a_session(115_200, "115200,8,n,1,N", false);
}

#[test]
fn at_9600_with_xon_xoff() {
    a_session(9_600, "9600,8,n,1,X", true);
}

#[test]
fn at_9600_with_xon_xoff_at_the_desk_only() {
    a_session(9_600, "9600,8,n,1,X", false);
}

#[test]
fn ctrl_s_holds_and_ctrl_q_goes_on_where_the_line_honours_them() {
    let Some(program) = find("plink") else { return };
    let served = Served::new(Double::new(boxes::online()));
    let line = Line::new(115_200, true);
    let mut desk = plink(&program, &line, "115200,8,n,1,N");
    let _console = line.console(served.path());
    desk.expect(PROMPT);
    desk.send(b"\x13");
    desk.send(b"ping\r\r\r");
    // That nothing comes cannot be waited for, only looked at for a while.
    assert!(!desk.shows("WHAT", Duration::from_millis(500)), "shown in spite of Ctrl-S:\n{}", desk.text());
    desk.send(b"\x11");
    desk.expect("WHAT (ping, dns, route) [ping]: ");
    desk.expect("4 of 4 came back.");
}

#[test]
fn ctrl_s_and_ctrl_q_are_no_keys_where_it_does_not() {
    let Some(program) = find("plink") else { return };
    let served = Served::new(Double::new(boxes::online()));
    let line = Line::new(115_200, false);
    let mut desk = plink(&program, &line, "115200,8,n,1,N");
    let _console = line.console(served.path());
    desk.expect(PROMPT);
    desk.send(b"te\x13s\x11t\r");
    desk.expect("Testing the way to the platform.");
    desk.expect(PROMPT);
}

#[test]
fn ctrl_c_and_garbage_at_every_prompt() {
    let Some(program) = find("plink") else { return };
    let served = Served::new(Double::new(boxes::fresh()));
    let line = Line::new(115_200, true);
    let mut desk = plink(&program, &line, "115200,8,n,1,X");
    let mut console = line.console(served.path());
    desk.expect(PROMPT);
    let ways: &[&[&str]] = &[
        &["1\r", "ADDRESSING", "static\r", "IP ADDRESS", "\r", "GATEWAY"],
        &[
            "2\r",
            "PROXY (",
            "https\r",
            "PROXY HOST",
            "\r",
            "PROXY PORT",
            "\r",
            "PROXY USER",
            "u\r",
            "PASSWORD",
        ],
        &["3\r", "PLATFORM"],
        &["4\r", "[y/N]:", "y\r", "PORT ROLES"],
        &["5\r", "PORT (", "\r", "BLINK", "0\r", "LABEL"],
        &["7\r", "WHAT", "\r", "NAME OR"],
        &["8\r", "LINES"],
        &["9\r", "NEW PASSWORD", "abc\r", "AGAIN"],
        &["10\r", "WHAT", "\r", "REASON", "\r", "[y/N]:"],
        &["11\r", "WHAT", "\r", "[y/N]:"],
        &["12\r", "WHAT", "restore\r", "> "],
        &["14\r", "WHAT", "factory\r", "TYPE THE"],
    ];
    for way in ways {
        for depth in (1..way.len()).step_by(2) {
            for step in way.iter().take(depth + 1).collect::<Vec<_>>().chunks(2) {
                desk.send(step[0].as_bytes());
                desk.expect(step[1]);
            }
            desk.send(b"\x1b[A\x1b[2~\xff\xfe\x80garbage\x00\x07\x1b]0;x\x07 \x7f\x7f \x1bOQ");
            desk.send(b"\x03");
            desk.expect("Nothing was changed.");
            desk.expect(PROMPT);
        }
    }
    assert!(console.0.try_wait().unwrap().is_none(), "the menu runs on");
    let asked = &served.double.lock().unwrap().asked;
    assert!(asked.iter().all(|ask| matches!(ask, Ask::Overview | Ask::Settings)), "{asked:?}");
}
