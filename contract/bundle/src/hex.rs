//! Hexadecimal text of digests and the like.

/// Two digits a byte, lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads [`hex`] back, in either case; `None` unless it is exactly `N` bytes.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut out = [0; N];
    for (byte, [high, low]) in out.iter_mut().zip(pairs) {
        // A sign is no digit, so each is read by itself.
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(out)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_and_nothing_else() {
        assert_eq!(hex(&[0, 0xab]), "00ab");
        assert_eq!(unhex("00aB"), Some([0, 0xab]));
        assert_eq!(unhex(&"0f".repeat(32)), Some([15; 32]));
        for bad in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"+f".repeat(32), &"é".repeat(32)] {
            assert_eq!(unhex::<32>(bad), None, "{bad}");
        }
        assert_eq!(unhex::<1>("0ff"), None);
    }
}
