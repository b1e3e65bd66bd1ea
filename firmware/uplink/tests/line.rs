//! Uploads and the connection test over real mutual TLS, directly and through
//! real proxies.

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use common::platform::Authority;
use common::programs::{Squid, microsocks, squid};
use common::server::{Server, relay, serve, serve_dated};
use common::world::Simulated;
use model::{ErrorCode, PersonalizationCode, Time};
use spool::memory::Memory;
use spool::{Limits, Spool};
use tempfile::TempDir;
use uplink::{
    Address, Client, Clock, Condition, Credentials, Parts, Phase, Poll, Proxy, ProxyKind, Route, System,
    Uplink, Vault, World, register, steps,
};

/// A registered box.
struct Sensor {
    vault: Vault,
    credentials: Credentials,
    world: Arc<dyn World>,
    clock: Clock,
    spool: Arc<Mutex<Spool<Memory>>>,
    _dir: TempDir,
}

fn registered(server: &Server) -> Sensor {
    let code = PersonalizationCode::new(483_920, 10_293_847);
    {
        let mut platform = server.platform.lock().unwrap();
        platform.add(&code, None);
        platform.time = System::default().now();
    }
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path()).unwrap();
    let world: Arc<dyn World> = Arc::new(System::default());
    let route = Route { platform: server.platform_address(), proxy: None };
    let (identity, _) = register(&code, &route, &Default::default(), &vault, &world).unwrap();
    let clock = Clock::new(Arc::clone(&world), vault.rolling().unwrap().good);
    let spool = Spool::open(Memory::default(), Limits::default(), [7; 16]).unwrap().0;
    Sensor {
        vault,
        credentials: Arc::new(Mutex::new(Arc::new(identity))),
        world,
        clock,
        spool: Arc::new(Mutex::new(spool)),
        _dir: dir,
    }
}

impl Sensor {
    fn client(&self, route: &Route, rate: u64) -> Client {
        let (clock, world) = (self.clock.clone(), Arc::clone(&self.world));
        Client::mutual(
            route.clone(),
            clock,
            world,
            Arc::clone(&self.credentials),
            Arc::new(AtomicU64::new(rate)),
        )
    }

    fn uplink(&self, route: &Route) -> Uplink<Client, Memory> {
        let parts = Parts {
            line: self.client(route, 0),
            spool: Arc::clone(&self.spool),
            vault: self.vault.clone(),
            credentials: Arc::clone(&self.credentials),
            world: Arc::clone(&self.world),
            clock: self.clock.clone(),
            version: "stillwatch test".into(),
            on_status: Box::new(|_| None),
        };
        Uplink::new(parts).unwrap()
    }

    /// Uploads ten batches, the last a large one; how it stands then.
    fn upload(&self, route: &Route) -> Condition {
        let mut uplink = self.uplink(route);
        for number in 0..10u8 {
            let content = vec![number; if number == 9 { 3_000_000 } else { 100 }];
            self.spool.lock().unwrap().append(&content, self.world.now()).unwrap();
        }
        // Greets, then a batch a step.
        for _ in 0..12 {
            uplink.step();
        }
        let condition = uplink.condition();
        condition.lock().unwrap().clone()
    }

    fn steps(&self, route: &Route, known: bool) -> Vec<String> {
        let credentials = known.then_some(&self.credentials);
        steps::test(route, credentials, &self.clock, &self.world).iter().map(ToString::to_string).collect()
    }
}

fn route(platform: Address, proxy: Option<Proxy>) -> Route {
    Route { platform, proxy }
}

fn taken(server: &Server) -> usize {
    server.platform.lock().unwrap().lines.values().map(|line| line.taken.len()).sum()
}

#[test]
fn batches_go_up_over_one_kept_connection() {
    let server = serve();
    let sensor = registered(&server);
    let before = server.connections.load(Ordering::SeqCst);
    let condition = sensor.upload(&route(server.platform_address(), None));
    assert_eq!((condition.phase, condition.error), (Phase::Online, None));
    assert_eq!(taken(&server), 10);
    assert_eq!(server.connections.load(Ordering::SeqCst) - before, 1);
    // The certificate is the platform's CA's, and says when it ends.
    assert!(condition.certificate_ends > sensor.clock.now());
}

#[test]
fn through_squid_and_socks5() {
    let server = serve();
    let sensor = registered(&server);
    let Some(http) = squid(&Squid::Open(server.address.port())) else { return };
    let condition = sensor.upload(&route(server.platform_address(), Some(http.proxy(ProxyKind::Http))));
    assert_eq!((condition.error, taken(&server)), (None, 10));
    let Some(socks) = microsocks(None) else { return };
    let condition = sensor.upload(&route(server.platform_address(), Some(socks.proxy(ProxyKind::Socks5))));
    assert_eq!((condition.error, taken(&server)), (None, 20));
}

#[test]
fn through_a_proxy_that_is_itself_reached_over_tls() {
    let server = serve();
    let sensor = registered(&server);
    let authority = Authority::new("Proxy CA");
    let Some(running) = squid(&Squid::Tls(server.address.port(), &authority)) else { return };
    let mut proxy = running.proxy(ProxyKind::Https);
    proxy.authorities = vec![Authority::new("Another CA").der];
    let error = sensor.upload(&route(server.platform_address(), Some(proxy.clone()))).error.unwrap();
    assert_eq!(error.code, ErrorCode::NotTrusted);
    assert!(error.words.contains("Proxy CA"), "{error}");
    proxy.authorities = vec![authority.der.clone()];
    let condition = sensor.upload(&route(server.platform_address(), Some(proxy)));
    // Those of both uploads.
    let batches = sensor.spool.lock().unwrap().status().batches;
    assert_eq!((condition.error, taken(&server) as u64 + batches), (None, 20));
    assert!(batches < 10);
}

#[test]
fn a_cut_proxy_is_survived() {
    let server = serve();
    let sensor = registered(&server);
    let Some(first) = microsocks(None) else { return };
    let way = route(server.platform_address(), Some(first.proxy(ProxyKind::Socks5)));
    let mut uplink = sensor.uplink(&way);
    sensor.spool.lock().unwrap().append(b"one", sensor.world.now()).unwrap();
    for _ in 0..3 {
        uplink.step();
    }
    assert_eq!(taken(&server), 1);
    drop(first);
    sensor.spool.lock().unwrap().append(b"two", sensor.world.now()).unwrap();
    assert!(uplink.step() >= Time::SECOND / 2, "it waits before it tries again");
    let condition = uplink.condition().lock().unwrap().clone();
    assert_eq!((condition.phase, condition.error.unwrap().code), (Phase::Away, ErrorCode::Blocked));
    // The way is open again, without the proxy.
    let condition = sensor.upload(&route(server.platform_address(), None));
    assert_eq!((condition.phase, taken(&server)), (Phase::Online, 12));
}

#[test]
fn who_opens_tls_is_e09_and_gets_nothing() {
    let server = serve();
    let sensor = registered(&server);
    let middle = relay(&server);
    let condition = sensor.upload(&route(middle.platform_address(), None));
    let error = condition.error.unwrap();
    assert_eq!(error.code, ErrorCode::NotTrusted);
    assert!(
        error.words.contains("Evil Inspection CA") && error.words.contains("not one of the platform's CAs")
    );
    assert_eq!(taken(&server), 0);

    let authority = Authority::new("Corporate Inspection CA");
    let Some(proxy) = squid(&Squid::Inspecting(&authority)) else { return };
    let way = route(server.platform_address(), Some(proxy.proxy(ProxyKind::Http)));
    let error = sensor.upload(&way).error.unwrap();
    assert_eq!(error.code, ErrorCode::NotTrusted);
    assert!(error.words.contains("Corporate Inspection CA"), "{error}");
    assert_eq!(taken(&server), 0);
}

#[test]
fn a_certificate_for_another_name_or_time_is_told() {
    let server = serve();
    let sensor = registered(&server);
    // Squid knows the platform by a name that its certificate does not have.
    if let Some(proxy) = squid(&Squid::Open(server.address.port())) {
        let other = Address { host: "platform.test".into(), port: server.address.port() };
        let error = sensor.upload(&route(other, Some(proxy.proxy(ProxyKind::Http)))).error.unwrap();
        assert_eq!(error.code, ErrorCode::NotTrusted);
        assert!(error.words.contains("it is for another name (\"localhost\", \"127.0.0.1\")"), "{error}");
        assert!(error.remedy.starts_with("Set an address that the certificate names"), "{}", error.remedy);
    }
    for (from, to, words) in [((2090, 1), (2095, 1), "2090-01-01"), ((2020, 1), (2021, 1), "2021-01-01")] {
        let server = serve_dated(from, to);
        let sensor = registered(&server);
        let error = sensor.upload(&route(server.platform_address(), None)).error.unwrap();
        assert_eq!(error.code, ErrorCode::ClockOff);
        assert!(error.words.contains(words) && error.words.contains("by this clock"), "{error}");
    }
}

#[test]
fn another_platforms_sensor_is_refused() {
    let (server, other) = (serve(), serve());
    let (sensor, stranger) = (registered(&server), registered(&other));
    // It trusts this platform's CA, but its certificate is of the other's.
    let mut identity = uplink::Identity::clone(&stranger.credentials.lock().unwrap());
    identity.authorities = sensor.credentials.lock().unwrap().authorities.clone();
    *stranger.credentials.lock().unwrap() = Arc::new(identity);
    let error = stranger.upload(&route(server.platform_address(), None)).error.unwrap();
    assert_eq!(error.code, ErrorCode::Platform);
    assert!(error.words.contains("this sensor's certificate"), "{error}");
    assert_eq!(taken(&server), 0);
}

#[test]
fn the_configuration_comes_over_its_own_connection() {
    let server = serve();
    let sensor = registered(&server);
    server.platform.lock().unwrap().config.version = 5;
    let way = route(server.platform_address(), None);
    let rate = Arc::new(AtomicU64::new(0));
    let client = sensor.client(&way, 0);
    let mut poll =
        Poll::new(client, sensor.vault.clone(), Arc::clone(&sensor.world), rate, Box::new(|_| ())).unwrap();
    assert_eq!((poll.step(), poll.error(), poll.current().version), (0, None, 5));
}

/// The rate cap, in simulated time: 100 kB that cannot be compressed, at 80 kb/s.
#[test]
fn the_rate_cap_is_kept() {
    let server = serve();
    let mut sensor = registered(&server);
    let simulated = Arc::new(Simulated::new(1));
    sensor.world = Arc::<Simulated>::clone(&simulated);
    let mut noise = vec![0; 100_000];
    simulated.fill(&mut noise);
    let mut client = sensor.client(&route(server.platform_address(), None), 80_000);
    let before = simulated.elapsed();
    client.exchange(wire::path::BATCH, &noise, std::time::Duration::from_secs(20)).unwrap();
    let seconds = (simulated.elapsed() - before) / Time::SECOND;
    assert!((10..=11).contains(&seconds), "{seconds} s");
}

#[test]
fn the_connection_test_names_each_step() {
    let server = serve();
    let sensor = registered(&server);
    let port = server.address.port();
    let way = route(server.platform_address(), None);
    for known in [true, false] {
        let steps = sensor.steps(&way, known);
        assert_eq!(steps.len(), 6, "{steps:#?}");
        assert_eq!(steps[0], "DNS: ok (127.0.0.1 is 127.0.0.1)");
        assert_eq!(steps[1], format!("TCP: ok (the platform at 127.0.0.1:{port} answers)"));
        assert_eq!(steps[2], "proxy: ok (none on this way)");
        assert!(
            steps[3].starts_with("TLS: ok (CN=platform, issued by CN=Stillwatch test platform"),
            "{}",
            steps[3]
        );
        assert_eq!(steps[3].contains("not yet trusted"), !known);
        assert_eq!(steps[4], format!("platform: ok (127.0.0.1:{port} answers as a platform does)"));
        assert!(steps[5].starts_with("time: ok"), "{}", steps[5]);
    }
    // Nothing was changed by it.
    assert!(server.platform.lock().unwrap().lines.is_empty());
    assert_eq!(server.platform.lock().unwrap().tries, 0);
}

#[test]
fn the_connection_test_ends_at_the_first_failure() {
    let server = serve();
    let sensor = registered(&server);
    let nowhere = route("no-such-host.invalid".parse().unwrap(), None);
    let steps = sensor.steps(&nowhere, true);
    assert!(
        steps.len() == 1 && steps[0].starts_with("DNS: FAIL E05 DNS failed: the platform's name"),
        "{steps:?}"
    );

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let steps = sensor.steps(&route(Address { host: "127.0.0.1".into(), port: closed.port() }, None), true);
    assert!(steps.len() == 2 && steps[1].starts_with("TCP: FAIL E06 blocked: the platform at"), "{steps:?}");

    let steps = sensor.steps(&route(relay(&server).platform_address(), None), true);
    assert!(steps.len() == 4 && steps[3].starts_with("TLS: FAIL E09 not trusted"), "{steps:?}");
    assert!(steps[3].contains("Exempt the platform's name from TLS inspection"), "the remedy: {}", steps[3]);

    if let Some(strict) = squid(&Squid::Strict) {
        let way = route(server.platform_address(), Some(strict.proxy(ProxyKind::Http)));
        let steps = sensor.steps(&way, true);
        assert!(steps.len() == 3 && steps[2].starts_with("proxy: FAIL E07 proxy refused"), "{steps:?}");
        assert!(steps[1].contains("the proxy at"), "{steps:?}");
    }
    if let Some(basic) = squid(&Squid::Basic(server.address.port())) {
        let way = route(server.platform_address(), Some(basic.proxy(ProxyKind::Http)));
        let steps = sensor.steps(&way, false);
        assert!(steps.len() == 3 && steps[2].starts_with("proxy: FAIL E08 proxy login"), "{steps:?}");
    }
}

/// A network that answers every connection with its sign-in page, over TLS with a
/// certificate of its own: unregistered it is E06 with the page's address, registered
/// its certificate is not the platform's.
#[test]
fn a_captive_portal_is_named() {
    use std::io::{Read, Write};
    let authority = Authority::new("Hotel");
    let (certificate, key) = authority.server((2020, 1), (2050, 1));
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key);
    let config = rustls::ServerConfig::builder_with_provider(uplink::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key.into())
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let portal = Address { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let line = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::StreamOwned::new(line, stream.unwrap());
            let mut buffer = [0; 4096];
            // A client that does not trust the certificate goes away.
            if tls.read(&mut buffer).is_ok_and(|read| read > 0) {
                let answer = "HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/\r\nContent-Length: 0\r\n\r\n";
                let _ = tls.write_all(answer.as_bytes());
            }
        }
    });
    let server = serve();
    let sensor = registered(&server);
    let way = route(portal, None);
    let steps = sensor.steps(&way, false);
    assert!(steps[4].starts_with("platform: FAIL E06 blocked"), "{steps:?}");
    assert!(steps[4].contains("http://login.hotel.example/"), "{steps:?}");
    let steps = sensor.steps(&way, true);
    assert!(steps.last().unwrap().starts_with("TLS: FAIL E09"), "{steps:?}");

    let code = PersonalizationCode::new(1, 2);
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path()).unwrap();
    let refused = register(&code, &way, &Default::default(), &vault, &sensor.world).err().unwrap();
    assert_eq!(refused.code, ErrorCode::Blocked, "{refused}");
}
