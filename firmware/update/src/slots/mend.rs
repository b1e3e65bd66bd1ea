//! What a power cut left.
//!
//! A rename on FAT writes the new name and strikes out the old one. Cut in between, two names share
//! one file's clusters: **removing either frees what the other needs.** So such a file is copied
//! first, and only a copy that is whole on the disk lets the two names go. A version has one file
//! otherwise, so two of a version are such a pair, and so are a temporary file and a system of the
//! same bytes.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::{Entry, Slot, Slots, TEMPORARY};
use crate::version::Version;

impl Slots {
    /// True when [`Slots::mend`] would do something.
    pub fn is_untidy(&self) -> bool {
        let Ok(slots) = self.list() else { return false };
        let twice = |pair: &[Slot]| pair[0].entry.version == pair[1].entry.version;
        let mut sorted = slots.clone();
        sorted.sort_by(|one, two| one.entry.version.cmp(&two.entry.version));
        slots.iter().any(|slot| slot.size == 0)
            || TEMPORARY.iter().any(|name| self.0.join(name).exists())
            || sorted.windows(2).any(twice)
    }

    /// Puts in order what is left over; says what was done. Nothing is written when all is well.
    ///
    /// # Errors
    /// The disk's; what is not done yet is done by the next call.
    pub fn mend(&self) -> io::Result<Vec<String>> {
        let mut said = Vec::new();
        // A name without a file: the first half of a half.
        let empty: Vec<String> =
            self.list()?.into_iter().filter(|slot| slot.size == 0).map(|slot| slot.name).collect();
        self.remove(&empty)?;
        said.extend(empty.iter().map(|name| format!("{name} was empty and is removed")));
        let slots = self.list()?;
        for name in TEMPORARY.map(String::from) {
            let path = self.0.join(&name);
            if !path.exists() {
                continue;
            }
            match slots.iter().find(|slot| same(&path, &self.0.join(&slot.name)).unwrap_or(true)) {
                Some(twin) => {
                    let names: Vec<&Slot> =
                        slots.iter().filter(|slot| slot.entry.version == twin.entry.version).collect();
                    said.push(self.part(&names, Some(name))?);
                    // The list is another one now.
                    said.extend(self.mend()?);
                    return Ok(said);
                }
                None => {
                    self.remove(&[name])?;
                    said.push("an update that was cut short is removed".into());
                }
            }
        }
        let mut versions: Vec<&Version> = slots.iter().map(|slot| &slot.entry.version).collect();
        versions.sort();
        versions.dedup();
        for version in versions {
            let names: Vec<&Slot> = slots.iter().filter(|slot| slot.entry.version == *version).collect();
            if names.len() > 1 {
                said.push(self.part(&names, None)?);
            }
        }
        Ok(said)
    }

    /// Makes one file of the names of a version, and of a temporary one that is the same file.
    ///
    /// Once a name is removed, others may stand for clusters that are free: from then on nothing is
    /// written until they are gone too. What is seen tells whether that is so, because the names go in
    /// an order: the temporary one, the good one, then those that count, and a copy's successor is of
    /// the next generation. So a later generation beside an earlier one is the whole one; a good name
    /// beside a single generation is only its other name.
    fn part(&self, names: &[&Slot], temporary: Option<String>) -> io::Result<String> {
        let Some(first) = names.first() else { return Err(io::ErrorKind::NotFound.into()) };
        let counting = || names.iter().filter(|slot| !slot.entry.is_good());
        let last = counting().map(|slot| slot.entry.generation()).max().unwrap_or(0);
        let (late, early): (Vec<&&Slot>, Vec<&&Slot>) =
            counting().partition(|slot| slot.entry.generation() == last);
        let whole = match late.as_slice() {
            [copy] if temporary.is_none() && last > 0 && !early.is_empty() => copy.entry.clone(),
            _ => {
                let left = names.iter().map(|slot| slot.entry.tries.map_or(1, |tries| tries.left)).min();
                let started = names.iter().map(|slot| slot.entry.started()).max();
                let tries = Entry::copied(left.unwrap_or(1), started.unwrap_or(0), last + 1);
                let entry = Entry { version: first.entry.version.clone(), tries: Some(tries) };
                self.copy(&first.name, &entry)?;
                entry
            }
        };
        let good = names.iter().filter(|slot| slot.entry.is_good());
        let old: Vec<String> = temporary
            .into_iter()
            .chain(good.clone().chain(late).chain(early).map(|slot| slot.name.clone()))
            .filter(|name| *name != whole.to_string())
            .collect();
        self.remove(&old)?;
        if good.count() > 0 {
            self.rename(&whole.to_string(), &Entry::good(whole.version.clone()))?;
        }
        Ok(format!("a change of {} was cut short and is put in order", whole.version))
    }

    fn copy(&self, from: &str, to: &Entry) -> io::Result<()> {
        let (name, mut file) = self.temporary()?;
        io::copy(&mut File::open(self.0.join(from))?, &mut file)?;
        file.sync_all()?;
        self.sync()?;
        self.rename(&name, to)
    }
}

/// Both files hold the same bytes.
fn same(one: &Path, two: &Path) -> io::Result<bool> {
    if fs::metadata(one)?.len() != fs::metadata(two)?.len() {
        return Ok(false);
    }
    let (mut one, mut two) = (File::open(one)?, File::open(two)?);
    let mut buffers = [vec![0; 64 << 10], vec![0; 64 << 10]];
    loop {
        let [here, there] = &mut buffers;
        let read = one.read(here)?;
        if read == 0 {
            return Ok(true);
        }
        two.read_exact(&mut there[..read])?;
        if here[..read] != there[..read] {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    /// The copy of a copy.
    const AGAIN: &str = "stillwatch-1.2.4+1-2049.efi";

    /// A folder with these files; those with the same text are names of one file, as a rename that was
    /// cut short leaves them; but [`AGAIN`] is always a file of its own.
    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Slots, Vec<u64>) {
        let folder = tempfile::tempdir().unwrap();
        let slots = Slots::new(folder.path());
        fs::create_dir_all(&slots.0).unwrap();
        let mut shared = Vec::new();
        for (at, (name, text)) in files.iter().enumerate() {
            match files[..at].iter().find(|(_, before)| before == text && !text.is_empty() && *name != AGAIN)
            {
                Some((before, _)) => {
                    fs::hard_link(slots.0.join(before), slots.0.join(name)).unwrap();
                    shared.push(fs::metadata(slots.0.join(name)).unwrap().ino());
                }
                None => fs::write(slots.0.join(name), text).unwrap(),
            }
        }
        (folder, slots, shared)
    }

    #[test]
    fn whatever_was_cut_short_one_whole_file_a_version_is_left() {
        let (old, text) = (("stillwatch-1.2.3.efi", "old"), "the new system");
        let (tried, good, new) =
            ("stillwatch-1.2.4+2-1.efi", "stillwatch-1.2.4.efi", "stillwatch-1.2.4+3.efi");
        let (copy, given_up) = ("stillwatch-1.2.4+1-1025.efi", "stillwatch-1.2.4+0-1.efi");
        // Files beside the old one; the name of the new version that is left.
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);
        let cases: &[Case<'_>] = &[
            (&[], None),
            (&[(new, text)], Some(new)),
            // An installation: before its name, at its name, behind it.
            (&[("NEW0.TMP", "the new sys")], None),
            (&[("NEW0.TMP", text), (new, "")], None),
            (&[("NEW0.TMP", text), (new, text)], Some("stillwatch-1.2.4+3-1024.efi")),
            // A blessing.
            (&[(tried, text), (good, "")], Some(tried)),
            (&[(tried, text), (good, text)], Some(good)),
            // Mending that: while it is copied, named, when one or both are gone.
            (&[(tried, text), (good, text), ("NEW0.TMP", "the")], Some(good)),
            (&[(tried, text), (good, text), ("NEW0.TMP", "the new system")], Some(good)),
            (&[(tried, text), (good, text), (copy, text), ("NEW0.TMP", text)], Some(good)),
            (&[(tried, "freed"), (good, "freed"), (copy, text)], Some(good)),
            (&[(tried, "freed"), (copy, text)], Some(copy)),
            (&[(tried, "freed"), (new, "freed"), (copy, text)], Some(copy)),
            (&[(copy, text)], Some(copy)),
            // The copy becomes good.
            (&[(copy, text), (good, text)], Some(good)),
            (&[(copy, text), (good, text), (AGAIN, text)], Some(good)),
            (&[(copy, "freed"), (AGAIN, text)], Some(AGAIN)),
            // The loader counts a copy.
            (&[(copy, text), ("stillwatch-1.2.4+0-1026.efi", text)], Some("stillwatch-1.2.4+0-2050.efi")),
            // Giving up.
            (&[(tried, text), (given_up, text)], Some("stillwatch-1.2.4+0-1025.efi")),
        ];
        for (files, wanted) in cases {
            let all: Vec<_> = [old].iter().chain(*files).copied().collect();
            let (_keep, slots, shared) = folder(&all);
            let untidy = slots.is_untidy();
            let said = slots.mend().unwrap();
            assert_eq!(untidy, !said.is_empty(), "{files:?}: {said:?}");
            let mut names: Vec<_> =
                fs::read_dir(&slots.0).unwrap().map(|item| item.unwrap().file_name()).collect();
            names.sort();
            let mut left = vec![old.0];
            left.extend(*wanted);
            left.sort();
            assert_eq!(names, left, "{files:?}");
            if let Some(name) = wanted {
                let path = slots.0.join(name);
                assert_eq!(fs::read_to_string(&path).unwrap(), text, "{files:?}");
                assert!(!shared.contains(&fs::metadata(&path).unwrap().ino()), "{files:?}: not a copy");
            }
            assert_eq!(slots.mend().unwrap(), [""; 0], "{files:?}");
        }
    }
}
