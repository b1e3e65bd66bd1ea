//! The service: every question of every face, answered in one place.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{ErrorCode, PersonalizationCode};
use settings::{Group, Hints, ITEMS, Item, Role, Settings};
use spool::{Disk, Folder, SpoolError};
use uplink::{Clock, Identity, Vault, World};
use wire::Fact;
use wire::local::{Ask, Change, Failed, Orders, Say, Secret, Sensing, Setting, Step, Wrong};

use crate::access::{self, Tries};
use crate::hands_free::Waiting;
use crate::log::Log;
use crate::machine::Machine;
use crate::net::Net;
use crate::store::{Kept, Store};
use crate::trying::Trying;
use crate::{look, overview, text, way};

/// What a service is made of.
pub struct Parts<D: Disk> {
    /// Settings on disk, as they were read.
    pub store: (Store<D>, Kept, Vec<String>),
    /// The management network.
    pub net: Box<dyn Net>,
    /// The machine.
    pub machine: Box<dyn Machine>,
    /// Folder of the sensor's identity, spool and configuration.
    pub state: PathBuf,
    /// Product and version.
    pub version: String,
    /// Seconds after which an unconfirmed change is undone ([`crate::CONFIRM`]).
    pub confirm: u64,
    /// Time and chance.
    pub world: Arc<dyn World>,
}

/// The set-up service. Shared by all its connections.
pub struct Service<D: Disk> {
    pub(crate) net: Box<dyn Net>,
    pub(crate) machine: Box<dyn Machine>,
    pub(crate) vault: Vault,
    pub(crate) state: PathBuf,
    pub(crate) version: String,
    pub(crate) confirm: u64,
    pub(crate) world: Arc<dyn World>,
    pub(crate) log: Log,
    now: Mutex<Now<D>>,
}

/// What changes.
pub(crate) struct Now<D: Disk> {
    store: Store<D>,
    pub kept: Kept,
    pub trying: Option<Trying>,
    /// Grows with every change that the sensing process must know of.
    generation: u64,
    /// Ports that sensing was told to listen at: one that was plugged in is another order.
    ordered: Vec<String>,
    /// What sensing told last, and when ([`World::elapsed`]).
    pub sensing: Option<(Sensing, u64)>,
    password_tries: Tries,
    pin_tries: Tries,
    /// Somebody registers just now.
    registering: bool,
    /// A code that was found beside the box.
    pub waiting: Option<Waiting>,
    /// What an operator must know of it.
    pub warnings: Vec<Fact>,
}

impl<D: Disk> Service<D> {
    /// Begins with what was kept and brings it into force.
    ///
    /// # Errors
    /// E19, when the state's folder cannot be made.
    pub fn start(parts: Parts<D>) -> Result<Service<D>, uplink::UplinkError> {
        let Parts { store: (store, kept, passed), net, machine, state, version, confirm, world } = parts;
        let service = Service {
            net,
            machine,
            vault: Vault::open(&state)?,
            state,
            version,
            confirm,
            log: Log::default(),
            now: Mutex::new(Now {
                store,
                kept,
                trying: None,
                generation: 1,
                ordered: Vec::new(),
                sensing: None,
                password_tries: Tries::default(),
                pin_tries: Tries::default(),
                registering: false,
                waiting: None,
                warnings: Vec::new(),
            }),
            world,
        };
        service.note("the set-up service begins");
        passed.iter().for_each(|words| service.note(&format!("settings: {words}")));
        service.enforce();
        Ok(service)
    }

    /// Puts the kept network in force, as far as it goes: a box whose network fails
    /// still has its panel and console.
    pub(crate) fn enforce(&self) {
        if !self.net.managed() {
            return;
        }
        let settings = self.lock().kept.settings.clone();
        let changed = self.net.change(&self.management_port(&settings), &settings.network());
        if let Err(failed) = changed {
            self.note(&format!("network: {failed}"));
        }
    }

    /// Answers a question, step by step; the last one told ends it.
    pub fn answer(&self, ask: Ask, tell: &mut dyn FnMut(Say)) {
        let end = match ask {
            Ask::Overview => Ok(Say::Overview(Box::new(overview::overview(self)))),
            Ask::Settings => Ok(Say::Settings(self.settings())),
            Ask::Check(changes) => self.check(&changes).map(|_| Say::Done("these settings fit".into())),
            Ask::Apply(changes) => self.apply(&changes, tell),
            Ask::Confirm => self.confirm(),
            Ask::Revert => self.revert("undone, as asked"),
            Ask::Test => self.test(&mut |step| tell(Say::Step(step))),
            Ask::Register { code, anew } => self.register(&code, anew),
            Ask::Look(at) => {
                look::look(&at, &mut |line| tell(Say::Line(line))).map(Say::Done).map_err(Into::into)
            }
            Ask::Log(most) => {
                self.newest(most as usize).into_iter().for_each(|line| tell(Say::Line(line)));
                Ok(Say::Done("this is the end of the log".into()))
            }
            Ask::Blink(port, seconds) => self.blink(&port, seconds),
            Ask::Login(password) => self.login(&password),
            Ask::Password { old, new } => self.password(&old, &new),
            Ask::Pin(pin) => self.pin(&pin),
            Ask::Power { off, reason } => self.power(off, &reason),
            Ask::ResetNetwork => self.reset_network(tell),
            Ask::FactoryReset(name) => self.factory_reset(&name),
            Ask::Backup => Ok(Say::Text(self.backup())),
            Ask::Restore(text) => self.restore(&text, tell),
            Ask::Support => Ok(Say::Text(self.support())),
            Ask::Update => {
                let done = self.machine.update(&mut |line| tell(Say::Line(line)));
                done.map(Say::Done).map_err(Into::into)
            }
            Ask::RollBack => self.machine.roll_back().map(Say::Done).map_err(Into::into),
            Ask::Sensing(told) => {
                let elapsed = self.world.elapsed();
                self.lock().sensing = Some((*told, elapsed));
                Ok(Say::Orders(self.orders()))
            }
            Ask::Orders => Ok(Say::Orders(self.orders())),
        };
        tell(end.unwrap_or_else(Refused::say));
    }

    /// Undoes what is being tried when its time is over. To be called every second; never
    /// takes longer than that.
    pub fn tick(&self) {
        let due = self.lock().trying.as_ref().is_some_and(|trying| trying.left(self.world.elapsed()) == 0);
        if due {
            let _ = self.revert("undone: nobody confirmed it in time");
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Now<D>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note(&self, words: &str) {
        self.log.note(self.world.now(), words);
        self.machine.note(words);
    }

    /// The syslog server (empty: none), and the name under which this box sends to it.
    pub fn syslog(&self) -> (String, String) {
        let server = self.lock().kept.settings.log_server().to_owned();
        (server, sys::hostname::get().unwrap_or_default())
    }

    /// The newest lines of the log, the machine's where it has one.
    fn newest(&self, most: usize) -> Vec<String> {
        self.machine.log(most).unwrap_or_else(|| self.log.last(most))
    }

    /// Name of the management port: as set, as the machine has it, or its first.
    pub(crate) fn management_port(&self, settings: &Settings) -> String {
        let mut ports = settings.ports();
        if ports.is_empty() {
            ports = self.machine.roles();
        }
        let management = ports.into_iter().find(|port| port.role == Role::Management);
        management
            .map(|port| port.name)
            .or_else(|| self.machine.ports().into_iter().next())
            .unwrap_or_default()
    }

    /// Names of the sniffing ports.
    pub(crate) fn sniffing_ports(&self, settings: &Settings) -> Vec<String> {
        let mut ports = settings.ports();
        if ports.is_empty() {
            ports = self.machine.roles();
        }
        ports.into_iter().filter(|port| port.role == Role::Sniffing).map(|port| port.name).collect()
    }

    fn settings(&self) -> Vec<Setting> {
        let hints = self.net.state().hints;
        let settings = self.lock().kept.settings.clone();
        ITEMS.iter().map(|item| setting(item, &settings, &hints)).collect()
    }

    fn check(&self, changes: &[Change]) -> Result<Settings, Refused> {
        let settings = self.lock().kept.settings.clone();
        settings.with(changes).map_err(|wrong| {
            let told = |(id, why): (String, settings::Wrong)| Wrong {
                id,
                words: why.words.into(),
                remedy: why.remedy,
            };
            Refused::Wrong(wrong.into_iter().map(told).collect())
        })
    }

    /// Keeps it on disk; tells the sensing process when it concerns it.
    pub(crate) fn keep(&self, kept: Kept) -> Result<(), Refused> {
        let mut now = self.lock();
        now.store.keep(&kept)?;
        now.kept = kept;
        now.generation += 1;
        Ok(())
    }

    fn keep_settings(&self, settings: Settings) -> Result<(), Refused> {
        let kept = self.lock().kept.clone();
        self.keep(Kept { settings, ..kept })
    }

    fn apply(&self, changes: &[Change], tell: &mut dyn FnMut(Say)) -> Result<Say, Refused> {
        let next = self.check(changes)?;
        let (old, trying) = {
            let now = self.lock();
            (now.kept.settings.clone(), now.trying.is_some())
        };
        if trying {
            return Err(Failed::plain("another change is being tried", "Keep or undo it first.").into());
        }
        if old == next {
            return Ok(Say::Done("nothing is changed".into()));
        }
        let names: Vec<&str> =
            ITEMS.iter().filter(|item| old.get(item) != next.get(item)).map(|item| item.id).collect();
        let port_moves = self.net.managed() && self.management_port(&old) != self.management_port(&next);
        if old.network() == next.network() && !port_moves {
            self.keep_settings(next)?;
            self.note(&format!("changed: {}", names.join(", ")));
            return Ok(Say::Done("the settings are kept".into()));
        }
        self.note(&format!("being tried: {}", names.join(", ")));
        self.try_out(old, next, tell)
    }

    fn confirm(&self) -> Result<Say, Refused> {
        let nothing = || Failed::plain("nothing is being tried", "The settings are in force as they are.");
        let next = self.lock().trying.as_ref().ok_or_else(nothing)?.next.clone();
        // On an error it stays tried, and is undone in time.
        self.keep_settings(next)?;
        self.lock().trying = None;
        self.note("the change is kept");
        Ok(Say::Done("the settings are kept".into()))
    }

    /// Takes an attempt back.
    fn revert(&self, why: &str) -> Result<Say, Refused> {
        let Some(trying) = self.lock().trying.take() else {
            return Ok(Say::Done("nothing is being tried".into()));
        };
        self.put_back(&trying.old)?;
        self.note(why);
        Ok(Say::Done("the settings before are in force again".into()))
    }

    pub(crate) fn put_back(&self, old: &Settings) -> Result<(), Failed> {
        let back = self.net.change(&self.management_port(old), &old.network());
        if let Err(failed) = &back {
            self.note(&format!("the network before could not be put back: {failed}"));
        }
        back
    }

    /// The way to the platform, step by step.
    fn test(&self, tell: &mut dyn FnMut(Step)) -> Result<Say, Refused> {
        let settings = self.lock().kept.settings.clone();
        match self.walk(&settings, tell)? {
            None => Ok(Say::Done("the way to the platform is good".into())),
            Some(failed) => Err(failed.into()),
        }
    }

    /// Link, address and gateway, then DNS, TCP, proxy, TLS, platform, time; the first
    /// failure ends it and comes back.
    pub(crate) fn walk(
        &self,
        settings: &Settings,
        tell: &mut dyn FnMut(Step),
    ) -> Result<Option<Failed>, Failed> {
        let mut first: Option<Failed> = None;
        let mut note = |step: Step| {
            if let Err(failed) = &step.outcome {
                first.get_or_insert_with(|| failed.clone());
            }
            tell(step);
        };
        if !self.net.settle(&mut note) {
            return Ok(first);
        }
        let identity = self.vault.identity().map_err(uplink_failed)?;
        let route = match way::route(settings, identity.as_ref()) {
            Ok(route) => route,
            Err(unset) => {
                note(Step { name: "platform".into(), outcome: Err(unset) });
                return Ok(first);
            }
        };
        let good = self.vault.rolling().map_err(uplink_failed)?.good;
        let clock = Clock::new(Arc::clone(&self.world), good);
        let credentials = identity.map(|identity| Arc::new(Mutex::new(Arc::new(identity))));
        for step in uplink::steps::test(&route, credentials.as_ref(), &clock, &self.world) {
            note(Step { name: step.name.into(), outcome: step.outcome.map_err(uplink_failed) });
        }
        Ok(first)
    }

    pub(crate) fn register(&self, code: &Secret, anew: bool) -> Result<Say, Refused> {
        let code: PersonalizationCode = code
            .0
            .parse()
            .map_err(|wrong: model::NotACode| Failed::coded(ErrorCode::CodeUnknown, wrong.to_string()))?;
        if !anew && self.vault.identity().map_err(uplink_failed)?.is_some() {
            return Err(Failed::plain(
                "this sensor is registered",
                "Ask for it anew to give it another identity.",
            )
            .into());
        }
        let settings = {
            let mut now = self.lock();
            if now.registering {
                return Err(Failed::plain("another face registers just now", "Wait for it.").into());
            }
            now.registering = true;
            now.kept.settings.clone()
        };
        let done = way::route(&settings, None).and_then(|route| {
            let hardware = agent::hardware(&self.version);
            uplink::register(&code, &route, &hardware, &self.vault, &self.world).map_err(uplink_failed)
        });
        let mut now = self.lock();
        now.registering = false;
        let (identity, _) = match done {
            Ok(done) => done,
            Err(failed) => {
                drop(now);
                self.note(&format!("registration: {failed}"));
                return Err(failed.into());
            }
        };
        now.generation += 1;
        drop(now);
        self.note(&format!("registered as {} at {}", identity.name, identity.platform));
        Ok(Say::Done(format!("registered as {}", identity.name)))
    }

    fn blink(&self, port: &str, seconds: u8) -> Result<Say, Refused> {
        if !self.machine.ports().iter().any(|known| known == port) {
            let words = format!("{port} is no port of this machine");
            return Err(
                Failed::plain(words, format!("Its ports are {}.", self.machine.ports().join(", "))).into()
            );
        }
        let failed = |error| {
            Failed::plain(format!("{port} cannot blink: {error}"), "Pull a cable and watch its link instead.")
        };
        sys::ethtool::blink(port, seconds.clamp(1, 60)).map_err(failed)?;
        Ok(Say::Done(format!("the light of {port} blinked")))
    }

    fn login(&self, password: &Secret) -> Result<Say, Refused> {
        let (hashed, wait) = {
            let now = self.lock();
            (now.kept.password.clone(), now.password_tries.wait())
        };
        if hashed.is_empty() {
            return Ok(Say::Done("no password is set".into()));
        }
        self.world.wait(wait * model::Time::SECOND);
        let right = access::verify(&password.0, &hashed);
        self.lock().password_tries.note(right);
        if !right {
            self.note("console: wrong password");
            return Err(Failed::plain("wrong password", "").into());
        }
        Ok(Say::Done("welcome".into()))
    }

    fn password(&self, old: &Secret, new: &Secret) -> Result<Say, Refused> {
        self.login(old)?;
        if !new.0.is_empty() && new.0.chars().count() < access::SHORTEST {
            let remedy = format!("A password has at least {} characters.", access::SHORTEST);
            return Err(Failed::plain("the password is too short", remedy).into());
        }
        let mut salt = [0; 16];
        self.world.fill(&mut salt);
        let password = if new.0.is_empty() { String::new() } else { access::hash(&new.0, salt) };
        let kept = self.lock().kept.clone();
        self.keep(Kept { password, ..kept })?;
        self.note("console: the password was changed");
        Ok(Say::Done(
            if new.0.is_empty() { "no password is needed now" } else { "the password is set" }.into(),
        ))
    }

    fn pin(&self, pin: &Secret) -> Result<Say, Refused> {
        let (set, wait) = {
            let now = self.lock();
            (now.kept.settings.get(&settings::items::panel_pin::ITEM).to_owned(), now.pin_tries.wait())
        };
        self.world.wait(wait * model::Time::SECOND);
        let right = set.is_empty() || access::same(set.as_bytes(), pin.0.as_bytes());
        self.lock().pin_tries.note(right);
        if right { Ok(Say::Done("unlocked".into())) } else { Err(Failed::plain("wrong PIN", "").into()) }
    }

    fn power(&self, off: bool, reason: &str) -> Result<Say, Refused> {
        self.note(&format!("{}: {reason}", if off { "shut down" } else { "reboot" }));
        self.machine.power(off, reason)?;
        Ok(Say::Done(if off { "it is switched off" } else { "it restarts" }.into()))
    }

    fn reset_network(&self, tell: &mut dyn FnMut(Say)) -> Result<Say, Refused> {
        let clear: Vec<Change> = self
            .lock()
            .kept
            .settings
            .iter()
            .filter(|(item, _)| matches!(item.group, Group::Network | Group::Proxy | Group::Time))
            .map(|(item, _)| (item.id.to_owned(), String::new()))
            .collect();
        self.apply(&clear, tell)
    }

    /// Back to delivery: settings, password, identity and what waits. The name must be
    /// typed, or `factory` where there is none yet.
    fn factory_reset(&self, typed: &str) -> Result<Say, Refused> {
        let identity = self.vault.identity().map_err(uplink_failed)?;
        let name = identity.map_or_else(|| "factory".to_owned(), |identity| identity.name);
        if typed.trim() != name {
            return Err(
                Failed::plain("the name does not fit", format!("Type {name} to reset everything.")).into()
            );
        }
        self.lock().trying = None;
        self.keep(Kept::default())?;
        self.vault.forget().map_err(uplink_failed)?;
        self.lock().generation += 1;
        self.forget_reports();
        self.machine.forget()?;
        self.note("factory reset");
        self.enforce();
        Ok(Say::Done(
            "everything is as at delivery; the platform still lists the sensor until it is removed there"
                .into(),
        ))
    }

    /// Removes the reports that wait, once the sensing process has let go of them: they
    /// were heard for another owner.
    fn forget_reports(&self) {
        let spool = self.state.join("spool");
        for _ in 0..30 {
            if !spool.exists() {
                return;
            }
            // Who holds the folder's lock is the only one at work in it.
            if let Ok(held) = Folder::open(&spool) {
                let gone = std::fs::remove_dir_all(&spool);
                drop(held);
                if gone.is_ok() {
                    return;
                }
            }
            self.world.wait(model::Time::SECOND / 2);
        }
        self.note("factory reset: the reports that wait could not be removed");
    }

    /// Settings without secrets, key, epoch or nonce.
    fn backup(&self) -> String {
        let settings = self.lock().kept.settings.clone();
        format!("# Stillwatch settings, without secrets\n{}", text::write(&settings, |item| item.secret))
    }

    /// Takes a file of settings: what it names is set, what it does not name stays.
    pub(crate) fn restore(&self, text: &str, tell: &mut dyn FnMut(Say)) -> Result<Say, Refused> {
        let changes = text::read(text)
            .map_err(|why| Failed::plain(why, "Restore a file that this menu's back-up made."))?;
        self.apply(&changes, tell)
    }

    fn support(&self) -> String {
        let seen = overview::overview(self);
        format!("{seen:#?}\n\n{}\n{}", self.backup(), self.newest(usize::MAX).join("\n"))
    }

    /// What sensing is to do.
    fn orders(&self) -> Orders {
        let registered = matches!(self.vault.identity(), Ok(Some(_)));
        let settings = self.lock().kept.settings.clone();
        let ports = self.sniffing_ports(&settings);
        let mut now = self.lock();
        if now.ordered != ports {
            now.generation += 1;
            now.ordered.clone_from(&ports);
        }
        let generation = now.generation;
        drop(now);
        Orders { generation, registered, ports, proxy: settings.proxy().map(|proxy| way::orders(&proxy)) }
    }

    /// The identity, as far as it can be read.
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.vault.identity().ok().flatten()
    }
}

fn setting(item: &'static Item, settings: &Settings, hints: &Hints) -> Setting {
    let value = settings.get(item);
    Setting {
        id: item.id.into(),
        value: if item.secret { String::new() } else { value.into() },
        set: settings.is_set(item),
        suggestion: (item.suggest)(settings, hints),
    }
}

/// An uplink's trouble, for a face.
pub(crate) fn uplink_failed(error: uplink::UplinkError) -> Failed {
    error.into()
}

/// Why something was not done.
pub(crate) enum Refused {
    /// These settings are wrong.
    Wrong(Vec<Wrong>),
    /// It went wrong.
    Failed(Failed),
}

impl Refused {
    pub(crate) fn say(self) -> Say {
        match self {
            Refused::Wrong(wrong) => Say::Wrong(wrong),
            Refused::Failed(failed) => Say::Failed(failed),
        }
    }
}

impl From<Failed> for Refused {
    fn from(failed: Failed) -> Refused {
        Refused::Failed(failed)
    }
}

impl From<SpoolError> for Refused {
    fn from(error: SpoolError) -> Refused {
        Refused::Failed(Failed::coded(error.code(), error.to_string()))
    }
}
