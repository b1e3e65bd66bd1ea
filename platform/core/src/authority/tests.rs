//! Authorities, what they sign and what they refuse.

use super::*;
use rcgen::CertificateSigningRequestParams;

const NOW: Time = Time::new(1_790_000_000, 0);

fn days(from: Time, days: u64) -> Time {
    Time::new(from.seconds() + days * DAY, 0)
}

fn request(key: &KeyPair, name: &str) -> Vec<u8> {
    let mut params = CertificateParams::new(vec!["evil.example".to_string()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.serialize_request(key).unwrap().der().to_vec()
}

#[test]
fn the_same_authority_after_a_restart_and_a_damaged_file_is_named() {
    let place = tempfile::tempdir().unwrap();
    let first = Authority::open(place.path(), NOW).unwrap();
    let again = Authority::open(place.path(), days(NOW, 1)).unwrap();
    assert_eq!(first.set(NOW), again.set(NOW));
    assert_eq!(first.secret("a.key", [1; 32]).unwrap(), again.secret("a.key", [2; 32]).unwrap());
    std::fs::write(place.path().join("authority-1.pem"), "nothing").unwrap();
    let words = Authority::open(place.path(), NOW).err().unwrap().to_string();
    assert!(words.contains("authority-1.pem") && words.contains("backup"), "{words}");
    std::fs::write(place.path().join("a.key"), "short").unwrap();
    assert!(first.secret("a.key", [1; 32]).is_err());
}

#[test]
fn the_next_authority_is_announced_long_before_it_signs() {
    let place = tempfile::tempdir().unwrap();
    let authority = Authority::open(place.path(), NOW).unwrap();
    let issuer = |at: Time| {
        let key = KeyPair::generate().unwrap();
        let signed = authority.sign_sensor(&request(&key, "x"), "s-1", [9; 16], at).unwrap();
        let (_, parsed) = X509Certificate::from_der(&signed.certificate).unwrap();
        parsed.issuer().to_string()
    };
    assert!(!authority.renew(days(NOW, 2_700)).unwrap());
    let announced = days(NOW, 2_750);
    assert!(authority.renew(announced).unwrap());
    assert!(!authority.renew(announced).unwrap());
    assert_eq!(authority.set(announced).len(), 2);
    assert!(issuer(announced).contains("CA 1"));
    let later = days(NOW, 3_110);
    assert!(issuer(later).contains("CA 2"));
    // What the first signed last has ended before it does.
    let last = days(NOW, 3_100);
    assert!(issuer(last).contains("CA 1") && days(last, 365) < days(NOW, 3_653));
    assert_eq!(authority.set(days(NOW, 3_700)).len(), 1);
    assert_eq!(Authority::open(place.path(), later).unwrap().set(later), authority.set(later));
}

#[test]
fn a_sensors_certificate_says_what_the_platform_says_and_nothing_the_request_says() {
    let place = tempfile::tempdir().unwrap();
    let authority = Authority::open(place.path(), NOW).unwrap();
    let key = KeyPair::generate().unwrap();
    let csr = request(&key, "another sensor");
    let signed = authority.sign_sensor(&csr, "s-1", [0xff; 16], NOW).unwrap();
    let (_, parsed) = X509Certificate::from_der(&signed.certificate).unwrap();
    assert_eq!(parsed.subject().to_string(), "CN=s-1");
    assert!(!parsed.is_ca() && parsed.subject_alternative_name().unwrap().is_none());
    let purposes = parsed.extended_key_usage().unwrap().unwrap().value;
    assert!(purposes.client_auth && !purposes.server_auth);
    assert_eq!(signed.until, days(NOW, 365));
    let set = authority.set(NOW);
    let (_, ca) = X509Certificate::from_der(&set[0]).unwrap();
    assert!(ca.is_ca() && parsed.verify_signature(Some(ca.public_key())).is_ok());
    let asked = CertificateSigningRequestParams::from_der(&csr.as_slice().into()).unwrap();
    assert!(parsed.public_key().raw.ends_with(rcgen::PublicKeyData::der_bytes(&asked.public_key)));
}

#[test]
fn bad_requests_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let authority = Authority::open(place.path(), NOW).unwrap();
    let mut altered = request(&KeyPair::generate().unwrap(), "x");
    let last = altered.len() - 1;
    altered[last] ^= 1;
    for bad in [vec![], vec![0x30; 5_000], vec![0x30, 0x00], altered] {
        let refused = authority.sign_sensor(&bad, "s", [1; 16], NOW);
        assert!(matches!(refused, Err(Error::Invalid { .. })));
    }
}

#[test]
fn a_listeners_certificate_is_kept_until_names_or_time_say_otherwise() {
    let place = tempfile::tempdir().unwrap();
    let authority = Authority::open(place.path(), NOW).unwrap();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect::<Vec<_>>();
    let of = |wanted: &[&str], at| authority.listener("operator", &names(wanted), [7; 16], at).unwrap();
    let first = of(&["platform.example.org", "127.0.0.1", "::1"], NOW);
    assert_eq!(of(&["platform.example.org", "127.0.0.1", "::1"], days(NOW, 200)).chain, first.chain);
    assert_ne!(of(&["other.example.org"], NOW).chain, first.chain);
    let second = of(&["other.example.org"], NOW);
    assert_ne!(of(&["other.example.org"], days(NOW, 250)).chain, second.chain);
    assert!(authority.listener("operator", &names(&["no name"]), [7; 16], NOW).is_err());
    let (_, parsed) = X509Certificate::from_der(&first.chain[0]).unwrap();
    assert!(parsed.extended_key_usage().unwrap().unwrap().value.server_auth);
    assert_eq!(key_digest(&first.chain[0]).unwrap(), digest(parsed.public_key().raw));
    assert!(!format!("{first:?}").contains("48"), "no key in words");
}

#[test]
fn an_operators_files_are_read() {
    let place = tempfile::tempdir().unwrap();
    let authority = Authority::open(place.path(), NOW).unwrap();
    let made = authority.listener("operator", &["a.example".to_string()], [7; 16], NOW).unwrap();
    let text = std::fs::read(place.path().join("listener-operator.pem")).unwrap();
    let read = Identity::from_pem(&text, &text).unwrap();
    assert_eq!((read.chain, read.key, read.until), (made.chain, made.key, made.until));
    let words =
        |certificates: &[u8], key: &[u8]| Identity::from_pem(certificates, key).unwrap_err().to_string();
    assert!(words(b"", &text).contains("no certificate"));
    assert!(words(&text, b"").contains("no private key"));
}
