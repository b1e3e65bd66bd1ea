//! SHA-256 of an image's files, held against its `SHA256SUMS`. Nothing is written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bundle::{LONGEST_SUMS, SUMS, hex};
use sha2::{Digest, Sha256};

use crate::exit::Failure;

/// Bytes that are read at once.
const PIECE: usize = 1 << 20;

/// A file of an image.
pub struct Summed {
    /// Its name.
    pub name: String,
    /// SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// The list names it, with this sum.
    pub listed: bool,
}

/// Sums of a file, or of the files that a folder's list names.
///
/// # Errors
/// A file cannot be read, or is not what the list says; a folder without a list.
pub fn of(path: &Path) -> Result<Vec<Summed>, Failure> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let list = list(&folder.join(SUMS))?;
    if !path.is_dir() {
        return Ok(vec![summed(path, &list)?]);
    }
    if list.is_empty() {
        let words = format!("{} holds no {SUMS}: give the folder of an image, or one file", path.display());
        return Err(Failure::Input(words));
    }
    list.keys().map(|name| summed(&path.join(name), &list)).collect()
}

/// Sums by name; none when there is no list.
fn list(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let wrong = |why: String| Failure::Input(format!("{}: {why}", path.display()));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let mut bytes = Vec::new();
    file.take(LONGEST_SUMS + 1).read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    bundle::sums(&bytes).map_err(wrong)
}

fn summed(path: &Path, list: &BTreeMap<String, String>) -> Result<Summed, Failure> {
    let failed = |error: io::Error| Failure::Input(format!("{} cannot be read: {error}", path.display()));
    let sha256 = sum(&mut File::open(path).map_err(failed)?).map_err(failed)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let said = list.get(&name);
    if let Some(sum) = said
        && *sum != sha256
    {
        return Err(Failure::Input(format!(
            "{} is not what {SUMS} says ({sha256}, listed is {sum}): fetch it again",
            path.display()
        )));
    }
    Ok(Summed { name, sha256, listed: said.is_some() })
}

fn sum(file: &mut File) -> io::Result<String> {
    let (mut sum, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => break,
            more => sum.update(&piece[..more]),
        }
    }
    Ok(hex(&sum.finalize()))
}
