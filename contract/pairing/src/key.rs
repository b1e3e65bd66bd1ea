//! What a personalization code becomes before it is used.

use alloc::format;
use core::fmt;

use model::PersonalizationCode;
use ring::digest;
use zeroize::{Zeroize, Zeroizing};

/// SHA-256 of `stillwatch code v1`, the six digits of the id and the eight
/// secret digits, in ASCII: the password of the exchange. The platform keeps
/// this and never the digits.
///
/// It is as good as the digits for whoever has it, and they are soon found from
/// it (10⁸ tries): it is to be kept sealed. Wiped when dropped.
#[derive(Clone)]
pub struct CodeKey(Zeroizing<[u8; 32]>);

impl CodeKey {
    /// The key of a code.
    pub fn of(code: &PersonalizationCode) -> CodeKey {
        let mut text = format!("stillwatch code v1{:06}{:08}", code.id(), code.secret());
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        text.zeroize();
        CodeKey(key)
    }

    /// A kept key; or, from 32 random bytes, the one for an unknown id: no code
    /// fits it.
    pub fn from_bytes(bytes: [u8; 32]) -> CodeKey {
        CodeKey(Zeroizing::new(bytes))
    }

    /// To be kept, sealed.
    pub fn to_bytes(&self) -> [u8; 32] {
        *self.0
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeKey(…)")
    }
}
