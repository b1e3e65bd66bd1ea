//! The systems on the boot partition (FAT32, mounted by the caller), and what may be done to them.
//!
//! A power cut at any moment leaves a system that boots. Each step is on the disk before the next
//! begins: file, then folder. What is being written has a name that the loader does not look at.
//! The partition is to be mounted with `dirsync`, or Linux may write a rename's parts in any order; in
//! between, one file has two names, which [`mend`] sorts out. Removing the second of them is an error of
//! the file system: `errors=continue`, or all else of it is read-only. A remount takes neither.

mod disk;
mod entry;
pub mod install;
pub mod loader;
mod mend;
#[cfg(test)]
mod power;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

pub use entry::{Entry, TRIES, Tries};

/// Where the loader looks, under the partition's root.
const FOLDER: &str = "EFI/Linux";

/// Names of what is being written. As short as FAT has them without a long name: then the folder
/// stays within one sector, and a rename in it happens whole or not at all.
const TEMPORARY: [&str; 6] = ["NEW0.TMP", "NEW1.TMP", "NEW2.TMP", "NEW3.TMP", "NEW4.TMP", "NEW5.TMP"];

/// A system on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its file's name.
    pub name: String,
    /// What the name says.
    pub entry: Entry,
    /// Its size in bytes.
    pub size: u64,
}

/// The folder.
#[derive(Clone, Debug)]
pub struct Slots(PathBuf);

impl Slots {
    /// Of the partition mounted there.
    pub fn new(boot: &Path) -> Slots {
        Slots(boot.join(FOLDER))
    }

    /// Systems of ours, in the loader's order: the first is what it starts next.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> io::Result<Vec<Slot>> {
        let mut out = Vec::new();
        for item in fs::read_dir(&self.0)? {
            let item = item?;
            let name = item.file_name().to_string_lossy().into_owned();
            if let (Some(entry), meta) = (Entry::parse(&name), item.metadata()?)
                && meta.is_file()
            {
                out.push(Slot { name, entry, size: meta.len() });
            }
        }
        out.sort_by(|one, two| one.entry.order(&two.entry).then_with(|| one.name.cmp(&two.name)));
        Ok(out)
    }

    /// Gives a system another name, for good.
    ///
    /// # Errors
    /// The name is taken; the disk's.
    pub fn rename(&self, from: &str, to: &Entry) -> io::Result<()> {
        disk::rename(&self.0.join(from), &self.0.join(to.to_string()))?;
        self.sync()
    }

    /// Removes files one after another, each for good before the next.
    fn remove(&self, names: &[String]) -> io::Result<()> {
        names.iter().try_for_each(|name| {
            disk::remove(&self.0.join(name))?;
            self.sync()
        })
    }

    /// A new file under a name that the loader passes over.
    fn temporary(&self) -> io::Result<(String, File)> {
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        for name in TEMPORARY {
            match disk::create(&self.0.join(name)) {
                Ok(file) => return Ok((name.into(), file)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn sync(&self) -> io::Result<()> {
        disk::sync_folder(&self.0)
    }
}
