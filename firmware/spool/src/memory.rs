//! A disk in memory that records what is done to it, can be full or broken, and
//! can be cut off at any byte of any write. For tests, here and elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};

use crate::Disk;

/// One thing done to a disk.
#[derive(Clone, Debug)]
pub enum Op {
    /// [`Disk::create`].
    Create(String),
    /// [`Disk::write`].
    Write(String, u64, Vec<u8>),
    /// [`Disk::sync`].
    Sync(String),
    /// [`Disk::sync_names`].
    SyncNames,
    /// [`Disk::remove`].
    Remove(String),
}

/// What a power cut leaves of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Everything, in order; of the last write so many bytes (a killed process).
    Torn(usize),
    /// Nothing: neither bytes nor names.
    Unsynced,
    /// Names and lengths, but zeros for bytes (a journal without data).
    Zeros,
}

/// The disk.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Its files.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What was done, if it is recorded.
    pub log: Option<Vec<Op>>,
    /// Bytes it holds in all; `None`: no limit.
    pub room: Option<u64>,
    /// Every write and sync from now on fails with this.
    pub broken: Option<ErrorKind>,
}

impl Memory {
    /// One that records.
    pub fn recording() -> Memory {
        Memory { log: Some(Vec::new()), ..Memory::default() }
    }

    /// What is there after a cut behind these operations.
    pub fn after(ops: &[Op], cut: Cut) -> Memory {
        let (mut now, mut safe) = (Memory::default(), BTreeMap::<String, Vec<u8>>::new());
        // Names on disk → whether they are there; bytes on disk, by name.
        let mut names: BTreeSet<String> = BTreeSet::new();
        for (at, op) in ops.iter().enumerate() {
            match op {
                Op::Create(name) => drop(now.files.insert(name.clone(), Vec::new())),
                Op::Write(name, offset, bytes) => {
                    let whole = if at + 1 == ops.len()
                        && let Cut::Torn(len) = cut
                    {
                        len
                    } else {
                        bytes.len()
                    };
                    put(&mut now.files, name, *offset, bytes.get(..whole).unwrap_or(bytes));
                }
                Op::Sync(name) => drop(safe.insert(name.clone(), now.files[name].clone())),
                Op::SyncNames => names = now.files.keys().cloned().collect(),
                Op::Remove(name) => drop(now.files.remove(name)),
            }
        }
        let bytes_of = |name: &String| safe.get(name).cloned().unwrap_or_default();
        match cut {
            Cut::Torn(_) => {}
            Cut::Unsynced => now.files = names.iter().map(|name| (name.clone(), bytes_of(name))).collect(),
            Cut::Zeros => {
                for (name, bytes) in &mut now.files {
                    let safe = bytes_of(name);
                    // Written over in place and not synced: either, so the old.
                    let end = safe.len().min(bytes.len());
                    bytes[..end].copy_from_slice(&safe[..end]);
                    bytes[end..].fill(0);
                }
            }
        }
        now
    }

    fn note(&mut self, op: Op) {
        if let Some(log) = &mut self.log {
            log.push(op);
        }
    }

    fn works(&self) -> io::Result<()> {
        self.broken.map_or(Ok(()), |kind| Err(kind.into()))
    }
}

fn put(files: &mut BTreeMap<String, Vec<u8>>, name: &str, offset: u64, bytes: &[u8]) {
    let file = files.entry(name.into()).or_default();
    let end = offset as usize + bytes.len();
    file.resize(file.len().max(end), 0);
    file[offset as usize..end].copy_from_slice(bytes);
}

impl Disk for Memory {
    fn list(&mut self) -> io::Result<Vec<String>> {
        Ok(self.files.keys().cloned().collect())
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.works()?;
        self.files.insert(name.into(), Vec::new());
        self.note(Op::Create(name.into()));
        Ok(())
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.works()?;
        let file = self.files.get(name).ok_or(ErrorKind::NotFound)?;
        let used: usize = self.files.values().map(Vec::len).sum();
        let more = (offset as usize + bytes.len()).saturating_sub(file.len());
        let room = self.room.map_or(usize::MAX, |room| room as usize);
        // As a real disk does it: as much as there is room for.
        let fits =
            if used + more > room { bytes.len().saturating_sub(used + more - room) } else { bytes.len() };
        put(&mut self.files, name, offset, &bytes[..fits]);
        self.note(Op::Write(name.into(), offset, bytes[..fits].to_vec()));
        if fits < bytes.len() { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.works()?;
        self.note(Op::Sync(name.into()));
        Ok(())
    }

    fn sync_names(&mut self) -> io::Result<()> {
        self.works()?;
        self.note(Op::SyncNames);
        Ok(())
    }

    fn read(&mut self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let file = self.files.get(name).ok_or(ErrorKind::NotFound)?;
        let rest = file.get(offset as usize..).unwrap_or_default();
        let len = rest.len().min(into.len());
        into[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.files.remove(name);
        self.note(Op::Remove(name.into()));
        Ok(())
    }
}
