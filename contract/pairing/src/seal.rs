//! Sealing with ChaCha20-Poly1305 (RFC 8439): the nonce is the number of the
//! message in its direction, exchange and direction are associated data.

use alloc::vec::Vec;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use wire::{Message, decode, encode};
use zeroize::Zeroize;

use crate::Failed;
use crate::keys::{Keys, Role};

/// Bytes that sealing adds.
#[cfg(test)]
const TAG: usize = 16;

const DAMAGED: Failed = Failed::Damaged("a sealed message was altered, cut, or belongs elsewhere");

/// Seals the `number`th message of `role`. Each number is used once: the types of
/// [`crate::sensor`] and [`crate::platform`] see to it.
pub fn seal<M: Message>(keys: &Keys, role: Role, number: u32, message: &M) -> Vec<u8> {
    let mut bytes = encode(message);
    let sealed = key(keys, role).and_then(|key| {
        key.seal_in_place_append_tag(nonce(number), aad(keys, role), &mut bytes).map_err(|_| DAMAGED)
    });
    // Fails above 256 GiB only; then nothing leaves in the clear.
    if sealed.is_err() {
        bytes.zeroize();
        bytes.clear();
    }
    bytes
}

/// Opens the `number`th message of `role`, not knowing yet which message it is.
///
/// # Errors
/// [`Failed::Damaged`] for whatever was not sealed in this exchange, by this
/// role, with this number.
pub fn open(keys: &Keys, role: Role, number: u32, bytes: &[u8]) -> Result<Vec<u8>, Failed> {
    let mut bytes = bytes.to_vec();
    let opened = key(keys, role)?.open_in_place(nonce(number), aad(keys, role), &mut bytes);
    let len = opened.map_err(|_| DAMAGED)?.len();
    bytes.truncate(len);
    Ok(bytes)
}

/// Opens and reads a message.
///
/// # Errors
/// As [`open`]; and when it is another message.
pub fn open_as<M: Message>(keys: &Keys, role: Role, number: u32, bytes: &[u8]) -> Result<M, Failed> {
    decode(&open(keys, role, number, bytes)?)
        .map_err(|_| Failed::Damaged("a sealed message is not the one that was due"))
}

fn key(keys: &Keys, role: Role) -> Result<LessSafeKey, Failed> {
    UnboundKey::new(&CHACHA20_POLY1305, &keys.seal(role)[..]).map(LessSafeKey::new).map_err(|_| DAMAGED)
}

fn nonce(number: u32) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    for (to, from) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
        *to = from;
    }
    Nonce::assume_unique_for_key(nonce)
}

fn aad(keys: &Keys, role: Role) -> Aad<Vec<u8>> {
    Aad::from([b"stillwatch sealed v1", &keys.exchange[..], role.word()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;
    use model::ErrorCode;
    use wire::{Refusal, Start, StartReply};
    use zeroize::Zeroizing;

    fn keys(exchange: u8) -> Keys {
        let start = Start { id: 1, element: vec![1; 33] };
        let reply = StartReply { exchange: [exchange; 16], element: vec![2; 33] };
        Keys::new(&Zeroizing::new(vec![3; 32]), &start, &reply)
    }

    #[test]
    fn opens_only_in_its_place() {
        let message = Refusal { code: ErrorCode::CodeUsed, words: "on 3 May".to_string() };
        let sealed = seal(&keys(1), Role::Platform, 0, &message);
        assert_eq!(sealed.len(), encode(&message).len() + TAG);
        assert_eq!(open_as::<Refusal>(&keys(1), Role::Platform, 0, &sealed), Ok(message));
        for (keys, role, number) in
            [(keys(1), Role::Sensor, 0), (keys(1), Role::Platform, 1), (keys(2), Role::Platform, 0)]
        {
            assert_eq!(open(&keys, role, number, &sealed), Err(DAMAGED));
        }
        assert!(open_as::<wire::Offer>(&keys(1), Role::Platform, 0, &sealed).is_err());
        for at in 0..sealed.len() {
            assert!(open(&keys(1), Role::Platform, 0, &sealed[..at]).is_err());
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(open(&keys(1), Role::Platform, 0, &altered).is_err());
        }
    }
}
