//! The platform's own certificate authority, and what it signs: the certificates
//! of sensors and of the listeners.
//!
//! An authority lives ten years. Two and a half years before it ends the next
//! one is made and announced beside it; a year later that one signs. So every
//! sensor has heard of it long before it meets it.

mod files;
mod sign;

use std::path::{Path, PathBuf};
use std::sync::RwLock;

use model::Time;
use rcgen::{CertificateParams, DnType, Issuer, KeyPair};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::error::{Error, Result};
use crate::parts::{digest, read, write};

pub use sign::Identity;

const DAY: u64 = 86_400;
/// Life of an authority.
const LIFE: u64 = 3_653 * DAY;
/// The next authority is made when the newest has less than this left.
const ANNOUNCE: u64 = 913 * DAY;
/// An authority signs while it has more than this left: longer than what it signs.
const SIGNS: u64 = 548 * DAY;

/// The authorities there are, oldest first.
pub(crate) struct Authority {
    folder: PathBuf,
    all: RwLock<Vec<One>>,
}

struct One {
    number: u32,
    certificate: Vec<u8>,
    until: Time,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Reads the folder of keys; makes it and the first authority when they are not there.
    pub(crate) fn open(folder: &Path, now: Time) -> Result<Authority> {
        files::folder(folder)?;
        let mut all = Vec::new();
        let mut number = 1;
        while let Some(pem) = files::read(&path(folder, number))? {
            all.push(One::read(number, &pem, &path(folder, number))?);
            number += 1;
        }
        let authority = Authority { folder: folder.into(), all: RwLock::new(all) };
        authority.renew(now)?;
        Ok(authority)
    }

    /// Makes the next authority when it is time. True: the set is another now.
    pub(crate) fn renew(&self, now: Time) -> Result<bool> {
        let (newest, next) = {
            let all = read(&self.all);
            (all.last().map(|one| one.until), all.last().map_or(1, |one| one.number + 1))
        };
        if newest.is_some_and(|until| until.since(now) > ANNOUNCE * Time::SECOND) {
            return Ok(false);
        }
        let made = One::make(next, now)?;
        let mut pem = pem::encode(&pem::Pem::new("PRIVATE KEY", made.issuer.key().serialize_der()));
        pem.push_str(&pem::encode(&pem::Pem::new("CERTIFICATE", made.certificate.clone())));
        files::write(&path(&self.folder, next), pem.as_bytes())?;
        write(&self.all).push(made);
        Ok(true)
    }

    /// Certificates to trust, DER, the one that signs first.
    pub(crate) fn set(&self, now: Time) -> Vec<Vec<u8>> {
        let all = read(&self.all);
        let signing = signing(&all, now).map(|one| one.number);
        let mut set: Vec<&One> = all.iter().filter(|one| one.until > now).collect();
        set.sort_by_key(|one| (Some(one.number) != signing, one.number));
        set.into_iter().map(|one| one.certificate.clone()).collect()
    }

    /// A secret of so many bytes that is made once and kept.
    pub(crate) fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32]> {
        let file = self.folder.join(name);
        if let Some(kept) = files::read(&file)? {
            return kept.try_into().map_err(|_| {
                Error::Internal(format!("{} is damaged: restore it from a backup", file.display()))
            });
        }
        files::write(&file, &fresh)?;
        Ok(fresh)
    }
}

fn path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("authority-{number}.pem"))
}

/// The oldest that outlives what it signs; else the newest.
fn signing(all: &[One], now: Time) -> Option<&One> {
    all.iter().find(|one| one.until.since(now) > SIGNS * Time::SECOND).or(all.last())
}

impl One {
    fn make(number: u32, now: Time) -> Result<One> {
        let key = KeyPair::generate().map_err(crypto)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("Stillwatch platform CA {number}"));
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
        params.not_before = sign::date(Time::new(now.seconds().saturating_sub(DAY), 0));
        let until = Time::new(now.seconds() + LIFE, 0);
        params.not_after = sign::date(until);
        let certificate = params.self_signed(&key).map_err(crypto)?.der().to_vec();
        let issuer = Issuer::from_ca_cert_der(&certificate.as_slice().into(), key).map_err(crypto)?;
        Ok(One { number, certificate, until, issuer })
    }

    fn read(number: u32, text: &[u8], file: &Path) -> Result<One> {
        let damaged = |_| Error::Internal(format!("{} is damaged: restore it from a backup", file.display()));
        let (key, mut chain) = sign::read_pem(text).map_err(damaged)?;
        let certificate = if chain.is_empty() { Vec::new() } else { chain.remove(0) };
        let until = ends(&certificate).map_err(damaged)?;
        let key = KeyPair::try_from(key.as_slice()).map_err(|cause| damaged(crypto(cause)))?;
        let issuer = Issuer::from_ca_cert_der(&certificate.as_slice().into(), key)
            .map_err(|cause| damaged(crypto(cause)))?;
        Ok(One { number, certificate, until, issuer })
    }
}

/// Until when a certificate (DER) is good.
pub(crate) fn ends(certificate: &[u8]) -> Result<Time> {
    let (_, parsed) = X509Certificate::from_der(certificate)
        .map_err(|_| Error::Internal("a certificate cannot be read".into()))?;
    let seconds = parsed.validity().not_after.timestamp();
    Ok(Time::new(u64::try_from(seconds).unwrap_or(0), 0))
}

/// SHA-256 of the SubjectPublicKeyInfo (DER) of a certificate (DER), as an
/// [`wire::Offer`] names it.
///
/// # Errors
/// When the certificate cannot be read.
pub fn key_digest(certificate: &[u8]) -> Result<[u8; 32]> {
    let (_, parsed) = X509Certificate::from_der(certificate)
        .map_err(|_| Error::Internal("a certificate cannot be read".into()))?;
    Ok(digest(parsed.public_key().raw))
}

fn crypto(cause: rcgen::Error) -> Error {
    Error::Internal(format!("a key or certificate could not be made: {cause}"))
}

#[cfg(test)]
mod tests;
