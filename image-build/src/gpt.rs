//! A partition table: GPT (UEFI 2.10, chapter 5) with its protective MBR and both copies.

use crate::seed::guid;
use crate::sparse::{SECTOR, Sparse};

/// Kind of the partition that firmware boots from.
pub const ESP: [u8; 16] = guid("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
/// Kind of an ordinary Linux file system.
pub const LINUX: [u8; 16] = guid("0FC63DAF-8483-4772-8E79-3D69D8477DE4");

/// Where partitions begin: in steps of 1 MiB.
pub const ALIGN: u64 = 1 << 20;

/// Entries of a table, as everyone writes it.
const ENTRIES: u32 = 128;
/// Bytes of an entry.
const ENTRY: usize = 128;
/// Sectors of the entries.
const TABLE: u64 = ENTRIES as u64 * ENTRY as u64 / SECTOR;

/// A partition.
#[derive(Clone, Copy, Debug)]
pub struct Partition<'a> {
    /// Kind: [`ESP`], [`LINUX`].
    pub kind: [u8; 16],
    /// Its own id.
    pub id: [u8; 16],
    /// At most 36 characters.
    pub name: &'a str,
    /// First byte, a multiple of [`ALIGN`].
    pub at: u64,
    /// In bytes, a multiple of a sector.
    pub size: u64,
}

/// Bytes from the start of a disk of `size` bytes that partitions may use.
pub fn end(size: u64) -> u64 {
    (size / SECTOR - TABLE - 1) * SECTOR
}

/// Writes the table of `parts` to `disk`.
///
/// # Panics
/// Partitions that overlap or lie outside: whoever lays things out has counted wrongly.
pub fn write(disk: &mut Sparse, id: [u8; 16], parts: &[Partition<'_>]) {
    let last = disk.size() / SECTOR - 1;
    let mut entries = vec![0; ENTRIES as usize * ENTRY];
    let mut free = (2 + TABLE) * SECTOR;
    for (part, entry) in parts.iter().zip(entries.chunks_exact_mut(ENTRY)) {
        assert!(part.at >= free && part.at + part.size <= end(disk.size()), "{} lies badly", part.name);
        free = part.at + part.size;
        entry[..16].copy_from_slice(&part.kind);
        entry[16..32].copy_from_slice(&part.id);
        entry[32..40].copy_from_slice(&(part.at / SECTOR).to_le_bytes());
        entry[40..48].copy_from_slice(&(free / SECTOR - 1).to_le_bytes());
        for (unit, place) in part.name.encode_utf16().zip(entry[56..].chunks_exact_mut(2)) {
            place.copy_from_slice(&unit.to_le_bytes());
        }
    }
    let header = |own: u64, other: u64, table: u64| {
        let mut out = Vec::with_capacity(SECTOR as usize);
        out.extend(b"EFI PART\0\0\x01\0");
        out.extend(92_u32.to_le_bytes());
        // Check sum, put in below; reserved.
        out.extend([0; 8]);
        for number in [own, other, 2 + TABLE, last - TABLE - 1] {
            out.extend(number.to_le_bytes());
        }
        out.extend(id);
        out.extend(table.to_le_bytes());
        for number in [ENTRIES, ENTRY as u32, crc32fast::hash(&entries)] {
            out.extend(number.to_le_bytes());
        }
        let sum = crc32fast::hash(&out);
        out[16..20].copy_from_slice(&sum.to_le_bytes());
        out
    };
    disk.write(0, &protective(last));
    disk.write(SECTOR, &header(1, last, 2));
    disk.write(2 * SECTOR, &entries);
    disk.write((last - TABLE) * SECTOR, &entries);
    disk.write(last * SECTOR, &header(last, 1, last - TABLE));
}

/// The MBR that keeps old tools from taking the disk for an empty one.
fn protective(last: u64) -> [u8; SECTOR as usize] {
    let mut out = [0; SECTOR as usize];
    let sectors = u32::try_from(last).unwrap_or(u32::MAX);
    let entry = [0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0];
    out[446..458].copy_from_slice(&entry);
    out[458..462].copy_from_slice(&sectors.to_le_bytes());
    out[510..].copy_from_slice(&[0x55, 0xaa]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_copies_stand_and_their_sums_hold() {
        let size = 64 << 20;
        let mut disk = Sparse::new(size);
        let part = Partition { kind: ESP, id: [7; 16], name: "esp", at: ALIGN, size: 8 << 20 };
        let rest =
            Partition { kind: LINUX, id: [8; 16], name: "rest", at: 9 << 20, size: end(size) - (9 << 20) };
        write(&mut disk, [9; 16], &[part, rest]);
        let mut all = Vec::new();
        disk.write_to(&mut all).unwrap();
        for at in [512, all.len() - 512] {
            let mut header = all[at..at + 92].to_vec();
            assert_eq!(&header[..8], b"EFI PART");
            let sum = u32::from_le_bytes(header[16..20].try_into().unwrap());
            header[16..20].fill(0);
            assert_eq!(crc32fast::hash(&header), sum);
        }
        assert_eq!(&all[1024..1024 + 16384], &all[all.len() - 512 - 16384..all.len() - 512]);
    }

    #[test]
    #[should_panic(expected = "lies badly")]
    fn nothing_overlaps() {
        let part = Partition { kind: ESP, id: [7; 16], name: "esp", at: ALIGN, size: 8 << 20 };
        write(&mut Sparse::new(64 << 20), [9; 16], &[part, part]);
    }
}
