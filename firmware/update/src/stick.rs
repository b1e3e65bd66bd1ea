//! Bundles by their files' names: what a USB stick has for this machine.
//!
//! A name only chooses; what is installed is proved by what is inside.

use std::fs;
use std::path::{Path, PathBuf};

use bundle::{Version, refused};
use wire::local::Failed;

/// End of a bundle's name.
pub const END: &str = ".update";

/// Most files of a folder that are looked at.
const MOST: usize = 4096;

/// The name of a bundle: `stillwatch-VERSION-BOARD.update`.
pub fn name(version: &Version, board: &str) -> String {
    format!("stillwatch-{version}-{board}{END}")
}

/// Version and board of a bundle with that name. A version holds no hyphen, a board's name may.
pub fn parse(name: &str) -> Option<(Version, &str)> {
    let (version, board) = name.strip_prefix("stillwatch-")?.strip_suffix(END)?.split_once('-')?;
    Some((Version::parse(version)?, board)).filter(|_| !board.is_empty())
}

/// The newest bundle for `board` in a stick's root folder.
///
/// # Errors
/// There is none, and what is there instead.
pub fn newest(folder: &Path, board: &str) -> Result<PathBuf, Failed> {
    let remedy = format!("Copy stillwatch-VERSION-{board}{END} into the stick's first folder");
    let items = fs::read_dir(folder)
        .map_err(|error| refused(format!("the stick cannot be read: {error}"), "Try another stick"))?;
    let names = items.flatten().take(MOST).map(|item| item.file_name().to_string_lossy().into_owned());
    let (mut best, mut others) = (None, Vec::new());
    for name in names {
        match parse(&name) {
            Some((version, for_board)) if for_board == board => best = best.max(Some((version, name))),
            Some(_) => others.push(name),
            None => {}
        }
    }
    if let Some((_, name)) = best {
        return Ok(folder.join(name));
    }
    others.sort();
    others.truncate(4);
    Err(match others.is_empty() {
        true => refused("there is no update bundle on the stick", remedy),
        false => {
            refused(format!("the stick has bundles for other boards alone: {}", others.join(", ")), remedy)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_for_this_board() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| fs::write(folder.path().join(name), "").unwrap();
        let find = || newest(folder.path(), "appliance-1g");
        put("notes.txt");
        assert!(find().unwrap_err().words.contains("no update bundle"));
        put("stillwatch-9.0.0-appliance-1g-lcd.update");
        let failed = find().unwrap_err();
        assert!(failed.words.ends_with("alone: stillwatch-9.0.0-appliance-1g-lcd.update"), "{failed}");
        for version in ["1.9.0", "1.10.0~rc2", "1.10.0", "1.2.0"] {
            put(&name(&Version::parse(version).unwrap(), "appliance-1g"));
        }
        put("stillwatch-2.0.0-appliance-1g.update.part");
        assert!(find().unwrap().ends_with("stillwatch-1.10.0-appliance-1g.update"));
        let missing = newest(&folder.path().join("none"), "b").unwrap_err();
        assert!(missing.words.contains("cannot be read"), "{missing}");
        assert_eq!(parse("stillwatch-1.2.3-.update"), None);
        assert_eq!(
            parse("stillwatch-1.2.3~rc1-a-b.update"),
            Some((Version::parse("1.2.3~rc1").unwrap(), "a-b"))
        );
    }
}
