//! SPAKE2 (the crate `spake2`, group Ed25519) with chance given in and elements
//! checked.

use alloc::format;
use alloc::vec::Vec;

use curve25519_dalek::edwards::CompressedEdwardsY;
use rand_core::{CryptoRng, Error, RngCore};
use ring::hmac;
use spake2::{Ed25519Group, Identity, Password, Spake2};
use zeroize::{Zeroize, Zeroizing};

use crate::{CodeKey, Failed};

/// The shared key of an exchange, wiped when dropped.
pub type Shared = Zeroizing<Vec<u8>>;

/// One end that waits for the other's element.
pub struct Pake(Spake2<Ed25519Group>);

/// Who is who: part of what is proved, so that no message fits the other role.
fn roles(id: u32) -> (Identity, Identity) {
    let name = |role: &str| Identity::new(format!("stillwatch {role} {id:06}").as_bytes());
    (name("sensor"), name("platform"))
}

/// The sensor's end, and its element.
pub fn sensor(key: &CodeKey, id: u32, seed: &[u8; 32]) -> (Pake, Vec<u8>) {
    let (a, b) = roles(id);
    let (pake, element) = Spake2::start_a_with_rng(&Password::new(key.bytes()), &a, &b, Stream::new(seed));
    (Pake(pake), element)
}

/// The platform's end, and its element.
pub fn platform(key: &CodeKey, id: u32, seed: &[u8; 32]) -> (Pake, Vec<u8>) {
    let (a, b) = roles(id);
    let (pake, element) = Spake2::start_b_with_rng(&Password::new(key.bytes()), &a, &b, Stream::new(seed));
    (Pake(pake), element)
}

impl Pake {
    /// The shared key, which is the other end's only if it has the same code.
    ///
    /// # Errors
    /// [`Failed::Damaged`] when `element` is none of the other role.
    pub fn finish(self, element: &[u8]) -> Result<Shared, Failed> {
        let bad = Failed::Damaged("what arrived is no element of an exchange");
        if !of_prime_order(element) {
            return Err(bad);
        }
        self.0.finish(element).map(Zeroizing::new).map_err(|_| bad)
    }
}

/// RFC 9382 §7: elements outside the prime-order group, and its neutral element,
/// are refused; the crate does not do it.
fn of_prime_order(element: &[u8]) -> bool {
    let Some(point) = element.get(1..).and_then(|bytes| CompressedEdwardsY::from_slice(bytes).ok()) else {
        return false;
    };
    point.decompress().is_some_and(|point| point.is_torsion_free() && !point.is_small_order())
}

/// Random bytes for `spake2`: HMAC-SHA-256 of a block number under the seed.
struct Stream {
    key: hmac::Key,
    block: u64,
}

impl Stream {
    fn new(seed: &[u8; 32]) -> Stream {
        Stream { key: hmac::Key::new(hmac::HMAC_SHA256, seed), block: 0 }
    }
}

impl RngCore for Stream {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let mut block = [0; 32];
            block.copy_from_slice(hmac::sign(&self.key, &self.block.to_le_bytes()).as_ref());
            self.block += 1;
            for (to, from) in chunk.iter_mut().zip(block) {
                *to = from;
            }
            block.zeroize();
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Stream {}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(byte: u8) -> CodeKey {
        CodeKey::from_bytes([byte; 32])
    }

    #[test]
    fn both_ends_agree_only_with_one_code_one_id_and_two_roles() {
        let (a, a_element) = sensor(&code(5), 7, &[1; 32]);
        let (b, b_element) = platform(&code(5), 7, &[2; 32]);
        let key = b.finish(&a_element).unwrap();
        assert_eq!(a.finish(&b_element).unwrap(), key);
        for (other, id) in [(code(6), 7), (code(5), 8)] {
            let (c, _) = sensor(&other, id, &[1; 32]);
            assert_ne!(c.finish(&b_element).unwrap(), key);
        }
    }

    #[test]
    fn elements_that_are_none_are_refused() {
        let (_, mine) = sensor(&code(5), 7, &[1; 32]);
        let (_, good) = platform(&code(5), 7, &[2; 32]);
        // A reflected one; cut ones; the neutral element; a point of order two;
        // the base point plus that (of mixed order).
        let side = |y: [u8; 32]| [&[0x42][..], &y].concat();
        let mut one = [0; 32];
        one[0] = 1;
        let mut minus_one = [0xff; 32];
        (minus_one[0], minus_one[31]) = (0xec, 0x7f);
        let two = CompressedEdwardsY(minus_one).decompress().unwrap();
        let mixed = (curve25519_dalek::constants::ED25519_BASEPOINT_POINT + two).compress().to_bytes();
        let mut bad = alloc::vec![mine, Vec::new(), side(one), side(minus_one), side(mixed)];
        bad.extend((0..good.len()).map(|len| good[..len].to_vec()));
        bad.push([&good[..], &[0]].concat());
        for element in bad {
            let (pake, _) = sensor(&code(5), 7, &[1; 32]);
            assert!(matches!(pake.finish(&element), Err(Failed::Damaged(_))), "{element:x?}");
        }
    }
}
