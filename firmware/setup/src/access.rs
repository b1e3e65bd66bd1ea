//! Who may use the console and the panel: hashes, and tries that get slower.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

/// Shortest password.
pub const SHORTEST: usize = 8;

/// Longest wait after a wrong try, seconds.
const SLOWEST: u64 = 30;

/// Memory (KiB), passes and lanes of Argon2id (RFC 9106 §4; OWASP's minimum: the
/// box is small and has one person at it).
const COST: (u32, u32, u32) = (19 << 10, 2, 1);

/// Hash of a password with 16 random bytes: both in hexadecimal, a `$` between.
pub fn hash(password: &str, salt: [u8; 16]) -> String {
    format!("{}${}", hex(&salt), hex(&*derive(password, &salt)))
}

/// True when the password is the one hashed; in the same time for any wrong one.
pub fn verify(password: &str, hashed: &str) -> bool {
    let Some((salt, expected)) = hashed.split_once('$') else { return false };
    let got = hex(&*derive(password, &unhex(salt)));
    same(got.as_bytes(), expected.as_bytes())
}

/// Equal, without telling by its time where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

fn derive(password: &str, salt: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    let (memory, passes, lanes) = COST;
    // The parameters are constants within bounds, and a salt of another length
    // than 16 comes from a damaged file alone: the hash of zeros fits nothing.
    if let Ok(params) = Params::new(memory, passes, lanes, Some(32)) {
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let _ = argon.hash_password_into(password.as_bytes(), salt, &mut *out);
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2);
    pairs.filter_map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// Wrong tries in a row.
#[derive(Debug, Default)]
pub struct Tries(u32);

impl Tries {
    /// Seconds to wait before the next answer: none for the first three wrong tries,
    /// then twice as long each time.
    pub fn wait(&self) -> u64 {
        match self.0 {
            0..3 => 0,
            more => (1 << (more - 3).min(10)).min(SLOWEST),
        }
    }

    /// Notes how a try went.
    pub fn note(&mut self, right: bool) {
        self.0 = if right { 0 } else { self.0.saturating_add(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_fits_its_hash() {
        let hashed = hash("correct horse", [7; 16]);
        assert!(verify("correct horse", &hashed));
        for (password, hashed) in [("wrong", &*hashed), ("", &*hashed), ("", ""), ("x", "zz$"), ("", "$")] {
            assert!(!verify(password, hashed), "{password} {hashed}");
        }
        assert_ne!(hashed, hash("correct horse", [8; 16]));
    }

    #[test]
    fn wrong_tries_get_slower_and_a_right_one_forgives() {
        let mut tries = Tries::default();
        let waits: Vec<u64> = (0..12)
            .map(|_| {
                tries.note(false);
                tries.wait()
            })
            .collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
        tries.note(true);
        assert_eq!(tries.wait(), 0);
    }
}
