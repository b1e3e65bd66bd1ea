//! What the authority signs.

use std::net::IpAddr;
use std::time::Duration;

use model::Time;
use rcgen::{
    CertificateParams, CertificateSigningRequestParams, DnType, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, PublicKeyData, SanType, SerialNumber,
};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::{Authority, DAY, crypto, ends, files, signing};
use crate::error::{Error, Result};
use crate::parts::{is_domain, read};

/// Life of a sensor's and of a listener's certificate.
const LIFE: u64 = 365 * DAY;

/// What a listener shows: its certificate with those between it and the
/// authority, and its key.
#[derive(Clone)]
pub struct Identity {
    /// DER, the listener's own first.
    pub chain: Vec<Vec<u8>>,
    /// PKCS #8, DER.
    pub key: Vec<u8>,
    /// Until when the first certificate is good.
    pub until: Time,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity(until {})", self.until)
    }
}

impl Identity {
    /// From PEM text: the key (PKCS #8, or SEC 1 and PKCS #1 as OpenSSL writes
    /// them) and the certificates, the listener's own first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when one is missing or damaged.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Identity> {
        let (_, chain) = read_pem(certificates)?;
        let (key, _) = read_pem(key)?;
        let own =
            chain.first().ok_or_else(|| Error::invalid("certificate", "the file holds no certificate"))?;
        if key.is_empty() {
            return Err(Error::invalid("key", "the file holds no private key"));
        }
        let until = ends(own).map_err(|_| Error::invalid("certificate", "it cannot be read"))?;
        Ok(Identity { chain, key, until })
    }

    /// The certificates of a PEM text, DER.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is no PEM.
    pub fn certificates(text: &[u8]) -> Result<Vec<Vec<u8>>> {
        Ok(read_pem(text)?.1)
    }
}

/// A sensor's certificate.
pub(crate) struct Signed {
    /// DER.
    pub(crate) certificate: Vec<u8>,
    /// Until when it is good.
    pub(crate) until: Time,
}

impl Authority {
    /// Signs a sensor's request. Of the request only the key is taken: who it is
    /// for, how long and what for is decided here. `serial` is random.
    pub(crate) fn sign_sensor(
        &self,
        csr: &[u8],
        sensor: &str,
        serial: [u8; 16],
        now: Time,
    ) -> Result<Signed> {
        let wrong = |words: &str| Error::invalid("csr", words);
        if csr.len() > 4_096 {
            return Err(wrong("the certificate request is longer than 4096 bytes"));
        }
        // Checks the request's own signature: the sender has the key.
        let asked = CertificateSigningRequestParams::from_der(&csr.into())
            .map_err(|_| wrong("the certificate request is damaged or not signed by its key"))?;
        let kinds = [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519];
        if !kinds.contains(&asked.public_key.algorithm()) {
            return Err(wrong("the key must be ECDSA P-256, P-384 or Ed25519"));
        }
        let mut params = leaf(now, serial, ExtendedKeyUsagePurpose::ClientAuth);
        params.distinguished_name.push(DnType::CommonName, sensor);
        self.sign(&params, &asked.public_key, now)
    }

    /// The identity of a listener under these names: the kept one, or a new one
    /// when there is none, the names differ, or two thirds of its life are over.
    pub(crate) fn listener(
        &self,
        name: &str,
        names: &[String],
        serial: [u8; 16],
        now: Time,
    ) -> Result<Identity> {
        let file = self.folder.join(format!("listener-{name}.pem"));
        if let Some(kept) = files::read(&file)? {
            let kept = read_pem(&kept).ok().and_then(|(key, chain)| self.good(key, chain, names, now));
            if let Some(kept) = kept {
                return Ok(kept);
            }
        }
        let key = KeyPair::generate().map_err(crypto)?;
        let mut params = leaf(now, serial, ExtendedKeyUsagePurpose::ServerAuth);
        params.distinguished_name.push(DnType::CommonName, "Stillwatch platform");
        for name in names {
            let named = match name.parse::<IpAddr>() {
                Ok(ip) => SanType::IpAddress(ip),
                Err(_) if is_domain(name) => SanType::DnsName(name.as_str().try_into().map_err(crypto)?),
                Err(_) => {
                    let words = format!("{name:?} is neither a DNS name nor an address");
                    return Err(Error::invalid("name", words));
                }
            };
            params.subject_alt_names.push(named);
        }
        let signed = self.sign(&params, &key, now)?;
        let mut text = pem::encode(&pem::Pem::new("PRIVATE KEY", key.serialize_der()));
        text.push_str(&pem::encode(&pem::Pem::new("CERTIFICATE", signed.certificate.clone())));
        files::write(&file, text.as_bytes())?;
        Ok(Identity { chain: vec![signed.certificate], key: key.serialize_der(), until: signed.until })
    }

    fn good(&self, key: Vec<u8>, chain: Vec<Vec<u8>>, names: &[String], now: Time) -> Option<Identity> {
        let (_, parsed) = X509Certificate::from_der(chain.first()?).ok()?;
        let mut has: Vec<String> = Vec::new();
        for name in &parsed.subject_alternative_name().ok()??.value.general_names {
            has.push(match name {
                GeneralName::DNSName(name) => (*name).into(),
                GeneralName::IPAddress(bytes) => match *bytes {
                    [a, b, c, d] => IpAddr::from([*a, *b, *c, *d]).to_string(),
                    bytes => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string(),
                },
                _ => return None,
            });
        }
        let until = ends(chain.first()?).ok()?;
        let all = read(&self.all);
        let issuer = signing(&all, now)?;
        let (_, authority) = X509Certificate::from_der(&issuer.certificate).ok()?;
        let of_this = parsed.verify_signature(Some(authority.public_key())).is_ok();
        let fresh = until.since(now) > LIFE / 3 * Time::SECOND;
        (has == names && of_this && fresh).then_some(Identity { chain, key, until })
    }

    fn sign(&self, params: &CertificateParams, key: &impl PublicKeyData, now: Time) -> Result<Signed> {
        let all = read(&self.all);
        let one = signing(&all, now).ok_or_else(|| Error::Internal("there is no authority".into()))?;
        let certificate = params.signed_by(key, &one.issuer).map_err(crypto)?.der().to_vec();
        let until = ends(&certificate)?;
        Ok(Signed { certificate, until })
    }
}

fn leaf(now: Time, mut serial: [u8; 16], purpose: ExtendedKeyUsagePurpose) -> CertificateParams {
    // Positive and of full length (RFC 5280 §4.1.2.2).
    serial[0] = serial[0] & 0x7f | 0x40;
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    // A day back: the other end's clock may be behind.
    params.not_before = date(Time::new(now.seconds().saturating_sub(DAY), 0));
    params.not_after = date(Time::new(now.seconds() + LIFE, 0));
    params
}

/// A date as the certificates want it.
pub(super) fn date(time: Time) -> time::OffsetDateTime {
    rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(time.seconds())
}

/// The first private key (empty: none) and the certificates of a PEM text, DER.
pub(super) fn read_pem(text: &[u8]) -> Result<(Vec<u8>, Vec<Vec<u8>>)> {
    let all = pem::parse_many(text).map_err(|cause| Error::invalid("file", format!("is no PEM: {cause}")))?;
    let (mut key, mut chain) = (Vec::new(), Vec::new());
    for one in all {
        match one.tag() {
            "CERTIFICATE" => chain.push(one.into_contents()),
            tag if tag.ends_with("PRIVATE KEY") && key.is_empty() => key = one.into_contents(),
            _ => {}
        }
    }
    Ok((key, chain))
}
