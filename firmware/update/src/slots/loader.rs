//! What the boot loader left in EFI variables: the file that it started.
//!
//! A file of efivarfs is four bytes of attributes, then the value: UTF-16LE with a zero at its end
//! (systemd's Boot Loader Interface). The variables do not survive a restart, so they are of this one.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::entry::Entry;

/// Vendor of the loader's variables.
const VENDOR: &str = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

/// Longest value that is read, in bytes.
const LONGEST: u64 = 1024;

/// The system that was started, as it was called then; `None`: not started by the loader, or not
/// one of ours.
pub fn started(efivars: &Path) -> Option<Entry> {
    // With a counter: the path after the loader counted. Without: the entry's id, a file's name,
    // which older loaders give with the counter as it was before.
    ["LoaderBootCountPath", "LoaderEntrySelected"].iter().find_map(|name| {
        let path = variable(efivars, name)?;
        Entry::parse(&path.rsplit('\\').next().unwrap_or_default().to_ascii_lowercase())
    })
}

/// A variable's text.
fn variable(efivars: &Path, name: &str) -> Option<String> {
    let file = File::open(efivars.join(format!("{name}-{VENDOR}"))).ok()?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    let units = bytes.get(4..)?.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let text: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16(&text).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Writes a variable as efivarfs shows it.
    pub fn write(efivars: &Path, name: &str, value: &str) {
        let mut bytes = vec![6, 0, 0, 0];
        bytes.extend(value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        std::fs::write(efivars.join(format!("{name}-{VENDOR}")), bytes).unwrap();
    }

    #[test]
    fn the_counted_path_goes_before_the_id() {
        let folder = tempfile::tempdir().unwrap();
        let seen = || started(folder.path()).map(|entry| entry.to_string());
        assert_eq!(seen(), None);
        write(folder.path(), "LoaderEntrySelected", "stillwatch-1.2.4+3.efi");
        assert_eq!(seen().unwrap(), "stillwatch-1.2.4+3.efi");
        write(folder.path(), "LoaderBootCountPath", "\\EFI\\Linux\\Stillwatch-1.2.4+2-1.EFI");
        assert_eq!(seen().unwrap(), "stillwatch-1.2.4+2-1.efi");
    }

    #[test]
    fn broken_variables_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("LoaderEntrySelected-{VENDOR}"));
        for bytes in [&b""[..], b"\x06\0\0", b"\x06\0\0\0", b"\x06\0\0\0\x00\xd8", b"\x06\0\0\0s\0t"] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(started(folder.path()), None);
        }
        write(folder.path(), "LoaderEntrySelected", "auto-windows");
        assert_eq!(started(folder.path()), None);
    }
}
