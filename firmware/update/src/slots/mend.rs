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

use super::entry::COPIED;
use super::{Entry, Slot, Slots, TEMPORARY, Tries};
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
    fn part(&self, names: &[&Slot], temporary: Option<String>) -> io::Result<String> {
        let tries = |slot: &&Slot| slot.entry.tries.unwrap_or(Tries { left: 1, done: 0 });
        // The last copy is whole, and let the others begin to go; unless it is half renamed itself.
        let copies = names.iter().filter(|slot| slot.entry.is_copy());
        let last = copies.max_by_key(|slot| tries(slot).done);
        let one = names.first().ok_or(io::ErrorKind::NotFound)?;
        let whole = match last.filter(|_| temporary.is_none()) {
            Some(copy) => copy.entry.clone(),
            None => {
                let left = names.iter().map(|slot| tries(slot).left).min().unwrap_or(1);
                let done = names.iter().map(|slot| tries(slot).done).max().unwrap_or(0);
                let done = if done < COPIED { done + COPIED } else { done.saturating_add(1) };
                let entry = Entry { version: one.entry.version.clone(), tries: Some(Tries { left, done }) };
                self.copy(&one.name, &entry)?;
                entry
            }
        };
        let good = names.iter().any(|slot| slot.entry.is_good());
        let name = whole.to_string();
        let old = names.iter().map(|slot| slot.name.clone()).chain(temporary).filter(|old| *old != name);
        self.remove(&old.collect::<Vec<_>>())?;
        if good {
            self.rename(&name, &Entry::good(whole.version.clone()))?;
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
