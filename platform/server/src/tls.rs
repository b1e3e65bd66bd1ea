//! TLS of the two listeners: 1.2 and 1.3, one crypto provider, certificates that
//! can be exchanged while it runs.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use platform_core::{Identity, Platform, key_digest};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::files;
use crate::options::CertificateFiles;
use crate::verifier::OfAnyAge;

/// The one provider, *ring*; installed for the process when none is yet.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    let made = rustls::crypto::ring::default_provider();
    // Another part of the process (a sensor in the demonstration) may have been first.
    let _ = made.clone().install_default();
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(made))
}

/// What a listener shows now.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Where a listener's certificate comes from, and the TLS made of it.
pub(crate) struct Secured {
    provider: Arc<CryptoProvider>,
    /// Names it among the core's files.
    listener: &'static str,
    names: Vec<String>,
    files: Option<CertificateFiles>,
    current: Arc<Current>,
    /// Only where sensors come.
    sensors: Option<Arc<OfAnyAge>>,
    /// SHA-256 of its key, and the authorities behind it.
    shown: RwLock<(Vec<u8>, [u8; 32])>,
}

impl Secured {
    /// Reads or makes the certificate. `sensors`: ask for theirs.
    pub(crate) fn new(
        platform: &Platform,
        listener: &'static str,
        names: Vec<String>,
        files: Option<CertificateFiles>,
        sensors: bool,
    ) -> anyhow::Result<Secured> {
        let provider = provider();
        let (identity, authorities) = identity(platform, listener, &names, files.as_ref())?;
        let key = certified(&provider, &identity)?;
        let verifier = match sensors {
            true => Some(Arc::new(OfAnyAge::new(provider.clone(), &platform.authorities())?)),
            false => None,
        };
        let shown = shown(&identity)?;
        if sensors {
            platform.serves_sensors(vec![shown.1], authorities);
        }
        Ok(Secured {
            provider,
            listener,
            names,
            files,
            current: Arc::new(Current(RwLock::new(Arc::new(key)))),
            sensors: verifier,
            shown: RwLock::new(shown),
        })
    }

    /// For accepting connections.
    pub(crate) fn config(&self) -> anyhow::Result<Arc<ServerConfig>> {
        let begun = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()?;
        let begun = match &self.sensors {
            Some(verifier) => begun.with_client_cert_verifier(verifier.clone()),
            None => begun.with_no_client_auth(),
        };
        let mut config = begun.with_cert_resolver(self.current.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Looks again at files, names and time; shows another certificate when there is one.
    pub(crate) fn refresh(&self, platform: &Platform) -> anyhow::Result<()> {
        if let Some(verifier) = &self.sensors {
            verifier.trust(&platform.authorities())?;
        }
        let (identity, authorities) = identity(platform, self.listener, &self.names, self.files.as_ref())?;
        let now = shown(&identity)?;
        if *self.shown.read().unwrap_or_else(PoisonError::into_inner) == now {
            return Ok(());
        }
        let key = certified(&self.provider, &identity)?;
        if self.sensors.is_some() {
            platform.serves_sensors(vec![now.1], authorities);
        }
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = now;
        tracing::info!(listener = self.listener, until = %identity.until, "another certificate is shown");
        Ok(())
    }
}

fn identity(
    platform: &Platform,
    listener: &str,
    names: &[String],
    from: Option<&CertificateFiles>,
) -> anyhow::Result<(Identity, Vec<Vec<u8>>)> {
    match from {
        Some(from) => files::read(from),
        None => Ok((platform.identity(listener, names)?, Vec::new())),
    }
}

fn shown(identity: &Identity) -> anyhow::Result<(Vec<u8>, [u8; 32])> {
    let own = identity.chain.first().context("there is no certificate")?;
    Ok((own.clone(), key_digest(own)?))
}

fn certified(provider: &CryptoProvider, identity: &Identity) -> anyhow::Result<CertifiedKey> {
    let chain = identity.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key =
        PrivateKeyDer::try_from(identity.key.clone()).map_err(|words| anyhow::anyhow!("the key: {words}"))?;
    // Refuses a key that is not the certificate's.
    CertifiedKey::from_der(chain, key, provider).context("the certificate and its key")
}
