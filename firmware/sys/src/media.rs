//! Sticks and discs that somebody put into the machine: found by what the kernel
//! says of block devices, mounted for as long as they are looked at.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};

/// File systems that are tried, in this order.
const KINDS: [&str; 3] = ["iso9660", "vfat", "exfat"];

/// Block devices that can be taken out: discs, partitions of sticks, and sticks
/// without partitions.
pub fn removable() -> Vec<PathBuf> {
    let entries = fs::read_dir("/sys/class/block").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| {
            // A partition stands in the folder of its disk.
            let place = fs::canonicalize(entry.path()).unwrap_or_else(|_| entry.path());
            let disk = if place.join("partition").exists() {
                place.parent().map(Path::to_owned)
            } else {
                Some(place)
            };
            let says = disk.and_then(|disk| fs::read_to_string(disk.join("removable")).ok());
            says.is_some_and(|says| says.trim() == "1")
        })
        .map(|entry| Path::new("/dev").join(entry.file_name()))
        .collect();
    found.sort();
    found
}

/// Mounts a device at a folder made for it, lets it be looked at, and takes it away
/// again. Nothing on it can be run, and nothing changed unless `writable`.
///
/// # Errors
/// What the kernel says: no medium, or no file system that it knows.
pub fn mounted<T>(device: &Path, writable: bool, inside: impl FnOnce(&Path) -> T) -> io::Result<T> {
    let name = device.file_name().unwrap_or_default();
    let at = Path::new("/run/stillwatch/media").join(name);
    fs::create_dir_all(&at)?;
    let mut flags = MsFlags::MS_NOEXEC | MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    if !writable {
        flags |= MsFlags::MS_RDONLY;
    }
    let mut last = io::Error::from(io::ErrorKind::Unsupported);
    for kind in KINDS {
        match mount(Some(device), &at, Some(kind), flags, None::<&str>) {
            Ok(()) => {
                let seen = inside(&at);
                umount2(&at, MntFlags::MNT_DETACH)?;
                let _ = fs::remove_dir(&at);
                return Ok(seen);
            }
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_device_is_not_mounted() {
        assert!(mounted(Path::new("/dev/null"), false, |_| ()).is_err());
        assert!(removable().iter().all(|device| device.starts_with("/dev")));
    }
}
