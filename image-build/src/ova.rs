//! An OVA: a tar of the description, the manifest and the disk, in this order, without times and owners.

use std::io::{self, Write};

use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::seed::hex;

/// How the manifest sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manifest {
    /// What clients since ESXi 6.5 read.
    Sha256,
    /// What clients of ESXi 6.0 read.
    Sha1,
}

impl Manifest {
    /// A line of it, as ovftool writes it: no space before the bracket, one behind the equals sign.
    fn line(self, name: &str, bytes: &[u8]) -> String {
        match self {
            Manifest::Sha256 => format!("SHA256({name})= {}\n", hex(&Sha256::digest(bytes))),
            Manifest::Sha1 => format!("SHA1({name})= {}\n", hex(&Sha1::digest(bytes))),
        }
    }
}

/// Writes the archive: `stem.ovf`, `stem.mf`, and the disk, `stem-disk1.vmdk`.
///
/// # Errors
/// Those of `out`.
pub fn write(stem: &str, ovf: &str, disk: &[u8], manifest: Manifest, out: &mut dyn Write) -> io::Result<()> {
    let (description, sums, vmdk) = (format!("{stem}.ovf"), format!("{stem}.mf"), disk_name(stem));
    let text = manifest.line(&description, ovf.as_bytes()) + &manifest.line(&vmdk, disk);
    let mut archive = tar::Builder::new(out);
    for (name, bytes) in [(description, ovf.as_bytes()), (sums, text.as_bytes()), (vmdk, disk)] {
        let mut header = tar::Header::new_ustar();
        header.set_path(name)?;
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_cksum();
        archive.append(&header, bytes)?;
    }
    archive.finish()
}

/// Name of the disk in it.
pub fn disk_name(stem: &str) -> String {
    format!("{stem}-disk1.vmdk")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn members_in_order_and_sums_that_hold() {
        for (manifest, word) in [(Manifest::Sha256, "SHA256"), (Manifest::Sha1, "SHA1")] {
            let mut out = Vec::new();
            write("a-1", "<Envelope/>", b"disk", manifest, &mut out).unwrap();
            assert_eq!(&out[257..263], b"ustar\0");
            let mut archive = tar::Archive::new(out.as_slice());
            let mut all = Vec::new();
            for entry in archive.entries().unwrap() {
                let mut entry = entry.unwrap();
                assert_eq!(entry.header().mtime().unwrap(), 0);
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                all.push((entry.path().unwrap().display().to_string(), text));
            }
            let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["a-1.ovf", "a-1.mf", "a-1-disk1.vmdk"]);
            assert!(all[1].1.starts_with(&format!("{word}(a-1.ovf)= ")), "{}", all[1].1);
        }
        assert_eq!(Manifest::Sha1.line("x", b"abc"), "SHA1(x)= a9993e364706816aba3e25717850c26c9cd0d89d\n");
    }
}
