//! What other people's tools say of a disk after a power cut, and what they read from it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Output};

use nix::errno::Errno;
use nix::unistd::{Whence, lseek};

use crate::vm::tool;

/// Bytes of a sector of a partition table.
const SECTOR: u64 = 512;
/// Bytes that are copied at once.
const PIECE: u64 = 1 << 20;

/// Copies a file; holes stay holes.
///
/// # Errors
/// A file cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let from = File::open(from)?;
    let size = from.metadata()?.len();
    range(&from, 0, size, to)
}

/// Copies bytes of a file into a file of their own; holes stay holes.
fn range(from: &File, start: u64, size: u64, to: &Path) -> io::Result<()> {
    let to = File::create(to)?;
    to.set_len(size)?;
    let (mut at, end, mut bytes) = (start, start + size, vec![0; PIECE as usize]);
    let seek = |at: u64, whence| lseek(from, at as i64, whence).map(|place| place as u64);
    while at < end {
        let data = match seek(at, Whence::SeekData) {
            Err(Errno::ENXIO) => return Ok(()),
            other => other?.min(end),
        };
        let hole = seek(data, Whence::SeekHole).unwrap_or(end).min(end);
        at = data;
        while at < hole {
            let piece = &mut bytes[..(hole - at).min(PIECE) as usize];
            from.read_exact_at(piece, at)?;
            to.write_all_at(piece, at - start)?;
            at += piece.len() as u64;
        }
    }
    Ok(())
}

/// A number of these bytes, little-endian.
fn number(bytes: &[u8], at: usize, size: usize) -> u64 {
    bytes[at..at + size].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Entries of the partition table (UEFI 2.10 §5.3) whose header is in this sector; `None`: its sums are wrong.
fn table(disk: &File, sector: u64) -> io::Result<Option<Vec<[u8; 128]>>> {
    let mut header = [0; 92];
    disk.read_exact_at(&mut header, sector * SECTOR)?;
    let (at, count, size) = (number(&header, 72, 8), number(&header, 80, 4), number(&header, 84, 4));
    if !header.starts_with(b"EFI PART") || count > 1024 || size != 128 {
        return Ok(None);
    }
    let mut entries = vec![0; (count * size) as usize];
    disk.read_exact_at(&mut entries, at * SECTOR)?;
    let told = (number(&header, 16, 4), number(&header, 88, 4));
    header[16..20].fill(0);
    if told != (crc32fast::hash(&header).into(), crc32fast::hash(&entries).into()) {
        return Ok(None);
    }
    Ok(Some(entries.as_chunks().0.to_vec()))
}

/// Copies a partition, found by its name, into a file of its own. Where the table at the beginning is torn, the one at the end
/// counts: firmware puts it back before anything starts.
///
/// # Errors
/// In words: there is no such partition.
pub fn extract(disk: &Path, name: &str, to: &Path) -> Result<(), String> {
    let extracted = || -> io::Result<bool> {
        let file = File::open(disk)?;
        let last = file.metadata()?.len() / SECTOR - 1;
        let entries = match table(&file, 1)? {
            Some(entries) => entries,
            None => table(&file, last)?.ok_or_else(|| io::Error::other("both partition tables are torn"))?,
        };
        for entry in entries {
            let letters = entry[56..].chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            let letters: Vec<u16> = letters.take_while(|letter| *letter != 0).collect();
            if String::from_utf16_lossy(&letters) == name {
                let (first, end) = (number(&entry, 32, 8), number(&entry, 40, 8) + 1);
                range(&file, first * SECTOR, (end - first) * SECTOR, to)?;
                return Ok(true);
            }
        }
        Ok(false)
    };
    match extracted() {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("{} has no partition {name}", disk.display())),
        Err(error) => Err(format!("{}: {error}", disk.display())),
    }
}

fn run(name: &str, arguments: &[&str]) -> Result<Output, String> {
    let program = tool(name).ok_or_else(|| format!("{name} is not installed"))?;
    Command::new(program).args(arguments).output().map_err(|error| format!("{name}: {error}"))
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).trim().to_owned()
}

/// An ext4 partition after a power cut: its journal is played back as the kernel would, and then nothing may be wrong.
/// Changes the file.
///
/// # Errors
/// What `e2fsck` says.
pub fn ext4(partition: &Path) -> Result<(), String> {
    let path = partition.to_string_lossy();
    // 1: put right, which playing back a journal is.
    let back = run("e2fsck", &["-p", &path])?;
    if !matches!(back.status.code(), Some(0 | 1)) {
        return Err(format!("e2fsck -p: {}", words(&back)));
    }
    let checked = run("e2fsck", &["-fn", &path])?;
    if checked.status.code() != Some(0) {
        return Err(format!("e2fsck -fn: {}", words(&checked)));
    }
    Ok(())
}

/// What `fsck.fat` says of every FAT that was in use when the power went, and what hurts nobody: a flag (byte 65 of the
/// boot sector, which its copy does not have), a count that is only a hint, room that nobody owns, and a second
/// table that is behind: firmware and Linux read the first one.
const HARMLESS: &[&str] = &[
    "fsck.fat ",
    "Dirty bit is set",
    "Automatically removing dirty bit",
    "Free cluster summary",
    "Auto-correcting",
    "Reclaimed",
    "There are differences between boot sector and its backup.",
    "This is mostly harmless. Differences: (offset:original/backup)",
    "65:01/00",
    "Not automatically fixing this.",
    "FATs differ but appear to be intact.",
    "Using first FAT.",
    "Leaving filesystem unchanged",
    "*** Filesystem was changed",
    "files,",
];

/// A FAT partition after a power cut.
///
/// # Errors
/// What `fsck.fat` says that is not harmless.
pub fn fat(partition: &Path) -> Result<(), String> {
    let said = words(&run("fsck.fat", &["-n", &partition.to_string_lossy()])?);
    let harmless = |line: &&str| HARMLESS.iter().any(|words| line.contains(words));
    let wrong: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty() && !harmless(line)).collect();
    if wrong.is_empty() { Ok(()) } else { Err(format!("fsck.fat -n: {}", wrong.join("; "))) }
}

/// Every file of a folder and those below it, by path.
fn tree(folder: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let (mut out, mut open) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() {
                let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
                out.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(out)
}

/// Copies the files of an ext4 partition that was checked into a folder.
///
/// # Errors
/// `debugfs` cannot read it.
pub fn unpack_ext4(partition: &Path, to: &Path) -> Result<(), String> {
    let command = format!("rdump / {}", to.display());
    let done = run("debugfs", &["-R", &command, &partition.to_string_lossy()])?;
    if done.status.success() { Ok(()) } else { Err(format!("debugfs: {}", words(&done))) }
}

/// The files of an ext4 partition that was checked.
///
/// # Errors
/// `debugfs` cannot read it.
pub fn files_of_ext4(partition: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    unpack_ext4(partition, folder.path())?;
    tree(folder.path()).map_err(|error| error.to_string())
}

/// The files of a FAT partition.
///
/// # Errors
/// `mcopy` cannot read it.
pub fn files_of_fat(partition: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (image, to) = (partition.to_string_lossy(), folder.path().to_string_lossy().into_owned());
    let done = run("mcopy", &["-i", &image, "-s", "-n", "::/", &to])?;
    if !done.status.success() {
        return Err(format!("mcopy: {}", words(&done)));
    }
    tree(folder.path()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image_build::seed::Seed;

    /// The state as an appliance begins with it.
    fn state(to: &Path) {
        let mut bytes = Vec::new();
        image_build::disk::empty_state(&Seed::new("a", "1")).write_to(&mut bytes).unwrap();
        fs::write(to, bytes).unwrap();
    }

    #[test]
    fn a_broken_file_system_is_noticed() {
        if tool("e2fsck").is_none() {
            println!("skipped: e2fsck is not installed");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        state(&path);
        ext4(&path).unwrap();
        assert!(files_of_ext4(&path).unwrap().is_empty());
        // The root's inode (number 2) loses its mode.
        let mut bytes = fs::read(&path).unwrap();
        let found =
            bytes.windows(2).enumerate().skip(4096).find(|(at, pair)| at % 128 == 0 && *pair == [0xed, 0x41]);
        let at = found.unwrap().0;
        bytes[at..at + 2].copy_from_slice(&[0, 0]);
        fs::write(&path, bytes).unwrap();
        assert!(ext4(&path).unwrap_err().contains("e2fsck"));
    }

    #[test]
    fn copies_keep_holes_and_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        let file = File::create(&from).unwrap();
        file.set_len(32 << 20).unwrap();
        file.write_all_at(b"here", 9 << 20).unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read(&from).unwrap(), fs::read(&to).unwrap());
        use std::os::unix::fs::MetadataExt;
        assert!(fs::metadata(&to).unwrap().blocks() < 8192);
        assert!(extract(&from, "x", &to).unwrap_err().contains("torn"));
    }

    #[test]
    fn a_partition_is_found_also_by_the_second_table() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, to) = (folder.path().join("disk"), folder.path().join("part"));
        let system =
            image_build::disk::System { version: "1".into(), loader: vec![1; 99], image: vec![2; 99] };
        let built =
            image_build::disk::build(&system, &Seed::new("a", "1"), image_build::disk::LEAST).unwrap();
        let file = File::create(&disk).unwrap();
        for (number, chunk) in built.chunks() {
            file.write_all_at(chunk, number * image_build::sparse::CHUNK).unwrap();
        }
        file.set_len(built.size()).unwrap();
        extract(&disk, "stillwatch-state", &to).unwrap();
        let first = fs::read(&to).unwrap();
        assert!(extract(&disk, "x", &to).unwrap_err().contains("no partition x"));
        // The first entry and its sum no longer fit.
        file.write_all_at(&[0xff], 2 * SECTOR).unwrap();
        extract(&disk, "stillwatch-state", &to).unwrap();
        assert!(first == fs::read(&to).unwrap());
    }
}
