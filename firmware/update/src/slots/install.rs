//! A new system beside the others: room first, then the bytes, then the name.

use std::fs::File;
use std::io;

use model::ErrorCode;
use wire::local::Failed;

use super::{Entry, Slot, Slots, disk as file_disk};
use crate::refusal::disk;
use bundle::Version;

/// Room beyond the file's bytes: its last cluster, its entries, a folder that grows.
const SLACK: u64 = 64 << 10;

/// An installation that did not come about.
#[derive(Debug)]
pub struct Undone {
    /// Why.
    pub failed: Failed,
    /// Systems that made room for it, and are gone; mostly none.
    pub removed: Vec<String>,
}

/// What must go, by name.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Before anything is written, for room.
    first: Vec<String>,
    /// When the new one is complete.
    then: Vec<String>,
}

/// Decides it. The running system stays, whatever happens. The newest other good one goes only
/// for room, and only if the running one is good itself: one that boots is always left. `None`:
/// there is no room even so.
fn plan(slots: &[Slot], running: &Version, new: &Version, size: u64, free: u64) -> Option<Plan> {
    let runs = |slot: &&Slot| slot.entry.version == *running;
    let fallback =
        slots.iter().find(|slot| slot.entry.is_good() && !runs(slot) && slot.entry.version != *new);
    // Worst first: the loader's order from its end.
    let mut spare: Vec<&Slot> =
        slots.iter().rev().filter(|slot| !runs(slot) && Some(*slot) != fallback).collect();
    let safe = slots.iter().filter(runs).any(|slot| slot.entry.is_good());
    let (mut room, mut plan) = (free, Plan::default());
    while room < size.saturating_add(SLACK) {
        let goes = if spare.is_empty() {
            fallback.filter(|_| safe && plan.first.last() != fallback.map(|slot| &slot.name))?
        } else {
            spare.remove(0)
        };
        room = room.saturating_add(goes.size);
        plan.first.push(goes.name.clone());
    }
    plan.then = spare.into_iter().map(|slot| slot.name.clone()).collect();
    Some(plan)
}

impl Slots {
    /// Installs `version`, `size` bytes that `write` writes and proves. When this is `Ok` the loader
    /// starts it next, at most [`super::TRIES`] times.
    ///
    /// # Errors
    /// E19: no room, or the disk fails; and whatever `write` says. Nothing of it stays.
    pub fn install(
        &self,
        version: &Version,
        running: &Version,
        size: u64,
        write: &mut dyn FnMut(&mut File) -> Result<(), Failed>,
    ) -> Result<(), Undone> {
        let mut removed = Vec::new();
        let result = self.attempt(version, running, size, write, &mut removed);
        result.map_err(|failed| Undone { failed, removed })
    }

    fn attempt(
        &self,
        version: &Version,
        running: &Version,
        size: u64,
        write: &mut dyn FnMut(&mut File) -> Result<(), Failed>,
        removed: &mut Vec<String>,
    ) -> Result<(), Failed> {
        let io = |error: io::Error| disk("the boot partition cannot be written", &error);
        let slots = self.list().map_err(|error| disk("the boot partition cannot be read", &error))?;
        let [used, all] = sys::disk::used(&self.0).map_err(io)?;
        let free = all.saturating_sub(used) << 10;
        let plan = plan(&slots, running, version, size, free).ok_or_else(|| {
            let words = format!(
                "the new system needs {} KiB of the boot partition, {} are free",
                size >> 10,
                free >> 10
            );
            Failed::coded(ErrorCode::Disk, words)
        })?;
        self.remove(&plan.first).map_err(io)?;
        removed.extend(plan.first);
        let (name, mut file) = self.temporary().map_err(io)?;
        let written = write(&mut file).and_then(|()| file_disk::sync(&file).map_err(io));
        drop(file);
        if let Err(failed) = written {
            // Should this fail too, the next start tries it again.
            let _ = self.remove(&[name]);
            return Err(failed);
        }
        let finish = || {
            self.sync()?;
            // One version has one file.
            self.remove(&plan.then)?;
            self.rename(&name, &Entry::new(version.clone()))
        };
        finish().map_err(|error| {
            let _ = self.remove(std::slice::from_ref(&name));
            io(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn slots(names: &[&str]) -> Vec<Slot> {
        let slot =
            |name: &&str| Slot { name: (*name).into(), entry: Entry::parse(name).unwrap(), size: 40 * MIB };
        let mut out: Vec<Slot> = names.iter().map(slot).collect();
        out.sort_by(|one, two| one.entry.order(&two.entry));
        out
    }

    #[test]
    fn what_goes_and_when() {
        let (a, b, c) = ("stillwatch-1.2.1.efi", "stillwatch-1.2.2.efi", "stillwatch-1.2.3.efi");
        let (bad, same) = ("stillwatch-1.2.4+0-3.efi", "stillwatch-1.2.5+2-1.efi");
        let trial = "stillwatch-1.2.3+2-1.efi";
        type Names<'a> = &'a [&'a str];
        type Case<'a> = (Names<'a>, u64, Option<(Names<'a>, Names<'a>)>);
        // Systems, MiB free; what goes first, what goes then. 1.2.3 runs, 1.2.5 comes, 50 MiB.
        let cases: [Case<'_>; 14] = [
            (&[c], 100, Some((&[], &[]))),
            (&[b, c], 100, Some((&[], &[]))),
            (&[a, b, c], 100, Some((&[], &[a]))),
            (&[a, b, c, bad], 100, Some((&[], &[bad, a]))),
            (&[b, c, same], 100, Some((&[], &[same]))),
            (&[a, b, c, bad], 20, Some((&[bad], &[a]))),
            (&[b, c], 20, Some((&[b], &[]))),
            (&[a, b, c], 0, Some((&[a, b], &[]))),
            (&[c], 20, None),
            (&[b, c], 5, None),
            // The running one has not proved itself: what has stays.
            (&[b, trial], 20, None),
            (&[b, trial, bad], 20, Some((&[bad], &[]))),
            // What runs came from elsewhere.
            (&[a, b], 20, Some((&[a], &[]))),
            (&[b], 20, None),
        ];
        for (names, free, wanted) in cases {
            let got =
                plan(&slots(names), &Version::new(1, 2, 3), &Version::new(1, 2, 5), 50 * MIB, free * MIB);
            let owned = |names: Names<'_>| names.iter().map(|name| (*name).to_owned()).collect();
            let wanted = wanted.map(|(first, then)| Plan { first: owned(first), then: owned(then) });
            assert_eq!(got, wanted, "{names:?}, {free}");
        }
        assert_eq!(plan(&[], &Version::new(1, 0, 0), &Version::new(1, 0, 1), u64::MAX, 0), None);
    }
}
