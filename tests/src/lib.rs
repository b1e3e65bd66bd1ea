//! What the scenarios share: the demonstration capture, what a sensor hears in
//! it, the `stillwatch` program, the whole [`line`], and whole [machines](vm).

pub mod blocks;
pub mod drills;
pub mod faces;
pub mod line;
pub mod traffic;
pub mod vm;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use assets::{Config, Input, build, canonical_json};
use capture::{End, PcapFile, drain};
use identity::Assertion;
use model::{Conversation, Interval};
use sense::{Report, Sizes, Tracker, Worker};
use zones::{Group, Zones};

/// The demonstration capture as a pcap file.
///
/// # Panics
/// Never: writing to memory does not fail.
pub fn demo() -> &'static [u8] {
    static DEMO: OnceLock<Vec<u8>> = OnceLock::new();
    DEMO.get_or_init(|| {
        let mut bytes = Vec::new();
        capture::demo::write(&mut bytes).expect("memory takes all bytes");
        bytes
    })
}

/// What a sensor reports of a capture in memory, private addresses internal.
///
/// # Panics
/// When the capture is not whole.
pub fn report(capture: &'static [u8]) -> Report {
    let zones = Zones::new(&zones::Config { internal: vec![Group::private()], ..zones::Config::default() });
    let sizes = Sizes { values: 1 << 14, sightings: 1 << 12, conversations: 1 << 12 };
    let (mut tracker, mut worker) = (Tracker::new(zones.clone(), sizes), Worker::new(1 << 12, 256));
    let mut file = PcapFile::from_reader("capture", Box::new(capture)).expect("it is a capture");
    let end = drain(&mut file, |frame| {
        let input = sense::Input {
            link: frame.link.0,
            data: frame.data,
            wire_len: frame.wire_len,
            time: frame.time,
            port: frame.interface,
            number: frame.number,
        };
        worker.frame(&input, &zones, &mut tracker);
    });
    assert_eq!(end.expect("memory can be read"), End::Clean);
    worker.finish(&mut tracker);
    tracker.report()
}

/// The inventory as the one text that equal inventories share.
///
/// # Panics
/// Never: the documents can be written as JSON.
pub fn json(intervals: &[Interval], conversations: &[Conversation], assertions: &[Assertion]) -> String {
    let inventory = build(&Input { intervals, conversations, assertions }, &Config::default());
    canonical_json(&inventory).expect("documents are JSON")
}

/// Runs the `stillwatch` program, built in the profile of this test.
///
/// # Panics
/// When it cannot be run.
pub fn stillwatch(arguments: &[&str]) -> Output {
    let run = Command::new(program()).args(arguments).stdin(Stdio::null()).output();
    run.expect("the program was built with this test")
}

/// The program: cargo builds it (`src/bin/program.rs`) with the tests of this package.
///
/// # Panics
/// Never: a test has a path.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let own = std::env::current_exe().expect("a running program has a path");
        // Tests are built into PROFILE/deps, programs into PROFILE.
        let profile = own.ancestors().skip(1).find(|folder| !folder.ends_with("deps"));
        profile.expect("deps is in a profile's folder").join("stillwatch-under-test")
    })
}
