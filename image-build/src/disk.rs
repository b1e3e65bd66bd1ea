//! How a disk is laid out: a partition that firmware boots from, with systemd-boot and the system
//! as one file, and a partition for the appliance's state, which begins as an empty file system.

use crate::error::Error;
use crate::ext4;
use crate::fat::Volume;
use crate::gpt::{self, ALIGN, ESP, LINUX, Partition};
use crate::seed::Seed;
use crate::sparse::Sparse;

/// Bytes of the boot partition: two or three systems and room.
pub const BOOT: u64 = 256 << 20;

/// Bytes of the smallest disk: for what is written to a medium and grown there.
pub const LEAST: u64 = 512 << 20;

/// Name of the partition with the appliance's state, by which it is found.
pub const STATE: &str = "stillwatch-state";

/// Name of the partition that firmware boots from.
pub const SYSTEM: &str = "stillwatch-boot";

/// What systemd-boot is told: boot at once; a key held down shows the menu.
const LOADER: &str = "timeout 0\nconsole-mode keep\neditor no\nauto-entries no\nauto-firmware no\n";

/// What boots.
#[derive(Clone, Debug)]
pub struct System {
    /// The product's version, part of the file's name.
    pub version: String,
    /// systemd-boot.
    pub loader: Vec<u8>,
    /// The system: a unified kernel image.
    pub image: Vec<u8>,
}

impl System {
    /// Name of the system's file under `EFI/Linux`. It has no counter of tries: it is good,
    /// since there is no other to fall back to.
    pub fn file(&self) -> String {
        format!("stillwatch-{}.efi", self.version)
    }
}

/// The disk, `size` bytes.
///
/// # Errors
/// The system does not fit the boot partition.
pub fn build(system: &System, seed: &Seed, size: u64) -> Result<Sparse, Error> {
    let mut disk = Sparse::new(size);
    let state = ALIGN + BOOT;
    // The state partition ends where a MiB does, so that it grows by whole ones.
    let rest = (gpt::end(size) - state) / ALIGN * ALIGN;
    let parts = [
        Partition { kind: ESP, id: seed.guid("boot partition"), name: SYSTEM, at: ALIGN, size: BOOT },
        Partition { kind: LINUX, id: seed.guid("state partition"), name: STATE, at: state, size: rest },
    ];
    gpt::write(&mut disk, seed.guid("disk"), &parts);
    let mut volume = Volume::new("STILLWATCH", seed.number("boot volume"));
    volume.file("EFI/BOOT/BOOTX64.EFI", system.loader.clone());
    volume.file(&format!("EFI/Linux/{}", system.file()), system.image.clone());
    volume.file("loader/loader.conf", LOADER);
    volume.write(&mut disk, ALIGN, BOOT)?;
    ext4::write(&mut disk, state, &state_ids(seed));
    Ok(disk)
}

/// Ids of the state's file system.
fn state_ids(seed: &Seed) -> ext4::Ids {
    ext4::Ids { id: seed.guid("state volume"), hash: seed.guid("state names"), label: STATE }
}

/// The state's file system as it begins: what a reset writes to the partition.
pub fn empty_state(seed: &Seed) -> Sparse {
    let mut out = Sparse::new(ext4::SIZE);
    ext4::write(&mut out, 0, &state_ids(seed));
    out
}
