//! Whether a bundle may be installed here, decided from what is in front of its payload.

use bundle::{Front, Keys, Manifest, Payload, Unproved, Version, damaged, date, expiry, refused};
use model::Time;
use wire::local::Failed;

/// Oldest version that this one lets in. Raised when a version must never run again, by
/// whatever way it is asked for; a roll-back to what is on the disk is another thing.
pub const MINIMUM: Version = Version::new(0, 1, 0);

/// The machine that asks.
#[derive(Clone, Debug)]
pub struct Here<'a> {
    /// Keys of the image.
    pub keys: &'a Keys,
    /// Name of its board.
    pub board: &'a str,
    /// The version that runs.
    pub running: &'a Version,
    /// Oldest version that is let in: [`MINIMUM`].
    pub minimum: &'a Version,
    /// The time is at least this.
    pub floor: Time,
}

impl Here<'_> {
    /// The manifest, when all that is known before the payload lets it in: a signature holds and
    /// has not expired, kind and board fit, the version is newer than the one that runs.
    ///
    /// # Errors
    /// E20, and why not.
    pub fn accept(&self, front: &Front) -> Result<Manifest, Failed> {
        // First of all: until this holds, the manifest is a stranger's text.
        let statements = self.keys.statements(&front.manifest, &front.signatures).map_err(unproved)?;
        let manifest = Manifest::read(&front.manifest)?;
        self.fits(&manifest)?;
        self.holds(&statements)?;
        if front.payload != Payload::System {
            let words =
                format!("the bundle is damaged: it is of a system, and holds {}", front.payload.name());
            return Err(damaged(words));
        }
        if manifest.size != front.size {
            let words = format!(
                "the bundle is damaged: its manifest says {} bytes, there are {}",
                manifest.size, front.size
            );
            return Err(damaged(words));
        }
        Ok(manifest)
    }

    fn fits(&self, manifest: &Manifest) -> Result<(), Failed> {
        let Manifest { kind, board, version, .. } = manifest;
        match kind.as_str() {
            bundle::SYSTEM => {}
            bundle::RULES => {
                return Err(refused(
                    "this is a bundle of rules, and a sensor has none: what was heard is judged by the platform",
                    "Install it at the platform",
                ));
            }
            other => {
                let words = format!("the bundle's kind is {other:?}, which this version does not know");
                return Err(refused(words, "Update the system first"));
            }
        }
        if board != self.board {
            let remedy = format!("Take the bundle whose name ends in -{}.update", self.board);
            return Err(refused(
                format!("the bundle is for the board {board:?}, this is {:?}", self.board),
                remedy,
            ));
        }
        if version < self.minimum {
            let words = format!("version {version} is no longer let in: the oldest is {}", self.minimum);
            return Err(refused(words, "Take a newer bundle"));
        }
        if version == self.running {
            return Err(refused(
                format!("version {version} is the one that runs"),
                "Nothing needs to be done",
            ));
        }
        if version < self.running {
            let words = format!("version {version} is older than {}, which runs", self.running);
            return Err(refused(words, "To go back, choose roll back; an update only goes forward"));
        }
        Ok(())
    }

    fn holds(&self, statements: &[String]) -> Result<(), Failed> {
        let Some(expires) = expiry(statements) else {
            return Err(refused(
                "the bundle's signature does not state how long it holds",
                "Sign it with cargo xtask image sign --expires DATE",
            ));
        };
        if expires <= self.floor {
            let words = format!(
                "the bundle's signature held until {}, it is {} or later",
                date::write(expires),
                date::write(self.floor)
            );
            return Err(refused(words, "Get the newest bundle; if the date is wrong, set an NTP server"));
        }
        Ok(())
    }
}

/// Why nothing vouches for a bundle, in the words of an image.
pub fn unproved(why: Unproved) -> Failed {
    match why {
        Unproved::NoKeys => refused(
            "this image was built without update keys, so no bundle can be trusted",
            "Install an image that was built with --keys",
        ),
        Unproved::Unsigned => {
            refused("the bundle is not signed", "Get the signed bundle, or sign it: cargo xtask image sign")
        }
        Unproved::Changed => refused(
            "the bundle's signature does not fit: it was changed after it was signed",
            "Do not use this file; get the bundle from where it is published",
        ),
        Unproved::Foreign => refused(
            "the bundle is signed with a key that this image does not know",
            "Get the bundle from whoever made this image",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bundle::testing::{Signer, sign};

    const FOREVER: &str = "expires:2099-01-01T00:00:00Z";

    #[test]
    fn each_reason_in_its_words() {
        let signer = Signer::new();
        let keys = signer.keys();
        let (running, minimum) = (Version::new(1, 2, 3), Version::new(1, 1, 0));
        let floor = date::read("2026-11-27T12:00:00Z").unwrap();
        let good = Manifest::of_system("here", Version::new(1, 2, 4), b"system");
        type Change = fn(&mut Manifest);
        let cases: [(Change, &str, &str); 12] = [
            (|_| {}, FOREVER, ""),
            (
                |m| m.version = Version::parse("1.2.4~rc1").unwrap(),
                "timestamp:1\texpires:2026-11-27T12:00:01Z",
                "",
            ),
            (|_| {}, "expires:2026-11-27T12:00:00Z", "held until 2026-11-27T12:00:00Z, it is"),
            (|_| {}, "timestamp:1", "does not state how long"),
            (|_| {}, "expires:soon", "does not state how long"),
            (|m| m.board = "there".into(), FOREVER, "is for the board \"there\", this is \"here\""),
            (|m| m.version = Version::new(1, 2, 3), FOREVER, "1.2.3 is the one that runs"),
            (
                |m| m.version = Version::parse("1.2.3~rc1").unwrap(),
                FOREVER,
                "is older than 1.2.3, which runs",
            ),
            (|m| m.version = Version::new(1, 0, 9), FOREVER, "the oldest is 1.1.0"),
            (|m| m.kind = "rules".into(), FOREVER, "a bundle of rules"),
            (|m| m.kind = "new".into(), FOREVER, "does not know"),
            (|m| m.size = 7, FOREVER, "its manifest says 7 bytes, there are 6"),
        ];
        for (change, statement, words) in cases {
            let mut manifest = good.clone();
            change(&mut manifest);
            let text = manifest.to_text().into_bytes();
            let signatures = vec![sign(&signer, &text, statement)];
            let here = Here { keys: &keys, board: "here", running: &running, minimum: &minimum, floor };
            let front = Front { manifest: text, signatures, payload: Payload::System, size: 6 };
            match here.accept(&front) {
                Ok(taken) => assert!(words.is_empty() && taken == manifest, "{words}"),
                Err(failed) => {
                    assert!(!words.is_empty() && failed.words.contains(words), "{words}: {failed}");
                    assert!(!failed.remedy.is_empty() && failed.code.is_some());
                }
            }
            let unsigned = Front { signatures: Vec::new(), ..front };
            assert!(here.accept(&unsigned).unwrap_err().words.contains("not signed"));
        }
    }

    #[test]
    fn rules_are_sent_to_the_platform() {
        let signer = Signer::new();
        let (running, floor) = (Version::new(1, 2, 3), Time(0));
        let keys = signer.keys();
        let here = Here { keys: &keys, board: "here", running: &running, minimum: &MINIMUM, floor };
        let front = |bytes: &[u8]| Front::read(&mut { bytes }).unwrap();
        let rules = bundle::testing::signed_rules(&signer, FOREVER, "9.0.0", b"tables");
        let failed = here.accept(&front(&rules)).unwrap_err();
        assert!(failed.words.contains("judged by the platform"), "{failed}");
        assert_eq!(failed.remedy, "Install it at the platform");
        // Rules under the manifest of a system are neither.
        let manifest = Manifest::of_system("here", Version::new(9, 0, 0), b"tables");
        let signature = sign(&signer, manifest.to_text().as_bytes(), FOREVER);
        let mixed = bundle::testing::whole(&manifest, Payload::Rules, vec![signature], b"tables");
        let failed = here.accept(&front(&mixed)).unwrap_err();
        assert!(failed.words.contains("it is of a system, and holds rules.tar"), "{failed}");
        // No key, no word of the manifest.
        let none = Keys::default();
        let failed = Here { keys: &none, ..here }.accept(&front(&rules)).unwrap_err();
        assert!(failed.words.contains("built without update keys"), "{failed}");
    }

    #[test]
    fn this_version_lets_itself_in() {
        assert!(Version::parse(env!("CARGO_PKG_VERSION")).unwrap() >= MINIMUM);
    }
}
