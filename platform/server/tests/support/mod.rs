//! A platform that runs, and a sensor made of a plain rustls client.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::{ErrorCode, Time};
use pairing::Failed;
use platform_core::views::NewSensor;
use platform_core::{Clock, SystemClock};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use server::{Options, Running, Server};
use wire::{Epoch, Grant, Mark, Message, Nonce, Refusal};

/// The system's clock, so many seconds ahead.
#[derive(Default)]
pub struct MovedClock {
    real: SystemClock,
    ahead: AtomicI64,
}

impl MovedClock {
    pub fn set(&self, seconds: i64) {
        self.ahead.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Time {
        let moved = self.real.now().seconds() as i64 + self.ahead.load(Ordering::SeqCst);
        Time::new(moved.max(0) as u64, 0)
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), platform_core::NoRandomness> {
        self.real.random(bytes)
    }
}

/// A platform in a folder that goes with it.
pub struct Place {
    pub running: Running,
    pub clock: Arc<MovedClock>,
    pub folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place::at(0)
    }

    /// With a clock that is ahead.
    pub fn at(ahead: i64) -> Place {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(MovedClock::default()));
        clock.set(ahead);
        let running = Server::start_with(Options::local(folder.path()), clock.clone()).unwrap();
        Place { running, clock, folder }
    }

    /// Makes a sensor; its id and code.
    pub fn code(&self, name: &str, networks: &[&str]) -> (String, String) {
        let networks = networks.iter().map(|name| (*name).into()).collect();
        let new = NewSensor { name: name.into(), networks, ..NewSensor::default() };
        let (view, code) = self.running.platform.new_sensor(&new, "test").unwrap();
        (view.id, code)
    }

    /// A connection that shows no certificate.
    pub fn stranger(&self) -> Client {
        Client::open(self.running.sensor_address, None).unwrap()
    }

    /// Makes and registers a sensor.
    pub fn sensor(&self, name: &str, networks: &[&str]) -> Sensor {
        let (id, code) = self.code(name, networks);
        let identity = KeyPair::new();
        let grant = register(&mut self.stranger(), &code, &identity).unwrap();
        Sensor::new(self, &id, identity, &grant)
    }
}

/// A key of a box.
#[derive(Clone)]
pub struct KeyPair(Arc<rcgen::KeyPair>);

impl KeyPair {
    pub fn new() -> KeyPair {
        KeyPair(Arc::new(rcgen::KeyPair::generate().unwrap()))
    }

    pub fn csr(&self) -> Vec<u8> {
        rcgen::CertificateParams::default().serialize_request(&*self.0).unwrap().der().to_vec()
    }

    /// A certificate that signs itself.
    pub fn own_certificate(&self) -> Vec<u8> {
        rcgen::CertificateParams::default().self_signed(&*self.0).unwrap().der().to_vec()
    }
}

/// The whole exchange; unsealed refusals become [`Failed::Refused`].
pub fn register(client: &mut Client, code: &str, identity: &KeyPair) -> Result<Grant, Failed> {
    let mut seed = [0; 32];
    SystemClock::default().random(&mut seed).unwrap();
    let (waiting, start) = pairing::sensor::start(&code.parse().unwrap(), &seed);
    let reply = client.ask(wire::path::START, &start).map_err(Failed::Refused)?;
    let (confirming, confirm) = waiting.confirm(&reply)?;
    let reply = client.ask(wire::path::CONFIRM, &confirm).map_err(Failed::Refused)?;
    let offered = confirming.offer(&reply)?;
    let ask = wire::RegistrationRequest { csr: identity.csr(), hardware: wire::Hardware::default() };
    let (asking, sealed) = offered.request(&[client.seen()], &ask)?;
    asking.grant(&client.ask(wire::path::REQUEST, &sealed).map_err(Failed::Refused)?)
}

/// The code of a registration that must not succeed.
pub fn refused(place: &Place, code: &str) -> ErrorCode {
    match register(&mut place.stranger(), code, &KeyPair::new()) {
        Ok(_) => panic!("it was granted"),
        Err(failed) => failed.code(),
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

/// A connection that trusts everybody and speaks HTTP/1.1.
pub struct Client {
    pub stream: StreamOwned<ClientConnection, TcpStream>,
}

impl Client {
    pub fn open(address: SocketAddr, identity: Option<(&KeyPair, &[u8])>) -> std::io::Result<Client> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let begun = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody));
        let config = match identity {
            None => begun.with_no_client_auth(),
            Some((key, certificate)) => {
                let key = PrivateKeyDer::try_from(key.0.serialize_der()).unwrap();
                begun.with_client_auth_cert(vec![CertificateDer::from(certificate.to_vec())], key).unwrap()
            }
        };
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(Duration::from_secs(90)))?;
        let name = ServerName::from(address.ip());
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        Ok(Client { stream: StreamOwned::new(connection, socket) })
    }

    /// SHA-256 of the key that TLS showed.
    pub fn seen(&self) -> [u8; 32] {
        let chain = self.stream.conn.peer_certificates().unwrap();
        platform_core::key_digest(&chain[0]).unwrap()
    }

    pub fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    pub fn read_answer(&mut self) -> std::io::Result<Answer> {
        read_answer(&mut self.stream)
    }

    pub fn post(&mut self, path: &str, headers: &str, body: &[u8]) -> std::io::Result<Answer> {
        let length = body.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: platform\r\nContent-Length: {length}\r\n{headers}\r\n");
        // A refusal may come before the body is through.
        let sent = self.send(&[head.as_bytes(), body].concat());
        self.read_answer().or_else(|error| sent.and(Err(error)))
    }

    /// A message for a message.
    pub fn ask<A: Message, B: Message>(&mut self, path: &str, message: &A) -> Result<B, Refusal> {
        let answer = self.post(path, "", &wire::encode(message)).unwrap();
        match answer.status {
            200 => Ok(wire::decode(&answer.body).unwrap()),
            _ => Err(wire::decode(&answer.body).unwrap()),
        }
    }
}

/// Reads one answer with a length.
pub fn read_answer(from: &mut impl Read) -> std::io::Result<Answer> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if from.read(&mut byte)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap().to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    let mut body = vec![0; length.trim().parse().unwrap()];
    from.read_exact(&mut body)?;
    Ok(Answer { status, head, body })
}

/// A registered box.
#[derive(Clone)]
pub struct Sensor {
    pub id: String,
    address: SocketAddr,
    pub key: KeyPair,
    pub certificate: Vec<u8>,
    pub nonce: Nonce,
    pub epoch: Epoch,
    pub next: u64,
}

impl Sensor {
    pub fn new(place: &Place, id: &str, key: KeyPair, grant: &Grant) -> Sensor {
        let (certificate, nonce) = (grant.certificate.clone(), grant.nonce);
        let epoch = Epoch(nonce.0);
        Sensor {
            id: id.into(),
            address: place.running.sensor_address,
            key,
            certificate,
            nonce,
            epoch,
            next: 1,
        }
    }

    pub fn connect(&self) -> Client {
        Client::open(self.address, Some((&self.key, &self.certificate))).unwrap()
    }

    /// Greets; a new epoch is made when told.
    pub fn hello(&mut self, client: &mut Client) -> Result<wire::Standing, Refusal> {
        let hello = wire::Hello {
            epoch: self.epoch,
            next: self.next,
            nonce: self.nonce,
            version: "test".into(),
            speaks: [1, 1],
        };
        let reply: wire::HelloReply = client.ask(wire::path::HELLO, &hello)?;
        self.nonce = reply.nonce;
        match reply.standing {
            wire::Standing::Continue { next, .. } => self.next = next,
            wire::Standing::NewEpoch => (self.epoch, self.next) = (Epoch(reply.nonce.0), 1),
            _ => {}
        }
        Ok(reply.standing)
    }

    pub fn batch(&self, first: u64, content: Vec<u8>) -> wire::Batch {
        wire::Batch { epoch: self.epoch, first, last: first, content }
    }

    /// Sends a report as the next batch.
    pub fn report(&mut self, client: &mut Client, network: u16) -> wire::BatchReply {
        let batch = self.batch(self.next, wire::encode(&report(network)));
        let reply = client.ask(wire::path::BATCH, &batch).unwrap();
        if let wire::BatchReply::Taken { next } | wire::BatchReply::Rejected { next, .. } = &reply {
            self.next = *next;
        }
        reply
    }
}

/// A report with one observation.
pub fn report(network: u16) -> wire::Content {
    let now = SystemClock::default().now();
    let interval = model::Interval {
        sighting: model::Sighting {
            network: model::NetworkId(network),
            mac: None,
            ip: Some("10.0.0.5".parse().unwrap()),
        },
        field: "dhcp.hostname".into(),
        port: None,
        value: "pc".into(),
        first: now,
        last: now,
        count: 1,
        frame: 0,
    };
    wire::Content::Report(wire::Report { intervals: vec![interval], made: now, ..wire::Report::default() })
}

/// Nothing was taken on this line yet.
pub const BEGIN: wire::Standing = wire::Standing::Continue { next: 1, mark: Mark([0; 32]) };

#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
