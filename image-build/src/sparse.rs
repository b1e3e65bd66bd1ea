//! A disk as an image holds it: mostly nothing.

use std::collections::BTreeMap;
use std::io::{self, Write};

/// Bytes that are kept or left out together: a VMDK's grain.
pub const CHUNK: u64 = 64 << 10;

/// Bytes of a sector.
pub const SECTOR: u64 = 512;

/// Bytes by place; what was never written is zero.
#[derive(Clone, Debug)]
pub struct Sparse {
    size: u64,
    chunks: BTreeMap<u64, Vec<u8>>,
}

impl Sparse {
    /// Nothing but zeros; `size` is in bytes.
    pub fn new(size: u64) -> Sparse {
        Sparse { size, chunks: BTreeMap::new() }
    }

    /// In bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Puts bytes at a place.
    ///
    /// # Panics
    /// Behind the end: whoever lays things out has counted wrongly.
    pub fn write(&mut self, at: u64, bytes: &[u8]) {
        assert!(at + bytes.len() as u64 <= self.size, "{} bytes at {at} of {}", bytes.len(), self.size);
        let (mut at, mut rest) = (at, bytes);
        while !rest.is_empty() {
            let from = (at % CHUNK) as usize;
            let (now, later) = rest.split_at(rest.len().min(CHUNK as usize - from));
            let chunk = self.chunks.entry(at / CHUNK).or_insert_with(|| vec![0; CHUNK as usize]);
            chunk[from..from + now.len()].copy_from_slice(now);
            (at, rest) = (at + now.len() as u64, later);
        }
    }

    /// Number and bytes of each chunk with something in it, in order. The last one may reach
    /// behind the end, with zeros.
    pub fn chunks(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let filled = self.chunks.iter().filter(|(_, chunk)| chunk.iter().any(|byte| *byte != 0));
        filled.map(|(number, chunk)| (*number, chunk.as_slice()))
    }

    /// Writes it from end to end, zeros and all.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let zeros = vec![0; CHUNK as usize];
        for number in 0..self.size.div_ceil(CHUNK) {
            let chunk = self.chunks.get(&number).unwrap_or(&zeros);
            let len = (self.size - number * CHUNK).min(CHUNK) as usize;
            out.write_all(&chunk[..len])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_written() {
        let mut disk = Sparse::new(3 * CHUNK + 10);
        disk.write(CHUNK - 2, b"abcd");
        disk.write(3 * CHUNK + 8, b"yz");
        disk.write(2 * CHUNK, &[0; 9]);
        let mut all = Vec::new();
        disk.write_to(&mut all).unwrap();
        assert_eq!(all.len() as u64, disk.size());
        assert_eq!(&all[CHUNK as usize - 3..CHUNK as usize + 3], b"\0abcd\0");
        assert!(all.ends_with(b"\0yz"));
        assert_eq!(disk.chunks().map(|(number, _)| number).collect::<Vec<_>>(), [0, 1, 3]);
    }

    #[test]
    #[should_panic(expected = "bytes at")]
    fn nothing_goes_behind_the_end() {
        Sparse::new(4).write(3, b"ab");
    }
}
