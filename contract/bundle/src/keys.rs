//! Whose bundles are taken: at most two public keys of minisign. Two, so that one can follow the
//! other without a moment when neither signs.

use std::io;
use std::io::Read;

use minisign_verify::{Error, PublicKey, Signature};
use model::Time;

use crate::date;

/// End of the name of a key's file.
pub const END: &str = ".pub";

/// Most keys of a holder.
pub const MOST: usize = 2;

/// Longest file of a key that is read, in bytes.
pub const LONGEST: u64 = 1024;

/// Beginning of the word with which a signature states how long it holds.
pub const EXPIRES: &str = "expires:";

/// The keys.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<PublicKey>);

/// Why nothing vouches for a bundle. The words are those of who holds the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproved {
    /// There are no keys.
    NoKeys,
    /// It has no signature.
    Unsigned,
    /// It was changed after it was signed.
    Changed,
    /// It is signed with another key.
    Foreign,
}

impl Keys {
    /// The first [`MOST`] good ones of a folder, by name: of the names in it those that end in [`END`]
    /// are opened. The second value says what was passed over, and why.
    pub fn of<R: Read>(
        names: impl IntoIterator<Item = String>,
        open: impl Fn(&str) -> io::Result<R>,
    ) -> (Keys, Vec<String>) {
        let mut names: Vec<String> = names.into_iter().filter(|name| name.ends_with(END)).collect();
        names.sort();
        let text = |name: &str| {
            let mut text = String::new();
            let read = open(name).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text));
            read.map_or_else(|error| Err(error.to_string()), |_| Ok(text))
        };
        let (mut keys, mut passed) = (Keys::default(), Vec::new());
        for name in names {
            match text(&name).and_then(|text| Keys::one(&text)) {
                Ok(_) if keys.0.len() == MOST => {
                    passed.push(format!("{name}: passed over, there are {MOST} keys already"));
                }
                Ok(key) => keys = keys.and(key),
                Err(why) => passed.push(format!("{name}: {why}")),
            }
        }
        (keys, passed)
    }

    /// The one key of a file's text: a comment, then the key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn one(text: &str) -> Result<Keys, String> {
        if text.len() as u64 > LONGEST {
            return Err("is too long for a key".into());
        }
        let key = PublicKey::decode(text).map_err(|_| "is no public key of minisign".to_owned())?;
        Ok(Keys(vec![key]))
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Keys) -> Keys {
        self.0.extend(other.0);
        self
    }

    /// There are none: nothing can be taken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What the signers of `signed` state, one text for each signature that holds; at least one.
    ///
    /// # Errors
    /// None holds, and why.
    pub fn statements(&self, signed: &[u8], signatures: &[Vec<u8>]) -> Result<Vec<String>, Unproved> {
        if self.is_empty() {
            return Err(Unproved::NoKeys);
        }
        if signatures.is_empty() {
            return Err(Unproved::Unsigned);
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
            (true, true) => Err(Unproved::Changed),
            (true, false) => Err(Unproved::Foreign),
        }
    }
}

/// Until when statements hold: the latest that one names; `None` when none does.
pub fn expiry(statements: &[String]) -> Option<Time> {
    let stated =
        |text: &String| text.split_whitespace().find_map(|word| date::read(word.strip_prefix(EXPIRES)?));
    statements.iter().filter_map(stated).max()
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
        assert_eq!(keys.statements(b"text", std::slice::from_ref(&strange)), Err(Unproved::Foreign));
        // Beside a good one it does no harm.
        let good = sign(&new, b"text", "expires:y");
        assert_eq!(keys.statements(b"text", &[strange, good.clone()]).unwrap(), ["expires:y"]);
        for signatures in
            [vec![good.clone()], vec![b"\xff".to_vec()], vec![[good, b"more\n".to_vec()].concat()]]
        {
            assert_eq!(keys.statements(b"test", &signatures), Err(Unproved::Changed));
        }
        assert_eq!(keys.statements(b"text", &[]), Err(Unproved::Unsigned));
        assert_eq!(Keys::default().statements(b"text", &[]), Err(Unproved::NoKeys));
    }

    #[test]
    fn a_statement_that_was_changed_is_no_statement() {
        let signer = Signer::new();
        let signature = String::from_utf8(sign(&signer, b"text", "expires:2027")).unwrap();
        let later = signature.replace("expires:2027", "expires:2099");
        assert!(signer.keys().statements(b"text", &[later.into_bytes()]).is_err());
    }

    #[test]
    fn two_good_ones_are_taken_and_the_rest_is_said() {
        let good = || Signer::new().public_text().into_bytes();
        let long = " ".repeat(LONGEST as usize + 1).into_bytes();
        let files = [
            ("e.pub", good()),
            ("a.pub", good()),
            ("a.key", b"not looked at".to_vec()),
            ("b.pub", b"no key\n".to_vec()),
            ("c.pub", long),
            ("d.pub", good()),
        ];
        let names = files.iter().map(|(name, _)| (*name).to_owned()).chain(["0.pub".to_owned()]);
        let (keys, passed) = Keys::of(names, |name| {
            let found = files.iter().find(|(known, _)| *known == name);
            found.map(|(_, bytes)| &bytes[..]).ok_or_else(|| io::Error::other("cannot be opened"))
        });
        assert_eq!((keys.len(), passed.len()), (MOST, 4));
        let want = [
            "0.pub: cannot be opened",
            "b.pub: is no public key",
            "c.pub: is too long",
            "e.pub: passed over",
        ];
        for (said, words) in passed.iter().zip(want) {
            assert!(said.starts_with(words), "{said}");
        }
    }

    #[test]
    fn the_latest_statement_counts() {
        let texts = ["timestamp:1\texpires:2026-11-27T00:00:00Z", "expires:2027-01-01T00:00:00Z file:x", "x"];
        let texts = texts.map(str::to_owned);
        assert_eq!(expiry(&texts), date::read("2027-01-01T00:00:00Z"));
        assert_eq!(expiry(&texts[2..]), None);
    }
}
