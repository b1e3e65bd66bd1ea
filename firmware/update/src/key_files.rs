//! The public keys of an image: files of a folder.

use std::fs;
use std::path::Path;

use bundle::Keys;

/// Reads `*.pub` of a folder, by name; a folder that is not there holds none. The second value
/// says what was passed over.
pub fn read_keys(folder: &Path) -> (Keys, Vec<String>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    Keys::of(names, |name| fs::File::open(folder.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bundle::testing::Signer;

    #[test]
    fn a_folder_of_keys() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none");
        assert!(read_keys(&missing).0.is_empty());
        for name in ["a.pub", "b.pub", "c.pub"] {
            fs::write(folder.path().join(name), Signer::new().public_text()).unwrap();
        }
        fs::write(folder.path().join("b.pub"), "no key\n").unwrap();
        fs::write(folder.path().join("d.txt"), "not looked at").unwrap();
        fs::write(folder.path().join("d.pub"), Signer::new().public_text()).unwrap();
        let (keys, passed) = read_keys(folder.path());
        assert_eq!(keys.len(), bundle::MOST_KEYS);
        assert!(passed.len() == 2 && passed[0].contains("no public key"), "{passed:?}");
        assert!(passed[1].contains("there are 2 keys already"), "{passed:?}");
    }
}
