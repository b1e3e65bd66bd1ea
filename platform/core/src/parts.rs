//! Small parts that all themes use.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use model::Time;
use ring::digest::{SHA256, digest as ring_digest};

use crate::clock::Clock;
use crate::error::{Error, Result};

/// Locks; a panic elsewhere while it was held leaves whole values behind, since
/// they are replaced, never half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As [`lock`], to read.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// As [`lock`], to write.
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// SHA-256.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(ring_digest(&SHA256, bytes).as_ref());
    out
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// So many random bytes.
pub(crate) fn random<const N: usize>(clock: &dyn Clock) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    clock.random(&mut bytes).map_err(|none| Error::Internal(none.to_string()))?;
    Ok(bytes)
}

/// A random number below `limit`, each as likely as the others.
pub(crate) fn random_below(clock: &dyn Clock, limit: u32) -> Result<u32> {
    let whole = u32::MAX - u32::MAX % limit.max(1);
    loop {
        let drawn = u32::from_le_bytes(random(clock)?);
        if drawn < whole {
            return Ok(drawn % limit.max(1));
        }
    }
}

/// A new id: UUID version 7 (RFC 9562 §5.7) as text.
pub(crate) fn new_id(clock: &dyn Clock) -> Result<String> {
    let mut bytes: [u8; 16] = random(clock)?;
    let millis = clock.now().0 / 1_000_000;
    for (to, from) in bytes.iter_mut().zip(millis.to_be_bytes().into_iter().skip(2)) {
        *to = from;
    }
    bytes[6] = bytes[6] & 0x0f | 0x70;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    Ok([&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-"))
}

/// So many seconds later.
pub(crate) fn after(time: Time, seconds: u64) -> Time {
    Time(time.0.saturating_add(seconds.saturating_mul(Time::SECOND)))
}

/// A name that people give: 1 to 63 characters, none of them invisible.
///
/// # Errors
/// [`Error::Invalid`] for `field`.
pub(crate) fn name(field: &str, text: &str) -> Result<()> {
    let count = text.chars().count();
    if count == 0 || count > 63 {
        return Err(Error::invalid(field, format!("a name has 1 to 63 characters, this has {count}")));
    }
    if text.trim() != text || text.chars().any(|c| c.is_control() || is_format(c)) {
        return Err(Error::invalid(field, "a name has no control characters and no blanks at its ends"));
    }
    Ok(())
}

/// Characters that change how others are shown (Unicode's bidirectional and
/// zero-width ones): two names could look the same.
fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Labels of letters, digits, `-` and `_` with dots between (RFC 1123 §2.1; `_` is used).
pub(crate) fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= 253 && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestClock;

    #[test]
    fn ids_are_of_their_kind_and_ordered_by_time() {
        let clock = TestClock::at(1_700_000_000);
        let first = new_id(&clock).unwrap();
        clock.pass(1);
        let second = new_id(&clock).unwrap();
        assert!(first < second, "{first} {second}");
        assert_eq!((first.len(), &first[14..15]), (36, "7"));
        assert!("89ab".contains(&first[19..20]));
    }

    #[test]
    fn draws_reach_every_number_and_none_beyond() {
        let clock = TestClock::at(0);
        let mut seen = [0u32; 7];
        for _ in 0..700 {
            seen[random_below(&clock, 7).unwrap() as usize] += 1;
        }
        assert!(seen.iter().all(|count| (50..170).contains(count)), "{seen:?}");
    }

    #[test]
    fn names_that_deceive_are_refused() {
        for good in ["a", "Hall 3", "Werk Köln", &"x".repeat(63)] {
            assert!(name("name", good).is_ok(), "{good}");
        }
        for bad in ["", " a", "a\n", "a\u{202e}b", &"x".repeat(64)] {
            assert!(name("name", bad).is_err(), "{bad:?}");
        }
    }
}
