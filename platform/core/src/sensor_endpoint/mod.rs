//! What the sensor endpoint asks of the platform: messages in, messages out.
//! TLS and HTTP are the api's; who speaks is given as the certificate shown.

mod ingest;
mod lines;
mod registration;
mod session;

use model::Time;
use store::Changes;

use crate::authority::Identity;
use crate::error::{Error, Result};
use crate::parts::{digest, hex, random, read, write};
use crate::platform::{Inner, Platform};
use crate::registry::CertificateState;

pub(crate) use lines::{Lines, short};

/// A sensor whose certificate was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its id.
    pub sensor: String,
    /// Its certificate's time is over: it may only renew.
    pub expired: bool,
}

/// What the sensor endpoint shows in TLS.
#[derive(Default)]
pub(crate) struct Endpoint {
    keys: Vec<[u8; 32]>,
    authorities: Vec<Vec<u8>>,
}

impl Inner {
    /// Certificates that sensors are to trust, DER.
    pub(crate) fn authorities(&self, now: Time) -> Vec<Vec<u8>> {
        let mut set = self.authority.set(now);
        for other in &read(&self.endpoint).authorities {
            if !set.contains(other) {
                set.push(other.clone());
            }
        }
        set
    }

    /// SHA-256 of the keys that the endpoint shows.
    pub(crate) fn endpoint_keys(&self) -> Vec<[u8; 32]> {
        read(&self.endpoint).keys.clone()
    }
}

impl Platform {
    /// Says what the sensor endpoint shows in TLS: SHA-256 of each
    /// SubjectPublicKeyInfo ([`crate::key_digest`]), a reverse proxy's too, and
    /// the authorities (DER) of its certificates beside the platform's own.
    pub fn serves_sensors(&self, keys: Vec<[u8; 32]>, authorities: Vec<Vec<u8>>) {
        *write(&self.inner().endpoint) = Endpoint { keys, authorities };
    }

    /// Certificates of the platform's own authority, DER, the one that signs first.
    pub fn authorities(&self) -> Vec<Vec<u8>> {
        let inner = self.inner();
        inner.authority.set(inner.clock.now())
    }

    /// SHA-256 of the authority that signs, as browsers show it (`AB:CD:…`).
    pub fn fingerprint(&self) -> Option<String> {
        let authority = self.authorities().into_iter().next()?;
        Some(digest(&authority).map(|byte| format!("{byte:02X}")).join(":"))
    }

    /// What a listener shows, from the platform's own authority: the kept
    /// certificate, or another when the names differ or it is two thirds over.
    /// `listener` names it among the files.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a name that cannot stand in a certificate; when the folder of keys cannot be written.
    pub fn identity(&self, listener: &str, names: &[String]) -> Result<Identity> {
        let inner = self.inner();
        inner.authority.listener(listener, names, random(&*inner.clock)?, inner.clock.now())
    }

    /// Who shows this certificate (DER; TLS has proved that it has the key). The
    /// first time a new certificate is shown, those before it are revoked.
    ///
    /// # Errors
    /// [`crate::Error::Denied`] when it is not of this platform, revoked, or its sensor was removed.
    pub fn caller(&self, certificate: &[u8]) -> Result<Caller> {
        let inner = self.inner();
        let shown = hex(&digest(certificate));
        let tables = inner.tables();
        let found = tables.sensors.iter().find_map(|(id, sensor)| {
            Some((id, sensor, sensor.certificates.iter().find(|one| one.digest == shown)?))
        });
        let Some((id, sensor, certificate)) = found else {
            return Err(Error::Denied("this certificate is not of this platform".into()));
        };
        if sensor.removed {
            return Err(Error::Denied("this sensor was removed".into()));
        }
        let expired = certificate.until <= inner.clock.now();
        match certificate.state {
            CertificateState::Good => {}
            CertificateState::Given => self.first_use(id, &shown)?,
            CertificateState::Revoked => return Err(Error::Denied("this certificate was revoked".into())),
        }
        Ok(Caller { sensor: id.clone(), expired })
    }

    /// A certificate is used for the first time: it takes the place of those
    /// before; where it is of another box, their lines end.
    fn first_use(&self, id: &str, shown: &str) -> Result<()> {
        let inner = self.inner();
        let number = inner.tables().sensor(id)?.number;
        inner.lines.edit(number, |lines| {
            let tables = inner.tables();
            let mut ours = tables.sensor(id)?.certificates.iter().filter(|one| one.digest == shown);
            let replaces =
                ours.next().is_some_and(|one| one.replaces && one.state == CertificateState::Given);
            let gone = if replaces { std::mem::take(lines) } else { Vec::new() };
            let gone_lines = gone.iter().map(|line| (number, line.epoch)).collect();
            inner.change_beside(Changes { gone_lines, ..Changes::default() }, |tables| {
                for one in &mut tables.sensor_mut(id)?.certificates {
                    let ours = one.digest == shown;
                    if ours && one.state == CertificateState::Revoked {
                        return Err(Error::Denied("this certificate was revoked".into()));
                    }
                    one.state = if ours { CertificateState::Good } else { CertificateState::Revoked };
                }
                Ok(())
            })
        })?;
        tracing::info!(sensor = ?id, "certificate in use");
        Ok(())
    }
}

#[cfg(test)]
mod tests;
