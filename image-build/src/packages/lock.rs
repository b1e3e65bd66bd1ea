//! Which packages, to the byte: `image-build/packages.lock.toml`.

use serde::{Deserialize, Serialize};

use crate::error::{Error, wrong};

/// The lock file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Debian's suite: `trixie`.
    pub suite: String,
    /// What the image is made of.
    #[serde(rename = "package")]
    pub packages: Vec<Pin>,
}

/// A package, pinned.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// What it is here: `kernel`, `boot`.
    pub role: String,
    /// Package whose newest version the lock is moved to. One that only depends on another
    /// (`linux-image-amd64`) stands for that other one.
    pub follows: String,
    /// The package itself; a kernel's carries its ABI.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Source package with its version: where the source is found.
    pub source: String,
    /// Of the file, in hexadecimal.
    pub sha256: String,
}

/// What stands above the packages.
const HEAD: &str = "# The Debian packages that images are made of, to the byte.\n\
                    # Moved to the newest ones by: cargo xtask image --move-lock\n\n";

impl Lock {
    /// Reads the file's text.
    ///
    /// # Errors
    /// It is not TOML, or not of this shape.
    pub fn read(text: &str) -> Result<Lock, Error> {
        let lock: Lock =
            toml::from_str(text).map_err(|error| wrong("the package lock:", error.to_string()))?;
        let digits =
            |pin: &Pin| pin.sha256.len() == 64 && pin.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        match lock.packages.iter().find(|pin| !digits(pin)) {
            Some(pin) => Err(wrong("the package lock:", format!("sha256 of {} is not 64 digits", pin.name))),
            None => Ok(lock),
        }
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        HEAD.to_owned() + &toml::to_string(self).expect("strings can be written")
    }

    /// The package for a role.
    ///
    /// # Errors
    /// There is none.
    pub fn pin(&self, role: &str) -> Result<&Pin, Error> {
        let found = self.packages.iter().find(|pin| pin.role == role);
        found.ok_or_else(|| wrong("the package lock", format!("has no package with role = {role:?}")))
    }
}

impl Pin {
    /// Name of its file, as apt names it.
    pub fn file(&self) -> String {
        format!("{}_{}_amd64.deb", self.name, self.version.replace(':', "%3a"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_of_the_tree_is_whole() {
        let text = include_str!("../../packages.lock.toml");
        let lock = Lock::read(text).unwrap();
        assert_eq!(lock.to_text(), text);
        assert!(lock.pin("kernel").unwrap().name.starts_with("linux-image-"));
        assert!(lock.pin("boot").is_ok());
        let error = lock.pin("moon").unwrap_err().to_string();
        assert!(error.contains("role = \"moon\""), "{error}");
        assert!(Lock::read("suite = 1").is_err());
        let cut = text.replacen("sha256 = \"", "sha256 = \"g", 1);
        assert!(Lock::read(&cut).unwrap_err().to_string().contains("is not 64 digits"));
    }
}
