//! The inventory engine: what sensors report becomes rows of sightings, those
//! become components, components become assets, and all assets stand in a
//! catalogue in memory that lists and queries read.
//!
//! One writer: a report is checked, folded, written and noted under one lock
//! ([`ingest`]). A thread makes what was touched anew ([`worker`], [`rebuild`]).
//! Readers hold short locks and never wait for either. Rows say whether their
//! assets are up to date, so a crash at any point heals at the next start ([`open`]).

mod ask;
mod catalogue;
mod check;
mod context;
mod directory;
mod entry;
mod fold;
mod index;
mod ingest;
mod judge;
mod keys;
mod locks;
mod manual;
mod open;
mod order;
mod queue;
mod rebuild;
mod search;
mod summary;
mod talks;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod view;
mod words;
mod worker;

use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::JoinHandle;

use store::Store;

pub use context::Context;
pub use ingest::{Counts, Ingested};

use crate::clock::Clock;
use locks::{lock, read};

/// Bounds that the operator sets.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most new sightings a sensor may bring in an hour.
    pub new_sightings_per_hour: u32,
    /// Days that conversation records are kept.
    pub keep_days: u32,
}

/// An asset that was not there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAsset {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Type.
    pub kind: String,
    /// Network's name.
    pub network: String,
}

/// Called with assets that were not there before.
pub type OnNew = dyn Fn(Vec<NewAsset>) + Send + Sync;

/// The engine; its thread ends with it.
pub struct Engine {
    shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

/// What is asked stands in the files of its theme.
impl std::ops::Deref for Engine {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// What all threads share.
pub struct Shared {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    context: RwLock<Arc<Context>>,
    catalogue: catalogue::Catalogue,
    directory: directory::Directory,
    words: words::Words,
    index: RwLock<index::Index>,
    manual: RwLock<manual::Manual>,
    queue: queue::Queue,
    /// Taken by whoever reports; never while `index` is held.
    writer: Mutex<ingest::Writer>,
    /// Taken by whoever makes anew, before `writer`.
    rebuilding: Mutex<()>,
    owners: Mutex<rebuild::Owners>,
    on_new: RwLock<Box<OnNew>>,
    /// Set until all assets are made with the context and the rows as they are.
    pending: Mutex<Option<open::Pending>>,
    /// What people said of identity; edited by one at a time.
    judgements: RwLock<judge::Judgements>,
    judging: Mutex<()>,
    /// Callers that wait for something to be made anew: the worker lets them go first.
    callers: AtomicU32,
    /// When old records were looked for last.
    pruned: AtomicU64,
}

impl Shared {
    fn context(&self) -> Arc<Context> {
        read(&self.context).clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.queue.close();
        if let Some(worker) = lock(&self.worker).take() {
            // A panic of the worker was printed when it happened.
            let _ = worker.join();
        }
    }
}
