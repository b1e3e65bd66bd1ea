//! One record: a header of 28 bytes, then the content.
//!
//! `len` (4), `number` (8), `made` (8), CRC-32 of the content (4), CRC-32 of the
//! header before it and of the segment's first number (4); little-endian. The
//! last makes a header good in its own segment only. The CRC is that of IEEE 802.3.

use model::Time;

/// Bytes of a header.
pub const HEADER: usize = 28;

/// What stands before a record's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of the content.
    pub len: u32,
    /// Its number; counts from 1 as long as the spool lives, whatever the epoch.
    pub number: u64,
    /// When it was made.
    pub made: Time,
    /// CRC-32 of the content.
    pub crc: u32,
}

impl Header {
    /// For this content.
    pub fn of(number: u64, made: Time, content: &[u8]) -> Header {
        Header { len: content.len() as u32, number, made, crc: crc32fast::hash(content) }
    }

    /// As it stands in the segment that begins with `first`.
    pub fn write(&self, first: u64) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        out[0..4].copy_from_slice(&self.len.to_le_bytes());
        out[4..12].copy_from_slice(&self.number.to_le_bytes());
        out[12..20].copy_from_slice(&self.made.0.to_le_bytes());
        out[20..24].copy_from_slice(&self.crc.to_le_bytes());
        let check = check(&out[..24], first);
        out[24..28].copy_from_slice(&check.to_le_bytes());
        out
    }

    /// Reads it back; `None` when it is none of this segment, or damaged.
    pub fn read(bytes: &[u8; HEADER], first: u64) -> Option<Header> {
        let (u32_at, u64_at) = (|at: usize| word(bytes, at) as u32, |at: usize| word(bytes, at));
        (u32_at(24) == check(&bytes[..24], first)).then(|| Header {
            len: u32_at(0),
            number: u64_at(4),
            made: Time(u64_at(12)),
            crc: u32_at(20),
        })
    }
}

fn check(header: &[u8], first: u64) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(header);
    crc.update(&first.to_le_bytes());
    crc.finalize()
}

/// Eight little-endian bytes from `at`, as far as there are any.
pub fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.iter().skip(at).take(8).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_is_noticed() {
        let header = Header::of(9, Time(77), b"content");
        let bytes = header.write(5);
        assert_eq!(Header::read(&bytes, 5), Some(header));
        assert_eq!(Header::read(&bytes, 6), None, "of another segment");
        for bit in 0..HEADER * 8 {
            let mut bad = bytes;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::read(&bad, 5), None);
        }
        assert_eq!(Header::read(&[0; HEADER], 0), None, "zeros are none");
    }
}
