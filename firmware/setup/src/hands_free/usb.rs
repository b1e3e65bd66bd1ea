//! `stillwatch.toml` on a USB stick: read once, overwritten, removed.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Name of the file.
pub const NAME: &str = "stillwatch.toml";

/// Overwrites the file with zeros, syncs it, and removes it; none is no error.
/// A stick's own wear levelling may keep a copy that no software reaches.
///
/// # Errors
/// What the system says.
pub fn wipe(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let len = file.metadata()?.len();
    io::copy(&mut io::Read::take(io::repeat(0), len), &mut file)?;
    file.flush()?;
    file.sync_all()?;
    std::fs::remove_file(path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
