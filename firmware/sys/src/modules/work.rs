//! Loading as work that threads share: a module goes in as soon as all that it needs is settled, so that a driver that
//! waits for its device keeps nobody.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use nix::kmod::{ModuleInitFlags, finit_module};

use super::Modules;
use super::devices::modaliases;

/// What is still to be loaded, shared by the threads that do it.
pub(super) struct Work<'a> {
    modules: &'a mut Modules,
    /// Each after all it needs.
    open: VecDeque<String>,
    /// In the hands of a thread.
    under_way: BTreeSet<String>,
    /// Devices are looked at, and these are left alone.
    skip: Option<&'a [String]>,
    /// What devices asked for so far, and how many modules were tried then.
    asked: BTreeSet<String>,
    looked: Option<usize>,
}

impl<'a> Work<'a> {
    pub(super) fn new(modules: &'a mut Modules, names: Vec<String>, skip: Option<&'a [String]>) -> Work<'a> {
        let (open, under_way, asked) = Default::default();
        let mut work = Work { modules, open, under_way, skip, asked, looked: None };
        // Devices first: theirs are what takes longest.
        work.look();
        work.add(names);
        work
    }

    /// One thread's part: to the end of all work.
    pub(super) fn join(shared: &Mutex<Work<'_>>, settled: &Condvar) {
        let mut work = shared.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(name) = work.next() {
                let (path, told) = work.modules.file(&name);
                work.under_way.insert(name.clone());
                drop(work);
                let outcome =
                    File::open(path).ok().map(|file| finit_module(file, &told, ModuleInitFlags::empty()));
                work = shared.lock().unwrap_or_else(PoisonError::into_inner);
                work.under_way.remove(&name);
                work.modules.settle(name, outcome);
                settled.notify_all();
            } else if work.look() {
                settled.notify_all();
            } else if work.under_way.is_empty() {
                return;
            } else {
                work = settled.wait(work).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Adds what these are and need, of what is not settled or open already.
    fn add(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            let before = self.modules.before.get(&name).cloned().unwrap_or_default();
            for one in before.into_iter().chain([name]) {
                if !self.modules.is_settled(&one)
                    && !self.under_way.contains(&one)
                    && !self.open.contains(&one)
                {
                    self.open.push_back(one);
                }
            }
        }
    }

    /// Looks at devices once more if a module came since; true when they ask for more.
    fn look(&mut self) -> bool {
        let (Some(skip), tried) = (self.skip, self.modules.tried()) else { return false };
        if self.looked.replace(tried) == Some(tried) {
            return false;
        }
        let asked = modaliases(Path::new("/sys"));
        let new = asked.difference(&self.asked);
        let wanted: BTreeSet<String> =
            new.flat_map(|alias| self.modules.fitting(alias, skip)).map(str::to_owned).collect();
        self.asked = asked;
        self.add(wanted);
        !self.open.is_empty()
    }

    /// The first that needs nothing more. Two that need each other are in no such list; if they were, this would
    /// end all the same.
    fn next(&mut self) -> Option<String> {
        let is_ready = |name: &String| {
            let before = self.modules.before.get(name).into_iter().flatten();
            before.filter(|one| *one != name).all(|one| self.modules.is_settled(one))
        };
        let ready = self.open.iter().position(is_ready);
        self.open.remove(ready.or(self.under_way.is_empty().then_some(0))?)
    }
}
