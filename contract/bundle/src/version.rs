//! Versions, written so that the boot loader sorts them as we do.
//!
//! `MAJOR.MINOR.PATCH`, and `MAJOR.MINOR.PATCH~rc1` for what comes before it. Not semver's hyphen:
//! systemd-boot compares by UAPI.10, where `1.2.4-rc1` is *newer* than `1.2.4`, and would boot the
//! wrong one for ever. The tilde is older in both.

use std::fmt;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    numbers: [u32; 3],
    stage: Stage,
}

/// What comes before a version, in words that sort; then the version itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stage {
    Before(String, u32),
    Final,
}

/// Longest text of a version, in bytes.
const LONGEST: usize = 48;

impl Version {
    /// Of three numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Version {
        Version { numbers: [major, minor, patch], stage: Stage::Final }
    }

    /// Reads one: decimal numbers without leading zeros, then maybe `~`, letters a to z, a number.
    pub fn parse(text: &str) -> Option<Version> {
        if text.len() > LONGEST {
            return None;
        }
        let (numbers, stage) = match text.split_once('~') {
            Some((numbers, stage)) => {
                let letters = stage.find(|c: char| !c.is_ascii_lowercase()).filter(|at| *at > 0)?;
                let (word, count) = stage.split_at(letters);
                (numbers, Stage::Before(word.into(), number(count)?))
            }
            None => (text, Stage::Final),
        };
        let mut parts = numbers.split('.');
        let numbers = [number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?];
        parts.next().is_none().then_some(Version { numbers, stage })
    }
}

fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain)
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        match &self.stage {
            Stage::Before(word, count) => write!(f, "~{word}{count}"),
            Stage::Final => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_boot_loader_does() {
        let order = [
            "0.1.0",
            "0.1.9",
            "0.1.10",
            "0.2.0",
            "1.2.3",
            "1.2.4~beta2",
            "1.2.4~rc1",
            "1.2.4~rc2",
            "1.2.4~rc10",
            "1.2.4",
            "1.10.0",
            "10.0.0",
        ];
        let versions: Vec<Version> = order.iter().map(|text| Version::parse(text).unwrap()).collect();
        assert!(versions.is_sorted(), "{versions:?}");
        assert!(versions.iter().zip(order).all(|(version, text)| version.to_string() == text));
    }

    #[test]
    fn what_is_no_version() {
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.03",
            "1.2.+3",
            "1.2.3-rc1",
            "1.2.3~",
            "1.2.3~rc",
            "1.2.3~1",
            "1.2.3~rc01",
            "1.2.3~RC1",
            " 1.2.3",
            "1.2.3+1",
            "4294967296.0.0",
            "1.2.3~rc1~rc2",
            "1..3",
        ] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert_eq!(Version::parse(&format!("1.2.3~{}1", "a".repeat(60))), None);
    }
}
