//! The engine's start, its configuration, and what time alone makes true.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use assets::Config;
use identity::{ComponentId, Key, Live};
use model::Time;
use store::{Changes, Document, Kind, Store};

use super::context::Context;
use super::entry::Entry;
use super::index::Index;
use super::judge::Judgements;
use super::locks::{lock, read, write};
use super::manual::Manual;
use super::rebuild::Owners;
use super::summary::{AssetId, Summary};
use super::worker::{self, ROUND};
use super::{Engine, Limits, NewAsset, Shared};
use crate::clock::Clock;
use crate::error::{Error, Result};

/// Document that says with which context and version all assets were made.
pub(super) const MADE_WITH: &str = "inventory.made_with";
/// Old records are looked for this often.
const PRUNE: u64 = 6 * 3_600 * Time::SECOND;
/// A day.
const DAY: u64 = 24 * 3_600 * Time::SECOND;

/// A context with which not all assets are made yet.
#[derive(Debug)]
pub struct Pending {
    /// What is written when they are.
    made_with: String,
    /// Components that are not made yet.
    pub left: BTreeSet<ComponentId>,
}

impl Engine {
    /// Reads everything once and starts the thread that makes assets anew.
    ///
    /// # Errors
    /// When the store cannot be read. A damaged row of a sighting or a summary is
    /// no reason: it is told and left out.
    pub fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        limits: Limits,
        context: Context,
    ) -> Result<Engine> {
        let judgements = Judgements::open(&*store)?;
        let mut index = Index::default();
        index.live = Live::new(context.identity.clone());
        let stale = read_sightings(&*store, &mut index, &context.config())?;
        index.live.assert_all(&judgements.assertions());
        // Everything is touched by having been read.
        index.live.touched();
        let shared = Arc::new(Shared {
            manual: RwLock::new(Manual::open(&*store)?),
            judgements: RwLock::new(judgements),
            index: RwLock::new(index),
            context: RwLock::new(Arc::new(context)),
            store,
            clock,
            limits,
            catalogue: Default::default(),
            directory: Default::default(),
            words: Default::default(),
            queue: Default::default(),
            writer: Default::default(),
            rebuilding: Default::default(),
            judging: Default::default(),
            owners: Default::default(),
            on_new: RwLock::new(Box::new(|_: Vec<NewAsset>| ())),
            pending: Mutex::default(),
            callers: AtomicU32::new(0),
            pruned: AtomicU64::new(0),
        });
        let unreadable = shared.read_assets()?;
        let made_with = shared.store.documents(Kind::Setting)?.into_iter().find(|one| one.id == MADE_WITH);
        let wanted = made_with_text(&shared.context());
        let same = !unreadable && made_with.is_some_and(|one| one.json == wanted);
        if !same || !stale.is_empty() {
            // What a row changed may bear on other components than its own (who is a
            // router, how addresses are given): all are made anew, its own first.
            if same {
                let gone_documents = vec![(Kind::Setting, MADE_WITH.to_owned())];
                shared.store.commit(&Changes { gone_documents, ..Changes::default() })?;
            }
            let all: BTreeSet<ComponentId> = read(&shared.index).live.components().collect();
            shared.queue.urgent(stale);
            shared.queue.calm(all.iter().copied(), shared.clock.now());
            *lock(&shared.pending) = Some(Pending { made_with: wanted, left: all });
        }
        let work = shared.clone();
        let worker = std::thread::Builder::new().name("inventory".into()).spawn(move || worker::run(&work));
        let worker = worker.map_err(|cause| Error::Internal(format!("starting a thread: {cause}")))?;
        Ok(Engine { shared, worker: Mutex::new(Some(worker)) })
    }

    /// Another configuration: what it changes is made anew.
    pub fn set_context(&self, context: Context) {
        let shared = &self.shared;
        let _writer = lock(&shared.writer);
        let same = shared.context().digest == context.digest;
        let mut index = write(&shared.index);
        let config = context.config();
        if !same {
            let internal = config.internal();
            index.live.set_config(context.identity.clone());
            index.live.relearn(&config.knowledge(&internal));
            let left = index.live.components().collect();
            *lock(&shared.pending) = Some(Pending { made_with: made_with_text(&context), left });
        }
        let touched = index.live.touched();
        drop(index);
        *write(&shared.context) = Arc::new(context);
        shared.queue.urgent(touched);
    }

    /// Called with assets that were not there before.
    pub fn on_new(&self, call: Box<super::OnNew>) {
        *write(&self.shared.on_new) = call;
    }

    /// Deletes records that are older than they are kept; call it now and then.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tick(&self) -> Result<()> {
        let (shared, now) = (&self.shared, self.shared.clock.now());
        if now.since(Time(shared.pruned.load(Ordering::Relaxed))) < PRUNE {
            return Ok(());
        }
        let keep = u64::from(shared.limits.keep_days).saturating_mul(DAY);
        let forget_talks_before = Some(Time(now.0.saturating_sub(keep)));
        shared.store.commit(&Changes { forget_talks_before, ..Changes::default() })?;
        shared.pruned.store(now.0, Ordering::Relaxed);
        Ok(())
    }

    /// Makes everything anew that waits, those that only grew too.
    ///
    /// # Errors
    /// When the store fails.
    pub fn settle(&self) -> Result<()> {
        self.shared.settle()
    }
}

impl Shared {
    /// See [`Engine::settle`].
    pub fn settle(&self) -> Result<()> {
        self.callers.fetch_add(1, Ordering::Relaxed);
        let settle = || {
            loop {
                let urgent = self.round(|queue| queue.take_urgent(ROUND))?;
                if urgent == 0 && self.round(|queue| queue.take_calm(ROUND, Time(0), true))? == 0 {
                    // Assets that nobody claimed go now.
                    self.round(|_| Vec::new())?;
                    return Ok(());
                }
            }
        };
        let done = settle();
        self.callers.fetch_sub(1, Ordering::Relaxed);
        done
    }

    /// Notes that all assets are made with this context, when they are; and lets
    /// assets go that nobody claimed.
    pub fn finish_context(&self) -> Result<()> {
        self.round(|_| Vec::new())?;
        let made_with = match &*lock(&self.pending) {
            Some(pending) if pending.left.is_empty() => pending.made_with.clone(),
            _ => return Ok(()),
        };
        let document = Document { kind: Kind::Setting, id: MADE_WITH.into(), json: made_with.clone() };
        self.store.commit(&Changes { documents: vec![document], ..Changes::default() })?;
        lock(&self.pending).take_if(|pending| pending.made_with == made_with && pending.left.is_empty());
        Ok(())
    }

    /// Reads the catalogue; `true` when a summary cannot be read.
    fn read_assets(&self) -> Result<bool> {
        let mut unreadable = false;
        let index = read(&self.index);
        let mut owners = lock(&self.owners);
        self.store.every_asset(&mut |row| {
            let found = AssetId::parse(&row.id).zip(Summary::read(&row.summary));
            let Some((id, summary)) = found else {
                unreadable = true;
                return Ok(());
            };
            let entry = Arc::new(Entry::new(id, summary, &self.words));
            match component_of(&entry, &index) {
                Some(component) => own(&mut owners, component, id),
                None => {
                    owners.orphans.insert(id);
                }
            }
            self.directory.put(&entry, None);
            self.catalogue.put(entry);
            Ok(())
        })?;
        Ok(unreadable)
    }
}

fn own(owners: &mut Owners, component: ComponentId, id: AssetId) {
    owners.owner.insert(id, component);
    owners.assets.entry(component).or_default().push(id);
}

/// The component an asset is made of, by what it has.
fn component_of(entry: &Entry, index: &Index) -> Option<ComponentId> {
    let macs = entry.macs.iter().filter_map(|(network, mac)| Key::of_mac(*network, *mac));
    let ips = entry.held.iter().map(|hold| Key::of_ip(hold.network, hold.ip));
    index.component_of(macs.chain(ips))
}

/// Reads every sighting into the index; gives the components that are not up to date.
fn read_sightings(
    store: &dyn Store,
    index: &mut Index,
    config: &Config<'_>,
) -> Result<BTreeSet<ComponentId>> {
    let mut stale = Vec::new();
    store.every_sighting(&mut |row| {
        match row {
            Ok(row) => {
                index.note(row.key, &row.intervals, config);
                if row.stale {
                    stale.push(row.key);
                }
            }
            Err(error) => tracing::error!(%error, "a sighting is left out"),
        }
        Ok(())
    })?;
    let members = stale.iter().filter_map(|key| index.number(key));
    Ok(members.filter_map(|member| index.live.component_of(member)).collect())
}

/// JSON text of the context's digest and this version, whose rules may differ.
fn made_with_text(context: &Context) -> String {
    let text = format!("{} {}", env!("CARGO_PKG_VERSION"), context.digest);
    serde_json::Value::String(text).to_string()
}
