//! Update bundles: how one is made of a system, and how signatures are put on and taken off.
//!
//! The form is that of the crate `bundle`, which appliance and platform read. Without its signatures a bundle is a
//! function of board, version and system, so it is the same bytes every time.

use anyhow::{Result, anyhow, bail};
use bundle::{Front, MOST_SYSTEM, Manifest, Payload, SIGNATURES, Version};
use minisign::SignatureBox;

pub use update::stick::END;

/// The bundle of a system, without signatures.
///
/// # Errors
/// `version` is none; the system is larger than the appliance takes.
pub fn write(board: &str, version: &str, system: &[u8]) -> Result<Vec<u8>> {
    if system.len() as u64 > MOST_SYSTEM {
        bail!("the system has {} bytes, at most {MOST_SYSTEM} fit twice on the boot partition", system.len());
    }
    let manifest = Manifest::of_system(board, self::version(version)?, system);
    Ok(whole(&manifest, Payload::System, system))
}

/// A bundle without signatures.
pub fn whole(manifest: &Manifest, payload: Payload, bytes: &[u8]) -> Vec<u8> {
    let manifest = manifest.to_text().into_bytes();
    Front { manifest, signatures: Vec::new(), payload, size: bytes.len() as u64 }.whole(bytes)
}

/// Reads the product's version.
///
/// # Errors
/// It is none, or one that the boot loader would sort otherwise than we do.
pub fn version(text: &str) -> Result<Version> {
    Version::parse(text).ok_or_else(|| {
        anyhow!("{text:?} is no version: write MAJOR.MINOR.PATCH, and 1.2.4~rc1 (not -rc1) for what comes before 1.2.4")
    })
}

/// What is in front of the payload of `bundle`, and the rest: payload, its padding, the end.
///
/// # Errors
/// It is no bundle.
pub fn split(bundle: &[u8]) -> Result<(Front, &[u8])> {
    let mut rest = bundle;
    let front = Front::read(&mut rest).map_err(|failed| anyhow!("{}", failed.words))?;
    Ok((front, rest))
}

/// The bundle without its signatures.
///
/// # Errors
/// It is no bundle.
pub fn strip(bundle: &[u8]) -> Result<Vec<u8>> {
    let (front, rest) = split(bundle)?;
    Ok([Front { signatures: Vec::new(), ..front }.to_bytes(), rest.to_vec()].concat())
}

/// The bundle with one signature more; one of the same key is replaced.
///
/// # Errors
/// It is no bundle; it has two signatures of other keys.
pub fn attach(bundle: &[u8], signature: &SignatureBox) -> Result<Vec<u8>> {
    let (mut front, rest) = split(bundle)?;
    let by_it = |text: &Vec<u8>| {
        let one = std::str::from_utf8(text).ok().and_then(|text| SignatureBox::from_string(text).ok());
        one.is_some_and(|one| one.keynum() == signature.keynum())
    };
    let text = signature.to_string().into_bytes();
    match front.signatures.iter().position(by_it) {
        Some(at) => front.signatures[at] = text,
        None if front.signatures.len() < SIGNATURES.len() => front.signatures.push(text),
        None => bail!("it has {} signatures of other keys already", front.signatures.len()),
    }
    Ok([front.to_bytes(), rest.to_vec()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use minisign::KeyPair;

    #[test]
    fn signatures_come_and_go_and_nothing_else_changes() {
        let system = vec![7; 70_001];
        let bundle = write("virtual-kvm", "1.2.3", &system).unwrap();
        assert_eq!(write("virtual-kvm", "1.2.3", &system).unwrap(), bundle);
        let sign = |pair: &KeyPair, bundle: &[u8]| {
            let front = split(bundle).unwrap().0;
            let signature =
                minisign::sign(None, &pair.sk, front.manifest.as_slice(), Some("expires:x"), None).unwrap();
            attach(bundle, &signature)
        };
        let [one, two, three] = [(); 3].map(|()| KeyPair::generate_unencrypted_keypair().unwrap());
        let once = sign(&one, &bundle).unwrap();
        let twice = sign(&two, &once).unwrap();
        assert_eq!((once.len(), twice.len()), (bundle.len() + 1024, bundle.len() + 2048));
        // Signed again by the same key, there are still two.
        let again = sign(&one, &twice).unwrap();
        assert!(again.len() == twice.len() && again != twice);
        for signed in [&once, &twice, &again] {
            assert!(strip(signed).unwrap() == bundle);
            assert!(signed.ends_with(&bundle[1024..]), "the payload's header and all behind it");
        }
        assert!(sign(&three, &twice).unwrap_err().to_string().contains("has 2 signatures of other keys"));
        assert!(strip(&bundle[..700]).is_err());
        // A member of another's tar: the bundle's, read by the crate that reads any.
        let mut archive = tar::Archive::new(twice.as_slice());
        let names: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["manifest.toml", "manifest.toml.minisig", "manifest.toml.minisig2", "system.efi"]);
    }

    #[test]
    fn versions_that_the_loader_would_sort_otherwise_are_refused() {
        for text in ["1.2.4-rc1", "1", "", "1.2.3+4"] {
            assert!(write("b", text, b"").unwrap_err().to_string().contains("is no version"), "{text}");
        }
    }
}
