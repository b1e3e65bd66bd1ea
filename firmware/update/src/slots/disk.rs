//! The four things that change the folder; in tests the power may fail at each ([`cut`]).

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// A new, empty file.
pub fn create(path: &Path) -> io::Result<File> {
    #[cfg(test)]
    cut::create(path)?;
    File::create_new(path)
}

/// What was written is on the disk.
pub fn sync(file: &File) -> io::Result<()> {
    #[cfg(test)]
    if cut::sync(file)? {
        return Ok(());
    }
    file.sync_all()
}

/// A file that is there gets a name that is not. On FAT a name is where the file's bytes are told:
/// without `dirsync` Linux writes the new name empty and strikes out the old one, and tells where
/// the bytes are when the file itself is synced.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    #[cfg(test)]
    cut::rename(from, to)?;
    fs::rename(from, to)?;
    File::open(to)?.sync_all()
}

/// A file and its name are no more.
pub fn remove(path: &Path) -> io::Result<()> {
    #[cfg(test)]
    cut::remove(path)?;
    fs::remove_file(path)
}

/// The folder's names are on the disk.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(test)]
    if cut::alive()? {
        return Ok(());
    }
    File::open(path)?.sync_all()
}

/// A FAT that loses power, for the tests of this thread.
///
/// Names that share clusters are hard links. When one is removed, the clusters of the other are
/// free: its bytes go at once, or when the next file is made; and when it is removed after that, it
/// would take another's clusters with it, which is kept as a fault.
#[cfg(test)]
pub mod cut {
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::fs::{self, File};
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    /// How an operation is cut.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum How {
        /// It has not begun.
        Before,
        /// A rename wrote the new name, of no clusters yet.
        Empty,
        /// A rename wrote the new name and has not struck out the old one.
        Both,
        /// It is done.
        After,
    }

    /// Every way.
    pub const WAYS: [How; 4] = [How::Before, How::Empty, How::Both, How::After];

    /// Inodes whose clusters are free; true: and taken by another file.
    pub type Freed = BTreeMap<u64, bool>;

    #[derive(Debug)]
    struct Power {
        steps: usize,
        how: How,
        at_once: bool,
        dead: bool,
        freed: Freed,
        fault: Option<String>,
    }

    thread_local! {
        static POWER: RefCell<Option<Power>> = const { RefCell::new(None) };
    }

    /// The disk from now on: so many changes until the power fails, in that way.
    pub fn after(steps: usize, how: How, at_once: bool, freed: Freed) {
        let power = Power { steps, how, at_once, dead: false, freed, fault: None };
        POWER.with_borrow_mut(|now| *now = Some(power));
    }

    /// An ordinary disk again: whether the power had failed, what is free, and what was done that must
    /// not be.
    pub fn over() -> (bool, Freed, Option<String>) {
        let power = POWER.with_borrow_mut(Option::take).unwrap();
        (power.dead, power.freed, power.fault)
    }

    fn lost() -> io::Error {
        io::Error::other("the power failed")
    }

    /// True: simulated, and the power is on.
    pub fn alive() -> io::Result<bool> {
        POWER.with_borrow(|power| match power {
            None => Ok(false),
            Some(power) if power.dead => Err(lost()),
            Some(_) => Ok(true),
        })
    }

    /// Counts a change; `Some`: this one is cut, in that way.
    fn step() -> io::Result<Option<How>> {
        if !alive()? {
            return Ok(None);
        }
        POWER.with_borrow_mut(|power| {
            let power = power.as_mut().ok_or_else(lost)?;
            power.dead = power.steps == 0;
            power.steps = power.steps.wrapping_sub(1);
            Ok(power.dead.then_some(power.how))
        })
    }

    fn change(path: &Path, change: impl FnOnce(&mut Power, u64)) {
        let inode = fs::metadata(path).map_or(0, |meta| meta.ino());
        POWER.with_borrow_mut(|power| power.as_mut().map(|power| change(power, inode)));
    }

    fn spoil(path: &Path) {
        let len = fs::metadata(path).unwrap().len();
        fs::write(path, vec![b'#'; len as usize]).unwrap();
    }

    pub fn create(path: &Path) -> io::Result<()> {
        match step()? {
            Some(How::Before) => return Err(lost()),
            Some(_) => {
                File::create_new(path)?;
                return Err(lost());
            }
            None => {}
        }
        // Free clusters may be taken now.
        for item in fs::read_dir(path.parent().unwrap())? {
            let item = item?.path();
            let mut spoiled = false;
            change(&item, |power, inode| {
                if let Some(taken) = power.freed.get_mut(&inode) {
                    (*taken, spoiled) = (true, true);
                }
            });
            if spoiled {
                spoil(&item);
            }
        }
        Ok(())
    }

    pub fn sync(file: &File) -> io::Result<bool> {
        match step()? {
            Some(How::After) => Err(lost()),
            Some(_) => {
                file.set_len(file.metadata()?.len() / 2)?;
                Err(lost())
            }
            None => alive(),
        }
    }

    pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
        match step()? {
            None => return Ok(()),
            Some(How::Before) => {}
            Some(How::Empty) => drop(File::create_new(to)?),
            Some(How::Both) => fs::hard_link(from, to)?,
            Some(How::After) => fs::rename(from, to)?,
        }
        Err(lost())
    }

    pub fn remove(path: &Path) -> io::Result<()> {
        let cut = step()?;
        if cut.is_some_and(|how| how != How::After) {
            return Err(lost());
        }
        let shared = fs::metadata(path)?.nlink() > 1;
        let mut spoiled = false;
        change(path, |power, inode| {
            if power.freed.get(&inode) == Some(&true) {
                power.fault = Some(format!("{} takes another's clusters with it", path.display()));
            }
            if shared {
                power.freed.entry(inode).or_insert(false);
                spoiled = power.at_once;
            } else {
                // The inode's number may come again.
                power.freed.remove(&inode);
            }
        });
        if spoiled {
            spoil(path);
        }
        if cut.is_some() {
            fs::remove_file(path)?;
            return Err(lost());
        }
        Ok(())
    }
}
