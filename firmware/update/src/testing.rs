//! What the tests share, in here and in `tests/`: signers, and bundles.

use minisign::{KeyPair, PublicKeyBox};

use update::bundle::Front;
use update::keys::Keys;
use update::manifest::Manifest;
use update::version::Version;

/// Someone with a key.
pub struct Signer(KeyPair);

impl Default for Signer {
    fn default() -> Signer {
        Signer::new()
    }
}

impl Signer {
    /// With a key that nobody else has.
    pub fn new() -> Signer {
        Signer(KeyPair::generate_unencrypted_keypair().unwrap())
    }

    /// The public key's file.
    pub fn public_text(&self) -> String {
        let public: PublicKeyBox = self.0.pk.to_box().unwrap();
        public.into_string()
    }

    /// The public key.
    pub fn keys(&self) -> Keys {
        Keys::one(&self.public_text()).unwrap()
    }
}

/// A signature with a statement.
pub fn sign(signer: &Signer, text: &[u8], statement: &str) -> Vec<u8> {
    minisign::sign(None, &signer.0.sk, text, Some(statement), None).unwrap().to_bytes()
}

/// A bundle of a system.
pub fn unsigned(board: &str, version: &str, system: &[u8]) -> Vec<u8> {
    bundle(&Manifest::of_system(board, Version::parse(version).unwrap(), system), Vec::new(), system)
}

/// The same, signed.
pub fn signed(signer: &Signer, statement: &str, board: &str, version: &str, system: &[u8]) -> Vec<u8> {
    let manifest = Manifest::of_system(board, Version::parse(version).unwrap(), system);
    let signature = sign(signer, manifest.to_text().as_bytes(), statement);
    bundle(&manifest, vec![signature], system)
}

fn bundle(manifest: &Manifest, signatures: Vec<Vec<u8>>, system: &[u8]) -> Vec<u8> {
    let front = Front { manifest: manifest.to_text().into_bytes(), signatures, size: system.len() as u64 };
    front.whole(system)
}
