//! Keeps the derived passwords of codes: readable only with a key that lies in
//! the folder of keys and not in the database.

use pairing::CodeKey;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::error::{Error, Result};
use crate::parts::hex;

/// Bytes of what is kept: nonce, derived password, tag.
const SEALED: usize = NONCE_LEN + 32 + 16;

/// Seals under one key; ChaCha20-Poly1305 (RFC 8439) with a random nonce: of the
/// few codes a platform draws no two share one.
pub(crate) struct Seal(LessSafeKey);

impl Seal {
    /// From 32 secret bytes.
    pub(crate) fn new(key: &[u8; 32]) -> Result<Seal> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key);
        key.map(|key| Seal(LessSafeKey::new(key)))
            .map_err(|_| Error::Internal("the sealing key is no key".into()))
    }

    /// Nonce, what is sealed, tag; hexadecimal.
    pub(crate) fn seal(&self, id: u32, key: &CodeKey, nonce: [u8; NONCE_LEN]) -> Result<String> {
        let mut bytes = key.to_bytes().to_vec();
        let with = Nonce::assume_unique_for_key(nonce);
        let sealed = self.0.seal_in_place_append_tag(with, aad(id), &mut bytes);
        sealed.map_err(|_| Error::Internal("a code could not be sealed".into()))?;
        Ok(hex(&nonce) + &hex(&bytes))
    }

    /// What was sealed for this id; `None` when it is not that.
    pub(crate) fn open(&self, id: u32, sealed: &str) -> Option<CodeKey> {
        let mut bytes: [u8; SEALED] = bundle::unhex(sealed)?;
        let (nonce, body) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.0.open_in_place(nonce, aad(id), body).ok()?;
        Some(CodeKey::from_bytes(<[u8; 32]>::try_from(&*opened).ok()?))
    }
}

fn aad(id: u32) -> Aad<String> {
    Aad::from(format!("stillwatch sealed code v1 {id:06}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::PersonalizationCode;

    #[test]
    fn opens_for_its_id_under_its_key_only() {
        let key = CodeKey::of(&PersonalizationCode::new(7, 12_345_678));
        let seal = Seal::new(&[1; 32]).unwrap();
        let sealed = seal.seal(7, &key, [3; 12]).unwrap();
        assert!(!sealed.contains(&hex(&key.to_bytes())));
        assert_eq!(seal.open(7, &sealed).unwrap().to_bytes(), key.to_bytes());
        assert!(seal.open(8, &sealed).is_none());
        assert!(Seal::new(&[2; 32]).unwrap().open(7, &sealed).is_none());
        for damaged in ["", "0", "zz", &sealed[2..], &sealed[..sealed.len() - 2]] {
            assert!(seal.open(7, damaged).is_none(), "{damaged}");
        }
    }
}
