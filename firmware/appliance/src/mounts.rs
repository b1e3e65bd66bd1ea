//! The file systems that every Linux has, and a few settings of the kernel.

use std::fs;
use std::path::Path;

use nix::mount::{MsFlags, mount};

/// What is mounted first: kind, place, options.
const MOUNTS: &[(&str, &str, &str)] = &[
    ("devtmpfs", "/dev", "mode=0755"),
    ("proc", "/proc", ""),
    ("sysfs", "/sys", ""),
    ("tmpfs", "/run", "mode=0755,size=16m"),
    ("tmpfs", "/tmp", "mode=1777,size=16m"),
    ("devpts", "/dev/pts", "mode=0600"),
    ("cgroup2", "/sys/fs/cgroup", ""),
];

/// What can be mounted once modules are there; each may be absent.
const LATER: &[(&str, &str, &str)] =
    &[("efivarfs", "/sys/firmware/efi/efivars", ""), ("pstore", "/sys/fs/pstore", "")];

/// Kernel settings: file under `/proc/sys`, value.
const SETTINGS: &[(&str, &str)] = &[
    // Hyper-V asks the kernel to shut down, and the kernel asks this program.
    ("kernel/poweroff_cmd", "/init poweroff"),
    // What cannot be paid for is not promised: the one who asks for too much is told or killed.
    ("vm/panic_on_oom", "0"),
    ("kernel/kptr_restrict", "2"),
    ("kernel/dmesg_restrict", "1"),
    // An address belongs to its port alone; nobody answers for another.
    ("net/ipv4/conf/all/arp_ignore", "1"),
    ("net/ipv4/conf/all/arp_announce", "2"),
    ("net/ipv4/conf/default/arp_ignore", "1"),
    ("net/ipv4/conf/default/arp_announce", "2"),
    ("net/ipv4/ip_forward", "0"),
];

/// Mounts what everything else needs.
pub fn first() {
    each(MOUNTS);
    for (name, value) in SETTINGS {
        // A kernel without it has no need of it.
        let _ = fs::write(Path::new("/proc/sys").join(name), value);
    }
}

/// Mounts what needs modules.
pub fn later() {
    each(LATER);
}

fn each(mounts: &[(&str, &str, &str)]) {
    for (kind, at, options) in mounts {
        let _ = fs::create_dir_all(at);
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
        let options = if options.is_empty() { None } else { Some(*options) };
        let _ = mount(Some(*kind), *at, Some(*kind), flags, options);
    }
}

/// The boot partition, for updates: written in order of the calls ([`boot`]), and going on after an
/// error, which the update says itself.
#[derive(Debug)]
pub struct Boot;

impl update::Partition for Boot {
    fn writable(&self) -> std::io::Result<()> {
        remount(MsFlags::empty())
    }

    fn read_only(&self) {
        nix::unistd::sync();
        // Somebody has a file open: it stays writable until the next time.
        let _ = remount(MsFlags::MS_RDONLY);
    }
}

fn remount(how: MsFlags) -> std::io::Result<()> {
    let flags = MsFlags::MS_REMOUNT | MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC | how;
    Ok(mount(None::<&str>, crate::paths::BOOT, None::<&str>, flags, None::<&str>)?)
}

/// Mounts the boot partition read-only, if it is there. `dirsync` and what follows an error are said
/// now: the kernel passes over both when a FAT is mounted anew.
///
/// # Errors
/// In words, why not.
pub fn boot() -> Result<(), String> {
    let partition =
        sys::block::by_name(crate::paths::BOOT_PARTITION).ok_or("there is no boot partition on any disk")?;
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_DIRSYNC | MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    mount(Some(&partition.device), crate::paths::BOOT, Some("vfat"), flags, Some("errors=continue"))
        .map_err(|error| format!("{} cannot be mounted: {error}", partition.device.display()))
}
