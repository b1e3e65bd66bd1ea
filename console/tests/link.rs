//! The socket as it really behaves: services that restart, cut answers into pieces, or
//! are no service at all; terminals that go away.

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use common::boxes;
use common::double::Double;
use common::line::{Running, pty};
use common::socket::Served;
use console::Away;
use console::drive::Link;
use nix::sys::termios::{InputFlags, LocalFlags, cfgetospeed, tcgetattr};
use wire::local::{Ask, Say, frame};

/// Waits for the last answer.
fn answer(link: &mut Link, ask: &Ask) -> Result<Say, Away> {
    link.ask(ask)?;
    loop {
        match link.answer()? {
            Some(say) if say.ends() => return Ok(say),
            Some(_) => {}
            None => link.read()?,
        }
    }
}

/// A service that treats each connection as it is told: bytes to send after a question, then
/// its end, which is told.
fn served_raw(answers: Vec<Vec<Vec<u8>>>) -> (tempfile::TempDir, Link, Receiver<()>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("setup.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let (ended, told) = channel();
    std::thread::spawn(move || {
        for pieces in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = [0; 4_096];
            if stream.read(&mut question).unwrap() > 0 {
                for piece in pieces {
                    stream.write_all(&piece).unwrap();
                }
            }
            drop(stream);
            // The test may be over already.
            ended.send(()).ok();
        }
    });
    (dir, Link::new(&path), told)
}

fn done(words: &str) -> Say {
    Say::Done(words.into())
}

#[test]
fn a_service_that_ended_between_two_questions_is_reached_again() {
    let (_dir, mut link, ended) = served_raw(vec![vec![frame(&done("one"))], vec![frame(&done("two"))]]);
    assert_eq!(answer(&mut link, &Ask::Test), Ok(done("one")));
    ended.recv().unwrap();
    assert_eq!(answer(&mut link, &Ask::Test), Ok(done("two")));
}

#[test]
fn answers_come_out_whole_however_they_are_cut() {
    let bytes = [frame(&Say::Line("a line".into())), frame(&done("end"))].concat();
    let (_dir, mut link, _ended) = served_raw(vec![bytes.iter().map(|byte| vec![*byte]).collect()]);
    assert_eq!(answer(&mut link, &Ask::Log(1)), Ok(done("end")));
}

#[test]
fn what_is_no_answer_is_told() {
    let (_dir, mut link, _ended) = served_raw(vec![vec![b"HTTP/1.1 400 Bad Request\r\n".to_vec()]]);
    let away = answer(&mut link, &Ask::Overview).unwrap_err();
    assert!(away.asked && away.why.contains("cannot be read"), "{away:?}");
    let (_dir, mut link, _ended) = served_raw(vec![vec![frame(&Say::Line("half".into()))]]);
    assert_eq!(answer(&mut link, &Ask::Log(1)), Err(Away { why: "it ended".into(), asked: true }));
}

#[test]
fn nobody_there_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut link = Link::new(&dir.path().join("nobody"));
    assert_eq!(link.ask(&Ask::Overview), Err(Away { why: "it does not run".into(), asked: false }));
    let path = dir.path().join("left");
    drop(UnixListener::bind(&path).unwrap());
    assert!(UnixStream::connect(&path).is_err());
    assert_eq!(
        Link::new(&path).ask(&Ask::Overview),
        Err(Away { why: "it does not run".into(), asked: false })
    );
}

#[test]
fn a_new_question_gives_up_the_open_one() {
    let served = Served::new(Double::new(boxes::online()));
    let mut link = Link::new(served.path());
    link.ask(&Ask::Log(5_000)).unwrap();
    link.read().unwrap();
    assert!(matches!(link.answer(), Ok(Some(Say::Line(_)))));
    assert!(matches!(answer(&mut link, &Ask::Overview), Ok(Say::Overview(_))));
}

#[test]
fn the_program_ends_with_its_terminal_and_on_logging_out() {
    let served = Served::new(Double::new(boxes::fresh()));
    let start = || {
        let pty = pty();
        let before = tcgetattr(&pty.slave).unwrap();
        let (input, output): (File, File) = (pty.slave.try_clone().unwrap().into(), pty.slave.into());
        let child = Command::new(env!("CARGO_BIN_EXE_stillwatch-console"))
            .arg("--socket")
            .arg(served.path())
            .env_remove("TERM")
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(output))
            .spawn()
            .unwrap();
        (Running(child), File::from(pty.master), before)
    };
    let until_prompt = |terminal: &mut File| {
        let (mut shown, mut buffer) = (String::new(), [0; 256]);
        while !shown.ends_with("?: help): ") {
            let length = terminal.read(&mut buffer).unwrap();
            shown.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
    };
    let (mut child, mut terminal, before) = start();
    until_prompt(&mut terminal);
    let set = tcgetattr(&terminal).unwrap();
    assert!(!set.local_flags.intersects(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG));
    let flow = InputFlags::IXON | InputFlags::IXOFF | InputFlags::IXANY;
    assert_eq!(set.input_flags & flow, before.input_flags & flow, "flow control is the line's own");
    assert!(set.input_flags.contains(InputFlags::IXON), "a pty has it from the start");
    assert_eq!(cfgetospeed(&set), cfgetospeed(&before));
    drop(terminal);
    assert!(child.0.wait().unwrap().success());

    let (mut child, mut terminal, before) = start();
    until_prompt(&mut terminal);
    terminal.write_all(b"out\r").unwrap();
    assert!(child.0.wait().unwrap().success());
    assert_eq!(tcgetattr(&terminal).unwrap().local_flags, before.local_flags, "put back as it was");
}
