//! The platform: one value, shared by everything that serves it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};

use store::{Changes, Store};

use crate::access::Doors;
use crate::authority::Authority;
use crate::clock::Clock;
use crate::codes::{Desk, Seal};
use crate::configuration::inventory;
use crate::engine::{Engine, Limits};
use crate::error::Result;
use crate::events::{Book, Raise, announce, kind};
use crate::fleet::{Images, Shelf};
use crate::parts::{lock, random, read};
use crate::registry::{Registry, Tables};
use crate::rule_packs::{self, RuleShelf};
use crate::sensor_endpoint::{Endpoint, Lines};
use crate::sensors::Live;
use crate::views::Severity;

/// What the operator of the platform decides at its start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of keys and certificates, 0700; public keys of those whose rule packs are taken, `*.pub`.
    pub keys: PathBuf,
    /// Folder of the update bundles (`bundles`) and images (`images`) that are handed out, and of rule
    /// packs (`rules`).
    pub files: PathBuf,
    /// Name or address and port at which sensors reach the sensor endpoint
    /// (`platform.example.org:8443`), as told to people and put into certificates.
    pub sensor_address: String,
    /// Most new sightings a sensor may bring in an hour.
    pub new_sightings_per_hour: u32,
    /// Days that conversation records are kept.
    pub keep_days: u32,
}

/// The platform. Cheap to clone.
#[derive(Clone)]
pub struct Platform {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What people and the platform said.
    pub(crate) registry: Registry,
    /// Signs certificates.
    pub(crate) authority: Authority,
    /// Seals codes.
    pub(crate) seal: Seal,
    /// Exchanges of registration that are going on.
    pub(crate) desk: Desk,
    /// Slows guessers of passwords down.
    pub(crate) doors: Doors,
    /// Lines of deliveries.
    pub(crate) lines: Lines,
    /// What the sensor endpoint shows in TLS.
    pub(crate) endpoint: RwLock<Endpoint>,
    /// How sensors are doing.
    pub(crate) live: Live,
    /// Events, to fold repeats.
    pub(crate) book: Arc<Book>,
    /// Update bundles.
    pub(crate) shelf: Shelf,
    /// Images to hand out.
    pub(crate) images: Images,
    /// Rule packs.
    pub(crate) rule_shelf: RuleShelf,
    /// Called when a sensor's configuration has changed.
    wakers: RwLock<Vec<Box<dyn Fn() + Send + Sync>>>,
    /// What sensors report, and the assets made of it.
    pub(crate) engine: Engine,
    /// Held while the inventory is told of another configuration.
    laying: Mutex<()>,
    /// Name and port at which sensors reach the sensor endpoint.
    sensor_address: String,
}

impl Platform {
    /// Opens the platform over a store: reads what is there, makes keys and the
    /// first network when nothing is.
    ///
    /// # Errors
    /// When the store or the folder of keys cannot be read or written.
    pub fn open(store: Arc<dyn Store>, settings: Settings, clock: Arc<dyn Clock>) -> Result<Platform> {
        let now = clock.now();
        let authority = Authority::open(&settings.keys, now)?;
        let seal = Seal::new(&authority.secret("codes.key", random(&*clock)?)?)?;
        let registry = Registry::open(&*store)?;
        registry.change(&*store, Changes::default(), |tables| {
            tables.networks.entry(0).or_insert_with(|| Arc::new(crate::configuration::default_network()));
            Ok(())
        })?;
        let rule_shelf = RuleShelf::new(settings.files.join("rules"), settings.keys.clone());
        let lost = rule_packs::open(&rule_shelf, &registry, &*store)?;
        let limits =
            Limits { new_sightings_per_hour: settings.new_sightings_per_hour, keep_days: settings.keep_days };
        let engine = Engine::open(store.clone(), clock.clone(), limits, inventory(&registry.tables()))?;
        let book = Arc::new(Book::open(&*store)?);
        engine.on_new(Box::new(announce(book.clone(), store.clone(), clock.clone())));
        let inner = Arc::new(Inner {
            lines: Lines::open(&*store)?,
            book,
            live: Live::open(&*store, now)?,
            desk: Desk::default(),
            doors: Doors::default(),
            endpoint: RwLock::default(),
            wakers: RwLock::default(),
            laying: Mutex::default(),
            shelf: Shelf::open(settings.files.join("bundles")),
            images: Images::new(settings.files.join("images")),
            rule_shelf,
            sensor_address: settings.sensor_address,
            registry,
            authority,
            seal,
            store,
            clock,
            engine,
        });
        for words in lost {
            let words = format!("{words} Tables of an older one are in force: install it again.");
            inner.raise(Raise::new(kind::RULES_REFUSED, Severity::High, words))?;
        }
        Ok(Platform { inner })
    }

    /// The inventory itself, for those who feed it without a registered sensor: a
    /// capture that is served, a benchmark.
    pub fn inventory(&self) -> &Engine {
        &self.inner.engine
    }

    /// Name and port at which sensors reach the sensor endpoint, as people are told.
    pub fn sensor_address(&self) -> &str {
        &self.inner.sensor_address
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// The platform can do its work: the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn ready(&self) -> Result<()> {
        self.inner.store.events(None, 1)?;
        Ok(())
    }

    /// Calls this whenever a sensor's configuration has changed; it must return at once.
    pub fn on_configuration_change(&self, wake: Box<dyn Fn() + Send + Sync>) {
        crate::parts::write(&self.inner.wakers).push(wake);
    }
}

impl Inner {
    /// Documents as they are now.
    pub(crate) fn tables(&self) -> Arc<Tables> {
        self.registry.tables()
    }

    /// Edits documents; see [`Registry::change`].
    pub(crate) fn change<T>(&self, edit: impl FnOnce(&mut Tables) -> Result<T>) -> Result<T> {
        self.change_beside(Changes::default(), edit)
    }

    /// Edits documents and writes `beside` in the same commit.
    pub(crate) fn change_beside<T>(
        &self,
        beside: Changes,
        edit: impl FnOnce(&mut Tables) -> Result<T>,
    ) -> Result<T> {
        let before = self.tables();
        let (out, configs) = self.registry.change(&*self.store, beside, edit)?;
        if !self.tables().lies_the_same(&before) {
            // Read again under its lock: the newest stands, whoever comes last.
            let _one = lock(&self.laying);
            let now = self.tables();
            // Before the context: what is made after it is made with these.
            for (_, words) in rule_packs::follow(&self.rule_shelf, &now) {
                tracing::error!(words, "rules");
            }
            self.engine.set_context(inventory(&now));
        }
        if configs {
            read(&self.wakers).iter().for_each(|wake| wake());
        }
        Ok(out)
    }
}
