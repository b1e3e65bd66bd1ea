//! A FAT32 as a boot loader reads it (Microsoft's *FAT: General Overview of On-Disk Format* 1.03): names and chains,
//! nothing put right. Other people's tools repair or refuse; here it must be seen which file is whole, and whether two
//! share clusters.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Bytes of a folder's entry.
const ENTRY: usize = 32;
/// Attributes of an entry: a piece of a long name, the volume's label, a folder.
const LONG: u8 = 0x0f;
const LABEL: u8 = 0x08;
const FOLDER: u8 = 0x10;
/// What is no cluster's number any more: bad, or the end of a chain.
const END: u32 = 0x0fff_fff7;

/// A file of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FatFile {
    /// Its long name; the short one where that does not belong to it.
    pub name: String,
    /// Bytes that its entry says it has.
    pub size: u32,
    /// Its clusters as far as the chain goes, at most as many as its size needs.
    pub clusters: Vec<u32>,
    /// Its last cluster is free: what is written next may take it.
    pub free: bool,
    /// Its bytes; fewer than `size` where the chain is broken.
    pub bytes: Vec<u8>,
}

impl FatFile {
    /// All its bytes can be read, and nobody else will get its clusters.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() == self.size as usize && !self.free
    }
}

/// The partition.
struct Volume {
    bytes: Vec<u8>,
    /// Bytes of a cluster.
    cluster: usize,
    /// Where the first table and the first cluster (number 2) begin.
    table: usize,
    data: usize,
}

/// The files of a folder (`EFI/Linux`) of a partition, in the order of their entries.
///
/// # Errors
/// In words: it is no FAT32, or the folder cannot be found.
pub fn fat_folder(partition: &Path, folder: &str) -> Result<Vec<FatFile>, String> {
    let bytes = fs::read(partition).map_err(|error| format!("{}: {error}", partition.display()))?;
    let (volume, root) = Volume::new(bytes).ok_or("it is no FAT32")?;
    let mut open = volume.chain(root, usize::MAX).0;
    for name in folder.split('/') {
        let entries = volume.entries(&open);
        let found = entries.iter().find(|(found, entry)| {
            entry[11] & FOLDER != 0 && found.eq_ignore_ascii_case(name) && number(entry, 26, 2) != 0
        });
        let (_, entry) = found.ok_or_else(|| format!("there is no folder {name}"))?;
        open = volume.chain(first(entry), usize::MAX).0;
    }
    let files = volume.entries(&open).into_iter().filter(|(_, entry)| entry[11] & (FOLDER | LABEL) == 0);
    Ok(files.map(|(name, entry)| volume.file(name, &entry)).collect())
}

/// Pairs of files that share a cluster.
pub fn shared(files: &[FatFile]) -> Vec<(String, String)> {
    let (mut owners, mut out) = (BTreeMap::new(), Vec::new());
    for file in files {
        for cluster in &file.clusters {
            if let Some(other) = owners.insert(*cluster, &file.name)
                && other != &file.name
            {
                out.push((other.clone(), file.name.clone()));
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

/// A number of these bytes, little-endian.
fn number(bytes: &[u8], at: usize, size: usize) -> u32 {
    bytes[at..at + size].iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// First cluster of an entry.
fn first(entry: &[u8; ENTRY]) -> u32 {
    number(entry, 20, 2) << 16 | number(entry, 26, 2)
}

impl Volume {
    /// The volume and the first cluster of its root.
    fn new(bytes: Vec<u8>) -> Option<(Volume, u32)> {
        let of = |at, size| number(&bytes, at, size) as usize;
        if bytes.len() < 512 || bytes[510..512] != [0x55, 0xaa] {
            return None;
        }
        let (sector, root) = (of(11, 2), number(&bytes, 44, 4));
        let (cluster, table) = (of(13, 1) * sector, of(14, 2) * sector);
        let data = table + of(16, 1) * of(36, 4) * sector;
        (sector >= 512 && cluster > 0 && data < bytes.len()).then_some(())?;
        Some((Volume { bytes, cluster, table, data }, root))
    }

    /// Clusters from this one on, at most so many, and what the table has for the last one.
    fn chain(&self, first: u32, most: usize) -> (Vec<u32>, u32) {
        let (mut out, mut next) = (Vec::new(), first);
        // A chain that bites its tail ends where the volume's clusters do.
        let most = most.min(self.bytes.len() / self.cluster);
        while (2..END).contains(&next) && out.len() < most && self.place(next).is_some() {
            out.push(next);
            let at = self.table + 4 * next as usize;
            next = number(&self.bytes, at, 4) & 0x0fff_ffff;
        }
        (out, next)
    }

    fn place(&self, cluster: u32) -> Option<usize> {
        let at = self.data + (cluster as usize - 2) * self.cluster;
        (at + self.cluster <= self.bytes.len()).then_some(at)
    }

    fn read(&self, clusters: &[u32]) -> Vec<u8> {
        let mut out = Vec::new();
        for at in clusters.iter().filter_map(|cluster| self.place(*cluster)) {
            out.extend_from_slice(&self.bytes[at..at + self.cluster]);
        }
        out
    }

    fn file(&self, name: String, entry: &[u8; ENTRY]) -> FatFile {
        let size = number(entry, 28, 4);
        let (clusters, next) = self.chain(first(entry), (size as usize).div_ceil(self.cluster));
        let mut bytes = self.read(&clusters);
        bytes.truncate(size as usize);
        FatFile { name, size, free: next == 0 && size > 0, clusters, bytes }
    }

    /// Names and entries of a folder; `.` and `..` too.
    fn entries(&self, folder: &[u32]) -> Vec<(String, [u8; ENTRY])> {
        let bytes = self.read(folder);
        let (mut out, mut long) = (Vec::new(), Long::default());
        for entry in bytes.as_chunks::<ENTRY>().0 {
            match (entry[0], entry[11] & 0x3f) {
                (0, _) => break,
                (0xe5, _) => long = Long::default(),
                (_, LONG) => long.piece(entry),
                _ => {
                    out.push((long.name(entry).unwrap_or_else(|| short(entry)), *entry));
                    long = Long::default();
                }
            }
        }
        out
    }
}

/// The short name, in small letters where the entry says so (bits of Windows NT).
fn short(entry: &[u8; ENTRY]) -> String {
    let text = |range: std::ops::Range<usize>| {
        String::from_utf8_lossy(&entry[range]).trim_end().to_ascii_uppercase()
    };
    let (stem, end) = (text(0..8), text(8..11));
    if end.is_empty() { stem } else { format!("{stem}.{end}") }
}

/// A long name on its way: pieces come last one first.
#[derive(Default)]
struct Long {
    units: Vec<u16>,
    /// Number of the piece that came last, and the sum of the short name that all of them have.
    piece: u8,
    sum: u8,
}

impl Long {
    fn piece(&mut self, entry: &[u8; ENTRY]) {
        let (number, last) = (entry[0] & 0x1f, entry[0] & 0x40 != 0);
        if last {
            *self = Long { units: Vec::new(), piece: number, sum: entry[13] };
        } else if self.piece == number + 1 && self.sum == entry[13] {
            self.piece = number;
        } else {
            *self = Long::default();
            return;
        }
        let units = [1..11, 14..26, 28..32].into_iter().flat_map(|range| entry[range].as_chunks::<2>().0);
        let mut units: Vec<u16> = units.map(|pair| u16::from_le_bytes(*pair)).collect();
        units.append(&mut self.units);
        self.units = units;
    }

    fn name(&self, entry: &[u8; ENTRY]) -> Option<String> {
        let sum = entry[..11].iter().fold(0_u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte));
        (self.piece == 1 && self.sum == sum).then_some(())?;
        let end = self.units.iter().position(|unit| *unit == 0).unwrap_or(self.units.len());
        String::from_utf16(&self.units[..end]).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image_build::fat::Volume as Writer;
    use image_build::sparse::Sparse;

    const SIZE: u64 = 256 << 20;

    /// A volume with two files in `EFI/Linux`.
    fn volume() -> Vec<u8> {
        let mut writer = Writer::new("TEST", 7);
        writer.file("EFI/Linux/stillwatch-1.2.3.efi", vec![3; 100_000]);
        writer.file("EFI/Linux/stillwatch-1.2.4+3.efi", vec![4; 5_000]);
        let mut disk = Sparse::new(SIZE);
        writer.write(&mut disk, 0, SIZE).unwrap();
        let mut out = Vec::new();
        disk.write_to(&mut out).unwrap();
        out
    }

    fn read(bytes: &[u8]) -> Vec<FatFile> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        fat_folder(file.path(), "EFI/Linux").unwrap()
    }

    #[test]
    fn files_are_found_by_their_long_names() {
        let files = read(&volume());
        let seen: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.bytes.len())).collect();
        assert_eq!(seen, [("stillwatch-1.2.3.efi", 100_000), ("stillwatch-1.2.4+3.efi", 5_000)]);
        assert!(files.iter().all(FatFile::is_whole) && files[1].bytes == [4; 5_000]);
        assert!(shared(&files).is_empty());
        assert!(fat_folder(Path::new("/dev/null"), "EFI/Linux").unwrap_err().contains("no FAT32"));
    }

    #[test]
    fn a_broken_chain_and_shared_clusters_are_seen() {
        let good = volume();
        let (parsed, _) = Volume::new(good.clone()).unwrap();
        let before = read(&good);
        // The second link of the long file's chain is free.
        let mut bytes = good.clone();
        let at = parsed.table + 4 * before[0].clusters[1] as usize;
        bytes[at..at + 4].fill(0);
        assert!(!read(&bytes)[0].is_whole());
        // All bytes are there, but the last cluster is free.
        let mut bytes = good.clone();
        let at = parsed.table + 4 * *before[1].clusters.last().unwrap() as usize;
        bytes[at..at + 4].fill(0);
        let after = read(&bytes);
        assert!(after[1].bytes.len() == 5_000 && !after[1].is_whole() && after[0].is_whole());
        // The second name begins where the first does.
        let mut bytes = good.clone();
        let name = bytes.windows(4).position(|four| four == [4; 4]).unwrap();
        assert!(name > parsed.data);
        let wanted = before[1].clusters[0].to_le_bytes();
        let entry = (parsed.data..bytes.len() - ENTRY)
            .step_by(ENTRY)
            .find(|at| bytes[at + 26..at + 28] == wanted[..2] && number(&bytes, at + 28, 4) == 5_000)
            .unwrap();
        bytes[entry + 26..entry + 28].copy_from_slice(&before[0].clusters[0].to_le_bytes()[..2]);
        let pair = ("stillwatch-1.2.3.efi".to_owned(), "stillwatch-1.2.4+3.efi".to_owned());
        assert_eq!(shared(&read(&bytes)), [pair]);
    }
}
