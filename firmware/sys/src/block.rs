//! Block devices: partitions by name, and growing one that is in use together with its ext4.
#![expect(unsafe_code, reason = "growing is done by ioctls with raw structures")]

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// Where the kernel lists block devices.
const CLASS: &str = "/sys/class/block";

/// Bytes in a sector, as the kernel counts in `/sys`, whatever the device has.
pub const SECTOR: u64 = 512;

/// A partition of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its device.
    pub device: PathBuf,
    /// Device of the disk it is on.
    pub disk: PathBuf,
    /// Its number on the disk, from 1.
    pub number: u32,
    /// Where it begins, in bytes.
    pub start: u64,
    /// Its size in bytes.
    pub size: u64,
}

/// The partition with that name in its GPT. With several, that of the disk that is first in the alphabet.
pub fn by_name(name: &str) -> Option<Partition> {
    let mut found: Vec<Partition> = fs::read_dir(CLASS)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let about = fs::read_to_string(entry.path().join("uevent")).ok()?;
            about.lines().any(|line| line.strip_prefix("PARTNAME=") == Some(name)).then_some(())?;
            let place = fs::canonicalize(entry.path()).ok()?;
            let disk = place.parent()?.file_name()?.to_owned();
            let number = |file: &str| fs::read_to_string(place.join(file)).ok()?.trim().parse::<u64>().ok();
            Some(Partition {
                device: Path::new("/dev").join(entry.file_name()),
                disk: Path::new("/dev").join(disk),
                number: u32::try_from(number("partition")?).ok()?,
                start: number("start")? * SECTOR,
                size: number("size")? * SECTOR,
            })
        })
        .collect();
    found.sort_by(|one, other| one.device.cmp(&other.device));
    found.into_iter().next()
}

/// Size of a disk in bytes.
///
/// # Errors
/// There is none of that name.
pub fn size(disk: &Path) -> io::Result<u64> {
    let name = disk.file_name().ok_or(io::ErrorKind::NotFound)?;
    let text = fs::read_to_string(Path::new(CLASS).join(name).join("size"))?;
    text.trim().parse::<u64>().map(|sectors| sectors * SECTOR).map_err(io::Error::other)
}

/// `struct blkpg_partition` of `linux/blkpg.h`.
#[repr(C)]
struct BlkpgPartition {
    start: i64,
    length: i64,
    number: libc::c_int,
    device: [u8; 64],
    volume: [u8; 64],
}

/// `struct blkpg_ioctl_arg`.
#[repr(C)]
struct BlkpgArgument {
    operation: libc::c_int,
    flags: libc::c_int,
    length: libc::c_int,
    data: *mut BlkpgPartition,
}

/// `BLKPG_RESIZE_PARTITION`.
const RESIZE: libc::c_int = 3;

mod ioctl {
    nix::ioctl_write_ptr_bad!(blkpg, nix::request_code_none!(0x12, 105), super::BlkpgArgument);
    nix::ioctl_write_ptr!(ext4_resize, b'f', 16, u64);
}

/// Tells the kernel that a partition is larger now, while it is in use.
///
/// # Errors
/// What the kernel says: `EBUSY` when it would overlap another.
pub fn resize(partition: &Partition, size: u64) -> io::Result<()> {
    let disk = File::open(&partition.disk)?;
    let signed = |number: u64| i64::try_from(number).map_err(io::Error::other);
    let mut data = BlkpgPartition {
        start: signed(partition.start)?,
        length: signed(size)?,
        number: i32::try_from(partition.number).map_err(io::Error::other)?,
        device: [0; 64],
        volume: [0; 64],
    };
    let argument = BlkpgArgument {
        operation: RESIZE,
        flags: 0,
        length: size_of::<BlkpgPartition>() as libc::c_int,
        data: &raw mut data,
    };
    // SAFETY: both structures live over the call and have the layout of the kernel's.
    unsafe { ioctl::blkpg(disk.as_raw_fd(), &raw const argument) }?;
    Ok(())
}

/// Grows a mounted ext4 to so many blocks of its own size; `at` is any file or folder in it.
///
/// # Errors
/// What the kernel says: `EINVAL` for a size that is smaller or larger than the device.
pub fn grow_ext4(at: &Path, blocks: u64) -> io::Result<()> {
    let file = File::open(at)?;
    // SAFETY: the kernel reads one u64.
    unsafe { ioctl::ext4_resize(file.as_raw_fd(), &raw const blocks) }?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_not_found() {
        assert_eq!(by_name("no such partition"), None);
        assert!(size(Path::new("/dev/no-such-disk")).is_err());
        assert!(grow_ext4(Path::new("/proc"), 1).is_err());
    }
}
