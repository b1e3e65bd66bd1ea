//! The service over its socket and without: settings, the confirmed commit, access,
//! back-up, and what is found beside the box.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use model::{ErrorCode, Time};
use settings::{Ipv4, Network, Port};
use setup::hands_free::{self, Origin};
use setup::{Machine, Net, NetState, Parts, Service, Store, socket};
use spool::memory::Memory;
use uplink::World;
use wire::local::{Ask, Change, Failed, Overview, Say, Secret, Standing, Step, frame, unframe};

/// Time that tests move.
#[derive(Default)]
struct Clock(AtomicU64);

impl World for Clock {
    fn now(&self) -> Time {
        Time::new(1_800_000_000, 0)
    }
    fn elapsed(&self) -> u64 {
        self.0.load(SeqCst)
    }
    fn wait(&self, nanos: u64) -> bool {
        self.0.fetch_add(nanos, SeqCst);
        true
    }
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// A network that remembers what it was told.
#[derive(Clone, Default)]
struct Wire {
    told: Arc<Mutex<Vec<Network>>>,
    fails: Arc<Mutex<Option<ErrorCode>>>,
}

impl Wire {
    fn last(&self) -> Ipv4 {
        self.told.lock().unwrap().last().unwrap().ipv4.clone()
    }
}

impl Net for Wire {
    fn change(&self, _: &str, network: &Network) -> Result<(), Failed> {
        self.told.lock().unwrap().push(network.clone());
        Ok(())
    }
    fn state(&self) -> NetState {
        let mut state = NetState::default();
        state.management.port = "eth0".into();
        state.management.link = true;
        state.management.addresses = vec![("10.0.0.5/24".into(), "static".into())];
        state
    }
    fn settle(&self, tell: &mut dyn FnMut(Step)) -> bool {
        let failed = *self.fails.lock().unwrap();
        let outcome = failed.map_or(Ok("up".into()), |code| Err(Failed::coded(code, "told so")));
        tell(Step { name: "link".into(), outcome });
        failed.is_none()
    }
}

struct Box_;

impl Machine for Box_ {
    fn ports(&self) -> Vec<String> {
        vec!["eth0".into(), "eth1".into()]
    }
    fn roles(&self) -> Vec<Port> {
        Vec::new()
    }
    fn power(&self, _: bool, _: &str) -> Result<(), Failed> {
        Ok(())
    }
}

struct Rig {
    service: Arc<Service<Memory>>,
    clock: Arc<Clock>,
    wire: Wire,
    _state: tempfile::TempDir,
}

fn rig() -> Rig {
    let (clock, wire, state) = (Arc::new(Clock::default()), Wire::default(), tempfile::tempdir().unwrap());
    let parts = Parts {
        store: Store::open(Memory::default()).unwrap(),
        net: Box::new(wire.clone()),
        machine: Box::new(Box_),
        state: state.path().into(),
        version: "stillwatch test".into(),
        confirm: setup::CONFIRM,
        world: Arc::clone(&clock) as Arc<dyn World>,
    };
    Rig { service: Arc::new(Service::start(parts).unwrap()), clock, wire, _state: state }
}

impl Rig {
    fn ask(&self, ask: Ask) -> Vec<Say> {
        let mut said = Vec::new();
        self.service.answer(ask, &mut |say| said.push(say));
        assert!(said.last().unwrap().ends() && said[..said.len() - 1].iter().all(|say| !say.ends()));
        said
    }

    fn end(&self, ask: Ask) -> Say {
        self.ask(ask).pop().unwrap()
    }

    fn value(&self, id: &str) -> String {
        let Say::Settings(all) = self.end(Ask::Settings) else { panic!() };
        all.into_iter().find(|one| one.id == id).unwrap().value
    }

    fn overview(&self) -> Overview {
        let Say::Overview(overview) = self.end(Ask::Overview) else { panic!() };
        *overview
    }

    fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds * Time::SECOND, SeqCst);
        self.service.tick();
        self.service.try_code();
    }
}

fn changes(pairs: &[(&str, &str)]) -> Vec<Change> {
    pairs.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect()
}

const STATIC: &[(&str, &str)] = &[
    ("network.mode", "static"),
    ("network.address", "10.0.0.5/24"),
    ("network.gateway", "10.0.0.1"),
    ("platform.address", "127.0.0.1:1"),
];

#[test]
fn what_is_wrong_is_told_by_setting_and_nothing_is_changed() {
    let rig = rig();
    let Say::Wrong(wrong) = rig.end(Ask::Apply(changes(&[("network.vlan", "5000"), ("proxy.port", "x")])))
    else {
        panic!()
    };
    assert_eq!(wrong.iter().map(|one| &*one.id).collect::<Vec<_>>(), ["network.vlan", "proxy.port"]);
    assert_eq!(rig.value("network.vlan"), "");
}

#[test]
fn other_settings_are_kept_at_once() {
    let rig = rig();
    let proxy = changes(&[
        ("proxy.kind", "http"),
        ("proxy.host", "p"),
        ("proxy.user", "u"),
        ("proxy.password", "hush"),
    ]);
    assert_eq!(rig.end(Ask::Apply(proxy)), Say::Done("the settings are kept".into()));
    assert_eq!(rig.value("proxy.host"), "p");
    assert_eq!(rig.value("proxy.password"), "", "a secret is never shown");
    let Say::Orders(orders) = rig.end(Ask::Sensing(Box::default())) else { panic!() };
    assert_eq!(orders.proxy.unwrap().login.unwrap().1, Secret("hush".into()));
    for ask in [Ask::Backup, Ask::Support] {
        let Say::Text(text) = rig.end(ask) else { panic!() };
        assert!(text.contains("proxy.host = \"p\"") && !text.contains("hush"), "{text}");
    }
}

#[test]
fn a_change_of_the_network_is_tried_and_kept_when_confirmed() {
    let rig = rig();
    let said = rig.ask(Ask::Apply(changes(STATIC)));
    // The platform is not there: told, and the operator decides.
    assert!(said.iter().any(|say| matches!(say, Say::Step(step) if step.outcome.is_err())), "{said:?}");
    let Some(Say::Confirm(left)) = said.last() else { panic!("{said:?}") };
    assert!((1..=120).contains(left));
    assert!(matches!(rig.wire.last(), Ipv4::Static { .. }));
    assert_eq!(rig.value("network.mode"), "dhcp", "not kept yet");
    assert!(rig.overview().trying.is_some());
    assert!(matches!(rig.end(Ask::Apply(changes(&[("network.mtu", "1400")]))), Say::Failed(_)));
    assert_eq!(rig.end(Ask::Confirm), Say::Done("the settings are kept".into()));
    rig.pass(1_000);
    assert_eq!(rig.value("network.mode"), "static");
    assert!(matches!(rig.wire.last(), Ipv4::Static { .. }));
}

#[test]
fn what_nobody_confirms_is_undone_within_120_seconds() {
    let rig = rig();
    rig.ask(Ask::Apply(changes(STATIC)));
    let left = u64::from(rig.overview().trying.unwrap());
    assert!(left <= 120);
    rig.pass(left - 1);
    assert!(matches!(rig.wire.last(), Ipv4::Static { .. }), "a second early");
    rig.pass(1);
    assert_eq!(rig.wire.last(), Ipv4::Dhcp);
    assert_eq!(rig.value("network.mode"), "dhcp");
    assert_eq!(rig.overview().trying, None);
    assert!(matches!(rig.end(Ask::Confirm), Say::Failed(_)), "too late");
}

#[test]
fn a_face_that_is_cut_off_by_its_own_change_gets_the_old_back() {
    let rig = rig();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("setup.sock");
    let listener = socket::listen(&path).unwrap();
    // The real socket, and time that runs as fast as it is waited for.
    let service = Arc::clone(&rig.service);
    std::thread::spawn(move || socket::serve(&service, listener));
    let mut face = UnixStream::connect(&path).unwrap();
    face.write_all(&frame(&Ask::Apply(changes(STATIC)))).unwrap();
    drop(face);
    let began = std::time::Instant::now();
    while rig.wire.told.lock().unwrap().len() < 3 {
        assert!(began.elapsed().as_secs() < 20, "it was not undone");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // At the start, the attempt, and back.
    assert_eq!(rig.wire.last(), Ipv4::Dhcp);
    assert_eq!(rig.value("network.mode"), "dhcp");
}

#[test]
fn an_address_in_use_is_not_kept_for_a_moment() {
    let rig = rig();
    *rig.wire.fails.lock().unwrap() = Some(ErrorCode::AddressInUse);
    let Say::Failed(failed) = rig.end(Ask::Apply(changes(STATIC))) else { panic!() };
    assert_eq!(failed.code, Some(ErrorCode::AddressInUse));
    assert_eq!(rig.wire.last(), Ipv4::Dhcp);
    assert_eq!(rig.overview().trying, None);
}

#[test]
fn a_full_disk_keeps_nothing_half() {
    let rig = rig();
    let (store, ..) = Store::open(Memory { room: Some(10), ..Memory::default() }).unwrap();
    drop(store);
    let parts = Parts {
        store: Store::open(Memory { room: Some(10), ..Memory::default() }).unwrap(),
        net: Box::new(rig.wire.clone()),
        machine: Box::new(Box_),
        state: rig._state.path().into(),
        version: String::new(),
        confirm: setup::CONFIRM,
        world: Arc::clone(&rig.clock) as Arc<dyn World>,
    };
    let service = Service::start(parts).unwrap();
    let mut said = Vec::new();
    service.answer(Ask::Apply(changes(&[("proxy.port", "8080")])), &mut |say| said.push(say));
    assert!(matches!(&said[0], Say::Failed(failed) if failed.code == Some(ErrorCode::Disk)), "{said:?}");
}

#[test]
fn the_password_guards_and_slows() {
    let rig = rig();
    let secret = |text: &str| Secret(text.into());
    let set = |old: &str, new: &str| rig.end(Ask::Password { old: secret(old), new: secret(new) });
    assert!(matches!(rig.end(Ask::Login(secret("anything"))), Say::Done(_)), "none is set");
    assert!(matches!(set("", "short"), Say::Failed(_)));
    assert!(matches!(set("", "long enough"), Say::Done(_)));
    assert!(rig.overview().password);
    assert!(matches!(set("wrong", "another one"), Say::Failed(_)));
    let before = rig.clock.elapsed();
    (0..6).for_each(|_| assert!(matches!(rig.end(Ask::Login(secret("wrong"))), Say::Failed(_))));
    assert!(rig.clock.elapsed() - before >= 7 * Time::SECOND, "wrong tries slow down");
    assert!(matches!(rig.end(Ask::Login(secret("long enough"))), Say::Done(_)));
    assert!(matches!(set("long enough", ""), Say::Done(_)));
    assert!(!rig.overview().password);
}

#[test]
fn a_backup_comes_back_and_reset_wants_the_name() {
    let rig = rig();
    rig.end(Ask::Apply(changes(&[("proxy.kind", "socks5"), ("proxy.host", "p"), ("panel.pin", "1234")])));
    let Say::Text(text) = rig.end(Ask::Backup) else { panic!() };
    let spool = rig._state.path().join("spool");
    std::fs::create_dir(&spool).unwrap();
    std::fs::write(spool.join("segment"), "heard").unwrap();
    assert!(matches!(rig.end(Ask::FactoryReset("wrong".into())), Say::Failed(_)));
    assert!(spool.exists());
    assert!(matches!(rig.end(Ask::FactoryReset("factory".into())), Say::Done(_)));
    assert_eq!(rig.value("proxy.host"), "");
    assert!(!spool.exists(), "reports of the last owner stay");
    assert!(matches!(rig.end(Ask::Restore("hello".into())), Say::Failed(_)));
    assert!(matches!(rig.end(Ask::Restore(text)), Say::Done(_)));
    assert_eq!(rig.value("proxy.host"), "p");
    assert!(!rig.overview().pin, "a secret is in no back-up");
}

#[test]
fn registration_says_what_is_missing() {
    let rig = rig();
    let register = |code: &str| rig.end(Ask::Register { code: Secret(code.into()), anew: false });
    let Say::Failed(failed) = register("1234") else { panic!() };
    assert_eq!(failed.code, Some(ErrorCode::CodeUnknown));
    let code = model::PersonalizationCode::new(1, 2).to_string();
    let Say::Failed(failed) = register(&code) else { panic!() };
    assert_eq!(failed.words, "no platform is set");
    rig.end(Ask::Apply(changes(&[("platform.address", "127.0.0.1:1")])));
    let Say::Failed(failed) = register(&code) else { panic!() };
    assert_eq!(failed.code, Some(ErrorCode::Blocked));
    assert_eq!(rig.overview().platform.standing, Standing::Unregistered);
}

fn found(origin: Origin, text: &str) -> hands_free::Found {
    hands_free::read(origin, text).unwrap()
}

#[test]
fn what_is_beside_the_box_is_taken_once_and_in_order() {
    let rig = rig();
    let usb = found(Origin::Usb, "proxy.kind = 'http'\nproxy.host = 'usb'\n");
    let cloud = "#cloud-config\nstillwatch:\n  proxy: {host: cloud, port: 8080, user: u, password: hush}\n";
    let cloud = found(Origin::CloudInit, cloud);
    rig.service.take(vec![cloud.clone(), usb.clone()]);
    assert_eq!((rig.value("proxy.host"), rig.value("proxy.port")), ("usb".into(), "8080".into()));
    let warned =
        |rig: &Rig| rig.overview().findings.iter().any(|one| one.words.contains("password still stands"));
    assert!(warned(&rig));
    // A person changes it, the box restarts: it stays, until the source says something new.
    rig.end(Ask::Apply(changes(&[("proxy.host", "typed")])));
    rig.service.take(vec![cloud, usb]);
    assert_eq!(rig.value("proxy.host"), "typed");
    rig.service.take(vec![found(Origin::Usb, "proxy.host = 'new'\n")]);
    assert_eq!(rig.value("proxy.host"), "new");
}

#[test]
fn a_source_with_one_wrong_value_sets_nothing() {
    let rig = rig();
    rig.service
        .take(vec![found(Origin::Usb, "proxy.kind = 'http'\nproxy.host = 'p'\nnetwork.vlan = 5000\n")]);
    assert_eq!(rig.value("proxy.host"), "");
    let findings = rig.overview().findings;
    assert!(findings[0].words.contains("network.vlan: out of range"), "{findings:?}");
}

#[test]
fn a_code_beside_the_box_is_tried_until_it_cannot_work() {
    let rig = rig();
    let code = model::PersonalizationCode::new(1, 2);
    let text = format!("platform.address = '127.0.0.1:1'\nregistration.code = '{code}'\n");
    rig.service.take(vec![found(Origin::Usb, &text)]);
    (0..3).for_each(|_| rig.pass(61));
    let Say::Done(_) = rig.end(Ask::Log(10)) else { panic!() };
    let tried = rig
        .ask(Ask::Log(100))
        .iter()
        .filter(|say| matches!(say, Say::Line(line) if line.contains("E06")))
        .count();
    assert_eq!(tried, 3, "the platform may come up later");
    let rig = self::rig();
    rig.service.take(vec![found(Origin::Usb, "platform.address = '127.0.0.1:1'\nregistration.code = '1'\n")]);
    (0..3).for_each(|_| rig.pass(61));
    let words = &rig.overview().findings[0].words;
    assert!(words.contains("does not register this box: E12"), "{words}");
}

#[test]
fn strangers_and_nonsense_at_the_socket_are_survived() {
    let rig = rig();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("setup.sock");
    serve(&rig, &path);
    for nonsense in [&b"\xff\xff\xff\xff"[..], &[3, 0, 0, 0, 1, 2, 3], &[]] {
        let mut face = UnixStream::connect(&path).unwrap();
        face.write_all(nonsense).unwrap();
        face.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        face.read_to_end(&mut answer).unwrap();
        let said = unframe::<Say>(&mut answer).unwrap();
        assert!(said.is_none_or(|say| matches!(say, Say::Failed(_))));
    }
    let mut face = UnixStream::connect(&path).unwrap();
    face.write_all(&frame(&Ask::Overview)).unwrap();
    let (mut arrived, mut buffer) = (Vec::new(), [0; 4096]);
    let overview = loop {
        if let Some(say) = unframe::<Say>(&mut arrived).unwrap() {
            break say;
        }
        let more = face.read(&mut buffer).unwrap();
        arrived.extend_from_slice(&buffer[..more]);
    };
    assert!(matches!(overview, Say::Overview(_)));
}

fn serve(rig: &Rig, path: &Path) {
    let listener = socket::listen(path).unwrap();
    let service = Arc::clone(&rig.service);
    std::thread::spawn(move || socket::serve(&service, listener));
}
