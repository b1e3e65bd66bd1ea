//! Who this sensor is, on disk: key, certificate, whom it trusts; beside it the
//! rolling nonce and the last configuration. A backup of settings holds none of
//! these.

use std::path::{Path, PathBuf};

use model::{ErrorCode, Time};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use ring::digest;
use serde::{Deserialize, Serialize};
use wire::{Nonce, SensorConfig};
use zeroize::Zeroizing;

use crate::address::Address;
use crate::tls::Seen;
use crate::{UplinkError, files};

/// Authorities that are kept at most: old and next ones.
const AUTHORITIES: usize = 16;

/// A registered sensor.
#[derive(Clone, Serialize, Deserialize)]
pub struct Identity {
    /// Where its platform is.
    pub platform: Address,
    /// Its id.
    pub sensor: String,
    /// Its name, when it was registered.
    pub name: String,
    /// Private key, PKCS #8 (RFC 5208), DER. Made here, never leaves.
    pub key: Zeroizing<Vec<u8>>,
    /// Certificate, DER.
    pub certificate: Vec<u8>,
    /// CAs to trust, DER.
    pub authorities: Vec<Vec<u8>>,
}

/// What changes with every connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rolling {
    /// The nonce to show next.
    pub nonce: Nonce,
    /// The last time an authenticated answer gave.
    pub good: Time,
}

/// A key that has no certificate yet.
pub struct Request {
    key: KeyPair,
    /// Certificate signing request, DER.
    pub csr: Vec<u8>,
}

impl Request {
    /// Makes a key (P-256) and a request for a certificate in this name.
    ///
    /// # Errors
    /// E11 when the system gives no chance to make a key.
    pub fn make(sensor: &str) -> Result<Request, UplinkError> {
        let make = || -> Result<Request, rcgen::Error> {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, sensor);
            let csr = params.serialize_request(&key)?.der().to_vec();
            Ok(Request { key, csr })
        };
        make().map_err(|error| UplinkError::platform(format!("cannot make a key: {error}")))
    }

    /// The private key, once `certificate` is for it.
    ///
    /// # Errors
    /// E11 when the platform signed something else.
    pub fn certified(&self, certificate: &[u8]) -> Result<Zeroizing<Vec<u8>>, UplinkError> {
        let own = digest::digest(&digest::SHA256, &self.key.subject_public_key_info());
        match Seen::read(certificate) {
            Some(seen) if seen.key == own.as_ref() => Ok(Zeroizing::new(self.key.serialize_der())),
            _ => Err(UplinkError::platform("the certificate that came is not for this sensor's key")),
        }
    }
}

impl Identity {
    /// From when to when the certificate is good.
    pub fn good(&self) -> [Time; 2] {
        Seen::read(&self.certificate).map_or([Time(0); 2], |seen| seen.good)
    }

    /// When it is to be renewed: after two thirds.
    pub fn renew_at(&self) -> Time {
        let [from, to] = self.good();
        Time(from.0 + to.since(from) / 3 * 2)
    }

    /// Trusts these beside those it trusts; true when one is new.
    pub fn trust(&mut self, authorities: Vec<Vec<u8>>) -> bool {
        let before = self.authorities.len();
        for der in authorities {
            if self.authorities.len() < AUTHORITIES
                && !self.authorities.contains(&der)
                && Seen::read(&der).is_some()
            {
                self.authorities.push(der);
            }
        }
        self.authorities.len() > before
    }
}

/// The folder where it all stands.
#[derive(Clone, Debug)]
pub struct Vault {
    dir: PathBuf,
}

impl Vault {
    /// Opens the folder, made (mode 0700) if it is not there.
    ///
    /// # Errors
    /// E19.
    pub fn open(dir: &Path) -> Result<Vault, UplinkError> {
        files::make_dir(dir)?;
        Ok(Vault { dir: dir.into() })
    }

    /// The identity; `None` when it is not registered.
    ///
    /// # Errors
    /// E19, also when the file is damaged: then only a replacement code helps.
    pub fn identity(&self) -> Result<Option<Identity>, UplinkError> {
        files::read(&self.dir, "identity")
    }

    /// Keeps the identity (mode 0600).
    ///
    /// # Errors
    /// E19.
    pub fn keep_identity(&self, identity: &Identity) -> Result<(), UplinkError> {
        files::write(&self.dir, "identity", identity)
    }

    /// The nonce and the last good time; the zero ones when they are not there.
    ///
    /// # Errors
    /// E19. A damaged file counts as none: the platform then gives a new epoch.
    pub fn rolling(&self) -> Result<Rolling, UplinkError> {
        lenient(files::read(&self.dir, "rolling"))
    }

    /// Keeps them.
    ///
    /// # Errors
    /// E19.
    pub fn keep_rolling(&self, rolling: &Rolling) -> Result<(), UplinkError> {
        files::write(&self.dir, "rolling", rolling)
    }

    /// The last configuration; the empty one (version 0) when there is none, or
    /// when it is damaged, since it is fetched again.
    ///
    /// # Errors
    /// E19.
    pub fn config(&self) -> Result<SensorConfig, UplinkError> {
        let bytes: Vec<u8> = lenient(files::read(&self.dir, "config"))?;
        Ok(wire::decode(&bytes).unwrap_or_default())
    }

    /// Keeps it.
    ///
    /// # Errors
    /// E19.
    pub fn keep_config(&self, config: &SensorConfig) -> Result<(), UplinkError> {
        files::write(&self.dir, "config", &wire::encode(config))
    }

    /// Forgets key, certificate, nonce and configuration.
    ///
    /// # Errors
    /// E19.
    pub fn forget(&self) -> Result<(), UplinkError> {
        ["identity", "rolling", "config"].iter().try_for_each(|name| files::remove(&self.dir, name))
    }
}

fn lenient<T: Default>(read: Result<Option<T>, UplinkError>) -> Result<T, UplinkError> {
    match read {
        Ok(value) => Ok(value.unwrap_or_default()),
        Err(error) if error.code == ErrorCode::Disk && error.words.ends_with("is damaged") => {
            Ok(T::default())
        }
        Err(error) => Err(error),
    }
}
