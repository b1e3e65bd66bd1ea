//! SHA-256 of an image's files, held against its `SHA256SUMS`. Nothing is written.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::exit::Failure;

/// Name of the list beside an image.
const LIST: &str = "SHA256SUMS";

/// Longest list that is read, in bytes.
const MOST: u64 = 1 << 20;

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
    let list = list(&folder.join(LIST))?;
    if !path.is_dir() {
        return Ok(vec![summed(path, &list)?]);
    }
    if list.is_empty() {
        let words = format!("{} holds no {LIST}: give the folder of an image, or one file", path.display());
        return Err(Failure::Input(words));
    }
    list.iter().map(|(_, name)| summed(&path.join(name), &list)).collect()
}

/// Sums and names; none when there is no list.
fn list(path: &Path) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |why: &str| Failure::Input(format!("{}: {why}", path.display()));
    let size = match fs::metadata(path) {
        Ok(about) => about.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(wrong(&error.to_string())),
    };
    if size > MOST {
        return Err(wrong("it is too long for a list of sums"));
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(&error.to_string()))?;
    let line = |line: &str| {
        let (sum, name) = line.split_once("  ").filter(|(sum, _)| sum.len() == 64)?;
        let plain = !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
        plain.then(|| (sum.to_ascii_lowercase(), name.to_owned()))
    };
    let lines = text.lines().map(|text| line(text).ok_or_else(|| wrong("it is no list of sha256sum")));
    lines.collect()
}

fn summed(path: &Path, list: &[(String, String)]) -> Result<Summed, Failure> {
    let failed = |error: io::Error| Failure::Input(format!("{} cannot be read: {error}", path.display()));
    let sha256 = sum(&mut File::open(path).map_err(failed)?).map_err(failed)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let said = list.iter().find(|(_, of)| *of == name);
    if let Some((sum, _)) = said
        && *sum != sha256
    {
        return Err(Failure::Input(format!(
            "{} is not what {LIST} says ({sha256}, listed is {sum}): fetch it again",
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
    Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
