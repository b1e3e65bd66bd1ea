//! TLS: one crypto provider, three ways to trust. What certificate was shown is
//! recorded in each, so that an error can name its issuer.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use model::{ErrorCode, Time};
use ring::digest;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, StreamOwned,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::UplinkError;
use crate::address::Address;
use crate::clock::Clock;
use crate::identity::Identity;
use crate::socket::AnySocket;

/// What to do about a certificate for another name.
const OTHER_NAME: &str =
    "Set an address that the certificate names, or add this one to it (platform: --sensor-name).";

/// Names of a certificate that are told, and characters of each.
const MOST_NAMES: usize = 3;
const LONGEST_NAME: usize = 64;

/// The one crypto provider of the whole program: ring. Installed as the default
/// too, so that no other code has to choose.
pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    let install = || {
        let ring = rustls::crypto::ring::default_provider();
        // An error says that one was installed before: that is this one.
        let _ = ring.clone().install_default();
        Arc::new(ring)
    };
    Arc::clone(PROVIDER.get_or_init(install))
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// SHA-256 of its SubjectPublicKeyInfo (DER).
    pub key: [u8; 32],
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// From when to when it is good.
    pub good: [Time; 2],
}

impl Seen {
    /// SHA-256 of a whole certificate (DER), as browsers and tools show it.
    pub fn fingerprint(der: &[u8]) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        hash
    }

    /// The certificates (DER) in a PEM text, or the one that stands there as DER;
    /// empty when there is none.
    pub fn certificates(bytes: &[u8]) -> Vec<Vec<u8>> {
        let found: Vec<Vec<u8>> = match bytes.first() {
            Some(0x30) => vec![bytes.to_vec()],
            _ => CertificateDer::pem_slice_iter(bytes).filter_map(|one| Some(one.ok()?.to_vec())).collect(),
        };
        found.into_iter().filter(|der| Seen::read(der).is_some()).collect()
    }

    /// Reads a certificate (DER).
    pub fn read(der: &[u8]) -> Option<Seen> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let mut key = [0; 32];
        let info = certificate.public_key().raw;
        key.copy_from_slice(digest::digest(&digest::SHA256, info).as_ref());
        let time = |at: i64| Time::new(u64::try_from(at).unwrap_or(0), 0);
        let validity = certificate.validity();
        Some(Seen {
            key,
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            good: [time(validity.not_before.timestamp()), time(validity.not_after.timestamp())],
        })
    }
}

/// A way to trust, and what was shown last.
pub struct Tls {
    config: Arc<ClientConfig>,
    seen: Arc<Mutex<Option<Seen>>>,
    clock: Clock,
}

impl Tls {
    /// For registration: records what is shown and trusts nothing in it. Only
    /// that the other end has the key of what it shows is checked.
    pub fn recording(clock: &Clock) -> Result<Tls, UplinkError> {
        Tls::new(None, None, clock)
    }

    /// For all later traffic: the platform's CAs alone, and our own certificate.
    ///
    /// # Errors
    /// E11 when the identity's certificates cannot be used.
    pub fn mutual(identity: &Identity, clock: &Clock) -> Result<Tls, UplinkError> {
        Tls::new(Some(&identity.authorities), Some(identity), clock)
    }

    /// For an `https` proxy: its CAs.
    ///
    /// # Errors
    /// E09 when there is none.
    pub fn for_proxy(authorities: &[Vec<u8>], clock: &Clock) -> Result<Tls, UplinkError> {
        Tls::new(Some(authorities), None, clock)
    }

    fn new(trust: Option<&[Vec<u8>]>, own: Option<&Identity>, clock: &Clock) -> Result<Tls, UplinkError> {
        let unfit =
            |what: &str, error: Error| UplinkError::platform(format!("{what} cannot be used: {error}"));
        let seen = Arc::new(Mutex::new(None));
        let inner = match trust {
            None => None,
            Some(authorities) => {
                let mut roots = RootCertStore::empty();
                let ders = authorities.iter().map(|der| CertificateDer::from(der.as_slice()));
                roots.add_parsable_certificates(ders);
                let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
                let none = |_| UplinkError::new(ErrorCode::NotTrusted, "there is no CA to trust: set it");
                Some(built.map_err(none)?)
            }
        };
        let watch = Watch { inner, seen: Arc::clone(&seen) };
        let builder = ClientConfig::builder_with_details(provider(), Arc::new(clock.clone()))
            .with_safe_default_protocol_versions()
            .map_err(|error| unfit("TLS", error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(watch));
        let mut config = match own {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.to_vec()));
                let chain = vec![CertificateDer::from(identity.certificate.clone())];
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| unfit("this sensor's certificate", error))?
            }
        };
        // A resumed session shows no certificate; connections are few and long.
        config.resumption = Resumption::disabled();
        Ok(Tls { config: Arc::new(config), seen, clock: clock.clone() })
    }

    /// Makes a TLS connection to `to` over a socket.
    ///
    /// # Errors
    /// E09 with the issuer seen, E10, E06 when it is cut, E11.
    pub fn open(&self, mut socket: AnySocket, to: &Address) -> Result<AnySocket, UplinkError> {
        let bad_name =
            |_| UplinkError::new(ErrorCode::NotTrusted, format!("{:?} can stand in no certificate", to.host));
        let name = match to.host.parse::<IpAddr>() {
            Ok(ip) => ServerName::IpAddress(ip.into()),
            Err(_) => ServerName::try_from(to.host.clone()).map_err(bad_name)?,
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let opened = ClientConnection::new(Arc::clone(&self.config), name);
        let mut connection = opened.map_err(|error| self.failed(&error, to))?;
        while connection.is_handshaking() {
            if let Err(error) = connection.complete_io(&mut socket) {
                return Err(self.broken(&error, to));
            }
        }
        Ok(Box::new(StreamOwned::new(connection, socket)))
    }

    /// The certificate that was shown last.
    pub fn seen(&self) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An error of reading or writing, in an operator's terms.
    pub fn broken(&self, error: &io::Error, to: &Address) -> UplinkError {
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            return self.failed(error, to);
        }
        let cause = match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "does not answer".into(),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                "closed the connection".into()
            }
            _ => format!("cannot be spoken to: {error}"),
        };
        UplinkError::new(ErrorCode::Blocked, format!("{to} {cause}"))
    }

    fn failed(&self, error: &Error, to: &Address) -> UplinkError {
        let shown = self.seen().map_or_else(String::new, |seen| {
            format!(" It was issued to {:?} by {:?}.", seen.subject, seen.issuer)
        });
        let now = self.clock.now();
        match error {
            Error::InvalidCertificate(
                CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
                | CertificateError::Expired
                | CertificateError::ExpiredContext { .. },
            ) => {
                let good = self.seen().map_or_else(String::new, |seen| {
                    format!(" It is good from {} to {}.", seen.good[0], seen.good[1])
                });
                let words =
                    format!("by this clock ({now}) the certificate of {to} is not good.{good}{shown}");
                UplinkError::new(ErrorCode::ClockOff, words)
            }
            Error::InvalidCertificate(reason) => {
                // Names are looked at last: a certificate for another name is of the right CA, so
                // nobody opens TLS on the way.
                let (reason, remedy) = match reason {
                    CertificateError::UnknownIssuer => {
                        ("its issuer is not one of the platform's CAs".into(), None)
                    }
                    CertificateError::NotValidForName => ("it is for another name".into(), Some(OTHER_NAME)),
                    CertificateError::NotValidForNameContext { presented, .. } => {
                        (format!("it is for another name{}", names(presented)), Some(OTHER_NAME))
                    }
                    other => (other.to_string(), None),
                };
                let words = format!("the certificate of {to} is not trusted: {reason}.{shown}");
                let error = UplinkError::new(ErrorCode::NotTrusted, words);
                UplinkError { remedy: remedy.unwrap_or(error.remedy), ..error }
            }
            Error::AlertReceived(alert) => {
                UplinkError::platform(format!("{to} refuses this sensor's certificate or TLS: {alert:?}"))
            }
            Error::InvalidMessage(_) => {
                UplinkError::platform(format!("what answers at {to} does not speak TLS"))
            }
            other => UplinkError::platform(format!("TLS to {to} failed: {other}")),
        }
    }
}

/// ` ("platform.example.com", "10.0.0.1")`: the names of a certificate as rustls tells them
/// (`DnsName("…")`, `IpAddress(…)`); nothing when it has none.
fn names(presented: &[String]) -> String {
    let name = |text: &String| {
        let inner = text.split_once('(').map_or(text.as_str(), |(_, rest)| rest);
        let inner: String = inner.trim_matches([')', '"']).chars().take(LONGEST_NAME).collect();
        format!("{inner:?}")
    };
    let shown: Vec<String> = presented.iter().take(MOST_NAMES).map(name).collect();
    match shown.is_empty() {
        true => String::new(),
        false if presented.len() > MOST_NAMES => format!(" ({}, and more)", shown.join(", ")),
        false => format!(" ({})", shown.join(", ")),
    }
}

/// Records the certificate, then asks the usual verifier, if there is one.
#[derive(Debug)]
struct Watch {
    inner: Option<Arc<WebPkiServerVerifier>>,
    seen: Arc<Mutex<Option<Seen>>>,
}

impl ServerCertVerifier for Watch {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen::read(end_entity);
        match &self.inner {
            Some(inner) => {
                inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &provider().signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::System;

    #[test]
    fn another_name_has_another_remedy_than_another_issuer() {
        let clock = Clock::new(Arc::new(System::default()), Time::default());
        let tls = Tls::recording(&clock).unwrap();
        let to = Address { host: "10.0.0.9".into(), port: 8443 };
        let told = |reason| {
            let error = tls.failed(&Error::InvalidCertificate(reason), &to);
            assert_eq!((error.code, error.remedy.ends_with('.')), (ErrorCode::NotTrusted, true));
            error
        };
        let issuer = told(CertificateError::UnknownIssuer);
        assert_eq!(issuer.remedy, ErrorCode::NotTrusted.remedy());
        let presented = |names: &[&str]| CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("10.0.0.9").unwrap(),
            presented: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        for (names, words) in [
            (&["DnsName(\"a.example\")", "IpAddress(10.0.0.1)"][..], "name (\"a.example\", \"10.0.0.1\")."),
            (&["DnsName(\"a\u{7}\")"], "name (\"a\\u{7}\")."),
            (&["DnsName(\"a\")"; 4], "(\"a\", \"a\", \"a\", and more)."),
            (&[], "it is for another name."),
        ] {
            let error = told(presented(names));
            assert!(error.words.ends_with(words), "{error}");
            assert!(error.remedy.contains("--sensor-name"), "{}", error.remedy);
        }
        assert_eq!(told(CertificateError::NotValidForName).remedy, OTHER_NAME);
    }
}
