//! The keys of an exchange: HKDF-SHA-256 (RFC 5869) from the shared key and the
//! transcript of both first messages.

use alloc::vec::Vec;

use ring::{digest, hkdf, hmac};
use wire::{Start, StartReply, encode};
use zeroize::Zeroizing;

use crate::Failed;
use crate::pake::Shared;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The sensor.
    Sensor,
    /// The platform.
    Platform,
}

impl Role {
    /// As it stands in labels.
    pub const fn word(self) -> &'static [u8] {
        match self {
            Role::Sensor => b"sensor",
            Role::Platform => b"platform",
        }
    }
}

/// 32 secret bytes, wiped when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

/// All keys of one exchange, and what they are bound to.
pub struct Keys {
    /// Which exchange.
    pub exchange: [u8; 16],
    transcript: [u8; 32],
    proofs: [Secret; 2],
    seals: [Secret; 2],
}

impl Keys {
    /// From the shared key and the two messages as they went over the wire.
    pub fn new(shared: &Shared, start: &Start, reply: &StartReply) -> Keys {
        let transcript = transcript(start, reply);
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &transcript);
        let root = salt.extract(shared);
        let derive = |use_for: &[u8], role: Role| -> Secret {
            let mut key = Zeroizing::new([0; 32]);
            // 32 of at most 8,160 bytes: it cannot fail.
            let info = [b"stillwatch registration v1 ", use_for, b" ", role.word()];
            let filled = root.expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key[..]));
            debug_assert!(filled.is_ok());
            key
        };
        let both = |use_for: &[u8]| [derive(use_for, Role::Sensor), derive(use_for, Role::Platform)];
        Keys { exchange: reply.exchange, transcript, proofs: both(b"proof"), seals: both(b"seal") }
    }

    /// The proof of one role: HMAC-SHA-256 of the transcript's hash under its key.
    pub fn proof(&self, role: Role) -> [u8; 32] {
        let mut proof = [0; 32];
        proof.copy_from_slice(hmac::sign(&self.proof_key(role), &self.transcript).as_ref());
        proof
    }

    /// Compares a proof in constant time.
    ///
    /// # Errors
    /// [`Failed::WrongCode`].
    pub fn check(&self, role: Role, proof: &[u8; 32]) -> Result<(), Failed> {
        hmac::verify(&self.proof_key(role), &self.transcript, proof).map_err(|_| Failed::WrongCode)
    }

    /// The key under which a role seals.
    pub fn seal(&self, role: Role) -> &Secret {
        match role {
            Role::Sensor => &self.seals[0],
            Role::Platform => &self.seals[1],
        }
    }

    fn proof_key(&self, role: Role) -> hmac::Key {
        let [sensor, platform] = &self.proofs;
        let key = if role == Role::Sensor { sensor } else { platform };
        hmac::Key::new(hmac::HMAC_SHA256, &key[..])
    }
}

/// SHA-256 over a label and both messages in their envelopes (so the version and
/// kind of each count), each with its length before it (32 bits, big-endian).
fn transcript(start: &Start, reply: &StartReply) -> [u8; 32] {
    let mut text = Vec::from(*b"stillwatch registration v1");
    for message in [encode(start), encode(reply)] {
        text.extend((message.len() as u32).to_be_bytes());
        text.extend(message);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, &text).as_ref());
    hash
}
