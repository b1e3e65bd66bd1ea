//! A platform in memory: as much of one as the sensor can see.

use std::collections::BTreeMap;

use model::{ErrorCode, PersonalizationCode, Time};
use pairing::{CodeKey, platform as pair};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use uplink::Seen;
use wire::{
    Batch, BatchReply, Bundle, Confirm, Content, Epoch, Grant, Hello, HelloReply, Mark, Message, Nonce,
    Offer, Refusal, RegistrationRequest, RenewReply, RenewRequest, Sealed, SensorConfig, Standing, Start,
    Status, StatusReply, System, SystemReply, WaitConfig, decode, encode, path,
};

/// A CA and what it signs.
pub struct Authority {
    pub der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
    pub pem: [String; 2],
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(2020, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        let pem = [pem("CERTIFICATE", certificate.der()), pem("PRIVATE KEY", &key.serialize_der())];
        Authority { der: certificate.der().to_vec(), issuer: Issuer::new(params, key), pem }
    }

    /// Certificate and PKCS #8 key for a server at 127.0.0.1 and `localhost`.
    pub fn server(&self, from: (i32, u8), to: (i32, u8)) -> (Vec<u8>, Vec<u8>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_string(), "127.0.0.1".to_string()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "platform");
        params.not_before = date_time_ymd(from.0, from.1, 1);
        params.not_after = date_time_ymd(to.0, to.1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().to_vec(), key.serialize_der())
    }

    /// Signs a request, for so many days of 2026 from `day` on.
    fn sign(&self, csr: &[u8], from: Time, days: i64) -> Option<Vec<u8>> {
        let mut request = CertificateSigningRequestParams::from_der(&csr.to_vec().into()).ok()?;
        let begin = date_time_ymd(1970, 1, 1) + std::time::Duration::from_nanos(from.0);
        request.params.not_before = begin;
        request.params.not_after = begin + std::time::Duration::from_secs(days as u64 * 86_400);
        Some(request.signed_by(&self.issuer).ok()?.der().to_vec())
    }
}

pub fn pem(label: &str, der: &[u8]) -> String {
    let base64 = {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in der.chunks(3) {
            let word = (0..3).fold(0u32, |word, at| word << 8 | u32::from(*chunk.get(at).unwrap_or(&0)));
            for at in 0..4 {
                let digit = ALPHABET[(word >> (18 - 6 * at) & 63) as usize];
                out.push(if at > chunk.len() { '=' } else { char::from(digit) });
            }
        }
        out
    };
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// One line of batches of the sensor.
#[derive(Clone, Default)]
pub struct Ledger {
    pub next: u64,
    pub mark: Mark,
    pub taken: Vec<(u64, u64, Vec<u8>)>,
    pub quarantined: bool,
}

enum Pairing {
    Answered(pair::Answered),
    Offered(pair::Offered),
    Done([u8; 32], Vec<u8>),
}

/// How bundles are served.
#[derive(Clone, Copy, PartialEq)]
pub enum Serves {
    Well,
    /// All of it, whatever was asked for.
    NoRanges,
    /// Another range than was asked for.
    OtherRange,
    /// The connection is cut after so many bytes.
    Cut(usize),
    /// Ends early, in good order.
    Short(usize),
    /// More than there is.
    Longer,
    /// One byte is another.
    Changed,
}

/// The platform.
pub struct Platform {
    pub authority: Authority,
    pub endpoint_keys: Vec<[u8; 32]>,
    pub codes: BTreeMap<u32, (CodeKey, Option<ErrorCode>)>,
    /// Wrong tries.
    pub tries: u32,
    pub registered: u32,
    pub renewed: u32,
    pub life_days: i64,
    pub time: Time,
    pub config: SensorConfig,
    pub statuses: Vec<Status>,
    pub systems: Vec<System>,
    /// Offered, and under its path.
    pub bundle: Vec<u8>,
    pub serves: Serves,
    /// Where transfers began.
    pub ranges: Vec<Option<u64>>,
    /// Seconds between statuses.
    pub again: u32,
    pub lines: BTreeMap<Epoch, Ledger>,
    /// Lines in the order they were begun.
    pub begun: Vec<Epoch>,
    pub events: Vec<&'static str>,
    pub deregistered: bool,
    /// Contents that are refused.
    pub refuse: Vec<Vec<u8>>,
    nonces: [Option<Nonce>; 2],
    exchanges: BTreeMap<[u8; 16], Pairing>,
    counter: u8,
}

impl Platform {
    pub fn new() -> Platform {
        Platform {
            authority: Authority::new("Stillwatch test platform"),
            endpoint_keys: Vec::new(),
            codes: BTreeMap::new(),
            tries: 0,
            registered: 0,
            renewed: 0,
            life_days: 365,
            time: Time::new(super::world::START, 0),
            config: SensorConfig { version: 1, name: "hall 3".into(), ..SensorConfig::default() },
            statuses: Vec::new(),
            systems: Vec::new(),
            bundle: Vec::new(),
            serves: Serves::Well,
            ranges: Vec::new(),
            again: 5,
            lines: BTreeMap::new(),
            begun: Vec::new(),
            events: Vec::new(),
            deregistered: false,
            refuse: Vec::new(),
            nonces: [None; 2],
            exchanges: BTreeMap::new(),
            counter: 0,
        }
    }

    pub fn add(&mut self, code: &PersonalizationCode, state: Option<ErrorCode>) {
        self.codes.insert(code.id(), (CodeKey::of(code), state));
    }

    /// The first nonce, as a grant gives it.
    pub fn first_nonce(&mut self) -> Nonce {
        let nonce = Nonce(self.fresh());
        self.nonces = [None, Some(nonce)];
        nonce
    }

    fn fresh(&mut self) -> [u8; 16] {
        self.counter += 1;
        [self.counter; 16]
    }

    /// Status and body of the answer.
    pub fn handle(&mut self, at: &str, body: &[u8], authenticated: bool) -> (u16, Vec<u8>) {
        let registration = [path::START, path::CONFIRM, path::REQUEST].contains(&at);
        if !registration && !authenticated {
            return refuse(401, ErrorCode::Platform, "a client certificate is needed");
        }
        let answer = match at {
            path::START => self.start(body),
            path::CONFIRM => self.confirm(body),
            path::REQUEST => self.request(body),
            path::HELLO => decode(body).ok().map(|hello| ok(&self.hello(&hello))),
            path::BATCH => decode(body).ok().map(|batch| ok(&self.batch(batch))),
            path::CONFIG => decode::<WaitConfig>(body).ok().map(|wait| {
                if wait.have == self.config.version || wait.have == u64::MAX {
                    (204, vec![])
                } else {
                    ok(&self.config)
                }
            }),
            path::STATUS => decode(body).ok().map(|status| {
                self.statuses.push(status);
                ok(&StatusReply { time: self.time, again: self.again })
            }),
            path::SYSTEM => decode(body).ok().map(|system| {
                self.systems.push(system);
                let offer = Some(self.offer()).filter(|offer| offer.size > 0);
                ok(&SystemReply { offer })
            }),
            path::RENEW => decode::<RenewRequest>(body).ok().and_then(|request| {
                self.renewed += 1;
                let certificate = self.authority.sign(&request.csr, self.time, self.life_days)?;
                Some(ok(&RenewReply { certificate, authorities: vec![self.authority.der.clone()] }))
            }),
            _ => return refuse(404, ErrorCode::Platform, "there is no such path"),
        };
        answer.unwrap_or_else(|| refuse(400, ErrorCode::Platform, "the message is damaged"))
    }

    /// The bundle, as it is offered.
    pub fn offer(&self) -> Bundle {
        let size = self.bundle.len() as u64;
        Bundle { sha256: digest(&self.bundle), size, version: "1.2.0".into() }
    }

    /// The answer to a GET, and whether the connection is closed then.
    pub fn serve(&mut self, at: &str, from: Option<u64>) -> (Vec<u8>, bool) {
        self.ranges.push(from);
        let name: String = self.offer().sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        if at.strip_prefix(path::BUNDLE) != Some(&name) {
            let (_, body) = refuse(404, ErrorCode::Platform, "this bundle is not offered");
            let head = format!("HTTP/1.1 404 X\r\nContent-Length: {}\r\n\r\n", body.len());
            return ([head.into_bytes(), body].concat(), false);
        }
        let first = match self.serves {
            Serves::NoRanges => 0,
            Serves::OtherRange => 1,
            _ => from.unwrap_or(0),
        };
        let mut body = self.bundle[first as usize..].to_vec();
        match self.serves {
            Serves::Longer => body.push(0),
            Serves::Short(len) => body.truncate(len),
            Serves::Changed => *body.last_mut().unwrap() ^= 1,
            _ => {}
        }
        let range = match from {
            Some(_) if self.serves != Serves::NoRanges => {
                format!("206 X\r\nContent-Range: bytes {first}-{0}/{0}", self.bundle.len())
            }
            _ => "200 X".into(),
        };
        let head = format!("HTTP/1.1 {range}\r\nContent-Length: {}\r\n\r\n", body.len());
        let mut text = [head.into_bytes(), body].concat();
        let Serves::Cut(len) = self.serves else { return (text, false) };
        text.truncate(len);
        (text, true)
    }

    fn start(&mut self, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let start: Start = decode(body).ok()?;
        let known = self.codes.get(&start.id).map(|(key, _)| key.clone());
        let key = known.unwrap_or_else(|| CodeKey::from_bytes([0x5a; 32]));
        let (exchange, seed) = (self.fresh(), [self.counter; 32]);
        let (answered, reply) = pair::answer(&key, &start, exchange, &seed).ok()?;
        self.exchanges.insert(exchange, Pairing::Answered(answered));
        Some(ok(&reply))
    }

    fn confirm(&mut self, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let confirm: Confirm = decode(body).ok()?;
        let Some(Pairing::Answered(answered)) = self.exchanges.remove(&confirm.exchange) else { return None };
        let Ok(proved) = answered.confirm(&confirm) else {
            self.tries += 1;
            return Some(refuse(403, ErrorCode::CodeUnknown, "no code fits"));
        };
        if let Some(code) = self.codes.values().find_map(|(_, state)| *state) {
            return Some(ok(&proved.refuse(&Refusal { code, words: "on 3 May".into() })));
        }
        let (offered, reply) = proved.offer(&Offer {
            endpoint_keys: self.endpoint_keys.clone(),
            time: self.time,
            sensor: "s-1".into(),
            name: "hall 3".into(),
        });
        self.exchanges.insert(confirm.exchange, Pairing::Offered(offered));
        Some(ok(&reply))
    }

    fn request(&mut self, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let sealed: Sealed = decode(body).ok()?;
        let seen = digest(body);
        match self.exchanges.remove(&sealed.exchange)? {
            Pairing::Offered(offered) => {
                let (granting, request): (_, RegistrationRequest) = offered.request(&sealed).ok()?;
                let certificate = self.authority.sign(&request.csr, self.time, self.life_days)?;
                let grant = Grant {
                    certificate,
                    authorities: vec![self.authority.der.clone()],
                    nonce: self.first_nonce(),
                    config: self.config.clone(),
                };
                self.registered += 1;
                let reply = encode(&granting.grant(&grant));
                self.exchanges.insert(sealed.exchange, Pairing::Done(seen, reply.clone()));
                Some((200, reply))
            }
            // The same bytes again: the same answer.
            Pairing::Done(before, reply) if before == seen => {
                self.exchanges.insert(sealed.exchange, Pairing::Done(before, reply.clone()));
                Some((200, reply))
            }
            _ => None,
        }
    }

    fn hello(&mut self, hello: &Hello) -> HelloReply {
        let standing = self.standing(hello);
        let nonce = Nonce(self.fresh());
        self.nonces = [Some(hello.nonce).filter(|nonce| self.nonces.contains(&Some(*nonce))), Some(nonce)];
        HelloReply { standing, nonce, time: self.time, authorities: vec![] }
    }

    fn standing(&mut self, hello: &Hello) -> Standing {
        if self.deregistered {
            return Standing::Deregistered;
        }
        if self.lines.get(&hello.epoch).is_some_and(|line| line.quarantined) {
            return Standing::Quarantined;
        }
        if !self.nonces.contains(&Some(hello.nonce)) {
            self.events.push("restored or cloned");
            // An older line goes on beside a newer one.
            let newest = self.begun.last().copied();
            if self.begun.len() > 1 && newest != Some(hello.epoch) {
                if let Some(newer) = newest.and_then(|newest| self.lines.get_mut(&newest)) {
                    newer.quarantined = true;
                }
            } else {
                return Standing::NewEpoch;
            }
        }
        if !self.lines.contains_key(&hello.epoch) {
            self.begun.push(hello.epoch);
        }
        let line = self.lines.entry(hello.epoch).or_insert_with(|| Ledger { next: 1, ..Ledger::default() });
        Standing::Continue { next: line.next, mark: line.mark }
    }

    fn batch(&mut self, batch: Batch) -> BatchReply {
        let refused = self.refuse.contains(&batch.content);
        let Some(line) = self.lines.get_mut(&batch.epoch).filter(|line| !line.quarantined) else {
            return BatchReply::Greet;
        };
        if batch.first != line.next {
            return BatchReply::Want { next: line.next };
        }
        line.next = batch.last + 1;
        line.mark = match decode(&batch.content) {
            Ok(Content::Gap(_)) => line.mark.gap(batch.last),
            _ => line.mark.content(&batch.content),
        };
        if refused {
            return BatchReply::Rejected { next: line.next, words: "of a foreign network".into() };
        }
        line.taken.push((batch.first, batch.last, batch.content));
        BatchReply::Taken { next: line.next }
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}

fn ok<M: Message>(message: &M) -> (u16, Vec<u8>) {
    (200, encode(message))
}

fn refuse(status: u16, code: ErrorCode, words: &str) -> (u16, Vec<u8>) {
    (status, encode(&Refusal { code, words: words.into() }))
}

/// Hash of the key of a certificate, as an offer names it.
pub fn key_of(certificate: &[u8]) -> [u8; 32] {
    Seen::read(certificate).unwrap().key
}
