//! An empty ext4 file system with a journal (kernel's `Documentation/filesystems/ext4`): what the state partition begins as.
//! One block group; the appliance grows it on line, for which descriptors of later groups lie with
//! those groups (`meta_bg`).

use crate::sparse::Sparse;

/// Bytes of a block.
const BLOCK: usize = 4_096;
/// Blocks of a group: what one block of bits tells of.
const GROUP: u32 = 8 * BLOCK as u32;
/// Inodes of a group, and bytes of one.
const INODES: u32 = 8_192;
const INODE: usize = 256;
/// Blocks of the file system: 64 MiB.
const BLOCKS: u32 = 16_384;
/// Blocks of the journal: 16 MiB.
const JOURNAL: u32 = 4_096;

/// Where things lie, in blocks. Before them the superblock.
const DESCRIPTORS: u32 = 1;
const BLOCK_BITS: u32 = 2;
const INODE_BITS: u32 = 3;
const TABLE: u32 = 4;
const ROOT: u32 = TABLE + INODES * INODE as u32 / BLOCK as u32;
const LOST: u32 = ROOT + 1;
const LOG: u32 = LOST + 1;
const USED: u32 = LOG + JOURNAL;

/// Inodes that have a meaning; `lost+found` is the first that has none.
const ROOT_INODE: u32 = 2;
const LOG_INODE: u32 = 8;
const LOST_INODE: u32 = 11;

/// Its size, in bytes.
pub const SIZE: u64 = BLOCKS as u64 * BLOCK as u64;

/// What tells one file system from another.
#[derive(Clone, Copy, Debug)]
pub struct Ids {
    /// Its own id.
    pub id: [u8; 16],
    /// What names of files are hashed with.
    pub hash: [u8; 16],
    /// At most 16 bytes.
    pub label: &'static str,
}

/// Writes it into `disk`, [`SIZE`] bytes from `at`.
pub fn write(disk: &mut Sparse, at: u64, ids: &Ids) {
    let mut put = |block: u32, bytes: &[u8]| disk.write(at + u64::from(block) * BLOCK as u64, bytes);
    let mut first = vec![0; 1_024];
    first.extend(superblock(ids));
    put(0, &first);
    let mut descriptor = Bytes::new(32);
    for (place, value) in [(0, BLOCK_BITS), (4, INODE_BITS), (8, TABLE)] {
        descriptor.word(place, value);
    }
    // Free blocks and inodes, folders.
    for (place, value) in [(12, BLOCKS - USED), (14, INODES - LOST_INODE), (16, 2)] {
        descriptor.half(place, value as u16);
    }
    put(DESCRIPTORS, &descriptor.0);
    put(BLOCK_BITS, &bits(USED, BLOCKS));
    put(INODE_BITS, &bits(LOST_INODE, INODES));
    let mut table = vec![0; LOST_INODE as usize * INODE];
    for (number, mode, links, block, blocks) in [
        (ROOT_INODE, 0o040_755, 3, ROOT, 1),
        (LOG_INODE, 0o100_600, 1, LOG, JOURNAL),
        (LOST_INODE, 0o040_700, 2, LOST, 1),
    ] {
        let place = (number as usize - 1) * INODE;
        table[place..place + INODE].copy_from_slice(&inode(mode, links, block, blocks));
    }
    put(TABLE, &table);
    put(ROOT, &folder(&[(ROOT_INODE, "."), (ROOT_INODE, ".."), (LOST_INODE, "lost+found")]));
    put(LOST, &folder(&[(LOST_INODE, "."), (ROOT_INODE, "..")]));
    put(LOG, &journal(ids));
}

/// Little-endian fields by their places.
struct Bytes(Vec<u8>);

impl Bytes {
    fn new(size: usize) -> Bytes {
        Bytes(vec![0; size])
    }

    fn put(&mut self, place: usize, bytes: &[u8]) {
        self.0[place..place + bytes.len()].copy_from_slice(bytes);
    }

    fn word(&mut self, place: usize, value: u32) {
        self.put(place, &value.to_le_bytes());
    }

    fn half(&mut self, place: usize, value: u16) {
        self.put(place, &value.to_le_bytes());
    }
}

fn superblock(ids: &Ids) -> Vec<u8> {
    /// A journal, extended attributes, indexed folders.
    const MAY: u32 = 0x4 | 0x8 | 0x20;
    /// Kinds in folders, descriptors with their groups, extents.
    const MUST: u32 = 0x2 | 0x10 | 0x40;
    /// Few copies of the superblock, large files, room in inodes.
    const TO_WRITE: u32 = 0x1 | 0x2 | 0x40;
    let mut out = Bytes::new(1_024);
    for (place, value) in [
        (0, INODES),
        (4, BLOCKS),
        (12, BLOCKS - USED),
        (16, INODES - LOST_INODE),
        // Blocks of 1024 << 2 bytes.
        (24, 2),
        (28, 2),
        (32, GROUP),
        (36, GROUP),
        (40, INODES),
        (76, 1),
        (84, LOST_INODE),
        (92, MAY),
        (96, MUST),
        (100, TO_WRITE),
        (224, LOG_INODE),
        // Names are hashed with signed characters.
        (352, 1),
    ] {
        out.word(place, value);
    }
    // Never checked because of its mounts; the magic number; clean; on errors read-only.
    for (place, value) in
        [(54, 0xffff), (56, 0xef53), (58, 1), (60, 2), (88, INODE as u16), (348, 32), (350, 32)]
    {
        out.half(place, value);
    }
    out.put(104, &ids.id);
    out.put(120, ids.label.as_bytes());
    out.put(236, &ids.hash);
    // Half MD4.
    out.put(252, &[1]);
    out.0
}

fn inode(mode: u16, links: u16, block: u32, blocks: u32) -> Vec<u8> {
    let mut out = Bytes::new(INODE);
    out.half(0, mode);
    out.word(4, blocks * BLOCK as u32);
    out.half(26, links);
    // In sectors.
    out.word(28, blocks * (BLOCK / 512) as u32);
    // It has extents: one, in the inode itself, which has room for four.
    out.word(32, 0x8_0000);
    for (place, value) in [(40, 0xf30a), (42, 1), (44, 4), (56, blocks as u16)] {
        out.half(place, value);
    }
    out.word(60, block);
    out.half(128, 32);
    out.0
}

/// A block of bits: the first `used` ones are taken, and those behind `all`, which are not there.
fn bits(used: u32, all: u32) -> Vec<u8> {
    let mut out = vec![0; BLOCK];
    for bit in (0..used).chain(all..GROUP) {
        out[bit as usize / 8] |= 1 << (bit % 8);
    }
    out
}

/// A block of a folder whose entries are folders; the last one takes the rest.
fn folder(entries: &[(u32, &str)]) -> Vec<u8> {
    let mut out = Bytes::new(BLOCK);
    let mut at = 0;
    for (number, (inode, name)) in entries.iter().enumerate() {
        let last = number + 1 == entries.len();
        let size = if last { BLOCK - at } else { (8 + name.len()).next_multiple_of(4) };
        out.word(at, *inode);
        out.half(at + 4, size as u16);
        out.put(at + 6, &[name.len() as u8, 2]);
        out.put(at + 8, name.as_bytes());
        at += size;
    }
    out.0
}

/// The journal's own superblock, big-endian: empty.
fn journal(ids: &Ids) -> Vec<u8> {
    let mut out = Bytes::new(BLOCK);
    // Magic number, kind, bytes of a block, blocks, first of them, number of the first transaction, users.
    for (place, value) in
        [(0, 0xc03b_3998), (4, 4), (12, BLOCK as u32), (16, JOURNAL), (20, 1), (24, 1), (64, 1)]
    {
        out.put(place, &u32::to_be_bytes(value));
    }
    out.put(48, &ids.id);
    out.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_written_and_bits_add_up() {
        let mut disk = Sparse::new(SIZE);
        write(&mut disk, 0, &Ids { id: [1; 16], hash: [2; 16], label: "x" });
        assert!(disk.chunks().count() <= 4, "it packs to nothing");
        let count = |bits: Vec<u8>| bits.iter().map(|byte| byte.count_ones()).sum::<u32>();
        assert_eq!(count(bits(USED, BLOCKS)), USED + GROUP - BLOCKS);
        assert_eq!(count(bits(11, INODES)), 11 + GROUP - INODES);
    }
}
