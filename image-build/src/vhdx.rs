//! A dynamic VHDX (Microsoft's MS-VHDX 8.0): headers, an empty log, metadata, the table of blocks,
//! and the blocks with something in them.

use std::io::{self, Write};

use crate::crc32c::crc32c;
use crate::seed::{Seed, guid};
use crate::sparse::{CHUNK, SECTOR, Sparse};

/// Everything below the blocks lies in steps of it, and a block has this size.
const MIB: u64 = 1 << 20;
/// Blocks that one (unused) sector bitmap stands for.
const RATIO: u64 = (1 << 23) * SECTOR / MIB;
/// Where log, metadata and block table stand.
const LOG: u64 = MIB;
const METADATA: u64 = 2 * MIB;
const BLOCKS: u64 = 3 * MIB;
/// State of a block that is there.
const PRESENT: u64 = 6;

/// Writes the file. `disk` is a multiple of 1 MiB.
///
/// # Errors
/// Those of `out`.
pub fn write(disk: &Sparse, seed: &Seed, out: &mut dyn Write) -> io::Result<()> {
    assert!(disk.size().is_multiple_of(MIB), "a disk of whole MiB");
    let mut blocks: Vec<(u64, Vec<u8>)> = Vec::new();
    for (number, chunk) in disk.chunks() {
        let (block, at) = (number * CHUNK / MIB, (number * CHUNK % MIB) as usize);
        if blocks.last().is_none_or(|(last, _)| *last != block) {
            blocks.push((block, vec![0; MIB as usize]));
        }
        if let Some((_, bytes)) = blocks.last_mut() {
            bytes[at..at + chunk.len()].copy_from_slice(chunk);
        }
    }
    let count = disk.size() / MIB;
    let entries = count + count.saturating_sub(1) / RATIO;
    let table = (entries * 8).next_multiple_of(MIB);
    let mut bytes = vec![0; (BLOCKS + table) as usize];
    {
        let mut put =
            |at: u64, part: &[u8]| bytes[at as usize..at as usize + part.len()].copy_from_slice(part);
        put(0, b"vhdxfile");
        let creator: Vec<u8> = "stillwatch".encode_utf16().flat_map(u16::to_le_bytes).collect();
        put(8, &creator);
        // The one with the higher number is in force.
        put(64 << 10, &header(seed, 1));
        put(128 << 10, &header(seed, 2));
        for copy in [192 << 10, 256 << 10] {
            put(copy, &regions(table));
        }
        metadata(disk.size(), seed, &mut |at, part| put(METADATA + at, part));
        for (place, (block, _)) in (0..).zip(&blocks) {
            let entry = (BLOCKS + table + place * MIB) | PRESENT;
            put(BLOCKS + (block + block / RATIO) * 8, &entry.to_le_bytes());
        }
    }
    out.write_all(&bytes)?;
    blocks.iter().try_for_each(|(_, block)| out.write_all(block))
}

fn header(seed: &Seed, number: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 << 10);
    out.extend(b"head\0\0\0\0");
    out.extend(number.to_le_bytes());
    out.extend(seed.guid("vhdx file"));
    out.extend(seed.guid("vhdx data"));
    // No log to play back; versions 0 and 1.
    out.extend([0; 16]);
    out.extend([0, 0, 1, 0]);
    out.extend((MIB as u32).to_le_bytes());
    out.extend(LOG.to_le_bytes());
    out.resize(4 << 10, 0);
    summed(out)
}

fn regions(table: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 << 10);
    out.extend(b"regi\0\0\0\0");
    out.extend([2, 0, 0, 0, 0, 0, 0, 0]);
    for (kind, at, size) in [
        (guid("2DC27766-F623-4200-9D64-115E9BFD4A08"), BLOCKS, table),
        (guid("8B7CA206-4790-4B9A-B8FE-575F050F886E"), METADATA, MIB),
    ] {
        out.extend(kind);
        out.extend(at.to_le_bytes());
        out.extend((size as u32).to_le_bytes());
        // Whoever does not know it cannot read the file.
        out.extend([1, 0, 0, 0]);
    }
    out.resize(64 << 10, 0);
    summed(out)
}

/// Puts the check sum in its place, behind the signature.
fn summed(mut part: Vec<u8>) -> Vec<u8> {
    let sum = crc32c(&part);
    part[4..8].copy_from_slice(&sum.to_le_bytes());
    part
}

fn metadata(size: u64, seed: &Seed, put: &mut dyn FnMut(u64, &[u8])) {
    /// Required, and about the disk rather than the file.
    const DISK: u32 = 0b110;
    const FILE: u32 = 0b100;
    let mut file = (MIB as u32).to_le_bytes().to_vec();
    file.extend([0; 4]);
    let items: [(&str, u32, Vec<u8>); 5] = [
        ("CAA16737-FA36-4D43-B3B6-33F0AA44E76B", FILE, file),
        ("2FA54224-CD1B-4876-B211-5DBED83BF4B8", DISK, size.to_le_bytes().into()),
        ("BECA12AB-B2E6-4523-93EF-C309E000C746", DISK, seed.guid("vhdx disk").into()),
        ("8141BF1D-A96F-4709-BA47-F233A8FAAB5F", DISK, (SECTOR as u32).to_le_bytes().into()),
        ("CDA348C7-445D-4471-9CC9-E9885251C556", DISK, 4_096_u32.to_le_bytes().into()),
    ];
    let mut at = 64 << 10;
    let mut table = b"metadata\0\0".to_vec();
    table.extend((items.len() as u16).to_le_bytes());
    table.extend([0; 20]);
    for (kind, flags, value) in items {
        table.extend(guid(kind));
        for number in [at as u32, value.len() as u32, flags, 0] {
            table.extend(number.to_le_bytes());
        }
        put(at, &value);
        at += value.len() as u64;
    }
    put(0, &table);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_blocks_with_something_in_them() {
        let mut disk = Sparse::new(8_192 * MIB);
        disk.write(5 * MIB + 7, b"five");
        disk.write(5_000 * MIB, b"far");
        let mut out = Vec::new();
        write(&disk, &Seed::new("b", "1"), &mut out).unwrap();
        let number = |at: u64| u64::from_le_bytes(out[at as usize..][..8].try_into().unwrap());
        assert_eq!(out.len() as u64, (4 + 2) * MIB);
        assert_eq!(number(BLOCKS + 5 * 8), (4 * MIB) | PRESENT);
        // Behind 4,096 blocks stands the entry of a sector bitmap.
        assert_eq!(number(BLOCKS + 5_001 * 8), (5 * MIB) | PRESENT);
        assert_eq!((0..8_193).filter(|at| number(BLOCKS + at * 8) != 0).count(), 2);
        assert_eq!(&out[4 * MIB as usize + 7..][..4], b"five");
        let mut again = Vec::new();
        write(&disk, &Seed::new("b", "1"), &mut again).unwrap();
        assert!(again == out);
    }
}
