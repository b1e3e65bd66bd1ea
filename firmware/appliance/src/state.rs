//! The state: a partition found by its name, made at the first start, grown to the disk, and
//! memory where there is none. A box without a disk still has its menu.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::mount::{MsFlags, mount};
use sys::block::{self, Partition};

use crate::paths::{BOOT_PARTITION, EMPTY_STATE, STATE, STATE_PARTITION};
use crate::{gpt, mounts};

/// Longest wait for a disk: a controller's search for disks goes on behind the start.
const DISK: Duration = Duration::from_secs(10);
/// Where the magic number of ext4 stands, and what it is (`fs/ext4/ext4.h`).
const MAGIC: (u64, [u8; 2]) = (1_024 + 56, [0x53, 0xef]);
/// Where its count of blocks and the size of a block stand (log2 of it, less 10).
const BLOCKS: u64 = 1_024 + 4;
const BLOCK_SIZE: u64 = 1_024 + 24;

/// Waits for the disk with our partitions and mounts the boot partition, read-only, and the state. Meanwhile drivers
/// for devices that come are looked for by `look`. Says each thing worth a line; why the state is in memory alone, if
/// it is.
pub fn mount_all(look: &mut dyn FnMut(), say: &mut dyn FnMut(&str)) -> String {
    let begun = Instant::now();
    while block::by_name(STATE_PARTITION).is_none() && begun.elapsed() < DISK {
        look();
        std::thread::sleep(Duration::from_millis(50));
    }
    if block::by_name(BOOT_PARTITION).is_some()
        && let Err(words) = mounts::boot()
    {
        say(&words);
    }
    match on_disk(say) {
        Ok(()) => String::new(),
        Err(words) => {
            let _ =
                mount(Some("tmpfs"), STATE, Some("tmpfs"), MsFlags::MS_NOSUID, Some("mode=0700,size=25%"));
            say(&format!("the state is in memory alone: {words}"));
            words
        }
    }
}

fn on_disk(say: &mut dyn FnMut(&str)) -> Result<(), String> {
    let partition = block::by_name(STATE_PARTITION).ok_or("there is no disk with the state's partition")?;
    let device = partition.device.display();
    let failed = |what: &str, error: io::Error| format!("{device} {what}: {error}");
    let partition = enlarged(partition.clone(), say);
    if !is_ext4(&partition.device).map_err(|error| failed("cannot be read", error))? {
        say(&format!("{device} is made new"));
        make(&partition.device).map_err(|error| failed("cannot be written", error))?;
    }
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_NOATIME;
    // What is wrong in it must not stop the box; it is told by E19.
    mount(Some(&partition.device), STATE, Some("ext4"), flags, Some("errors=remount-ro"))
        .map_err(|error| failed("cannot be mounted", error.into()))?;
    if let Err(error) = fill(&partition) {
        say(&failed("cannot be grown", error));
    }
    Ok(())
}

/// Makes the partition reach to the end of its disk.
fn enlarged(partition: Partition, say: &mut dyn FnMut(&str)) -> Partition {
    let grow = || -> io::Result<Option<u64>> {
        let disk = File::options().read(true).write(true).open(&partition.disk)?;
        let grown = gpt::grow(&disk, block::size(&partition.disk)?, partition.number)?;
        grown.map(|size| block::resize(&partition, size).map(|()| size)).transpose()
    };
    match grow() {
        Ok(None) => partition,
        Ok(Some(size)) => {
            say(&format!("{} has {} MiB now", partition.device.display(), size >> 20));
            Partition { size, ..partition }
        }
        Err(error) => {
            say(&format!("{} stays as large as it is: {error}", partition.device.display()));
            partition
        }
    }
}

fn is_ext4(device: &Path) -> io::Result<bool> {
    let mut magic = [0; 2];
    File::open(device)?.read_exact_at(&mut magic, MAGIC.0)?;
    Ok(magic == MAGIC.1)
}

/// Writes the empty file system: its first block last, so that what is cut off is no file system.
fn make(device: &Path) -> io::Result<()> {
    let packed = std::fs::read(EMPTY_STATE)?;
    let mut image = zstd::Decoder::new(packed.as_slice())?;
    let disk = File::options().write(true).open(device)?;
    let (mut at, mut first, mut chunk) = (0, Vec::new(), vec![0; 1 << 20]);
    loop {
        let mut filled = 0;
        while filled < chunk.len() {
            match image.read(&mut chunk[filled..])? {
                0 => break,
                more => filled += more,
            }
        }
        if filled == 0 {
            break;
        }
        if at == 0 {
            first = chunk[..filled].to_vec();
        } else {
            disk.write_all_at(&chunk[..filled], at)?;
        }
        at += filled as u64;
    }
    disk.sync_all()?;
    disk.write_all_at(&first, 0)?;
    disk.sync_all()
}

/// Grows the mounted file system to its partition.
fn fill(partition: &Partition) -> io::Result<()> {
    let device = File::open(&partition.device)?;
    let number = |at: u64| -> io::Result<u64> {
        let mut bytes = [0; 4];
        device.read_exact_at(&mut bytes, at)?;
        Ok(u64::from(u32::from_le_bytes(bytes)))
    };
    let size = 1_024_u64 << number(BLOCK_SIZE)?.min(6);
    let wanted = partition.size / size;
    if number(BLOCKS)? < wanted {
        block::grow_ext4(Path::new(STATE), wanted)?;
    }
    Ok(())
}

/// Takes away what makes the partition a file system, so that the next start makes it new. For a
/// state that is not mounted: whoever has only memory cannot reset it otherwise.
///
/// # Errors
/// There is no partition, or what the disk says.
pub fn wipe() -> io::Result<()> {
    let partition = block::by_name(STATE_PARTITION)
        .ok_or_else(|| io::Error::other("there is no disk with the state's partition"))?;
    let disk = File::options().write(true).open(&partition.device)?;
    disk.write_all_at(&[0; 4_096], 0)?;
    disk.sync_all()
}
