//! The files that are made of one disk. A format = one writer + one line in [`FORMATS`].

use std::io::{self, Write};

use board::Board;

use crate::disk::{self, System};
use crate::ova::{self, Manifest};
use crate::seed::Seed;
use crate::{ovf, vhdx, vmdk};

/// What formats are made of.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    /// The machine.
    pub board: &'a Board,
    /// The product's version.
    pub version: &'a str,
    /// Where ids come from.
    pub seed: &'a Seed,
    /// What boots.
    pub system: &'a System,
}

impl Product<'_> {
    /// Beginning of every file's name: `stillwatch-VERSION-BOARD`.
    pub fn stem(&self) -> String {
        format!("stillwatch-{}-{}", self.version, self.board.name)
    }
}

/// A format.
#[derive(Debug)]
pub struct Format {
    /// Its name in a board's `outputs`.
    pub name: &'static str,
    /// What a file's name ends in.
    pub end: &'static str,
    /// What it is for, in a line.
    pub about: &'static str,
    write: fn(&Product<'_>, &str, &mut dyn Write) -> anyhow::Result<()>,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format {
        name: "raw",
        end: ".img.zst",
        about: "a disk, compressed: for USB sticks, real machines, KVM",
        write: raw,
    },
    Format {
        name: "ova",
        end: ".ova",
        about: "a virtual machine for VMware ESXi 6.5 and newer",
        write: |product, stem, out| ova(product, stem, Manifest::Sha256, out),
    },
    Format {
        name: "ova-esxi60",
        end: "-esxi60.ova",
        about: "the same for clients of ESXi 6.0, which know SHA-1 alone",
        write: |product, stem, out| ova(product, stem, Manifest::Sha1, out),
    },
    Format {
        name: "vhdx",
        end: ".vhdx",
        about: "a disk for Microsoft Hyper-V, generation 2",
        write: |product, _, out| {
            let disk = disk::build(product.system, product.seed, grown(product.board))?;
            Ok(vhdx::write(&disk, product.seed, out)?)
        },
    },
];

/// The format of that name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

impl Format {
    /// Writes the file.
    ///
    /// # Errors
    /// Those of `out`; the system does not fit.
    pub fn write(&self, product: &Product<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
        let stem = format!("{}{}", product.stem(), self.end);
        let stem = stem.strip_suffix(".ova").unwrap_or(&stem);
        (self.write)(product, stem, out)
    }
}

/// Size of a virtual machine's disk, in bytes: it costs nothing until it is used.
fn grown(board: &Board) -> u64 {
    u64::from(board.machine.disk_mib) << 20
}

/// A disk that is small to write; the appliance grows it where the medium is larger.
fn raw(product: &Product<'_>, _: &str, out: &mut dyn Write) -> anyhow::Result<()> {
    let disk = disk::build(product.system, product.seed, disk::LEAST)?;
    // What is on the disk is packed already; the rest are zeros.
    let mut encoder = zstd::Encoder::new(out, 3)?;
    encoder.include_checksum(true)?;
    disk.write_to(&mut encoder)?;
    encoder.finish()?;
    Ok(())
}

fn ova(product: &Product<'_>, stem: &str, manifest: Manifest, out: &mut dyn Write) -> anyhow::Result<()> {
    /// Virtual hardware of ESXi 6.0, which everything newer takes.
    const HARDWARE: u8 = 11;
    let disk = disk::build(product.system, product.seed, grown(product.board))?;
    let name = ova::disk_name(stem);
    let about = vmdk::About { name: &name, hardware: HARDWARE, adapter: "lsilogic" };
    let bytes = vmdk::write(&disk, about)?;
    let described = ovf::Disk { file: &name, size: bytes.len() as u64, capacity_mib: disk.size() >> 20 };
    let Product { board, version, .. } = *product;
    let text = ovf::write(&ovf::Machine { board, version, hardware: HARDWARE, disk: described });
    let done: io::Result<()> = ova::write(stem, &text, &bytes, manifest, out);
    Ok(done?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_board_asks_for_formats_that_there_are() {
        let boards = board::boards();
        for name in boards.names() {
            for output in boards.board(name).unwrap().outputs {
                assert!(format(&output).is_some(), "{name}: there is no format {output}");
            }
        }
    }
}
