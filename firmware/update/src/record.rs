//! The update record: one small file on the state partition, replaced whole.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use model::Time;
use serde::{Deserialize, Serialize};

use bundle::Version;
use bundle::date;

/// Its name.
const NAME: &str = "record.toml";

/// Longest one that is read, in bytes.
const LONGEST: u64 = 8192;

/// Longest words that are kept, in bytes.
const WORDS: usize = 2048;

/// Who brought a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The platform offered it.
    Platform,
    /// It was on a USB stick.
    Usb,
    /// Somebody asked for it at the console.
    Console,
}

impl Origin {
    /// In words: who.
    pub fn words(self) -> &'static str {
        match self {
            Origin::Platform => "the platform",
            Origin::Usb => "a USB stick",
            Origin::Console => "the console",
        }
    }
}

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Its bytes are proved; its name comes next.
    Installing,
    /// It is there, and is to be started.
    Installed,
    /// It proved itself.
    Good,
    /// It was given up.
    RolledBack,
}

/// The last update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its version.
    pub version: Version,
    /// What ran when it was installed.
    pub before: Version,
    /// Who brought it.
    pub origin: Origin,
    /// When: at the earliest.
    pub at: Time,
    /// How far it came.
    pub stage: Stage,
    /// Why it was given up; empty otherwise.
    pub words: String,
}

/// The file.
#[derive(Serialize, Deserialize)]
struct Text {
    version: String,
    before: String,
    origin: Origin,
    at: String,
    stage: Stage,
    #[serde(default)]
    words: String,
}

impl Record {
    /// Reads it from its folder; `None` when there is none, or none that can be read: the slots tell
    /// nearly as much.
    pub fn read(folder: &Path) -> Option<Record> {
        let mut text = String::new();
        File::open(folder.join(NAME)).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
        Record::parse(&text)
    }

    fn parse(text: &str) -> Option<Record> {
        let Text { version, before, origin, at, stage, words } = toml::from_str(text).ok()?;
        let (version, before) = (Version::parse(&version)?, Version::parse(&before)?);
        Some(Record { version, before, origin, at: date::read(&at)?, stage, words })
    }

    fn to_text(&self) -> String {
        let Record { version, before, origin, at, stage, words } = self;
        let (version, before) = (version.to_string(), before.to_string());
        let end = words.floor_char_boundary(WORDS);
        let words = words[..end].to_owned();
        let text = Text { version, before, origin: *origin, at: date::write(*at), stage: *stage, words };
        toml::to_string(&text).unwrap_or_default()
    }

    /// Puts it in place of the one before: after a power cut there is the one or the other.
    ///
    /// # Errors
    /// The disk's; the one before stays.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let new = folder.join(format!("{NAME}.new"));
        let mut file = File::create(&new)?;
        file.write_all(self.to_text().as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, folder.join(NAME))?;
        File::open(folder)?.sync_all()
    }

    /// Takes it away.
    ///
    /// # Errors
    /// The disk's.
    pub fn remove(folder: &Path) -> io::Result<()> {
        match fs::remove_file(folder.join(NAME)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn written_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("update");
        assert_eq!(Record::read(&place), None);
        let record = Record {
            version: Version::new(1, 2, 4),
            before: Version::new(1, 2, 3),
            origin: Origin::Usb,
            at: Time::new(1_790_000_000, 0),
            stage: Stage::RolledBack,
            words: "a \"reason\"\nin two lines".into(),
        };
        record.write(&place).unwrap();
        assert_eq!(Record::read(&place), Some(record.clone()));
        let long = Record { words: "ä".repeat(5_000), ..record };
        long.write(&place).unwrap();
        assert_eq!(Record::read(&place).unwrap().words, "ä".repeat(WORDS / 2));
        Record::remove(&place).unwrap();
        Record::remove(&place).unwrap();
        assert_eq!(Record::read(&place), None);
    }

    proptest! {
        #[test]
        fn what_is_damaged_is_none_or_another(at in 0_usize..200, byte in any::<u8>()) {
            let text = b"version = \"1.2.4\"\nbefore = \"1.2.3\"\norigin = \"usb\"\nat = \"2026-11-27T00:00:00Z\"\n\
                stage = \"good\"\n";
            let mut bytes = text.to_vec();
            let at = at.min(bytes.len() - 1);
            bytes[at] = byte;
            let _ = std::str::from_utf8(&bytes).map(Record::parse);
        }
    }
}
