//! The few things a spool asks of a folder of files, so that tests can record
//! them, cut them off, and fill the disk.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::{Fault, SpoolError};

/// A folder of files, by name.
pub trait Disk {
    /// Names of the files.
    ///
    /// # Errors
    /// Of the disk; so for all of these.
    fn list(&mut self) -> io::Result<Vec<String>>;
    /// Makes an empty file; one of that name is emptied.
    ///
    /// # Errors
    /// See [`Disk::list`].
    fn create(&mut self, name: &str) -> io::Result<()>;
    /// Writes all bytes at an offset.
    ///
    /// # Errors
    /// See [`Disk::list`]; some of the bytes may be written then.
    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Everything written to the file is on disk when this returns.
    ///
    /// # Errors
    /// See [`Disk::list`]; what was written since the last one may be lost then.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// The names of files made and removed are on disk when this returns.
    ///
    /// # Errors
    /// See [`Disk::list`].
    fn sync_names(&mut self) -> io::Result<()>;
    /// Reads at an offset; fewer bytes than asked at the end of the file only.
    ///
    /// # Errors
    /// See [`Disk::list`].
    fn read(&mut self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize>;
    /// Removes a file; none of that name is no error.
    ///
    /// # Errors
    /// See [`Disk::list`].
    fn remove(&mut self, name: &str) -> io::Result<()>;
}

/// Files kept open at once.
const OPEN: usize = 8;

/// A real folder (mode 0700, files 0600), locked against a second process.
pub struct Folder {
    path: PathBuf,
    open: BTreeMap<String, File>,
    _lock: File,
}

impl Folder {
    /// Opens a folder, made if it is not there.
    ///
    /// # Errors
    /// [`Fault::InUse`] when another process has it; else those of the disk.
    pub fn open(path: &Path) -> Result<Folder, SpoolError> {
        let shown = path.display().to_string();
        let failed = |tried: &str, error: &io::Error| SpoolError::io(tried, &shown, error);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| failed("make the folder", &error))?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path.join("lock"));
        let lock = lock.map_err(|error| failed("lock", &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder { path: path.into(), open: BTreeMap::new(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(SpoolError::new(
                Fault::InUse,
                format!("another process uses the spool {shown}: end it, or choose another folder"),
            )),
            Err(TryLockError::Error(error)) => Err(failed("lock", &error)),
        }
    }

    fn file(&mut self, name: &str) -> io::Result<&File> {
        if !self.open.contains_key(name) {
            let file = OpenOptions::new().read(true).write(true).open(self.path.join(name))?;
            self.keep(name, file);
        }
        self.open.get(name).ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// Keeps a file open; closing the others loses nothing.
    fn keep(&mut self, name: &str, file: File) {
        if self.open.len() >= OPEN {
            self.open.clear();
        }
        self.open.insert(name.into(), file);
    }
}

impl Disk for Folder {
    fn list(&mut self) -> io::Result<Vec<String>> {
        fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let path = self.path.join(name);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
        self.keep(name, file);
        Ok(())
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file(name)?.write_all_at(bytes, offset)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.file(name)?.sync_data()
    }

    fn sync_names(&mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn read(&mut self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let file = self.file(name)?;
        let mut done = 0;
        while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, offset + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.open.remove(name);
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
