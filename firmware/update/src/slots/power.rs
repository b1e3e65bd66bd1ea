//! The power fails at every change of every operation, in every way, and again while that is put in
//! order, and again. Whatever happens: the loader has a whole system to start, the good one before
//! is kept, and in the end each version is one whole file.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::disk::cut::{self, Freed, How, WAYS};
use super::{Entry, Slot, Slots, Tries};
use crate::refusal::disk;
use bundle::Version;

const OLD: Version = Version::new(1, 2, 3);
const NEW: Version = Version::new(1, 2, 4);

/// How often the power fails in one story, the first time included.
const DEEP: u32 = 3;

/// Bytes of a system.
fn system(version: &Version) -> String {
    format!("{version}: {}", "system ".repeat(20))
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Install,
    /// Over one that was given up, with no room for a third good one.
    InstallAgain,
    Bless,
    RollBack,
}

/// A name of the folder.
#[derive(Clone, Debug)]
struct Name {
    name: String,
    text: String,
    /// Names of one file share it.
    file: usize,
    /// Its clusters are free; true: and taken.
    freed: Option<bool>,
}

/// All names.
type Picture = Vec<Name>;

/// Where the power failed so far.
type Story = Vec<(usize, How)>;

/// Takes the folder's picture, with who shares what.
fn picture(folder: &Path, freed: &Freed) -> Picture {
    use std::os::unix::fs::MetadataExt;
    let mut inodes = Vec::new();
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|item| item.unwrap().path()).collect();
    names.sort();
    let mut out = Vec::new();
    for path in names {
        let inode = fs::metadata(&path).unwrap().ino();
        let file = inodes.iter().position(|known| *known == inode).unwrap_or_else(|| {
            inodes.push(inode);
            inodes.len() - 1
        });
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        out.push(Name { name, text, file, freed: freed.get(&inode).copied() });
    }
    out
}

/// Makes the folder be like the picture; gives what is free.
fn paint(folder: &Path, picture: &Picture) -> Freed {
    use std::os::unix::fs::MetadataExt;
    for item in fs::read_dir(folder).unwrap() {
        fs::remove_file(item.unwrap().path()).unwrap();
    }
    let mut out = Freed::new();
    for (at, one) in picture.iter().enumerate() {
        let path = folder.join(&one.name);
        match picture[..at].iter().find(|other| other.file == one.file) {
            Some(first) => fs::hard_link(folder.join(&first.name), &path).unwrap(),
            None => fs::write(&path, &one.text).unwrap(),
        }
        if let Some(taken) = one.freed {
            out.insert(fs::metadata(&path).unwrap().ino(), taken);
        }
    }
    out
}

fn own(slots: &Slots, version: &Version) -> Slot {
    slots.list().unwrap().into_iter().find(|slot| slot.entry.version == *version).unwrap()
}

/// The operation, as [`crate::Updater`] does it; whether it came to its end.
fn change(slots: &Slots, change: Change) -> bool {
    let install = || {
        let bytes = system(&NEW);
        let mut write = |file: &mut fs::File| {
            file.write_all(bytes.as_bytes()).map_err(|error| disk("the test cannot write", &error))
        };
        slots.install(&NEW, &OLD, bytes.len() as u64, &mut write).is_ok()
    };
    let own = || own(slots, &NEW);
    match change {
        Change::Install | Change::InstallAgain => install(),
        Change::Bless => slots.rename(&own().name, &Entry::good(NEW)).is_ok(),
        Change::RollBack => {
            let slot = own();
            slots.rename(&slot.name, &slot.entry.given_up()).is_ok()
        }
    }
}

/// What the loader does at a start: the first that is a program, counted.
fn boot(slots: &Slots, folder: &Path) -> Version {
    let list = slots.list().unwrap();
    let slot = list.into_iter().find(|slot| slot.size > 0).expect("something to start");
    let bytes = fs::read_to_string(folder.join(&slot.name)).unwrap();
    assert_eq!(bytes, system(&slot.entry.version), "{}", slot.name);
    if let Some(Tries { left, done }) = slot.entry.tries {
        let tries = Some(Tries { left: left.saturating_sub(1), done: done + 1 });
        let counted = Entry { tries, ..slot.entry.clone() };
        fs::rename(folder.join(&slot.name), folder.join(counted.to_string())).unwrap();
    }
    slot.entry.version
}

/// A start after the power failed: boots, puts in order, with the power failing again and again.
fn start(slots: &Slots, folder: &Path, freed: &Freed, deep: u32, at_once: bool, story: &mut Story) -> u64 {
    let before = picture(folder, freed);
    let mut count = 0;
    for steps in 0.. {
        let mut all = true;
        for how in WAYS {
            let freed = paint(folder, &before);
            boot(slots, folder);
            cut::after(if deep == 0 { usize::MAX } else { steps }, how, at_once, freed);
            let mended = slots.mend();
            let (failed, freed, fault) = cut::over();
            story.push((steps, how));
            assert_eq!(fault, None, "{story:?}: {before:?}");
            count += 1;
            if failed {
                all = false;
                count += start(slots, folder, &freed, deep - 1, at_once, story);
            } else {
                mended.unwrap_or_else(|error| panic!("{error}: {story:?}: {before:?}"));
                in_order(slots, folder, story);
            }
            story.pop();
        }
        if all {
            return count;
        }
    }
    count
}

/// One whole file a version, and nothing else.
fn in_order(slots: &Slots, folder: &Path, story: &Story) {
    let after = picture(folder, &Freed::new());
    assert!(!slots.is_untidy(), "{story:?}: {after:?}");
    assert_eq!(slots.list().unwrap().len(), after.len(), "{story:?}: {after:?}");
    for Name { name, text, .. } in &after {
        let version = Entry::parse(name).unwrap().version;
        assert_eq!(*text, system(&version), "{story:?}: {name}");
    }
    assert!(own(slots, &OLD).entry.is_good());
}

#[test]
fn wherever_the_power_fails_a_whole_system_starts() {
    // Tens of thousands of starts: in memory, where there is such a place.
    let root = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let (slots, folder) = (Slots::new(root.path()), root.path().join("EFI/Linux"));
    fs::create_dir_all(&folder).unwrap();
    let old = ("stillwatch-1.2.3.efi", &OLD);
    let scenes: [(Change, &[(&str, &Version)]); 5] = [
        (Change::Install, &[old]),
        (Change::InstallAgain, &[old, ("stillwatch-1.2.4+0-3.efi", &NEW)]),
        (Change::Bless, &[old, ("stillwatch-1.2.4+2-1.efi", &NEW)]),
        (Change::RollBack, &[old, ("stillwatch-1.2.4.efi", &NEW)]),
        (Change::RollBack, &[old, ("stillwatch-1.2.4+1-2.efi", &NEW)]),
    ];
    let mut count = 0;
    for (what, files) in scenes {
        for (at_once, deep) in [(true, DEEP), (false, DEEP - 1)] {
            for steps in 0.. {
                let mut all = true;
                for how in WAYS {
                    let name = |(file, (name, version)): (usize, &(&str, &Version))| Name {
                        name: (*name).into(),
                        text: system(version),
                        file,
                        freed: None,
                    };
                    let freed = paint(&folder, &files.iter().enumerate().map(name).collect());
                    cut::after(steps, how, at_once, freed);
                    let done = change(&slots, what);
                    let (failed, freed, fault) = cut::over();
                    assert_eq!(fault, None, "{what:?}");
                    assert_eq!(done, !failed, "{what:?}, {steps}, {how:?}");
                    if failed {
                        all = false;
                        count += start(&slots, &folder, &freed, deep - 1, at_once, &mut vec![(steps, how)]);
                    } else {
                        in_order(&slots, &folder, &Vec::new());
                    }
                }
                if all {
                    break;
                }
            }
        }
    }
    eprintln!("{count} starts");
    assert!(count > 1_000, "{count}");
}
