//! The sensor's end, step by step.

use model::PersonalizationCode;
use wire::{
    Confirm, ConfirmReply, Grant, Message, Offer, Refusal, RegistrationRequest, Sealed, Start, StartReply,
    decode,
};

use crate::keys::{Keys, Role};
use crate::pake::{self, Pake};
use crate::seal::{open, seal};
use crate::{CodeKey, Failed};

const UNFIT: Failed = Failed::Damaged("an answer belongs to another exchange");

/// Waits for `StartReply`.
pub struct Waiting {
    pake: Pake,
    start: Start,
}

/// Waits for `ConfirmReply`.
pub struct Confirming(Keys);

/// Knows who the platform is.
pub struct Offered {
    keys: Keys,
    offer: Offer,
}

/// Waits for the grant.
pub struct Asking(Keys);

/// Begins. `seed`: 32 fresh random bytes, never used again.
pub fn start(code: &PersonalizationCode, seed: &[u8; 32]) -> (Waiting, Start) {
    let (pake, element) = pake::sensor(&CodeKey::of(code), code.id(), seed);
    let start = Start { id: code.id(), element };
    (Waiting { pake, start: start.clone() }, start)
}

impl Waiting {
    /// Proves the code.
    ///
    /// # Errors
    /// [`Failed::Damaged`] when the answer holds no element.
    pub fn confirm(self, reply: &StartReply) -> Result<(Confirming, Confirm), Failed> {
        let shared = self.pake.finish(&reply.element)?;
        let keys = Keys::new(&shared, &self.start, reply);
        let confirm = Confirm { exchange: keys.exchange, proof: keys.proof(Role::Sensor) };
        Ok((Confirming(keys), confirm))
    }
}

impl Confirming {
    /// Checks the platform's proof and reads its offer.
    ///
    /// # Errors
    /// [`Failed::WrongCode`]: whoever answers has not the code.
    /// [`Failed::Refused`]: used, expired or locked. [`Failed::Damaged`].
    pub fn offer(self, reply: &ConfirmReply) -> Result<Offered, Failed> {
        self.0.check(Role::Platform, &reply.proof)?;
        let offer = read(&open(&self.0, Role::Platform, 0, &reply.sealed)?)?;
        Ok(Offered { keys: self.0, offer })
    }
}

impl Offered {
    /// What the platform said; true, but not yet that nobody opens TLS.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Asks for a certificate. `seen` is the SHA-256 of the SubjectPublicKeyInfo
    /// (DER) that TLS showed, one for each connection of this exchange.
    ///
    /// # Errors
    /// [`Failed::NotTrusted`] when `seen` is empty or the platform did not name
    /// one of them; nothing was sent then.
    pub fn request(self, seen: &[[u8; 32]], ask: &RegistrationRequest) -> Result<(Asking, Sealed), Failed> {
        if seen.is_empty() || !seen.iter().all(|key| self.offer.endpoint_keys.contains(key)) {
            return Err(Failed::NotTrusted);
        }
        let sealed = Sealed { exchange: self.keys.exchange, bytes: seal(&self.keys, Role::Sensor, 0, ask) };
        Ok((Asking(self.keys), sealed))
    }
}

impl Asking {
    /// Reads the grant.
    ///
    /// # Errors
    /// [`Failed::Refused`] when the platform changed its mind; [`Failed::Damaged`].
    pub fn grant(self, sealed: &Sealed) -> Result<Grant, Failed> {
        if sealed.exchange != self.0.exchange {
            return Err(UNFIT);
        }
        read(&open(&self.0, Role::Platform, 1, &sealed.bytes)?)
    }
}

/// What was sealed: the message that is due, or a refusal.
fn read<M: Message>(bytes: &[u8]) -> Result<M, Failed> {
    decode(bytes).map_err(|_| match decode::<Refusal>(bytes) {
        Ok(refusal) => Failed::Refused(refusal),
        Err(_) => Failed::Damaged("a sealed message is not the one that was due"),
    })
}
