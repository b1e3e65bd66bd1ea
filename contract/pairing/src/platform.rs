//! The platform's end, step by step. The state of an exchange stays in memory,
//! for two minutes at most, and is gone with its step: it is never answered
//! twice under one key with different words.

use wire::{Confirm, ConfirmReply, Grant, Offer, Refusal, RegistrationRequest, Sealed, Start, StartReply};

use crate::keys::{Keys, Role};
use crate::seal::{open_as, seal};
use crate::{CodeKey, Failed, pake};

const UNFIT: Failed = Failed::Damaged("a message belongs to another exchange");

/// Waits for `Confirm`.
pub struct Answered(Keys);

/// The sensor has proved the code.
pub struct Proved(Keys);

/// Waits for the sealed request.
pub struct Offered(Keys);

/// The request was read; answer it.
pub struct Granting(Keys);

/// Answers `Start`. `key` is that of `start.id`, or 32 random bytes when there is
/// no such id; `exchange` and `seed` are fresh random bytes.
///
/// # Errors
/// [`Failed::Damaged`] when `start` holds no element, whatever the key. It is no
/// try: nothing of the digits has been tested.
pub fn answer(
    key: &CodeKey,
    start: &Start,
    exchange: [u8; 16],
    seed: &[u8; 32],
) -> Result<(Answered, StartReply), Failed> {
    let (pake, element) = pake::platform(key, start.id, seed);
    let shared = pake.finish(&start.element)?;
    let reply = StartReply { exchange, element };
    Ok((Answered(Keys::new(&shared, start, &reply)), reply))
}

impl Answered {
    /// Checks the sensor's proof, in constant time.
    ///
    /// # Errors
    /// [`Failed::WrongCode`]: count a try, and answer with an unsealed
    /// [`Refusal`] (E12), the same for a known and an unknown id.
    /// [`Failed::Damaged`]: of another exchange, no try.
    pub fn confirm(self, confirm: &Confirm) -> Result<Proved, Failed> {
        if confirm.exchange != self.0.exchange {
            return Err(UNFIT);
        }
        self.0.check(Role::Sensor, &confirm.proof)?;
        Ok(Proved(self.0))
    }
}

impl Proved {
    /// Proves the platform and says who it is.
    pub fn offer(self, offer: &Offer) -> (Offered, ConfirmReply) {
        let sealed = seal(&self.0, Role::Platform, 0, offer);
        let reply = ConfirmReply { proof: self.0.proof(Role::Platform), sealed };
        (Offered(self.0), reply)
    }

    /// Proves the platform and says no (used, expired, locked): only to who
    /// knows the digits, so states cannot be probed.
    pub fn refuse(self, refusal: &Refusal) -> ConfirmReply {
        let sealed = seal(&self.0, Role::Platform, 0, refusal);
        ConfirmReply { proof: self.0.proof(Role::Platform), sealed }
    }
}

impl Offered {
    /// Reads the request.
    ///
    /// # Errors
    /// [`Failed::Damaged`]: not of this exchange, cut, altered.
    pub fn request(self, sealed: &Sealed) -> Result<(Granting, RegistrationRequest), Failed> {
        if sealed.exchange != self.0.exchange {
            return Err(UNFIT);
        }
        let request = open_as(&self.0, Role::Sensor, 0, &sealed.bytes)?;
        Ok((Granting(self.0), request))
    }
}

impl Granting {
    /// Grants. Keep the encoded answer beside the SHA-256 of the encoded request
    /// for some minutes: when the answer is lost, the sensor repeats the same
    /// bytes and must get the same bytes.
    pub fn grant(self, grant: &Grant) -> Sealed {
        Sealed { exchange: self.0.exchange, bytes: seal(&self.0, Role::Platform, 1, grant) }
    }

    /// Says no after all (the request is no good, another was quicker).
    pub fn refuse(self, refusal: &Refusal) -> Sealed {
        Sealed { exchange: self.0.exchange, bytes: seal(&self.0, Role::Platform, 1, refusal) }
    }
}
