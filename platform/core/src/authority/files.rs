//! The folder of keys: files that only the platform's user may read, and that
//! are whole or not there.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::error::{Error, Result};

fn failed(what: &str, path: &Path, cause: &std::io::Error) -> Error {
    Error::Internal(format!("cannot {what} {}: {cause}", path.display()))
}

/// Makes the folder (0700), or takes others' rights to it away.
pub(super) fn folder(path: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|cause| failed("make the folder of keys", path, &cause))?;
    std::fs::set_permissions(path, Permissions::from_mode(0o700))
        .map_err(|cause| failed("protect the folder of keys", path, &cause))
}

/// The file's bytes; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(bytes)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(failed("read", path, &cause)),
    }
}

/// Writes a file (0600) beside its place and moves it there when it is on disk.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let beside = path.with_extension("new");
    let put = || -> std::io::Result<()> {
        // What a crash left behind may have other rights.
        match std::fs::remove_file(&beside) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    put().map_err(|cause| failed("write", path, &cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_may_read_and_nothing_is_left_beside() {
        let place = tempfile::tempdir().unwrap();
        let keys = place.path().join("keys");
        folder(&keys).unwrap();
        let file = keys.join("a.key");
        assert_eq!(read(&file).unwrap(), None);
        std::fs::write(file.with_extension("new"), b"half").unwrap();
        write(&file, b"one").unwrap();
        write(&file, b"two").unwrap();
        assert_eq!(read(&file).unwrap().as_deref(), Some(&b"two"[..]));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&keys), mode(&file)), (0o700, 0o600));
        assert_eq!(std::fs::read_dir(&keys).unwrap().count(), 1);
    }

    #[test]
    fn names_the_file_that_cannot_be_written() {
        let place = tempfile::tempdir().unwrap();
        let words = write(&place.path().join("no/such.key"), b"x").unwrap_err().to_string();
        assert!(words.contains("no/such.key"), "{words}");
    }
}
