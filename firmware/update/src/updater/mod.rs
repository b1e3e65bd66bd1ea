//! What PID 1, the set-up service and the platform's client call.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bundle::{Broken, Front, Keys, Version, refused};
use model::{ErrorCode, Time};
use nix::fcntl::{Flock, FlockArg};
use wire::UpdateState;
use wire::local::Failed;

use crate::judge::judge;
use crate::key_files::read_keys;
use crate::policy::{Here, MINIMUM};
use crate::record::{Origin, Record, Stage};
use crate::refusal::disk;
use crate::slots::{Entry, Slot, Slots, loader};

/// The boot partition, which is mounted for reading alone but while something is changed.
pub trait Partition: Send + Sync {
    /// Makes it writable; it was mounted as [`crate::slots`] says.
    ///
    /// # Errors
    /// It cannot be.
    fn writable(&self) -> io::Result<()>;

    /// The change is over.
    fn read_only(&self);
}

/// Writable at all times.
impl Partition for () {
    fn writable(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_only(&self) {}
}

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Folders {
    /// Root of the mounted boot partition.
    pub boot: PathBuf,
    /// efivarfs; need not be there.
    pub efivars: PathBuf,
    /// Folder for the record on the state partition (`update`).
    pub state: PathBuf,
    /// Public keys, `*.pub`.
    pub keys: PathBuf,
}

/// Installs, blesses, goes back.
pub struct Updater {
    folders: Folders,
    slots: Slots,
    partition: Arc<dyn Partition>,
    keys: Keys,
    running: Version,
    board: String,
    record: Option<Record>,
    state: UpdateState,
    notes: Vec<String>,
}

impl Updater {
    /// Opens it on the machine `board`, which runs `running`; `ended` is how the run before ended, in
    /// words, empty when it was told to. Sorts out what a power cut left, and judges the last update.
    /// What does not work is said by [`Updater::notes`], and does not keep the machine from running.
    ///
    /// # Errors
    /// `running` is no version.
    pub fn open(
        folders: Folders,
        partition: Arc<dyn Partition>,
        running: &str,
        board: &str,
        ended: &str,
    ) -> Result<Updater, Failed> {
        let version = Version::parse(running);
        let running = version.ok_or_else(|| {
            refused(format!("{running:?} is no version that can be updated"), "Install a released image")
        })?;
        let (keys, notes) = read_keys(&folders.keys);
        let mut out = Updater {
            slots: Slots::new(&folders.boot),
            record: Record::read(&folders.state),
            folders,
            partition,
            keys,
            running,
            board: board.into(),
            state: UpdateState::None,
            notes,
        };
        // Whoever holds the lock is at work on just that.
        if out.folders.boot.exists()
            && let Ok(lock) = out.lock()
        {
            match out.mend() {
                Ok(said) => out.notes.extend(said),
                Err(error) => out.notes.push(format!("the boot partition cannot be put in order: {error}")),
            }
            drop(lock);
        }
        out.judge(ended);
        Ok(out)
    }

    /// Where the last update stands.
    pub fn state(&self) -> UpdateState {
        self.state.clone()
    }

    /// What was put in order at the start, and what does not work, in words.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Name of the file that runs; empty when it is none of the boot partition's.
    pub fn slot(&self) -> String {
        self.own().map_or(String::new(), |slot| slot.name)
    }

    /// The version before, which [`Updater::roll_back`] goes back to; none: it cannot.
    pub fn before(&self) -> Option<Version> {
        let slots = self.slots.list().unwrap_or_default();
        self.own()?;
        Some(self.fallback(&slots)?.entry.version.clone())
    }

    /// Installs a bundle: reads it once, proves it, and gives the version that the next restart
    /// tries. The time is at least `floor`. `tell` hears how far it is.
    ///
    /// # Errors
    /// E19, E20: why not. The words say that nothing was changed, or what was.
    pub fn install(
        &mut self,
        from: &mut dyn Read,
        origin: Origin,
        floor: Time,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Version, Failed> {
        let _lock = self.lock()?;
        let mut offered = None;
        let mut removed = Vec::new();
        let result = self.attempt(from, origin, floor, tell, &mut offered, &mut removed);
        result.map_err(|mut failed| {
            failed.words += &match removed.is_empty() {
                true => "; nothing was changed".into(),
                false => {
                    format!("; {} goes on, {} had to make room and is gone", self.running, removed.join(", "))
                }
            };
            let version = offered.map_or(String::new(), |version| version.to_string());
            let code = failed.code.unwrap_or(ErrorCode::UpdateFailed);
            // One that is under way goes on, whatever came of this one.
            if !matches!(self.state, UpdateState::Trial { .. } | UpdateState::Installed { .. }) {
                self.state = UpdateState::Refused { version, code, words: failed.words.clone() };
            }
            failed
        })
    }

    fn attempt(
        &mut self,
        from: &mut dyn Read,
        origin: Origin,
        floor: Time,
        tell: &mut dyn FnMut(&str),
        offered: &mut Option<Version>,
        removed: &mut Vec<String>,
    ) -> Result<Version, Failed> {
        if self.own().is_some_and(|slot| !slot.entry.is_good() && !slot.entry.is_bad()) {
            let words = format!("{} is on trial and has not proved itself", self.running);
            return Err(refused(words, "Wait until it is kept, or roll back"));
        }
        tell("checking the bundle");
        let here =
            Here { keys: &self.keys, board: &self.board, running: &self.running, minimum: &MINIMUM, floor };
        let front = Front::read(from)?;
        let manifest = here.accept(&front)?;
        let version = offered.insert(manifest.version.clone()).clone();
        self.tried_before(&version, origin)?;
        let _writable = self.writable()?;
        self.slots.mend().map_err(|error| disk("the boot partition cannot be put in order", &error))?;
        let record = Record {
            version: version.clone(),
            before: self.running.clone(),
            origin,
            at: floor,
            stage: Stage::Installing,
            words: String::new(),
        };
        let folder = &self.folders.state;
        let keep = |record: &Record| {
            record.write(folder).map_err(|error| disk("the update record cannot be written", &error))
        };
        let mib = |bytes: u64| bytes.div_ceil(1 << 20);
        let (size, mut last) = (manifest.size, 0);
        let mut told = |done: u64| {
            if mib(done) > last {
                last = mib(done);
                tell(&format!("{last} of {} MiB", mib(size)));
            }
        };
        let mut write = |file: &mut File| {
            bundle::payload(from, &manifest, file, &mut told).map_err(|broken| match broken {
                Broken::Disk(error) if error.kind() == io::ErrorKind::StorageFull => {
                    disk("the boot partition is full", &error)
                }
                Broken::Disk(error) => disk("the new system cannot be written", &error),
                other => other.failed(),
            })?;
            keep(&record)
        };
        let done = self.slots.install(&version, &self.running, size, &mut write);
        if let Err(undone) = done {
            removed.extend(undone.removed);
            // The one before, or none, as it was.
            let _ = match &self.record {
                Some(record) => record.write(folder),
                None => Record::remove(folder),
            };
            return Err(undone.failed);
        }
        let record = Record { stage: Stage::Installed, ..record };
        // It is installed; the next start finds as much from the slots.
        let _ = keep(&record);
        self.record = Some(record);
        self.state = UpdateState::Installed { version: version.to_string() };
        tell(&format!("{version} is installed and starts with the next restart"));
        Ok(version)
    }

    /// What was given up here is not tried again by itself, or a fleet restarts for ever.
    fn tried_before(&self, version: &Version, origin: Origin) -> Result<(), Failed> {
        match &self.record {
            Some(record)
                if origin == Origin::Platform
                    && record.stage == Stage::RolledBack
                    && record.version == *version =>
            {
                let remedy = "Offer the next version; by USB stick or console it can be tried again";
                Err(refused(format!("{version} was tried here and given up: {}", record.words), remedy))
            }
            _ => Ok(()),
        }
    }

    /// The version that runs has proved itself: it is kept. Does nothing when it was kept before.
    ///
    /// # Errors
    /// E19: the boot partition cannot be written; it is on trial still.
    pub fn bless(&mut self) -> Result<(), Failed> {
        let Some(own) = self.own().filter(|slot| !slot.entry.is_good()) else { return Ok(()) };
        let _lock = self.lock();
        let _writable = self.writable()?;
        let renamed = self.slots.rename(&own.name, &Entry::good(own.entry.version));
        renamed.map_err(|error| {
            disk("the version cannot be kept: the boot partition cannot be written", &error)
        })?;
        self.judge("");
        Ok(())
    }

    /// The next restart starts the version before; `why` is kept as the reason. Gives that version.
    ///
    /// # Errors
    /// E20: there is none, nothing was changed; E19.
    pub fn roll_back(&mut self, why: &str) -> Result<Version, Failed> {
        let _lock = self.lock()?;
        let slots = self.slots.list().map_err(|error| disk("the boot partition cannot be read", &error))?;
        let Some(target) = self.own().and_then(|_| self.fallback(&slots).cloned()) else {
            let words =
                format!("there is no version before {} to go back to; nothing was changed", self.running);
            return Err(refused(words, "Install an image, or the next update"));
        };
        let _writable = self.writable()?;
        // All that the loader would start rather than it; what runs goes last, so that a cut in
        // between leaves nothing that was not wanted.
        let ahead = slots.iter().filter(|slot| slot.entry.order(&target.entry).is_lt());
        let (own, others): (Vec<&Slot>, Vec<&Slot>) =
            ahead.partition(|slot| slot.entry.version == self.running);
        for slot in others.into_iter().chain(own) {
            let renamed = self.slots.rename(&slot.name, &slot.entry.given_up());
            renamed.map_err(|error| disk("the boot partition cannot be written", &error))?;
        }
        let before = target.entry.version;
        let origin = self.record.as_ref().map_or(Origin::Console, |record| record.origin);
        let at = self.record.as_ref().map_or(Time(0), |record| record.at);
        let (version, words) = (self.running.clone(), why.to_owned());
        let record = Record { version, before: before.clone(), origin, at, stage: Stage::RolledBack, words };
        if let Err(error) = record.write(&self.folders.state) {
            self.notes.push(format!("the update record cannot be written: {error}"));
        }
        self.state = UpdateState::RolledBack { version: record.version.to_string(), words: why.into() };
        self.record = Some(record);
        Ok(before)
    }

    /// The newest good version older than the one that runs.
    fn fallback<'a>(&self, slots: &'a [Slot]) -> Option<&'a Slot> {
        slots.iter().find(|slot| slot.entry.is_good() && slot.entry.version < self.running)
    }

    /// The file of the version that runs, unless the loader says that it started another one.
    fn own(&self) -> Option<Slot> {
        let other = loader::started(&self.folders.efivars).is_some_and(|entry| entry.version != self.running);
        let slots = self.slots.list().ok().filter(|_| !other)?;
        slots.into_iter().find(|slot| slot.entry.version == self.running)
    }

    fn judge(&mut self, ended: &str) {
        let entries: Vec<Entry> =
            self.slots.list().unwrap_or_default().into_iter().map(|slot| slot.entry).collect();
        let verdict = judge(self.record.as_ref(), &self.running, &entries, ended);
        if verdict.record != self.record
            && let Some(Err(error)) = verdict.record.as_ref().map(|record| record.write(&self.folders.state))
        {
            self.notes.push(format!("the update record cannot be written: {error}"));
        }
        (self.state, self.record) = (verdict.state, verdict.record);
    }

    fn mend(&self) -> io::Result<Vec<String>> {
        if !self.slots.is_untidy() {
            return Ok(Vec::new());
        }
        self.partition.writable()?;
        let said = self.slots.mend();
        self.partition.read_only();
        said
    }

    /// One change at a time, also of several processes.
    fn lock(&self) -> Result<Flock<File>, Failed> {
        let open = || {
            fs::create_dir_all(&self.folders.state)?;
            File::create(self.folders.state.join("lock"))
        };
        let file = open().map_err(|error| disk("the update record cannot be written", &error))?;
        Flock::lock(file, FlockArg::LockExclusiveNonblock)
            .map_err(|_| refused("another update is being installed", "Wait until it is done"))
    }

    fn writable(&self) -> Result<Writable, Failed> {
        self.partition
            .writable()
            .map_err(|error| disk("the boot partition cannot be made writable", &error))?;
        Ok(Writable(self.partition.clone()))
    }
}

#[cfg(test)]
mod tests;

/// Writable as long as it lives.
struct Writable(Arc<dyn Partition>);

impl Drop for Writable {
    fn drop(&mut self) {
        self.0.read_only();
    }
}
