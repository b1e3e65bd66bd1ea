//! Names of files: the 8.3 one, and where it does not hold, the long one before it.

use std::collections::BTreeSet;

use crate::error::{Error, wrong};

/// Bytes of an entry of a folder.
pub const ENTRY: usize = 32;
/// UTF-16 units that one entry of a long name holds.
const UNITS: usize = 13;
/// Where they stand in it.
const PLACES: [usize; UNITS] = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/// Short names of one folder, so that none comes twice.
#[derive(Default)]
pub struct Short {
    taken: BTreeSet<[u8; 11]>,
    last: [u8; 11],
}

impl Short {
    /// Chooses the short name of `name`; gives the entries of the long one, none where the short
    /// one says it all.
    ///
    /// # Errors
    /// No name of this file system.
    pub fn entries(&mut self, name: &str) -> Result<Vec<u8>, Error> {
        let bad = |c: char| c.is_control() || "\"*/:<>?\\|".contains(c);
        let units: Vec<u16> = name.encode_utf16().collect();
        if units.is_empty() || units.len() > 255 || name.contains(bad) || name.ends_with(['.', ' ']) {
            return Err(wrong(
                &format!("the file name {name:?}"),
                "cannot stand on a FAT file system".into(),
            ));
        }
        if let Some(short) = exact(name).filter(|short| !self.taken.contains(short)) {
            self.take(short);
            return Ok(Vec::new());
        }
        let numbered = |number: u32| numbered(name, number);
        let short = (1..).map(numbered).find(|short| !self.taken.contains(short));
        let short = short.expect("a folder has fewer than a million files");
        self.take(short);
        Ok(long(&units, sum(&short)))
    }

    /// The short name that was chosen last.
    pub fn last(&self) -> [u8; 11] {
        self.last
    }

    fn take(&mut self, short: [u8; 11]) {
        self.taken.insert(short);
        self.last = short;
    }
}

/// Characters that a short name may hold.
fn plain(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || "$%'-_@~`!(){}^#&".contains(c)
}

/// The short name when it is the whole name.
fn exact(name: &str) -> Option<[u8; 11]> {
    let (stem, end) = name.split_once('.').unwrap_or((name, ""));
    let fits =
        (1..=8).contains(&stem.len()) && end.len() <= 3 && (stem.chars().chain(end.chars())).all(plain);
    (fits && (end.is_empty() != name.contains('.'))).then(|| join(stem, end))
}

/// A short name with a number in it.
fn numbered(name: &str, number: u32) -> [u8; 11] {
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
    let clean = |text: &str| text.to_ascii_uppercase().chars().filter(|c| plain(*c)).collect::<String>();
    let (tail, mut stem, mut end) = (format!("~{number}"), clean(stem), clean(end));
    stem.truncate(8 - tail.len());
    end.truncate(3);
    join(&(stem + &tail), &end)
}

fn join(stem: &str, end: &str) -> [u8; 11] {
    let mut out = [b' '; 11];
    out[..stem.len()].copy_from_slice(stem.as_bytes());
    out[8..8 + end.len()].copy_from_slice(end.as_bytes());
    out
}

/// The sum that ties a long name to its short one.
fn sum(short: &[u8; 11]) -> u8 {
    short.iter().fold(0, |sum: u8, byte| sum.rotate_right(1).wrapping_add(*byte))
}

/// The entries of a long name, its end first.
fn long(units: &[u16], sum: u8) -> Vec<u8> {
    let parts: Vec<&[u16]> = units.chunks(UNITS).collect();
    let mut out = Vec::new();
    for (at, part) in parts.iter().enumerate().rev() {
        let mut entry = [0; ENTRY];
        // Numbered from 1; the last one, which comes first, is marked.
        entry[0] = (at + 1) as u8 | if at + 1 == parts.len() { 0x40 } else { 0 };
        (entry[11], entry[13]) = (0x0f, sum);
        for (at, place) in PLACES.into_iter().enumerate() {
            // Behind the name a zero, then ones.
            let behind = if at == part.len() { 0 } else { 0xffff };
            let unit = part.get(at).copied().unwrap_or(behind);
            entry[place..place + 2].copy_from_slice(&unit.to_le_bytes());
        }
        out.extend(entry);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_where_it_holds_and_long_where_not() {
        let mut short = Short::default();
        let mut of = |name: &str| {
            let entries = short.entries(name).unwrap().len() / ENTRY;
            (entries, String::from_utf8(short.last().to_vec()).unwrap())
        };
        assert_eq!(of("BOOTX64.EFI"), (0, "BOOTX64 EFI".into()));
        assert_eq!(of("EFI"), (0, "EFI        ".into()));
        assert_eq!(of("Linux"), (1, "LINUX~1    ".into()));
        assert_eq!(of("stillwatch-0.1.0.efi"), (2, "STILLW~1EFI".into()));
        assert_eq!(of("stillwatch-0.1.1+3.efi"), (2, "STILLW~2EFI".into()));
        assert_eq!(of("thirteen.char"), (1, "THIRTE~1CHA".into()));
        assert_eq!(of("A.B.C"), (1, "AB~1    C  ".into()));
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        for name in ["", "a.", "a ", "a:b", "a\n", &"x".repeat(256)] {
            assert!(Short::default().entries(name).is_err(), "{name:?}");
        }
    }
}
