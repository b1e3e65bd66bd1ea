//! Registration, the platform's side (`docs/registration.md`).

use std::sync::Arc;

use model::{ErrorCode, Time};
use pairing::{CodeKey, Failed, platform};
use wire::{Confirm, ConfirmReply, Grant, Hardware, Nonce, Offer, Refusal, Sealed, Start, StartReply};

use crate::codes::Step;
use crate::error::{Error, Result};
use crate::parts::{digest, hex, random};
use crate::platform::{Inner, Platform};
use crate::registry::{CertificateDocument, CertificateState, CodeDocument, SensorDocument};
use crate::views::CodeState;

/// Certificates of a sensor that are remembered, revoked ones among them.
const MOST_CERTIFICATES: usize = 8;

impl SensorDocument {
    /// Gives it another certificate; old revoked ones are forgotten.
    pub(super) fn give(&mut self, certificate: CertificateDocument) {
        self.certificates.push(certificate);
        while self.certificates.len() > MOST_CERTIFICATES {
            let least = |one: &CertificateDocument| (one.state != CertificateState::Revoked, one.since);
            let in_use = |one: &CertificateDocument| one.state == CertificateState::Good;
            let goes = (0..self.certificates.len() - 1).filter(|at| !in_use(&self.certificates[*at]));
            let Some(goes) = goes.min_by_key(|at| least(&self.certificates[*at])) else { break };
            self.certificates.remove(goes);
        }
    }
}

impl Inner {
    /// Signs a certificate for a sensor.
    pub(super) fn sign_for(
        &self,
        sensor: &str,
        csr: &[u8],
        replaces: bool,
        now: Time,
    ) -> Result<(CertificateDocument, Vec<u8>)> {
        let serial: [u8; 16] = random(&*self.clock)?;
        let signed = self.authority.sign_sensor(csr, sensor, serial, now)?;
        let document = CertificateDocument {
            digest: hex(&digest(&signed.certificate)),
            serial: hex(&serial),
            since: now,
            until: signed.until,
            state: CertificateState::Given,
            replaces,
        };
        Ok((document, signed.certificate))
    }
}

impl Platform {
    /// First step of a registration; `source` is the address, for limits.
    ///
    /// # Errors
    /// [`crate::Error::TooOften`].
    pub fn register_start(&self, start: &Start, source: &str) -> Result<StartReply> {
        let inner = self.inner();
        let now = inner.clock.now();
        inner.desk.begin(source, now).map_err(Error::TooOften)?;
        let (exchange, seed, dummy): ([u8; 16], [u8; 32], [u8; 32]) =
            (random(&*inner.clock)?, random(&*inner.clock)?, random(&*inner.clock)?);
        let tables = inner.tables();
        let kept = tables.codes.get(&start.id);
        let key = kept.and_then(|code| inner.seal.open(start.id, &code.sealed));
        let known = key.is_some().then_some(start.id);
        // No code fits a random key: an unknown id goes the whole way like a known one.
        let key = key.unwrap_or_else(|| CodeKey::from_bytes(dummy));
        let (answered, reply) = platform::answer(&key, start, exchange, &seed).map_err(coded)?;
        inner.desk.put(exchange, Step::Answered(answered, known), source, now);
        Ok(reply)
    }

    /// Second step.
    ///
    /// # Errors
    /// [`crate::Error::Coded`] E12 when the proof is wrong, counted as a try.
    pub fn register_confirm(&self, confirm: &Confirm) -> Result<ConfirmReply> {
        let inner = self.inner();
        let now = inner.clock.now();
        let (answered, known, source) = match inner.desk.take(&confirm.exchange, now) {
            Some((Step::Answered(answered, known), source)) => (answered, known, source),
            Some((step @ Step::Granted(..), source)) => {
                inner.desk.put(confirm.exchange, step, &source, now);
                return Err(over());
            }
            _ => return Err(over()),
        };
        let proved = match answered.confirm(confirm) {
            Ok(proved) => proved,
            Err(Failed::WrongCode) => {
                inner.desk.wrong(&source, now);
                if let Some(id) = known {
                    inner.wrong_try(id)?;
                }
                return Err(coded(Failed::WrongCode));
            }
            Err(failed) => return Err(coded(failed)),
        };
        let tables = inner.tables();
        // Proved with a random key: cannot be.
        let Some(id) = known else { return Err(over()) };
        let code = tables.codes.get(&id);
        if let Some(refusal) = refusal(code.map(Arc::as_ref), now) {
            return Ok(proved.refuse(&refusal));
        }
        let sensor = code.map_or("", |code| code.sensor.as_str());
        let offer = Offer {
            endpoint_keys: inner.endpoint_keys(),
            time: now,
            sensor: sensor.into(),
            name: tables.sensor(sensor)?.name.clone(),
        };
        let (offered, reply) = proved.offer(&offer);
        inner.desk.put(confirm.exchange, Step::Offered(offered, id), &source, now);
        Ok(reply)
    }

    /// Third step.
    ///
    /// # Errors
    /// [`crate::Error::Coded`].
    pub fn register_request(&self, sealed: &Sealed) -> Result<Sealed> {
        let inner = self.inner();
        let now = inner.clock.now();
        let asked = digest(&sealed.bytes);
        let (offered, id, source) = match inner.desk.take(&sealed.exchange, now) {
            Some((Step::Offered(offered, id), source)) => (offered, id, source),
            Some((Step::Granted(before, answer), source)) => {
                let same = before == asked;
                inner.desk.put(sealed.exchange, Step::Granted(before, answer.clone()), &source, now);
                return if same { Ok(answer) } else { Err(over()) };
            }
            _ => return Err(over()),
        };
        let (granting, request) = offered.request(sealed).map_err(coded)?;
        let answer = match self.grant(id, &request.csr, request.hardware, now) {
            Ok(grant) => granting.grant(&grant),
            Err(Error::Coded { code, words }) => granting.refuse(&Refusal { code, words }),
            Err(Error::Invalid { words, .. }) => {
                granting.refuse(&Refusal { code: ErrorCode::Platform, words })
            }
            Err(other) => return Err(other),
        };
        inner.desk.put(sealed.exchange, Step::Granted(asked, answer.clone()), &source, now);
        Ok(answer)
    }

    /// Registers: the code is used, the sensor has a certificate and a nonce.
    fn grant(&self, id: u32, csr: &[u8], mut hardware: Hardware, now: Time) -> Result<Grant> {
        let inner = self.inner();
        bound(&mut hardware);
        let nonce = Nonce(random(&*inner.clock)?);
        let (sensor, certificate) = inner.change(|tables| {
            let code = tables.codes.get(&id);
            if let Some(Refusal { code, words }) = refusal(code.map(Arc::as_ref), now) {
                return Err(Error::Coded { code, words });
            }
            let Some(code) = tables.codes.get_mut(&id).map(Arc::make_mut) else { return Err(over()) };
            code.used = Some(now);
            let (sensor, replaces) = (code.sensor.clone(), code.replaces);
            let (given, certificate) = inner.sign_for(&sensor, csr, replaces, now)?;
            let document = tables.sensor_mut(&sensor)?;
            document.give(given);
            document.hardware = Some(hardware);
            document.registered = document.registered.or(Some(now));
            document.openings = vec![nonce];
            Ok((sensor, certificate))
        })?;
        inner.live.contact(&sensor, now);
        tracing::info!(?sensor, "registered");
        let tables = inner.tables();
        let config = tables.configs.get(&sensor).map(|config| wire::SensorConfig::clone(config));
        Ok(Grant {
            certificate,
            authorities: inner.authorities(now),
            nonce,
            config: config.unwrap_or_default(),
        })
    }
}

/// Why a code that was proved registers nothing; `None`: it does.
fn refusal(code: Option<&CodeDocument>, now: Time) -> Option<Refusal> {
    let (code, words) = match code.map(|code| (code.state(now), code)) {
        Some((CodeState::Issued, _)) => return None,
        Some((CodeState::Used, code)) => {
            (ErrorCode::CodeUsed, format!("it registered a box at {}", code.used.unwrap_or_default()))
        }
        Some((CodeState::Expired, code)) => {
            (ErrorCode::CodeExpired, format!("it was good until {}", code.until))
        }
        Some((CodeState::Locked, code)) => {
            (ErrorCode::CodeLocked, format!("too many wrong tries: wait until {}", code.locked))
        }
        Some((CodeState::Revoked | CodeState::Void, _)) | None => {
            (ErrorCode::CodeUnknown, "it was taken back".into())
        }
    };
    Some(Refusal { code, words })
}

/// The words for an exchange that is not there.
fn over() -> Error {
    Error::Coded {
        code: ErrorCode::Platform,
        words: "there is no such exchange, or its time is over: begin again".into(),
    }
}

fn coded(failed: Failed) -> Error {
    Error::Coded { code: failed.code(), words: failed.words() }
}

/// What a box says of itself comes from outside.
fn bound(hardware: &mut Hardware) {
    let Hardware { version, board, product, serial, uuid, .. } = hardware;
    for text in [version, board, product, serial, uuid] {
        *text = text.chars().filter(|c| !c.is_control()).take(128).collect();
    }
}
