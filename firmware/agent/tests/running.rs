//! A whole sensor over a scripted source: whatever ends it, it ends soon, and what
//! was heard is at the platform or in the spool.

#[path = "../../uplink/tests/common/mod.rs"]
mod common;

use std::collections::BTreeSet;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent::{AgentError, Control, Notice, Options, run};
use capture::{BATCH, End, Frame, Interface, LinkType, Losses, PcapFile, Progress, Source, demo, drain};
use common::platform::Platform;
use common::server::{Server, serve};
use model::{PersonalizationCode, Time};
use sense::{Input, Sensor, Sizes};
use spool::{Folder, Limits, Spool};
use tempfile::TempDir;
use uplink::{Identity, Phase, Route, System, Vault, World, register};
use wire::{Content, Report, SensorConfig, State};
use zones::{Config, Group};

const SIZES: Sizes = Sizes { values: 1 << 14, sightings: 1 << 10, conversations: 1 << 12 };

/// What comes after the frames.
#[derive(Clone, Copy)]
enum Then {
    End,
    Fail,
    Panic,
}

/// The demonstration's frames as fast as they are taken, then something.
struct Scripted {
    frames: Vec<(Vec<u8>, u32)>,
    interfaces: Vec<Interface>,
    at: usize,
    then: Then,
    /// An idle port waits here; told when it is to go on to what comes then.
    go: Option<Receiver<()>>,
}

fn scripted(then: Then, go: Option<Receiver<()>>) -> Scripted {
    let mut bytes = Vec::new();
    demo::write(&mut bytes).unwrap();
    let mut file = PcapFile::from_reader("demo", Box::new(Cursor::new(bytes))).unwrap();
    let mut frames = Vec::new();
    drain(&mut file, |frame| frames.push((frame.data.to_vec(), frame.wire_len))).unwrap();
    Scripted { frames, interfaces: file.interfaces().to_vec(), at: 0, then, go }
}

impl Source for Scripted {
    fn batch(&mut self, each: &mut dyn FnMut(&[Frame<'_>])) -> Result<Progress, capture::Error> {
        let next = &self.frames[self.at..self.frames.len().min(self.at + BATCH)];
        if !next.is_empty() {
            let batch: Vec<Frame<'_>> = next
                .iter()
                .enumerate()
                .map(|(place, (data, wire_len))| Frame {
                    // Long ago: counts as the moment of the start.
                    time: Time(0),
                    data,
                    number: (self.at + place) as u64 + 1,
                    wire_len: *wire_len,
                    interface: 0,
                    link: LinkType::ETHERNET,
                })
                .collect();
            each(&batch);
            self.at += batch.len();
            return Ok(Progress::More);
        }
        if let Some(go) = &self.go {
            match go.recv_timeout(Duration::from_millis(20)) {
                Ok(()) => self.go = None,
                Err(_) => return Ok(Progress::Idle),
            }
        }
        match self.then {
            Then::End => Ok(Progress::End(End::Clean)),
            Then::Fail => {
                let source = io::Error::other("the port burned");
                Err(capture::Error::Read { name: "eth1".into(), offset: 0, source })
            }
            Then::Panic => panic!("a source of tests panics"),
        }
    }

    fn losses(&self) -> Losses {
        Losses::default()
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }
}

fn configured() -> SensorConfig {
    let zones = Config { internal: vec![Group::private()], ..Config::default() };
    SensorConfig { version: 1, name: "hall 3".into(), zones, ..SensorConfig::default() }
}

/// A box that is registered with a platform.
struct Registered {
    dir: TempDir,
    control: Control,
    notices: Arc<Mutex<Vec<Notice>>>,
}

fn registered(server: &Server) -> Registered {
    let code = PersonalizationCode::new(483_920, 10_293_847);
    server.change(|platform| {
        platform.add(&code, None);
        platform.time = System::default().now();
        platform.config = configured();
        platform.again = 1;
    });
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path()).unwrap();
    let world: Arc<dyn World> = Arc::new(System::default());
    let route = Route { platform: server.platform_address(), proxy: None };
    register(&code, &route, &Default::default(), &vault, &world).unwrap();
    Registered { dir, control: Control::default(), notices: Arc::default() }
}

fn options(state: &Path) -> Options {
    Options {
        state: PathBuf::from(state),
        proxy: None,
        spool: Limits::default(),
        sizes: SIZES,
        flows: 1 << 10,
        buffers: 64,
        version: "stillwatch test".into(),
        rated: 0,
    }
}

impl Registered {
    /// Runs while `meanwhile` does something; then it must end within half a minute.
    fn run(&self, then: Then, meanwhile: impl FnOnce(Sender<()>)) -> Result<(), AgentError> {
        let (done, ended) = channel::<()>();
        let (tell, go) = channel();
        let (control, notices, options) =
            (self.control.clone(), Arc::clone(&self.notices), options(self.dir.path()));
        let thread = std::thread::spawn(move || {
            let told = |notice| notices.lock().unwrap().push(notice);
            // Dropped at the end, also by a panic.
            let _done = done;
            run(&mut scripted(then, Some(go)), &options, &control, &told)
        });
        meanwhile(tell);
        let waited = ended.recv_timeout(Duration::from_secs(30)).unwrap_err();
        assert_eq!(waited, RecvTimeoutError::Disconnected, "it goes on and on");
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// All reports: those the platform took, then those in the spool.
    fn reports(&self, server: &Server) -> Vec<Report> {
        let folder = Folder::open(&self.dir.path().join("spool")).unwrap();
        let mut spool = Spool::open(folder, Limits::default(), [0; 16]).unwrap().0;
        let platform = server.platform.lock().unwrap();
        let mut contents: Vec<Vec<u8>> = platform
            .lines
            .values()
            .flat_map(|line| line.taken.iter().map(|(_, _, content)| content.clone()))
            .collect();
        while let Some(item) = spool.peek().unwrap() {
            contents.push(item.content);
            spool.ack(item.last).unwrap();
        }
        let report = |content: &Vec<u8>| match wire::decode(content) {
            Ok(Content::Report(report)) => report,
            other => panic!("no report: {other:?}"),
        };
        contents.iter().map(report).collect()
    }

    fn has(&self, notice: &Notice) -> bool {
        self.notices.lock().unwrap().contains(notice)
    }
}

/// Facts, and packets of conversations. A report may be there twice, at the platform
/// and in the spool: records are told apart by run, start and key.
fn told(reports: &[Report]) -> (BTreeSet<String>, u64) {
    let facts = reports.iter().flat_map(|report| &report.intervals);
    let facts = facts.map(|one| format!("{:?} {} {:?} {}", one.sighting, one.field, one.port, one.value));
    let records = reports.iter().flat_map(|report| report.records.iter().map(|record| (report.run, record)));
    let records: BTreeSet<_> = records.collect();
    let packets = records.iter().map(|(_, record)| record.conversation.packets.iter().sum::<u64>()).sum();
    (facts.collect(), packets)
}

/// What a sensor alone makes of the same frames.
fn expected() -> (BTreeSet<String>, u64) {
    let now = System::default().now();
    let mut sensor = Sensor::new(&configured(), SIZES, 1 << 10, 64, now);
    let source = scripted(Then::End, None);
    for (at, frames) in source.frames.chunks(BATCH).enumerate() {
        let inputs: Vec<Input<'_>> = frames
            .iter()
            .enumerate()
            .map(|(place, (data, wire_len))| Input {
                link: LinkType::ETHERNET.0,
                data,
                wire_len: *wire_len,
                time: now,
                port: 0,
                number: (at * BATCH + place) as u64 + 1,
            })
            .collect();
        sensor.frames(&inputs);
    }
    let reports: Vec<Report> = sensor.finish(now).collect();
    told(&reports)
}

fn go_on(go: Sender<()>) {
    go.send(()).unwrap();
}

fn heard_something(platform: &Platform) -> bool {
    platform.lines.values().any(|line| !line.taken.is_empty())
}

#[test]
fn what_is_heard_arrives_and_the_rest_is_kept_when_it_is_told_to_stop() {
    let server = serve();
    let sensor = registered(&server);
    let stop = |_| {
        server.until(|platform| heard_something(platform) && !platform.statuses.is_empty());
        sensor.control.stop();
    };
    sensor.run(Then::End, stop).unwrap();
    assert_eq!(told(&sensor.reports(&server)), expected());
    assert!(expected().0.len() > 100 && expected().1 > 100, "{:?}", expected());
    assert!(sensor.has(&Notice::Line(Phase::Online, None)));
    assert!(
        sensor.has(&Notice::Sensing(State::Sensing, 1)) && !sensor.has(&Notice::Sensing(State::Holding, 0))
    );
    let platform = server.platform.lock().unwrap();
    assert!(platform.statuses.iter().all(|status| status.state == State::Sensing && status.config == 1));
}

#[test]
fn a_source_that_ends_leaves_everything_on_disk() {
    let server = serve();
    let sensor = registered(&server);
    // The platform says nothing any more.
    server.keep_questions();
    sensor.run(Then::End, go_on).unwrap();
    assert!(!heard_something(&server.platform.lock().unwrap()));
    assert_eq!(told(&sensor.reports(&server)), expected());
}

#[test]
fn a_source_that_fails_loses_nothing_and_the_platform_hears_of_it() {
    let server = serve();
    let sensor = registered(&server);
    let fail = |go| {
        server.until(|platform| heard_something(platform) && !platform.statuses.is_empty());
        go_on(go);
    };
    let error = sensor.run(Then::Fail, fail).unwrap_err();
    assert!(
        matches!(&error, AgentError::Capture(capture::Error::Read { name, .. }) if name == "eth1"),
        "{error}"
    );
    assert_eq!(told(&sensor.reports(&server)), expected());
    assert!(sensor.has(&Notice::Sensing(State::Failed, 1)));
    let platform = server.platform.lock().unwrap();
    let last = platform.statuses.last().unwrap();
    assert_eq!(last.state, State::Failed);
    assert!(last.findings.iter().any(|fact| fact.words.contains("the port burned")), "{:?}", last.findings);
}

#[test]
fn a_configuration_is_followed_at_once() {
    let server = serve();
    let sensor = registered(&server);
    let pause = |_| {
        server.until(|platform| !platform.statuses.is_empty());
        server.change(|platform| {
            platform.config.version = 2;
            platform.config.paused = true;
        });
        server.until(|platform| platform.statuses.last().unwrap().state == State::Paused);
        sensor.control.stop();
    };
    sensor.run(Then::End, pause).unwrap();
    assert!(sensor.has(&Notice::Sensing(State::Paused, 2)));
    assert_eq!(Vault::open(sensor.dir.path()).unwrap().config().unwrap().version, 2);
}

#[test]
fn a_removed_sensor_ends() {
    let server = serve();
    let sensor = registered(&server);
    server.change(|platform| platform.deregistered = true);
    let error = sensor.run(Then::End, drop).unwrap_err();
    assert!(matches!(error, AgentError::Deregistered), "{error}");
    assert!(sensor.has(&Notice::Line(Phase::Deregistered, None)));
    let none: Option<Identity> = Vault::open(sensor.dir.path()).unwrap().identity().unwrap();
    assert!(none.is_none());
    let error = sensor.run(Then::End, drop).unwrap_err();
    assert!(matches!(error, AgentError::Unregistered), "{error}");
}

#[test]
fn a_panic_ends_all_threads() {
    let server = serve();
    let sensor = registered(&server);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sensor.run(Then::Panic, go_on)));
    assert!(panicked.is_err());
}

#[test]
fn a_spool_that_is_in_use_is_told() {
    let server = serve();
    let sensor = registered(&server);
    let _held = Folder::open(&sensor.dir.path().join("spool")).unwrap();
    let error = sensor.run(Then::End, drop).unwrap_err();
    assert!(error.to_string().contains("another process uses the spool"), "{error}");
}
