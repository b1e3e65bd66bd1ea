//! Passwords: drawn, judged, hashed with Argon2id (RFC 9106).

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

use super::Doors;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::parts::{digest, hex, lock, random_below};

/// Longest password in bytes that is looked at.
pub(super) const LONGEST: usize = 1_024;
/// Shortest one in characters that may be chosen.
const SHORTEST: usize = 12;
/// No two of these look alike.
const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A hashed password with what it was hashed with: the figures are kept beside
/// it, so that they can be raised later.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hashed {
    salt: String,
    hash: String,
    /// Memory in KiB, passes, lanes.
    cost: [u32; 3],
}

impl fmt::Debug for Hashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hashed(…)")
    }
}

impl Hashed {
    /// With OWASP's figures: 19 MiB, two passes, one lane.
    pub(super) fn of(password: &str, salt: [u8; 16], doors: &Doors) -> Result<Hashed> {
        let cost = [Params::DEFAULT_M_COST, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST];
        let salt = hex(&salt);
        let hash = hex(&hash(password, &salt, cost, doors)?);
        Ok(Hashed { salt, hash, cost })
    }

    /// What an unknown name is compared with: no password fits.
    pub(super) fn nobody(name: &str) -> Hashed {
        let cost = [Params::DEFAULT_M_COST, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST];
        Hashed { salt: hex(&digest(name.as_bytes()))[..32].into(), hash: String::new(), cost }
    }

    /// True when this is the password.
    pub(super) fn is(&self, password: &str, doors: &Doors) -> Result<bool> {
        let hash = hex(&hash(password, &self.salt, self.cost, doors)?);
        // Digests of both: how far they are alike tells nothing of the hash.
        Ok(digest(hash.as_bytes()) == digest(self.hash.as_bytes()))
    }
}

fn hash(password: &str, salt: &str, cost: [u32; 3], doors: &Doors) -> Result<[u8; 32]> {
    let wrong = |cause: argon2::Error| Error::Internal(format!("a password could not be hashed: {cause}"));
    let params = Params::new(cost[0], cost[1], cost[2], Some(32)).map_err(wrong)?;
    let mut out = [0; 32];
    let _one_at_a_time = lock(&doors.hashing);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt.as_bytes(), &mut out)
        .map_err(wrong)?;
    Ok(out)
}

/// A password to print and hand over: 100 random bits in five groups.
pub(super) fn drawn(clock: &dyn Clock) -> Result<String> {
    let mut text = String::new();
    for at in 0..20 {
        if at % 4 == 0 && at > 0 {
            text.push('-');
        }
        let drawn = random_below(clock, ALPHABET.len() as u32)? as usize;
        text.push(char::from(ALPHABET.get(drawn).copied().unwrap_or(b'a')));
    }
    Ok(text)
}

/// Judges a password that somebody chose.
pub(super) fn fit(name: &str, old: &str, new: &str) -> Result<()> {
    let wrong = |words: String| Err(Error::invalid("new", words));
    if new.chars().count() < SHORTEST {
        return wrong(format!("a password has at least {SHORTEST} characters"));
    }
    if new.len() > LONGEST {
        return wrong(format!("a password has at most {LONGEST} bytes"));
    }
    if new == old {
        return wrong("this is the old password".into());
    }
    let first = new.chars().next();
    if new.to_lowercase().contains(&name.to_lowercase()) || new.chars().all(|c| Some(c) == first) {
        return wrong("it is too easy to guess: without the name, and of different characters".into());
    }
    Ok(())
}
