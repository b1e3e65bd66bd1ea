//! What a power cut left.
//!
//! A rename on FAT writes the new name and strikes out the old one. Cut in between, two names share
//! one file's clusters: **removing either frees what the other needs**, and what is written next may
//! take it. A version has one file otherwise, so two of a version are such a pair, and so are a
//! temporary file and a system of the same bytes.
//!
//! Such a file is copied first. When the copy has its name, an empty file, [`MARK`], says so: without
//! it nothing was removed, and every name stands for the whole file; with it the copy – the latest
//! generation – is the whole one, all others go, and nothing is written before they are gone. The
//! copy may be tried more often than they, so the loader takes it rather than what is half removed.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::{Entry, Slot, Slots, TEMPORARY, disk};
use bundle::Version;

/// The copy is whole, and its other names may go.
const MARK: &str = "MEND.TMP";

impl Slots {
    /// True when [`Slots::mend`] would do something.
    pub fn is_untidy(&self) -> bool {
        let Ok(slots) = self.list() else { return false };
        slots.iter().any(|slot| slot.size == 0)
            || !self.temporaries().is_empty()
            || self.0.join(MARK).exists()
            || !twins(&slots).is_empty()
    }

    /// Puts in order what is left over; says what was done. Nothing is written when all is well.
    ///
    /// # Errors
    /// The disk's; what is not done yet is done by the next call.
    pub fn mend(&self) -> io::Result<Vec<String>> {
        let mut said = Vec::new();
        if self.0.join(MARK).exists() {
            self.finish()?;
            said.push("a system with two names has one again".into());
        }
        // A name without a file: a rename that had only begun.
        let empty = self.list()?.into_iter().filter(|slot| slot.size == 0).map(|slot| slot.name);
        let empty: Vec<String> = empty.collect();
        self.remove(&empty)?;
        said.extend(empty.iter().map(|name| format!("{name} was empty and is removed")));
        let slots = self.list()?;
        let mut version = twins(&slots).first().cloned();
        for name in self.temporaries() {
            let path = self.0.join(&name);
            match slots.iter().find(|slot| stands_for(&path, &self.0.join(&slot.name))) {
                Some(twin) => version = Some(twin.entry.version.clone()),
                None => {
                    self.remove(&[name])?;
                    said.push("an update that was cut short is removed".into());
                }
            }
        }
        if let Some(version) = version {
            let names: Vec<&Slot> = slots.iter().filter(|slot| slot.entry.version == version).collect();
            self.part(&names)?;
            said.push(format!("a change of {version} was cut short and is put in order"));
        }
        Ok(said)
    }

    /// Makes one file of the names of a version.
    fn part(&self, names: &[&Slot]) -> io::Result<()> {
        let Some(first) = names.first() else { return Ok(()) };
        let most = |what: fn(&Entry) -> u32| names.iter().map(|slot| what(&slot.entry)).max().unwrap_or(0);
        let left = most(|entry| entry.tries.map_or(1, |tries| tries.left)) + 1;
        let tries = Entry::copied(left, most(Entry::started), most(Entry::generation) + 1);
        let copy = Entry { version: first.entry.version.clone(), tries: Some(tries) };
        let (name, mut file) = self.temporary()?;
        io::copy(&mut File::open(self.0.join(&first.name))?, &mut file)?;
        disk::sync(&file)?;
        self.sync()?;
        self.rename(&name, &copy)?;
        disk::create(&self.0.join(MARK))?;
        self.sync()?;
        self.finish()?;
        if names.iter().any(|slot| slot.entry.is_good()) {
            self.rename(&copy.to_string(), &Entry::good(copy.version.clone()))?;
        }
        Ok(())
    }

    /// Removes all but the copy, and then the mark.
    fn finish(&self) -> io::Result<()> {
        let slots = self.list()?;
        for version in twins(&slots) {
            let mut names: Vec<&Slot> = slots.iter().filter(|slot| slot.entry.version == version).collect();
            names.sort_by_key(|slot| slot.entry.generation());
            names.pop();
            self.remove(&names.iter().map(|slot| slot.name.clone()).collect::<Vec<_>>())?;
        }
        self.remove(&self.temporaries())?;
        self.remove(&[MARK.into()])
    }

    /// Temporary files that are there.
    fn temporaries(&self) -> Vec<String> {
        let there = TEMPORARY.into_iter().filter(|name| self.0.join(name).exists());
        there.map(String::from).collect()
    }
}

/// Versions with more than one name.
fn twins(slots: &[Slot]) -> Vec<Version> {
    let mut versions: Vec<&Version> = slots.iter().map(|slot| &slot.entry.version).collect();
    versions.sort();
    let pairs = versions.windows(2).filter(|pair| pair[0] == pair[1]);
    let mut out: Vec<Version> = pairs.map(|pair| pair[0].clone()).collect();
    out.dedup();
    out
}

/// Whether a temporary file may share a system's clusters.
///
/// One that cannot be read to its end, beside a system that can, shares none: its chain ends in clusters that are free.
/// It must go before anything is written – a copy would take those clusters, and be removed with it.
fn stands_for(temporary: &Path, system: &Path) -> bool {
    same(temporary, system).unwrap_or_else(|_| {
        let read = File::open(system).and_then(|mut file| io::copy(&mut file, &mut io::sink()));
        read.is_err()
    })
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

    /// A folder with these files; those with the same text are names of one file, as a rename that was
    /// cut short leaves them.
    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Slots, Vec<u64>) {
        let folder = tempfile::tempdir().unwrap();
        let slots = Slots::new(folder.path());
        fs::create_dir_all(&slots.0).unwrap();
        let mut shared = Vec::new();
        for (at, (name, text)) in files.iter().enumerate() {
            match files[..at].iter().find(|(_, before)| before == text && !text.is_empty()) {
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
    fn an_update_that_cannot_be_read_goes_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        // Nobody can read a folder as a file, nor remove it as one.
        let temporary = folder.path().join(TEMPORARY[0]);
        fs::create_dir(&temporary).unwrap();
        let size = fs::metadata(&temporary).unwrap().len();
        let system = folder.path().join("stillwatch-1.2.3.efi");
        fs::write(&system, vec![1; usize::try_from(size).unwrap()]).unwrap();
        assert!(same(&temporary, &system).is_err());
        let before = fs::metadata(&system).unwrap().ino();
        assert!(Slots::new(folder.path()).mend().is_err());
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!((fs::metadata(&system).unwrap().ino(), names), (before, 2));
        // Where the system cannot be read either, it may be the same file.
        assert!(stands_for(&temporary, &temporary));
    }

    #[test]
    fn whatever_was_cut_short_one_whole_file_a_version_is_left() {
        let (old, text) = (("stillwatch-1.2.3.efi", "old"), "the new system");
        let (tried, good, new) =
            ("stillwatch-1.2.4+2-1.efi", "stillwatch-1.2.4.efi", "stillwatch-1.2.4+3.efi");
        let (copy, given_up) = ("stillwatch-1.2.4+3-1025.efi", "stillwatch-1.2.4+0-1.efi");
        let (zero, one, mark) = ("NEW0.TMP", "NEW1.TMP", ("MEND.TMP", ""));
        // Files beside the old one; the name of the new version that is left.
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);
        let cases: &[Case<'_>] = &[
            (&[], None),
            (&[(new, text)], Some(new)),
            // An installation: before its name, at its name, behind it.
            (&[(zero, "the new sys")], None),
            (&[(zero, text), (new, "")], None),
            (&[(zero, text), (new, text)], Some("stillwatch-1.2.4+4-1024.efi")),
            // A blessing.
            (&[(tried, text), (good, "")], Some(tried)),
            (&[(tried, text), (good, text)], Some(good)),
            // Mending that: while it is copied, named, marked, when one or both are gone.
            (&[(tried, text), (good, text), (zero, "the")], Some(good)),
            (&[(tried, text), (good, text), (zero, text), (one, text)], Some(good)),
            (&[(tried, text), (good, text), (copy, text)], Some(good)),
            (&[(tried, "freed"), (good, "freed"), (copy, text), mark], Some(copy)),
            (&[(good, "freed"), (zero, "freed"), (copy, text), mark], Some(copy)),
            (&[(copy, text), mark], Some(copy)),
            (&[(copy, text)], Some(copy)),
            // The copy becomes good; the loader counts it.
            (&[(copy, text), (good, text)], Some(good)),
            (&[(copy, text), ("stillwatch-1.2.4+2-1026.efi", text)], Some("stillwatch-1.2.4+4-2050.efi")),
            // Giving up: it is asked for again.
            (&[(tried, text), (given_up, text)], Some("stillwatch-1.2.4+3-1025.efi")),
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
