//! A FAT32 file system (Microsoft's "FAT: General Overview of On-Disk Format" 1.03), written once and whole:
//! folders and files one behind the other, no times, no free space between them.

mod names;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, wrong};
use crate::sparse::{SECTOR, Sparse};

/// Bytes of a cluster: small enough that 256 MiB have the 65,525 clusters that make it FAT32.
const CLUSTER: u64 = 2_048;
/// Least number of clusters by which readers know FAT32.
const LEAST: u64 = 65_525;
/// Sectors before the first table.
const RESERVED: u64 = 32;
/// Mark of the last cluster of a file.
const LAST: u32 = 0x0fff_ffff;
/// 1980-01-01, the earliest day of this file system.
const DAY: u16 = 0x0021;
/// First cluster there is: the root folder's.
const ROOT: u32 = 2;

/// What will stand in the file system.
#[derive(Clone, Debug, Default)]
pub struct Volume {
    label: String,
    serial: u32,
    files: BTreeMap<String, Vec<u8>>,
    folders: BTreeSet<String>,
}

/// Numbers of a file system of one size.
struct Shape {
    /// Sectors of the whole.
    sectors: u64,
    /// Sectors of one table.
    table: u64,
    clusters: u64,
}

impl Shape {
    fn of(size: u64) -> Result<Shape, Error> {
        let sectors = size / SECTOR;
        // A table of n sectors tells of 128 n - 2 clusters; both copies take their room.
        let per_cluster = CLUSTER / SECTOR;
        let table = (sectors.saturating_sub(RESERVED) + 2 * per_cluster).div_ceil(128 * per_cluster + 2);
        let clusters = sectors.saturating_sub(RESERVED + 2 * table) / per_cluster;
        if clusters < LEAST || sectors > u64::from(u32::MAX) {
            let least = ((LEAST * per_cluster + RESERVED + 1_100) * SECTOR) >> 20;
            return Err(wrong(
                "a FAT32 file system",
                format!("of {} MiB cannot be; least {least}", size >> 20),
            ));
        }
        Ok(Shape { sectors, table, clusters })
    }

    /// Place of a cluster, in bytes.
    fn place(&self, cluster: u32) -> u64 {
        (RESERVED + 2 * self.table) * SECTOR + u64::from(cluster - ROOT) * CLUSTER
    }
}

/// Tables and data while they grow.
struct Writer<'a> {
    shape: Shape,
    disk: &'a mut Sparse,
    at: u64,
    table: Vec<u32>,
}

impl Volume {
    /// An empty one; `label` has at most 11 characters, capital letters and digits.
    pub fn new(label: &str, serial: u32) -> Volume {
        Volume { label: label.into(), serial, ..Volume::default() }
    }

    /// Adds a file by its path (`EFI/BOOT/BOOTX64.EFI`); folders above it are made.
    pub fn file(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        for (at, _) in path.match_indices('/') {
            self.folders.insert(path[..at].into());
        }
        self.files.insert(path.into(), bytes.into());
    }

    /// Writes the file system into `disk`, `size` bytes from `at`.
    ///
    /// # Errors
    /// The files do not fit, or `size` is too small for FAT32.
    pub fn write(&self, disk: &mut Sparse, at: u64, size: u64) -> Result<(), Error> {
        let shape = Shape::of(size)?;
        let mut writer = Writer { shape, disk, at, table: vec![0x0fff_fff8, LAST] };
        // The root folder comes first: its size is known before its content is.
        let root = writer.reserve(self.folder_size("")?)?;
        let content = self.folder(&mut writer, "", root, 0)?;
        writer.put(root, &content);
        let used = writer.table.len() as u64 - u64::from(ROOT);
        let bytes: Vec<u8> = writer.table.iter().flat_map(|next| next.to_le_bytes()).collect();
        let Writer { shape, disk, .. } = writer;
        for copy in [0, 1] {
            disk.write(at + (RESERVED + copy * shape.table) * SECTOR, &bytes);
        }
        let (boot, info) = (self.boot(&shape, at), info(shape.clusters - used, used as u32 + ROOT));
        for first in [0, 6] {
            disk.write(at + first * SECTOR, &boot);
            disk.write(at + (first + 1) * SECTOR, &info);
        }
        Ok(())
    }

    /// Names in a folder, in order, with true for folders.
    fn children<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str, bool)> {
        let folders = self.folders.iter().map(|path| (path.as_str(), true));
        let files = self.files.keys().map(|path| (path.as_str(), false));
        let mut all: Vec<_> = folders
            .chain(files)
            .filter_map(|(path, is_folder)| {
                let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
                (parent == folder).then_some((path, name, is_folder))
            })
            .collect();
        all.sort_unstable();
        all.into_iter()
    }

    fn folder_size(&self, folder: &str) -> Result<u64, Error> {
        let mut short = names::Short::default();
        // The label, or "." and "..".
        let mut entries = if folder.is_empty() { 1 } else { 2 };
        for (_, name, _) in self.children(folder) {
            entries += short.entries(name)?.len() / names::ENTRY + 1;
        }
        Ok((entries * names::ENTRY) as u64)
    }

    /// Writes what is in a folder; gives the folder's own content. `above` is the first cluster
    /// of the folder above, zero where that is the root (as the format wants it).
    fn folder(&self, writer: &mut Writer<'_>, folder: &str, own: u32, above: u32) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        if folder.is_empty() {
            out.extend(entry(&padded(&self.label), 0x08, 0, 0));
        } else {
            out.extend(entry(&padded("."), 0x10, own, 0));
            out.extend(entry(&padded(".."), 0x10, above, 0));
        }
        let mut short = names::Short::default();
        let own = if folder.is_empty() { 0 } else { own };
        for (path, name, is_folder) in self.children(folder) {
            let (first, size) = if is_folder {
                let first = writer.reserve(self.folder_size(path)?)?;
                let content = self.folder(writer, path, first, own)?;
                writer.put(first, &content);
                (first, 0)
            } else {
                let bytes = &self.files[path];
                let first = if bytes.is_empty() { 0 } else { writer.reserve(bytes.len() as u64)? };
                writer.put(first, bytes);
                (first, bytes.len() as u32)
            };
            let long = short.entries(name)?;
            out.extend(long);
            out.extend(entry(&short.last(), if is_folder { 0x10 } else { 0x20 }, first, size));
        }
        Ok(out)
    }

    fn boot(&self, shape: &Shape, at: u64) -> [u8; SECTOR as usize] {
        let mut out = [0; SECTOR as usize];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &[0xeb, 0x58, 0x90]);
        put(3, b"MSWIN4.1");
        put(11, &(SECTOR as u16).to_le_bytes());
        put(13, &[(CLUSTER / SECTOR) as u8]);
        put(14, &(RESERVED as u16).to_le_bytes());
        put(16, &[2]);
        put(21, &[0xf8]);
        // Sectors a track and heads: of no meaning, but not zero.
        put(24, &[63, 0, 255, 0]);
        put(28, &((at / SECTOR) as u32).to_le_bytes());
        put(32, &(shape.sectors as u32).to_le_bytes());
        put(36, &(shape.table as u32).to_le_bytes());
        put(44, &ROOT.to_le_bytes());
        put(48, &[1, 0, 6, 0]);
        put(64, &[0x80, 0, 0x29]);
        put(67, &self.serial.to_le_bytes());
        put(71, &padded(&self.label));
        put(82, b"FAT32   ");
        put(510, &[0x55, 0xaa]);
        out
    }
}

impl Writer<'_> {
    /// Takes the clusters for so many bytes, one behind the other; gives the first.
    fn reserve(&mut self, size: u64) -> Result<u32, Error> {
        let (first, count) = (self.table.len() as u32, size.div_ceil(CLUSTER));
        if u64::from(first - ROOT) + count > self.shape.clusters {
            let room = (self.shape.clusters * CLUSTER) >> 20;
            return Err(wrong(
                "the boot partition",
                format!("has {room} MiB and is too small for its files"),
            ));
        }
        self.table.extend((1..count as u32).map(|number| first + number));
        self.table.push(LAST);
        Ok(first)
    }

    fn put(&mut self, first: u32, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.disk.write(self.at + self.shape.place(first), bytes);
        }
    }
}

/// The FSInfo sector: how much is free, and where to look first.
fn info(free: u64, next: u32) -> [u8; SECTOR as usize] {
    let mut out = [0; SECTOR as usize];
    out[..4].copy_from_slice(b"RRaA");
    out[484..488].copy_from_slice(b"rrAa");
    out[488..492].copy_from_slice(&(free as u32).to_le_bytes());
    out[492..496].copy_from_slice(&next.to_le_bytes());
    out[510..].copy_from_slice(&[0x55, 0xaa]);
    out
}

/// A folder's entry of 32 bytes.
fn entry(short: &[u8; 11], attributes: u8, first: u32, size: u32) -> [u8; names::ENTRY] {
    let mut out = [0; names::ENTRY];
    out[..11].copy_from_slice(short);
    out[11] = attributes;
    // Made, read, changed.
    for place in [16, 18, 24] {
        out[place..place + 2].copy_from_slice(&DAY.to_le_bytes());
    }
    out[20..22].copy_from_slice(&((first >> 16) as u16).to_le_bytes());
    out[26..28].copy_from_slice(&(first as u16).to_le_bytes());
    out[28..].copy_from_slice(&size.to_le_bytes());
    out
}

fn padded(text: &str) -> [u8; 11] {
    let mut out = [b' '; 11];
    for (byte, place) in text.bytes().zip(&mut out) {
        *place = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_small_and_too_full_are_refused() {
        let mut volume = Volume::default();
        let error = volume.write(&mut Sparse::new(1 << 30), 0, 64 << 20).unwrap_err().to_string();
        assert!(error.contains("of 64 MiB cannot be"), "{error}");
        volume.file("a", vec![1; 140 << 20]);
        let error = volume.write(&mut Sparse::new(1 << 30), 0, 130 << 20).unwrap_err().to_string();
        assert!(error.contains("too small for its files"), "{error}");
    }

    #[test]
    fn the_tables_tell_of_every_cluster() {
        for mib in [130, 256, 257, 300, 511, 1_024] {
            let shape = Shape::of(mib << 20).unwrap();
            assert!(shape.table * 128 >= shape.clusters + 2, "{mib}");
            let used = RESERVED + 2 * shape.table + shape.clusters * (CLUSTER / SECTOR);
            assert!(used <= shape.sectors && shape.sectors - used < 2 * CLUSTER / SECTOR, "{mib}");
        }
    }
}
