//! Certificates of sensors in TLS: of one of the platform's authorities, whatever
//! their age. Age, revocation and whose they are the core judges, since an
//! expired one may still renew.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
};

/// Asks for a certificate and takes none as well.
#[derive(Debug)]
pub(crate) struct OfAnyAge {
    provider: Arc<CryptoProvider>,
    chain: RwLock<Arc<dyn ClientCertVerifier>>,
}

impl OfAnyAge {
    /// Trusting these authorities (DER).
    pub(crate) fn new(provider: Arc<CryptoProvider>, authorities: &[Vec<u8>]) -> anyhow::Result<OfAnyAge> {
        let chain = RwLock::new(chain(&provider, authorities)?);
        Ok(OfAnyAge { provider, chain })
    }

    /// Trusts these from now on.
    pub(crate) fn trust(&self, authorities: &[Vec<u8>]) -> anyhow::Result<()> {
        let made = chain(&self.provider, authorities)?;
        *self.chain.write().unwrap_or_else(PoisonError::into_inner) = made;
        Ok(())
    }

    fn chain(&self) -> Arc<dyn ClientCertVerifier> {
        self.chain.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn chain(
    provider: &Arc<CryptoProvider>,
    authorities: &[Vec<u8>],
) -> anyhow::Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(CertificateDer::from(authority.as_slice()).into_owned())?;
    }
    Ok(WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone()).build()?)
}

impl ClientCertVerifier for OfAnyAge {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let chain = self.chain();
        match chain.verify_client_cert(certificate, between, now) {
            // As it was on its last day.
            Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
                chain.verify_client_cert(certificate, between, not_after)
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain().verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain().verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain().supported_verify_schemes()
    }
}
