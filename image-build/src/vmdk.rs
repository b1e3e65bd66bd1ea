//! A streamOptimized VMDK (VMware's "Virtual Disk Format 5.0"), laid out as VMware's own converter
//! does, which its products take without complaint: version 3, one grain directory right behind the
//! descriptor, its tables behind it, grains in the order of the disk, the end marker last.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};

use crate::seed::hex;
use crate::sparse::{CHUNK, SECTOR, Sparse};

/// Sectors of a grain.
const GRAIN: u64 = CHUNK / SECTOR;
/// Entries of a grain table.
const ENTRIES: u64 = 512;
/// Sectors of a grain table.
const TABLE: u64 = ENTRIES * 4 / SECTOR;
/// Where the descriptor stands, and how long it is, in sectors.
const DESCRIPTOR: (u64, u64) = (1, 20);
/// Where the grain directory stands, in sectors.
const DIRECTORY: u64 = DESCRIPTOR.0 + DESCRIPTOR.1;
/// Lines may be checked, grains are compressed, markers stand before them.
const FLAGS: u32 = 0x3_0001;

/// What the descriptor says beside the disk itself.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Name of the file.
    pub name: &'a str,
    /// Virtual hardware: `11` is ESXi 6.0.
    pub hardware: u8,
    /// The controller: `lsilogic` stands for every SCSI card.
    pub adapter: &'a str,
}

/// The file's bytes.
///
/// # Errors
/// None but a failing compressor's.
pub fn write(disk: &Sparse, about: About<'_>) -> io::Result<Vec<u8>> {
    let capacity = disk.size().div_ceil(CHUNK) * GRAIN;
    let tables = (capacity / GRAIN).div_ceil(ENTRIES);
    let directory = (tables * 4).div_ceil(SECTOR);
    let first_table = DIRECTORY + directory;
    let overhead = first_table + tables * TABLE;

    let mut out = vec![0; (overhead * SECTOR) as usize];
    let mut content = Sha256::new();
    let entry = |out: &mut Vec<u8>, at: u64, value: u64| {
        let at = at as usize;
        out[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
    };
    for table in 0..tables {
        entry(&mut out, DIRECTORY * SECTOR + table * 4, first_table + table * TABLE);
    }
    for (number, grain) in disk.chunks() {
        content.update(number.to_le_bytes());
        content.update(grain);
        let at = out.len() as u64 / SECTOR;
        entry(&mut out, first_table * SECTOR + number * 4, at);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(grain)?;
        let packed = encoder.finish()?;
        out.extend((number * GRAIN).to_le_bytes());
        out.extend((packed.len() as u32).to_le_bytes());
        out.extend(packed);
        out.resize(out.len().next_multiple_of(SECTOR as usize), 0);
    }
    // The end marker: a sector of zeros, and nothing behind it.
    out.resize(out.len() + SECTOR as usize, 0);
    let header = header(capacity, overhead);
    out[..header.len()].copy_from_slice(&header);
    let text = descriptor(capacity, &content.finalize(), about);
    let at = (DESCRIPTOR.0 * SECTOR) as usize;
    out[at..at + text.len()].copy_from_slice(text.as_bytes());
    Ok(out)
}

fn header(capacity: u64, overhead: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(SECTOR as usize);
    out.extend(b"KDMV");
    out.extend(3_u32.to_le_bytes());
    out.extend(FLAGS.to_le_bytes());
    for number in [capacity, GRAIN, DESCRIPTOR.0, DESCRIPTOR.1] {
        out.extend(number.to_le_bytes());
    }
    out.extend((ENTRIES as u32).to_le_bytes());
    // No second directory.
    for number in [0, DIRECTORY, overhead] {
        out.extend(number.to_le_bytes());
    }
    // Cleanly closed; ends of lines, by which damage in transfer is known; deflate.
    out.extend(b"\0\n \r\n\x01\0");
    out
}

fn descriptor(capacity: u64, content: &[u8], about: About<'_>) -> String {
    // All ones and its neighbour mean "none".
    let (id, long) =
        (u32::from_be_bytes([content[12], content[13], content[14], content[15]]), hex(&content[..16]));
    let id = id.min(0xffff_fffd);
    let cylinders = (capacity / (255 * 63)).min(65_535);
    let About { name, hardware, adapter } = about;
    format!(
        "# Disk DescriptorFile\nversion=1\nCID={id:08x}\nparentCID=ffffffff\ncreateType=\"streamOptimized\"\n\n\
         # Extent description\nRDONLY {capacity} SPARSE \"{name}\"\n\n\
         # The Disk Data Base\n#DDB\n\n\
         ddb.adapterType = \"{adapter}\"\n\
         ddb.geometry.cylinders = \"{cylinders}\"\nddb.geometry.heads = \"255\"\nddb.geometry.sectors = \"63\"\n\
         ddb.longContentID = \"{long}\"\nddb.toolsInstallType = \"4\"\nddb.toolsVersion = \"2147483647\"\n\
         ddb.virtualHWVersion = \"{hardware}\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::ZlibDecoder;
    use std::io::Read;

    #[test]
    fn lies_as_vmware_lays_it() {
        let mut disk = Sparse::new(100 << 20);
        disk.write(0, b"start");
        disk.write(64 << 20, b"far");
        let about = About { name: "a.vmdk", hardware: 11, adapter: "lsilogic" };
        let out = write(&disk, about).unwrap();
        let number = |at: usize| u64::from_le_bytes(out[at..at + 8].try_into().unwrap());
        assert_eq!((number(12), number(20), number(28), number(36)), (204_800, 128, 1, 20));
        // 4 tables of 4 sectors behind one sector of directory.
        assert_eq!((number(48), number(56), number(64)), (0, 21, 21 + 1 + 16));
        assert_eq!(out.len() / 512, 38 + 2 + 1);
        assert!(out[out.len() - 512..].iter().all(|byte| *byte == 0));
        assert_eq!((number(38 * 512), number(39 * 512)), (0, 131_072));
        let size = u32::from_le_bytes(out[39 * 512 + 8..39 * 512 + 12].try_into().unwrap()) as usize;
        let mut grain = Vec::new();
        ZlibDecoder::new(&out[39 * 512 + 12..][..size]).read_to_end(&mut grain).unwrap();
        assert!(grain.len() == 65_536 && grain.starts_with(b"far"));
        assert_eq!(write(&disk, about).unwrap(), out);
    }
}
