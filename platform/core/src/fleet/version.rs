//! Versions of appliances: which is newer.
//!
//! `1.2.3`, and `1.2.3~rc1` for what comes before it (as UAPI.10 sorts them).

/// A version, in the order of age.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    numbers: [u32; 3],
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Before(String, u32),
    Final,
}

/// Longest text of a version, in bytes.
const LONGEST: usize = 48;

impl Version {
    /// Reads one; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Version> {
        if text.len() > LONGEST {
            return None;
        }
        let (numbers, stage) = match text.split_once('~') {
            Some((numbers, stage)) => {
                let digits = stage.find(|c: char| !c.is_ascii_lowercase()).filter(|at| *at > 0)?;
                let (word, count) = stage.split_at(digits);
                (numbers, Stage::Before(word.into(), number(count)?))
            }
            None => (text, Stage::Final),
        };
        let mut parts = numbers.split('.').map(number);
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(Version { numbers, stage })
    }
}

fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain)
}

/// `new` is newer than `old`; false when either cannot be read.
pub(crate) fn newer(new: &str, old: &str) -> bool {
    matches!((Version::parse(new), Version::parse(old)), (Some(new), Some(old)) if new > old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_by_age_and_nonsense_is_none() {
        let sorted = ["0.9.0", "1.0.0~beta2", "1.0.0~rc1", "1.0.0~rc10", "1.0.0", "1.0.9", "1.0.10", "2.0.0"];
        for (at, one) in sorted.iter().enumerate() {
            for (other_at, other) in sorted.iter().enumerate() {
                assert_eq!(newer(one, other), at > other_at, "{one} {other}");
            }
        }
        for bad in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.3-rc1",
            "01.2.3",
            "1.2.x",
            "1.2.3~",
            "1.2.3~1",
            "1.2.99999999999",
            &"1".repeat(60),
        ] {
            assert_eq!(Version::parse(bad), None, "{bad}");
            assert!(!newer(bad, "0.0.1") && !newer("9.0.0", bad));
        }
    }
}
