//! A fast 64-bit mixing function for table keys (multiply and fold, as in
//! wyhash); not for adversaries without a secret seed.

const K0: u64 = 0xa076_1d64_78bd_642f;
const K1: u64 = 0xe703_7ed1_a0b4_28db;

/// Mixes two words into one.
#[inline]
pub const fn mix(a: u64, b: u64) -> u64 {
    let wide = ((a ^ K0) as u128).wrapping_mul((b ^ K1) as u128);
    (wide as u64) ^ ((wide >> 64) as u64)
}

/// Mixes bytes into a seed, eight at a time; the length counts.
#[inline]
pub fn fold(seed: u64, bytes: &[u8]) -> u64 {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut hash = mix(seed, bytes.len() as u64);
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    let mut last = [0u8; 8];
    for (to, from) in last.iter_mut().zip(tail) {
        *to = *from;
    }
    if tail.is_empty() { hash } else { mix(hash, u64::from_le_bytes(last)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_counts() {
        let base = fold(1, b"0123456789ab");
        assert_ne!(base, fold(2, b"0123456789ab"));
        assert_ne!(base, fold(1, b"0123456789ac"));
        assert_ne!(fold(1, b""), fold(1, b"\0"));
    }
}
