//! What tests share, here and in other crates: signers, and bundles.

use minisign::{KeyPair, PublicKeyBox};

use crate::{Front, Keys, Manifest, Payload, Version};

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
    let manifest = Manifest::of_system(board, version_of(version), system);
    whole(&manifest, Payload::System, Vec::new(), system)
}

/// The same, signed.
pub fn signed(signer: &Signer, statement: &str, board: &str, version: &str, system: &[u8]) -> Vec<u8> {
    let manifest = Manifest::of_system(board, version_of(version), system);
    let signature = sign(signer, manifest.to_text().as_bytes(), statement);
    whole(&manifest, Payload::System, vec![signature], system)
}

/// A bundle of rules, signed.
pub fn signed_rules(signer: &Signer, statement: &str, version: &str, tables: &[u8]) -> Vec<u8> {
    let manifest = Manifest::of_rules(version_of(version), tables);
    let signature = sign(signer, manifest.to_text().as_bytes(), statement);
    whole(&manifest, Payload::Rules, vec![signature], tables)
}

/// A whole bundle of these parts, whether they fit or not.
pub fn whole(manifest: &Manifest, payload: Payload, signatures: Vec<Vec<u8>>, bytes: &[u8]) -> Vec<u8> {
    let manifest = manifest.to_text().into_bytes();
    Front { manifest, signatures, payload, size: bytes.len() as u64 }.whole(bytes)
}

fn version_of(text: &str) -> Version {
    Version::parse(text).unwrap()
}
