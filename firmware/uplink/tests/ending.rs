//! The world's end ends every call within a second, whatever the other end does
//! not do.

mod common;

use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::platform::Platform;
use common::server::{Server, serve};
use model::{PersonalizationCode, Time};
use spool::memory::Memory;
use spool::{Limits, Spool};
use tempfile::TempDir;
use uplink::{
    Address, Client, Clock, Credentials, Identity, Parts, Poll, Proxy, ProxyKind, Route, System, Uplink,
    Vault, World, register,
};
use wire::SensorConfig;
use zeroize::Zeroizing;

/// Takes connections and says nothing on them, ever.
struct Silent {
    address: Address,
    taken: std::sync::mpsc::Receiver<TcpStream>,
}

fn silent() -> Silent {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
    let (give, taken) = channel();
    // Ends when nobody holds the connections any more.
    std::thread::spawn(move || listener.incoming().flatten().all(|stream| give.send(stream).is_ok()));
    Silent { address, taken }
}

/// Runs `work` until `blocked` says that it waits, then ends the world.
fn ends(work: impl FnOnce(Arc<dyn World>) + Send + 'static, blocked: impl FnOnce()) {
    let system = Arc::new(System::default());
    let world: Arc<dyn World> = Arc::<System>::clone(&system);
    let (done, finished) = channel();
    let thread = std::thread::spawn(move || {
        work(world);
        done.send(()).ok();
    });
    blocked();
    let end = Instant::now();
    system.end();
    let left = Duration::from_secs(1).saturating_sub(end.elapsed());
    finished.recv_timeout(left).expect("it goes on a second after the end");
    thread.join().unwrap();
}

fn sensor(platform: &mut Platform) -> (Vault, Credentials, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = platform.authority.server((2020, 1), (2050, 1));
    let identity = Identity {
        platform: Address { host: "127.0.0.1".into(), port: 1 },
        sensor: "s-1".into(),
        name: "hall 3".into(),
        key: Zeroizing::new(key),
        certificate,
        authorities: vec![platform.authority.der.clone()],
    };
    (Vault::open(dir.path()).unwrap(), Arc::new(Mutex::new(Arc::new(identity))), dir)
}

fn client(world: &Arc<dyn World>, platform: Address, proxy: Option<Proxy>, who: &Credentials) -> Client {
    let clock = Clock::new(Arc::clone(world), Time(0));
    let route = Route { platform, proxy };
    Client::mutual(route, clock, Arc::clone(world), Arc::clone(who), Arc::default())
}

fn uplink(
    world: &Arc<dyn World>,
    line: Client,
    vault: Vault,
    credentials: Credentials,
) -> Uplink<Client, Memory> {
    let spool = Spool::open(Memory::default(), Limits::default(), [7; 16]).unwrap().0;
    let parts = Parts {
        line,
        spool: Arc::new(Mutex::new(spool)),
        vault,
        credentials,
        world: Arc::clone(world),
        clock: Clock::new(Arc::clone(world), Time(0)),
        version: "stillwatch test".into(),
        on_status: Box::new(|_| None),
    };
    Uplink::new(parts).unwrap()
}

fn poll(world: &Arc<dyn World>, line: Client, vault: Vault) -> Poll<Client> {
    Poll::new(line, vault, Arc::clone(world), Arc::default(), Box::new(|_| ())).unwrap()
}

#[test]
fn an_uplink_whose_platform_is_silent() {
    let peer = silent();
    let (vault, credentials, _dir) = sensor(&mut Platform::new());
    let to = peer.address.clone();
    let work = move |world: Arc<dyn World>| {
        let line = client(&world, to, None, &credentials);
        uplink(&world, line, vault, credentials).run();
    };
    // It shows a TLS hello and waits for the answer.
    let mut held = None;
    ends(work, || held = Some(peer.taken.recv().unwrap()));
}

#[test]
fn an_uplink_whose_proxy_is_silent() {
    for kind in [ProxyKind::Http, ProxyKind::Socks5] {
        let peer = silent();
        let (vault, credentials, _dir) = sensor(&mut Platform::new());
        let proxy = Proxy::new(kind, peer.address.clone());
        let work = move |world: Arc<dyn World>| {
            let to = Address { host: "platform.test".into(), port: 443 };
            let line = client(&world, to, Some(proxy), &credentials);
            uplink(&world, line, vault, credentials).run();
        };
        let mut held = None;
        ends(work, || held = Some(peer.taken.recv().unwrap()));
    }
}

/// The platform took the question and keeps it.
fn asked(server: &Server) {
    server.kept.recv().unwrap();
}

#[test]
fn a_long_poll() {
    let server = serve();
    server.keep_questions();
    let (vault, credentials, _dir) = sensor(&mut server.platform.lock().unwrap());
    vault.keep_config(&SensorConfig { version: 1, ..SensorConfig::default() }).unwrap();
    let to = server.platform_address();
    let work = move |world: Arc<dyn World>| {
        let line = client(&world, to, None, &credentials);
        poll(&world, line, vault).run();
    };
    ends(work, || asked(&server));
}

#[test]
fn an_uplink_that_waits_for_an_answer() {
    let server = serve();
    server.keep_questions();
    let (vault, credentials, _dir) = sensor(&mut server.platform.lock().unwrap());
    let to = server.platform_address();
    let work = move |world: Arc<dyn World>| {
        let line = client(&world, to, None, &credentials);
        uplink(&world, line, vault, credentials).run();
    };
    ends(work, || asked(&server));
}

#[test]
fn a_registration() {
    let peer = silent();
    let to = peer.address.clone();
    let work = move |world: Arc<dyn World>| {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let code = PersonalizationCode::new(483_920, 10_293_847);
        let route = Route { platform: to, proxy: None };
        let failed = register(&code, &route, &Default::default(), &vault, &world).err().unwrap();
        assert!(failed.words.contains("the sensor is ending"), "{failed}");
    };
    let mut held = None;
    ends(work, || held = Some(peer.taken.recv().unwrap()));
}

/// At one bit per second the greeting alone would take ten minutes.
#[test]
fn a_rate_cap() {
    let server = serve();
    let (_vault, credentials, _dir) = sensor(&mut server.platform.lock().unwrap());
    let to = server.platform_address();
    let (begun, connected) = channel();
    let work = move |world: Arc<dyn World>| {
        let clock = Clock::new(Arc::clone(&world), Time(0));
        let route = Route { platform: to, proxy: None };
        let rate = Arc::new(std::sync::atomic::AtomicU64::new(1));
        let mut line = Client::mutual(route, clock, world, credentials, rate);
        uplink::Line::open(&mut line).unwrap();
        begun.send(()).unwrap();
        line.exchange(wire::path::HELLO, &[0; 100], Duration::from_secs(20)).unwrap_err();
    };
    ends(work, || connected.recv().unwrap());
}
