//! Small files that must survive a power cut: written beside and renamed over,
//! with a checksum, readable by their owner only.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use model::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::UplinkError;

const MAGIC: &[u8; 8] = b"SWFILE1\n";

/// Makes a folder (mode 0700).
///
/// # Errors
/// E19.
pub fn make_dir(dir: &Path) -> Result<(), UplinkError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|error| failed("make the folder", dir, &error))
}

/// Writes a value.
///
/// # Errors
/// E19; the old file stays then.
pub fn write<T: Serialize>(dir: &Path, name: &str, value: &T) -> Result<(), UplinkError> {
    let (path, beside) = (dir.join(name), dir.join(format!("{name}.new")));
    let body = postcard::to_allocvec(value).map(Zeroizing::new);
    let body =
        body.map_err(|error| UplinkError::new(ErrorCode::Disk, format!("cannot write {name}: {error}")))?;
    let write = || -> io::Result<()> {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(MAGIC)?;
        file.write_all(&crc32fast::hash(&body).to_le_bytes())?;
        file.write_all(&body)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(|error| failed("write", &path, &error))
}

/// Reads a value; `None` when there is no such file.
///
/// # Errors
/// E19, also when the file is damaged.
pub fn read<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<Option<T>, UplinkError> {
    let path = dir.join(name);
    let bytes = match fs::read(&path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", &path, &error)),
    };
    let value =
        bytes.strip_prefix(MAGIC).and_then(|rest| rest.split_first_chunk::<4>()).and_then(|(crc, body)| {
            let whole = u32::from_le_bytes(*crc) == crc32fast::hash(body);
            whole.then(|| postcard::from_bytes(body).ok()).flatten()
        });
    let damaged = || UplinkError::new(ErrorCode::Disk, format!("{} is damaged", path.display()));
    value.map(Some).ok_or_else(damaged)
}

/// Removes a file; none is no error. The bytes may stay on the disk.
///
/// # Errors
/// E19.
pub fn remove(dir: &Path, name: &str) -> Result<(), UplinkError> {
    let path = dir.join(name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", &path, &error)),
        _ => Ok(()),
    }
}

fn failed(tried: &str, path: &Path, error: &io::Error) -> UplinkError {
    UplinkError::new(ErrorCode::Disk, format!("cannot {tried} {}: {error}", path.display()))
}
