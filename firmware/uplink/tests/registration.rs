//! Registration over real TLS: directly, through real proxies, and with somebody
//! in the middle.

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use common::platform::Authority;
use common::programs::{Squid, microsocks, squid};
use common::server::{Server, relay, serve};
use model::{ErrorCode, PersonalizationCode};
use tempfile::TempDir;
use uplink::{
    Address, Identity, Login, Proxy, ProxyKind, Route, System, UplinkError, Vault, World, register,
};
use wire::SensorConfig;

fn code() -> PersonalizationCode {
    PersonalizationCode::new(483_920, 10_293_847)
}

fn ready() -> Server {
    let server = serve();
    server.platform.lock().unwrap().add(&code(), None);
    server
}

type Registered = Result<(Identity, SensorConfig), UplinkError>;

fn attempt(code: &PersonalizationCode, platform: Address, proxy: Option<Proxy>) -> (Registered, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&dir.path().join("state")).unwrap();
    let world: Arc<dyn World> = Arc::new(System::default());
    let result = register(code, &Route { platform, proxy }, &Default::default(), &vault, &world);
    (result, dir)
}

fn failure(code: &PersonalizationCode, platform: Address, proxy: Option<Proxy>) -> UplinkError {
    let (result, dir) = attempt(code, platform, proxy);
    let vault = Vault::open(&dir.path().join("state")).unwrap();
    assert!(vault.identity().unwrap().is_none(), "nothing is kept");
    result.err().unwrap()
}

fn tries(server: &Server) -> u32 {
    server.platform.lock().unwrap().tries
}

#[test]
fn a_code_registers_and_everything_is_kept_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let server = ready();
    let (result, dir) = attempt(&code(), server.platform_address(), None);
    let (identity, config) = result.unwrap();
    assert_eq!((&*identity.sensor, &*identity.name, config.version), ("s-1", "hall 3", 1));
    assert_eq!(identity.authorities, [server.platform.lock().unwrap().authority.der.clone()]);
    let state = dir.path().join("state");
    let vault = Vault::open(&state).unwrap();
    assert_eq!(vault.identity().unwrap().unwrap().certificate, identity.certificate);
    assert_eq!(vault.config().unwrap(), config);
    assert_ne!(vault.rolling().unwrap().nonce, Default::default());
    for entry in std::fs::read_dir(&state).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        let bytes = std::fs::read(entry.path()).unwrap();
        for digits in [&b"10293847"[..], &10_293_847u32.to_le_bytes()] {
            assert!(!bytes.windows(digits.len()).any(|window| window == digits), "the code is not kept");
        }
    }
    assert_eq!(std::fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o700);
    vault.forget().unwrap();
    assert_eq!(std::fs::read_dir(&state).unwrap().count(), 0);
}

#[test]
fn wrong_digits_and_unknown_ids_are_e12_and_a_try() {
    let server = ready();
    for wrong in [PersonalizationCode::new(483_920, 1), PersonalizationCode::new(483_921, 10_293_847)] {
        let before = tries(&server);
        assert_eq!(failure(&wrong, server.platform_address(), None).code, ErrorCode::CodeUnknown);
        assert_eq!(tries(&server), before + 1);
    }
}

#[test]
fn used_expired_and_locked_are_told_apart() {
    for state in [ErrorCode::CodeUsed, ErrorCode::CodeExpired, ErrorCode::CodeLocked] {
        let server = serve();
        server.platform.lock().unwrap().add(&code(), Some(state));
        let error = failure(&code(), server.platform_address(), None);
        assert_eq!((error.code, &*error.words), (state, "on 3 May"));
        // Who has not the digits is told nothing of it.
        let error = failure(&PersonalizationCode::new(483_920, 1), server.platform_address(), None);
        assert_eq!(error.code, ErrorCode::CodeUnknown);
    }
}

#[test]
fn a_man_in_the_middle_is_e09_with_his_name_and_costs_no_try() {
    let server = ready();
    let middle = relay(&server);
    let error = failure(&code(), middle.platform_address(), None);
    assert_eq!(error.code, ErrorCode::NotTrusted);
    assert!(error.words.contains("Evil Inspection CA"), "{error}");
    let platform = server.platform.lock().unwrap();
    assert_eq!((platform.tries, platform.registered), (0, 0));
}

#[test]
fn a_lost_grant_is_asked_for_again_with_the_same_bytes() {
    for (place, recovers) in [(0, false), (1, false), (2, true)] {
        let server = ready();
        let (result, registered) = lose_at(&server, place);
        assert_eq!((result.is_ok(), registered), (recovers, u32::from(recovers)), "answer {place}");
    }
}

/// Registers while the answer at `place` (0: to Start, 1: to Confirm, 2: to the
/// request) is lost.
fn lose_at(server: &Server, place: u32) -> (Registered, u32) {
    server.lose_answer.store(place, Ordering::SeqCst);
    let (result, _dir) = attempt(&code(), server.platform_address(), None);
    (result, server.platform.lock().unwrap().registered)
}

#[test]
fn names_ports_and_strangers_have_codes_of_their_own() {
    let nowhere: Address = "no-such-host.invalid".parse().unwrap();
    let error = failure(&code(), nowhere, None);
    assert_eq!(error.code, ErrorCode::DnsFailed);
    assert!(error.words.contains("no-such-host.invalid"), "{error}");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = failure(&code(), Address { host: "127.0.0.1".into(), port: closed.port() }, None);
    assert_eq!(error.code, ErrorCode::Blocked);
    assert!(error.words.contains(&closed.to_string()), "{error}");

    let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = stranger.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = stranger.accept().unwrap();
        stream.read_exact(&mut [0; 5]).unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").unwrap();
    });
    let error = failure(&code(), Address { host: "127.0.0.1".into(), port }, None);
    thread.join().unwrap();
    assert_eq!(error.code, ErrorCode::Platform);
    assert!(error.words.contains("does not speak TLS"), "{error}");
}

#[test]
fn through_squid_without_a_login() {
    let server = ready();
    let Some(proxy) = squid(&Squid::Open(server.address.port())) else { return };
    let (result, _dir) = attempt(&code(), server.platform_address(), Some(proxy.proxy(ProxyKind::Http)));
    result.unwrap();
}

#[test]
fn through_squid_with_basic_authentication() {
    let server = ready();
    let Some(running) = squid(&Squid::Basic(server.address.port())) else { return };
    let mut proxy = running.proxy(ProxyKind::Http);
    let error = failure(&code(), server.platform_address(), Some(proxy.clone()));
    assert_eq!(error.code, ErrorCode::ProxyLogin);
    assert!(error.words.contains("wants a login (Basic)"), "{error}");

    proxy.login = Some(Login { user: "alice".into(), password: "wrong".into() });
    let error = failure(&code(), server.platform_address(), Some(proxy.clone()));
    assert_eq!(error.code, ErrorCode::ProxyLogin);
    assert!(
        error.words.contains("refuses the login of \"alice\"") && !error.words.contains("wrong"),
        "{error}"
    );

    proxy.login = Some(Login { user: "alice".into(), password: "s3cret".into() });
    let (result, _dir) = attempt(&code(), server.platform_address(), Some(proxy));
    result.unwrap();
    assert_eq!(tries(&server), 0, "a proxy's no is no try");
}

#[test]
fn squid_that_forbids_the_port_is_e07() {
    let server = ready();
    let Some(proxy) = squid(&Squid::Strict) else { return };
    let error = failure(&code(), server.platform_address(), Some(proxy.proxy(ProxyKind::Http)));
    assert_eq!(error.code, ErrorCode::ProxyRefused);
    assert!(error.words.contains("403") && error.words.contains("ERR_ACCESS_DENIED"), "{error}");
}

#[test]
fn squid_that_opens_tls_is_e09_and_costs_no_try() {
    let server = ready();
    let authority = Authority::new("Corporate Inspection CA");
    let Some(proxy) = squid(&Squid::Inspecting(&authority)) else { return };
    let error = failure(&code(), server.platform_address(), Some(proxy.proxy(ProxyKind::Http)));
    assert_eq!(error.code, ErrorCode::NotTrusted);
    assert!(error.words.contains("Corporate Inspection CA"), "{error}");
    let platform = server.platform.lock().unwrap();
    assert_eq!((platform.tries, platform.registered), (0, 0));
}

#[test]
fn through_socks5() {
    let server = ready();
    let Some(running) = microsocks(None) else { return };
    let proxy = running.proxy(ProxyKind::Socks5);
    // The name goes to the proxy.
    let platform = Address { host: "localhost".into(), port: server.address.port() };
    let (result, _dir) = attempt(&code(), platform, Some(proxy.clone()));
    result.unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = failure(&code(), Address { host: "127.0.0.1".into(), port: closed.port() }, Some(proxy));
    assert_eq!(error.code, ErrorCode::ProxyRefused);
    assert!(error.words.contains("connection refused"), "{error}");
}

#[test]
fn through_socks5_with_a_login() {
    let server = ready();
    let Some(running) = microsocks(Some(("alice", "s3cret"))) else { return };
    let mut proxy = running.proxy(ProxyKind::Socks5);
    assert_eq!(failure(&code(), server.platform_address(), Some(proxy.clone())).code, ErrorCode::ProxyLogin);
    proxy.login = Some(Login { user: "alice".into(), password: "wrong".into() });
    assert_eq!(failure(&code(), server.platform_address(), Some(proxy.clone())).code, ErrorCode::ProxyLogin);
    proxy.login = Some(Login { user: "alice".into(), password: "s3cret".into() });
    let (result, _dir) = attempt(&code(), server.platform_address(), Some(proxy));
    result.unwrap();
}

#[test]
fn a_proxy_of_another_kind_is_named() {
    let server = ready();
    let Some(running) = microsocks(None) else { return };
    let error = failure(&code(), server.platform_address(), Some(running.proxy(ProxyKind::Http)));
    assert_eq!(error.code, ErrorCode::ProxyRefused, "{error}");
    let Some(running) = squid(&Squid::Open(server.address.port())) else { return };
    let error = failure(&code(), server.platform_address(), Some(running.proxy(ProxyKind::Https)));
    assert_eq!(error.code, ErrorCode::NotTrusted, "an https proxy needs its CA: {error}");
}
