//! Growing the last partition of a disk to its end: the image that is written to a real disk is
//! smaller than the disk (UEFI specification 2.10, §5.3).
//!
//! The second table is written first, at the new end; then the first one's entries and head. While
//! the first one does not fit its check sum, the kernel takes the second: whatever moment the
//! power fails in, one table is whole.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes in a block of the table; disks with others are left as they are.
const BLOCK: u64 = 512;
/// Blocks of the entries: 128 of 128 bytes.
const ENTRIES: u64 = 32;
/// Partitions end at a multiple of this: 1 MiB.
const STEP: u64 = 2_048;

/// Grows the partition with that number, which must be the last, to the end of a disk with `size`
/// bytes. The new size of the partition in bytes; `None`: it is as large as it can be.
///
/// # Errors
/// There is no table of the image's shape, or what the disk says.
pub fn grow(disk: &File, size: u64, number: u32) -> io::Result<Option<u64>> {
    let wrong = |what: &str| io::Error::other(format!("the partition table {what}"));
    let mut head = [0; BLOCK as usize];
    disk.read_exact_at(&mut head, BLOCK)?;
    if !head.starts_with(b"EFI PART") || get(&head, 80, 4) != 128 || get(&head, 84, 4) != 128 {
        return Err(wrong("has another shape than the image's"));
    }
    let mut entries = vec![0; (ENTRIES * BLOCK) as usize];
    disk.read_exact_at(&mut entries, get(&head, 72, 8) * BLOCK)?;
    if sum(&head) != get(&head, 16, 4) || u64::from(crc32fast::hash(&entries)) != get(&head, 88, 4) {
        return Err(wrong("is damaged"));
    }
    let last_block = size / BLOCK - 1;
    let usable = last_block - ENTRIES - 1;
    let end = (usable + 1) / STEP * STEP - 1;
    let at = (number as usize).checked_sub(1).map(|index| index * 128).filter(|at| *at < entries.len());
    let at = at.ok_or_else(|| wrong("has no such partition"))?;
    let (start, old_end) = (get(&entries, at + 32, 8), get(&entries, at + 40, 8));
    let last = (0..128).all(|index| get(&entries, index * 128 + 40, 8) <= old_end);
    if start == 0 || !last {
        return Err(wrong("has a partition behind the state's"));
    }
    if end <= old_end {
        return Ok(None);
    }
    put(&mut entries, at + 40, end);
    let entries_sum = crc32fast::hash(&entries);
    put(&mut head, 32, last_block);
    put(&mut head, 48, usable);
    head[88..92].copy_from_slice(&entries_sum.to_le_bytes());
    let mut second = head;
    put(&mut second, 24, last_block);
    put(&mut second, 32, 1);
    put(&mut second, 72, last_block - ENTRIES);
    seal(&mut head);
    seal(&mut second);
    disk.write_all_at(&entries, (last_block - ENTRIES) * BLOCK)?;
    disk.write_all_at(&second, last_block * BLOCK)?;
    disk.sync_all()?;
    disk.write_all_at(&entries, get(&head, 72, 8) * BLOCK)?;
    disk.write_all_at(&head, BLOCK)?;
    disk.sync_all()?;
    Ok(Some((end + 1 - start) * BLOCK))
}

fn get(bytes: &[u8], at: usize, length: usize) -> u64 {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn put(bytes: &mut [u8], at: usize, number: u64) {
    bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
}

/// Check sum of a head: of its 92 bytes with the sum itself as zero.
fn sum(head: &[u8]) -> u64 {
    let mut plain = head[..92].to_vec();
    plain[16..20].fill(0);
    u64::from(crc32fast::hash(&plain))
}

fn seal(head: &mut [u8]) {
    let sum = sum(head) as u32;
    head[16..20].copy_from_slice(&sum.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// A disk of 64 MiB with two partitions, made by sgdisk and then enlarged to 256 MiB.
    fn disk() -> Option<(tempfile::NamedTempFile, u64)> {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(64 << 20).unwrap();
        let made = Command::new("sgdisk")
            .args(["-n", "1:2048:+8M", "-c", "1:boot", "-n", "2:0:0", "-c", "2:state"])
            .arg(file.path())
            .output();
        let Ok(made) = made else {
            eprintln!("skipped: there is no sgdisk");
            return None;
        };
        assert!(made.status.success());
        file.as_file().set_len(256 << 20).unwrap();
        Some((file, 256 << 20))
    }

    fn verdict(file: &tempfile::NamedTempFile) -> String {
        let seen = Command::new("sgdisk").args(["-v", "-p"]).arg(file.path()).output().unwrap();
        String::from_utf8_lossy(&seen.stdout).into_owned()
    }

    #[test]
    fn the_last_partition_reaches_the_end_and_sgdisk_agrees() {
        let Some((file, size)) = disk() else { return };
        let grown = grow(file.as_file(), size, 2).unwrap().unwrap();
        assert!(grown > 240 << 20 && grown.is_multiple_of(1 << 20), "{grown}");
        let verdict = verdict(&file);
        assert!(verdict.contains("No problems found"), "{verdict}");
        assert!(verdict.contains("state"), "{verdict}");
        assert_eq!(grow(file.as_file(), size, 2).unwrap(), None, "nothing more to grow");
    }

    #[test]
    fn what_is_not_the_images_table_is_left_alone() {
        let Some((file, size)) = disk() else { return };
        let before = std::fs::read(file.path()).unwrap();
        assert!(grow(file.as_file(), size, 1).unwrap_err().to_string().contains("behind"));
        assert!(grow(file.as_file(), size, 200).unwrap_err().to_string().contains("no such"));
        assert!(before == std::fs::read(file.path()).unwrap());
        file.as_file().write_all_at(b"x", 2 * BLOCK).unwrap();
        assert!(grow(file.as_file(), size, 2).unwrap_err().to_string().contains("damaged"));
        file.as_file().write_all_at(&[0; 512], BLOCK).unwrap();
        assert!(grow(file.as_file(), size, 2).unwrap_err().to_string().contains("shape"));
    }
}
