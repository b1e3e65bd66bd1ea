//! Members of a bundle: the one header that a name and a size can have.
//!
//! ustar (POSIX.1-1988): 512 bytes, numbers octal. Any `tar` unpacks it; only this exact form is
//! taken, so that a bundle has no place where unsigned bytes could hide.

/// Bytes of a header, and what members are filled up to.
pub const BLOCK: usize = 512;

/// Bytes that an archive ends with, all zero.
pub const END: usize = 2 * BLOCK;

/// Where the size stands: eleven octal digits and a zero.
const SIZE: std::ops::Range<usize> = 124..136;

/// Where the check sum stands: six octal digits, a zero, a space.
const SUM: std::ops::Range<usize> = 148..156;

/// The header: mode 0644, owned by nobody, made at no time.
///
/// # Panics
/// `name` is above 100 bytes, `size` above 8 GiB: both are ours.
pub fn header(name: &str, size: u64) -> [u8; BLOCK] {
    assert!(name.len() <= 100 && size < 1 << 33);
    let mut out = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| out[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\x000000000\x000000000\0");
    put(SIZE.start, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(SUM.start, b"        ");
    put(156, b"0ustar\x0000");
    let sum: u32 = out.iter().map(|byte| u32::from(*byte)).sum();
    out[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out
}

/// Size of the member that this is the header of, when it is that one.
pub fn size(header_bytes: &[u8; BLOCK], name: &str) -> Option<u64> {
    let digits = header_bytes.get(SIZE)?.strip_suffix(b"\0")?;
    let size = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()?;
    (size < 1 << 33 && *header_bytes == header(name, size)).then_some(size)
}

/// Zeros behind a member of that size.
pub fn padding(size: u64) -> usize {
    (size.next_multiple_of(BLOCK as u64) - size) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_its_own_form_is_taken() {
        let good = header("manifest.toml", 1_234);
        assert_eq!(size(&good, "manifest.toml"), Some(1_234));
        assert_eq!(size(&good, "system.efi"), None);
        for at in 0..BLOCK {
            for change in [1, 0x20, 0x80] {
                let mut other = good;
                other[at] ^= change;
                assert_eq!(size(&other, "manifest.toml"), None, "{at}");
            }
        }
        assert_eq!([padding(0), padding(1), padding(512)], [0, 511, 0]);
    }

    proptest! {
        #[test]
        fn every_size_is_read_back(len in 0_u64..1 << 33) {
            prop_assert_eq!(size(&header("a", len), "a"), Some(len));
        }
    }
}
