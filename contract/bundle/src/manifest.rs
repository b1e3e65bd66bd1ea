//! What a bundle says of itself. Its bytes are what is signed.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wire::local::Failed;

use crate::hex::{hex, unhex};
use crate::refusal::damaged;
use crate::version::Version;

/// Kind of a bundle that replaces the system of one board.
pub const SYSTEM: &str = "system";

/// Kind of a bundle that holds rules for a platform; it is for no board.
pub const RULES: &str = "rules";

/// Longest name of a board, in bytes.
const LONGEST_BOARD: usize = 64;

/// A manifest that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What is in the bundle: [`SYSTEM`] or [`RULES`]; others may come.
    pub kind: String,
    /// Name of the board that a system is for, never empty; empty for other kinds.
    pub board: String,
    /// Its version.
    pub version: Version,
    /// Bytes of the payload.
    pub size: u64,
    /// SHA-256 of the payload.
    pub sha256: [u8; 32],
}

/// The file. Keys that are not known are passed over: who signed it may know more than we do.
#[derive(Serialize, Deserialize)]
struct Text {
    kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    board: String,
    version: String,
    size: u64,
    sha256: String,
}

impl Manifest {
    /// Of a system for a board.
    pub fn of_system(board: &str, version: Version, payload: &[u8]) -> Manifest {
        Manifest { board: board.into(), ..Manifest::of(SYSTEM, version, payload) }
    }

    /// Of rules.
    pub fn of_rules(version: Version, payload: &[u8]) -> Manifest {
        Manifest::of(RULES, version, payload)
    }

    fn of(kind: &str, version: Version, payload: &[u8]) -> Manifest {
        let sha256 = Sha256::digest(payload).into();
        let size = payload.len() as u64;
        Manifest { kind: kind.into(), board: String::new(), version, size, sha256 }
    }

    /// As it is written: five lines of TOML, four without a board.
    pub fn to_text(&self) -> String {
        let Manifest { kind, board, version, size, sha256 } = self;
        let sha256 = hex(sha256);
        let text = Text {
            kind: kind.clone(),
            board: board.clone(),
            version: version.to_string(),
            size: *size,
            sha256,
        };
        toml::to_string(&text).unwrap_or_default()
    }

    /// Reads it.
    ///
    /// # Errors
    /// E20: it is none.
    pub fn read(bytes: &[u8]) -> Result<Manifest, Failed> {
        let wrong = |what: &str| damaged(format!("the bundle's manifest cannot be read: {what}"));
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is no text"))?;
        let text: Text = toml::from_str(text).map_err(|error| wrong(error.message()))?;
        let version = Version::parse(&text.version)
            .ok_or_else(|| wrong(&format!("{:?} is no version", text.version)))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let named = (1..=LONGEST_BOARD).contains(&text.board.len()) && text.board.bytes().all(plain);
        if !named && (text.kind == SYSTEM || !text.board.is_empty()) {
            return Err(wrong(&format!("{:?} is no name of a board", text.board)));
        }
        let sha256 = unhex(&text.sha256).ok_or_else(|| wrong("its SHA-256 is none"))?;
        Ok(Manifest { kind: text.kind, board: text.board, version, size: text.size, sha256 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_lines_and_back() {
        let manifest = Manifest::of_system("virtual-kvm", Version::new(1, 2, 3), b"abc");
        let text = manifest.to_text();
        assert_eq!(
            text,
            "kind = \"system\"\nboard = \"virtual-kvm\"\nversion = \"1.2.3\"\nsize = 3\n\
             sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"\n"
        );
        assert_eq!(Manifest::read(text.as_bytes()).unwrap(), manifest);
        assert_eq!(Manifest::read((text + "later = 1\n").as_bytes()).unwrap(), manifest);
    }

    #[test]
    fn rules_are_for_no_board() {
        let manifest = Manifest::of_rules(Version::new(2026, 11, 1), b"abc");
        let text = manifest.to_text();
        assert!(text.starts_with("kind = \"rules\"\nversion = \"2026.11.1\"\nsize = 3\n"), "{text}");
        assert_eq!(Manifest::read(text.as_bytes()).unwrap(), manifest);
    }

    #[test]
    fn what_is_none_says_why() {
        let good = Manifest::of_system("b", Version::new(1, 2, 3), b"").to_text();
        for (was, is, words) in [
            ("1.2.3", "1.2.3-rc1", "is no version"),
            ("size = 0", "size = -1", "size"),
            ("e3b0", "e3", "SHA-256"),
            ("e3b0", "é3b", "SHA-256"),
            ("board", "bored", "\"\" is no name of a board"),
            ("\"b\"", "\"../b\"", "\"../b\" is no name of a board"),
        ] {
            let failed = Manifest::read(good.replace(was, is).as_bytes()).unwrap_err();
            assert!(failed.words.contains(words) || words == "size", "{failed}");
        }
        assert!(Manifest::read(b"\xff").unwrap_err().words.contains("no text"));
    }
}
