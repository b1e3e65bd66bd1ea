//! The platform double behind real TLS on loopback; and a man in the middle who
//! opens TLS and relays.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use uplink::Address;
use wire::{WaitConfig, decode, path};

use super::platform::{Authority, Platform, key_of};

pub type Shared = Arc<Mutex<Platform>>;

/// Ends its threads when dropped.
pub struct Server {
    pub address: SocketAddr,
    pub platform: Shared,
    pub connections: Arc<AtomicU32>,
    /// The answer with this number (from 0, over all connections) is lost: the
    /// connection is cut after the work was done.
    pub lose_answer: Arc<AtomicU32>,
    /// Told of each question that is kept and not answered.
    pub kept: Receiver<()>,
    /// Questions are kept.
    keep: Arc<AtomicBool>,
    /// Rung after every question, and when something was changed by the test.
    changed: Arc<Condvar>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Its certificate is good from and to (year, month).
pub fn serve_dated(from: (i32, u8), to: (i32, u8)) -> Server {
    let mut platform = Platform::new();
    let (certificate, key) = platform.authority.server(from, to);
    platform.endpoint_keys = vec![[9; 32], key_of(&certificate)];
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(platform.authority.der.clone())).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), uplink::provider())
        .allow_unauthenticated()
        .build()
        .unwrap();
    let config = ServerConfig::builder_with_provider(uplink::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate.into()], key_of_der(key))
        .unwrap();
    run(Arc::new(Mutex::new(platform)), config)
}

pub fn serve() -> Server {
    serve_dated((2020, 1), (2050, 1))
}

/// A man in the middle: TLS with a certificate of his own, and every request and
/// answer passed on word for word.
pub fn relay(to: &Server) -> Server {
    let authority = Authority::new("Evil Inspection CA");
    let (certificate, key) = authority.server((2020, 1), (2050, 1));
    let config = ServerConfig::builder_with_provider(uplink::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key_of_der(key))
        .unwrap();
    run(Arc::clone(&to.platform), config)
}

fn key_of_der(key: Vec<u8>) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key))
}

fn run(platform: Shared, config: ServerConfig) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, kept) = channel();
    let mut server = Server {
        address,
        platform,
        connections: Arc::default(),
        lose_answer: Arc::new(AtomicU32::new(u32::MAX)),
        kept,
        keep: Arc::default(),
        changed: Arc::default(),
        ended: Arc::default(),
        thread: None,
    };
    let (platform, ended) = (Arc::clone(&server.platform), Arc::clone(&server.ended));
    let (connections, lose) = (Arc::clone(&server.connections), Arc::clone(&server.lose_answer));
    let (config, keep, changed) = (Arc::new(config), Arc::clone(&server.keep), Arc::clone(&server.changed));
    let thread = std::thread::spawn(move || {
        for stream in listener.incoming() {
            if ended.load(Ordering::SeqCst) {
                return;
            }
            let Ok(stream) = stream else { continue };
            connections.fetch_add(1, Ordering::SeqCst);
            let (config, platform, lose) = (Arc::clone(&config), Arc::clone(&platform), Arc::clone(&lose));
            let (keep, changed) = ((Arc::clone(&keep), tell.clone()), Arc::clone(&changed));
            // Ends when the client closes.
            std::thread::spawn(move || drop(converse(stream, config, &platform, &lose, &keep, &changed)));
        }
    });
    server.thread = Some(thread);
    server
}

impl Server {
    pub fn platform_address(&self) -> Address {
        Address { host: "127.0.0.1".into(), port: self.address.port() }
    }

    /// Changes something, and wakes who waits for it.
    pub fn change(&self, change: impl FnOnce(&mut Platform)) {
        change(&mut self.platform.lock().unwrap());
        self.changed.notify_all();
    }

    /// Waits until it is so; half a minute is too long.
    pub fn until(&self, is_so: impl Fn(&Platform) -> bool) {
        let platform = self.platform.lock().unwrap();
        let wait = self.changed.wait_timeout_while(platform, Duration::from_secs(30), |now| !is_so(now));
        assert!(!wait.unwrap().1.timed_out(), "it never came");
    }

    /// From now on nothing is answered.
    pub fn keep_questions(&self) {
        self.keep.store(true, Ordering::SeqCst);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the listener; it may be gone already.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn converse(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    platform: &Shared,
    lose: &AtomicU32,
    (keep, tell): &(Arc<AtomicBool>, Sender<()>),
    changed: &Condvar,
) -> std::io::Result<()> {
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    loop {
        let (mut at, mut length, mut packed, mut from) = (String::new(), 0, false, None);
        let mut get = false;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("post ") {
                at = rest.split(' ').next().unwrap_or_default().into();
            } else if let Some(rest) = line.strip_prefix("get ") {
                (at, get) = (rest.split(' ').next().unwrap_or_default().into(), true);
            } else if let Some(rest) = line.strip_prefix("range: bytes=") {
                from = rest.trim_end_matches('-').parse().ok();
            } else if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.parse().map_err(std::io::Error::other)?;
            } else if line == "content-encoding: zstd" {
                packed = true;
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        if packed {
            body = zstd::bulk::decompress(&body, wire::MAX_MESSAGE)?;
        }
        if keep.load(Ordering::SeqCst) {
            // The test may be over.
            tell.send(()).ok();
            continue;
        }
        if get {
            let (text, close) = platform.lock().unwrap().serve(&at, from);
            let stream = reader.get_mut();
            stream.write_all(&text)?;
            stream.flush()?;
            if close {
                return Ok(());
            }
            continue;
        }
        let authenticated = reader.get_ref().conn.peer_certificates().is_some();
        let (status, body) = {
            let mut platform = platform.lock().unwrap();
            let mut answer = platform.handle(&at, &body, authenticated);
            let wait = decode::<WaitConfig>(&body).map_or(0, |question| question.wait);
            if at == path::CONFIG && answer.0 == 204 {
                // A long poll: answered when there is news, or after its time.
                let wait = Duration::from_secs(u64::from(wait));
                let waited = changed.wait_timeout_while(platform, wait, |platform| {
                    answer = platform.handle(&at, &body, authenticated);
                    answer.0 == 204
                });
                drop(waited);
            }
            answer
        };
        changed.notify_all();
        if lose.fetch_sub(1, Ordering::SeqCst) == 0 {
            return Ok(());
        }
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len());
        let stream = reader.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(&body)?;
        stream.flush()?;
    }
}
