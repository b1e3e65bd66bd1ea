//! Whose bundles are installed: at most two public keys of minisign, built into the image. Two, so
//! that one can follow the other without a moment when neither signs.

use std::fs;
use std::path::Path;

use minisign_verify::{Error, PublicKey, Signature};
use wire::local::Failed;

use crate::refusal::refused;

/// Most keys of an image.
pub const MOST: usize = 2;

/// Longest file of a key that is read, in bytes.
const LONGEST: u64 = 1024;

/// The keys.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<PublicKey>);

impl Keys {
    /// Reads `*.pub` of a folder, by name; a folder that is not there holds none. The second value
    /// says what was passed over.
    pub fn read(folder: &Path) -> (Keys, Vec<String>) {
        let mut passed = Vec::new();
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "pub"));
        paths.sort();
        let mut keys = Vec::new();
        for path in paths {
            match Keys::key(&path) {
                Ok(_) if keys.len() == MOST => {
                    passed.push(format!("{}: passed over, there are {MOST} keys already", path.display()));
                }
                Ok(key) => keys.push(key),
                Err(why) => passed.push(format!("{}: {why}", path.display())),
            }
        }
        (Keys(keys), passed)
    }

    fn key(path: &Path) -> Result<PublicKey, String> {
        let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
        if size > LONGEST {
            return Err("is too long for a key".into());
        }
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        Keys::one(&text).map(|mut keys| keys.0.remove(0))
    }

    /// The one key of a file's text: a comment, then the key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn one(text: &str) -> Result<Keys, String> {
        let key = PublicKey::decode(text).map_err(|_| "is no public key of minisign".to_owned())?;
        Ok(Keys(vec![key]))
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Keys) -> Keys {
        self.0.extend(other.0);
        self
    }

    /// There are none: nothing can be installed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the signers of `signed` state, one text for each signature that holds; at least one.
    ///
    /// # Errors
    /// E20: none holds, and why.
    pub fn statements(&self, signed: &[u8], signatures: &[Vec<u8>]) -> Result<Vec<String>, Failed> {
        if self.is_empty() {
            return Err(refused(
                "this image was built without update keys, so no bundle can be trusted",
                "Install an image that was built with --keys",
            ));
        }
        if signatures.is_empty() {
            let remedy = "Get the signed bundle, or sign it: cargo xtask image sign";
            return Err(refused("the bundle is not signed", remedy));
        }
        let (mut statements, mut broken) = (Vec::new(), false);
        for text in signatures {
            let Some(signature) = decode(text) else {
                broken = true;
                continue;
            };
            for key in &self.0 {
                match key.verify(signed, &signature, false) {
                    Ok(()) => statements.push(signature.trusted_comment().to_owned()),
                    Err(Error::UnexpectedKeyId) => {}
                    Err(_) => broken = true,
                }
            }
        }
        match (statements.is_empty(), broken) {
            (false, _) => Ok(statements),
            (true, true) => Err(refused(
                "the bundle's signature does not fit: it was changed after it was signed",
                "Do not use this file; get the bundle from where it is published",
            )),
            (true, false) => Err(refused(
                "the bundle is signed with a key that this image does not know",
                "Get the bundle from whoever made this image",
            )),
        }
    }
}

/// A signature in minisign's form: four lines, nothing behind them.
fn decode(text: &[u8]) -> Option<Signature> {
    let text = std::str::from_utf8(text).ok()?;
    (text.lines().count() == 4).then(|| Signature::decode(text).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Signer, sign};

    #[test]
    fn one_of_two_keys_is_enough_and_a_foreign_one_is_not() {
        let [old, new, foreign] = [Signer::new(), Signer::new(), Signer::new()];
        let keys = old.keys().and(new.keys());
        for signer in [&old, &new] {
            let signature = sign(signer, b"text", "expires:x");
            assert_eq!(keys.statements(b"text", &[signature]).unwrap(), ["expires:x"]);
        }
        let strange = sign(&foreign, b"text", "expires:x");
        let failed = keys.statements(b"text", std::slice::from_ref(&strange)).unwrap_err();
        assert!(failed.words.contains("a key that this image does not know"), "{failed}");
        // Beside a good one it does no harm.
        let good = sign(&new, b"text", "expires:y");
        assert_eq!(keys.statements(b"text", &[strange, good.clone()]).unwrap(), ["expires:y"]);
        for signatures in
            [vec![good.clone()], vec![b"\xff".to_vec()], vec![[good, b"more\n".to_vec()].concat()]]
        {
            let failed = keys.statements(b"test", &signatures).unwrap_err();
            assert!(failed.words.contains("does not fit"), "{failed}");
        }
        assert!(keys.statements(b"text", &[]).unwrap_err().words.contains("is not signed"));
        let failed = Keys::default().statements(b"text", &[]).unwrap_err();
        assert!(failed.words.contains("built without update keys"), "{failed}");
    }

    #[test]
    fn a_statement_that_was_changed_is_no_statement() {
        let signer = Signer::new();
        let signature = String::from_utf8(sign(&signer, b"text", "expires:2027")).unwrap();
        let later = signature.replace("expires:2027", "expires:2099");
        assert!(signer.keys().statements(b"text", &[later.into_bytes()]).is_err());
    }

    #[test]
    fn a_folder_of_keys() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none");
        assert!(Keys::read(&missing).0.is_empty());
        for name in ["a.pub", "b.pub", "c.pub"] {
            fs::write(folder.path().join(name), Signer::new().public_text()).unwrap();
        }
        fs::write(folder.path().join("b.pub"), "no key\n").unwrap();
        fs::write(folder.path().join("d.txt"), "not looked at").unwrap();
        fs::write(folder.path().join("d.pub"), Signer::new().public_text()).unwrap();
        let (keys, passed) = Keys::read(folder.path());
        assert_eq!(keys.0.len(), MOST);
        assert!(passed.len() == 2 && passed[0].contains("no public key"), "{passed:?}");
        assert!(passed[1].contains("there are 2 keys already"), "{passed:?}");
    }
}
