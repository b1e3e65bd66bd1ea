//! Names of systems on the boot partition, as systemd-boot reads them.
//!
//! `stillwatch-VERSION.efi` is good. `stillwatch-VERSION+LEFT-DONE.efi` is on trial: the loader may
//! start it LEFT times more and has done so DONE times (`-DONE` may be absent). With none left it
//! is bad: the loader takes it only when there is nothing else. Before it starts one that counts,
//! the loader renames it: `+3`, `+2-1`, `+1-2`, `+0-3`. (UAPI.1, "Boot counting"; systemd 257.)

use std::cmp::Ordering;
use std::fmt;

use bundle::Version;

/// Beginning of every name of ours; others are left alone.
const STEM: &str = "stillwatch-";

/// End of every name.
const END: &str = ".efi";

/// How often the loader may start a new version before it gives it up.
pub const TRIES: u32 = 3;

/// DONE of a file that [`super::mend`] copied is how often it was started, and this times the number
/// of copies of copies.
const COPY: u32 = 1024;

/// Counters above this are none for the loader (`INT_MAX`).
const MOST: u32 = i32::MAX as u32;

/// The loader's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// So often it may be started still.
    pub left: u32,
    /// So often it was.
    pub done: u32,
}

/// A system, known by its file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its version.
    pub version: Version,
    /// Its counters; none: it is good.
    pub tries: Option<Tries>,
}

impl Entry {
    /// A good one.
    pub fn good(version: Version) -> Entry {
        Entry { version, tries: None }
    }

    /// A new one.
    pub fn new(version: Version) -> Entry {
        Entry { version, tries: Some(Tries { left: TRIES, done: 0 }) }
    }

    /// Reads a file's name. The EFI variables hold it in lower case, as ours are anyway.
    pub fn parse(name: &str) -> Option<Entry> {
        let stem = name.strip_prefix(STEM)?.strip_suffix(END)?;
        let (version, tries) = match stem.split_once('+') {
            None => (stem, None),
            Some((version, counters)) => {
                let (left, done) = counters.split_once('-').unwrap_or((counters, "0"));
                (version, Some(Tries { left: count(left)?, done: count(done)? }))
            }
        };
        Some(Entry { version: Version::parse(version)?, tries })
    }

    /// It was blessed, or came with the image.
    pub fn is_good(&self) -> bool {
        self.tries.is_none()
    }

    /// The loader gave it up, or was told to.
    pub fn is_bad(&self) -> bool {
        self.tries.is_some_and(|tries| tries.left == 0)
    }

    /// How often it was started without being blessed.
    pub fn started(&self) -> u32 {
        self.tries.map_or(0, |tries| tries.done % COPY)
    }

    /// Zero; for a copy that [`super::mend`] made, one more than what it was copied from.
    pub fn generation(&self) -> u32 {
        self.tries.map_or(0, |tries| tries.done / COPY)
    }

    /// Counters of a copy.
    pub fn copied(left: u32, started: u32, generation: u32) -> Tries {
        Tries { left, done: generation.saturating_mul(COPY).saturating_add(started % COPY).min(MOST) }
    }

    /// The same, bad.
    #[must_use]
    pub fn given_up(&self) -> Entry {
        let done = self.tries.map_or(0, |tries| tries.done);
        Entry { version: self.version.clone(), tries: Some(Tries { left: 0, done }) }
    }

    /// The loader's order, first the one it starts: bad ones last, then the newest. All of ours
    /// have one `ID` in `.osrel`, so nothing comes between.
    pub fn order(&self, other: &Entry) -> Ordering {
        let left = |entry: &Entry| entry.tries.map(|tries| tries.left);
        (self.is_bad().cmp(&other.is_bad()))
            .then_with(|| other.version.cmp(&self.version))
            .then_with(|| left(other).cmp(&left(self)))
            .then_with(|| self.started().cmp(&other.started()))
    }
}

fn count(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && *number <= MOST)
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{STEM}{}", self.version)?;
        match self.tries {
            Some(Tries { left, done: 0 }) => write!(f, "+{left}")?,
            Some(Tries { left, done }) => write!(f, "+{left}-{done}")?,
            None => {}
        }
        f.write_str(END)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(name: &str) -> Entry {
        Entry::parse(name).unwrap()
    }

    #[test]
    fn names_as_the_loader_reads_them() {
        let tries = |left, done| Some(Tries { left, done });
        for (name, wanted) in [
            ("stillwatch-1.2.4.efi", None),
            ("stillwatch-1.2.4+3.efi", tries(3, 0)),
            ("stillwatch-1.2.4+2-1.efi", tries(2, 1)),
            ("stillwatch-1.2.4+0-3.efi", tries(0, 3)),
            ("stillwatch-1.2.4+0.efi", tries(0, 0)),
            ("stillwatch-1.2.4+03-01.efi", tries(3, 1)),
        ] {
            assert_eq!(entry(name), Entry { version: Version::new(1, 2, 4), tries: wanted });
        }
        for name in [
            "",
            "stillwatch-.efi",
            "stillwatch-1.2.4",
            "stillwatch-1.2.4.efi.new",
            "windows-1.2.4.efi",
            "stillwatch-1.2.4+.efi",
            "stillwatch-1.2.4+a.efi",
            "stillwatch-1.2.4+3-.efi",
            "stillwatch-1.2.4+3-1-1.efi",
            "stillwatch-1.2.4++3.efi",
            "stillwatch-1.2.4+3+2.efi",
            "stillwatch-1.2.4+2147483648.efi",
            "stillwatch-1.2.4+3.EFI",
            "stillwatch-1.2+3.efi",
        ] {
            assert_eq!(Entry::parse(name), None, "{name}");
        }
    }

    #[test]
    fn the_first_one_is_what_the_loader_starts() {
        let order = [
            "stillwatch-1.10.0+1-2.efi",
            "stillwatch-1.2.4.efi",
            "stillwatch-1.2.4~rc1+3.efi",
            "stillwatch-1.2.3.efi",
            "stillwatch-2.0.0+0.efi",
            "stillwatch-1.2.5+0-3.efi",
        ]
        .map(entry);
        assert!(order.is_sorted_by(|one, two| one.order(two) == Ordering::Less));
    }

    proptest! {
        #[test]
        fn printed_and_read_again(
            numbers in any::<[u32; 3]>(), rc in prop::option::of(any::<u32>()),
            tries in prop::option::of((0..=MOST, 0..=MOST)),
        ) {
            let rc = rc.map_or(String::new(), |rc| format!("~rc{rc}"));
            let [major, minor, patch] = numbers;
            let version = Version::parse(&format!("{major}.{minor}.{patch}{rc}")).unwrap();
            let entry = Entry { version, tries: tries.map(|(left, done)| Tries { left, done }) };
            prop_assert_eq!(Entry::parse(&entry.to_string()), Some(entry));
        }

        #[test]
        fn no_name_panics(name in ".{0,40}") {
            let _ = Entry::parse(&name);
            let _ = Entry::parse(&format!("stillwatch-{name}.efi"));
        }
    }
}
