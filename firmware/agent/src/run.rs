//! Everything together: the threads of a running sensor.

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use capture::Source;
use model::Time;
use sense::{Sensor, Sizes};
use spool::{Folder, Limits, Spool, SpoolError};
use uplink::{Client, Clock, Identity, Parts, Phase, Poll, Proxy, Route, Uplink, UplinkError, Vault, World};
use wire::{Report, State};

use crate::control::{Control, Notice, Standing};
use crate::keep::{Lost, keep};
use crate::machine::Cores;
use crate::sensing::{NewConfig, sense};
use crate::status::Pulse;

/// Reports between sensing and the disk; each has less than 4 MiB.
const WAITING: usize = 8;

/// Quarters of a second in which the platform is to hear that no frame can be read.
const LAST_WORDS: u32 = 60;

/// How a sensor runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of identity, configuration and spool; only this process may use it.
    pub state: PathBuf,
    /// The proxy on the way to the platform.
    pub proxy: Option<Proxy>,
    /// Bounds of the spool.
    pub spool: Limits,
    /// Room for what is heard.
    pub sizes: Sizes,
    /// Flows at once.
    pub flows: usize,
    /// Streams at once whose first message is incomplete.
    pub buffers: usize,
    /// Product and version, as the platform shows it.
    pub version: String,
    /// Speed the box is rated for, a port, in Mb/s; 0: not known.
    pub rated: u32,
}

/// Why a sensor cannot run (on).
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// It has no identity yet.
    #[error("this sensor is not registered: register it with a personalization code first")]
    Unregistered,
    /// The platform removed it.
    #[error("the platform removed this sensor; its identity is gone. Register it anew to go on")]
    Deregistered,
    /// Identity, configuration or the line.
    #[error(transparent)]
    Uplink(#[from] UplinkError),
    /// The spool.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// Reports that the spool did not take.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The source of frames.
    #[error(transparent)]
    Capture(#[from] capture::Error),
    /// No thread could be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Runs until `control` says stop, the source ends, or the platform removed the
/// sensor. `notice` is told what changes. What was heard by then is on disk.
///
/// # Errors
/// As [`AgentError`] says. Also then what was heard before is on disk, unless the
/// error is of the disk.
pub fn run(
    source: &mut dyn Source,
    options: &Options,
    control: &Control,
    notice: &(dyn Fn(Notice) + Sync),
) -> Result<(), AgentError> {
    let world: Arc<dyn World> = Arc::clone(&control.world) as Arc<dyn World>;
    let vault = Vault::open(&options.state)?;
    let identity = vault.identity()?.ok_or(AgentError::Unregistered)?;
    let mut epoch = [0; 16];
    world.fill(&mut epoch);
    let folder = Folder::open(&options.state.join("spool"))?;
    let (spool, _) = Spool::open(folder, options.spool, epoch)?;
    let spool = Arc::new(Mutex::new(spool));
    let config = vault.config()?;
    let news = Arc::new(NewConfig::default());
    let pulse = Arc::new(Mutex::new(Pulse::default()));
    let (reports, waiting) = sync_channel::<Report>(WAITING);
    let line = Line::new(identity, options, &vault, &world)?;
    let rate = Arc::default();
    let uplink = Uplink::new(Parts {
        line: line.client(&rate),
        spool: Arc::clone(&spool),
        vault: vault.clone(),
        credentials: Arc::clone(&line.credentials),
        world: Arc::clone(&world),
        clock: line.clock.clone(),
        version: options.version.clone(),
        on_status: on_status(&pulse, options, &world),
    })?;
    let condition = uplink.condition();
    let put = Arc::clone(&news);
    let on_config = Box::new(move |config: &wire::SensorConfig| *lock(&put) = Some(config.clone()));
    let poll = Poll::new(line.client(&Arc::default()), vault, Arc::clone(&world), rate, on_config)?;
    let config_error = Mutex::new(None);

    let ended = std::thread::scope(|scope| {
        let named = |name: &str| std::thread::Builder::new().name(name.into());
        let guard = StopOnDrop(control);
        let stop = StopOnDrop(control);
        named("uplink").spawn_scoped(scope, move || {
            let _stop = stop;
            uplink.run();
        })?;
        let (stop, error, times) = (StopOnDrop(control), &config_error, &*world);
        named("config").spawn_scoped(scope, move || {
            let _stop = stop;
            follow(poll, error, times);
        })?;
        let seen =
            Seen { condition: &condition, config: &config_error, pulse: &pulse, spool: &spool, options };
        let stop = StopOnDrop(control);
        named("notices").spawn_scoped(scope, move || {
            let _stop = stop;
            watch(&seen, times, notice);
        })?;
        let (stop, keeps) = (StopOnDrop(control), &*spool);
        let keeper = named("keeper").spawn_scoped(scope, move || {
            let _stop = stop;
            keep(&waiting, keeps, times)
        })?;

        let mut sensor =
            Sensor::new(&config, options.sizes, options.flows, options.buffers, Time(sys::clock::wall()));
        sensor.regions().for_each(sys::memory::huge_pages);
        let sensed = sense(source, &mut sensor, &news, &reports, &pulse, control);
        if let Err(error) = &sensed {
            lock(&pulse).fail(error.to_string());
            last_words(&condition, times);
        }
        drop(reports);
        let kept = keeper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        drop(guard);
        kept?;
        sensed
    });
    // Nobody else has it any more.
    let spool =
        Arc::into_inner(spool).map(|spool| spool.into_inner().unwrap_or_else(PoisonError::into_inner));
    let closed = spool.map_or(Ok(()), Spool::close);
    ended?;
    closed?;
    if lock(&condition).phase == Phase::Deregistered { Err(AgentError::Deregistered) } else { Ok(()) }
}

/// In each thread: whatever ends first, also by a panic, ends the others.
struct StopOnDrop<'a>(&'a Control);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What both connections share.
struct Line {
    route: Route,
    clock: Clock,
    world: Arc<dyn World>,
    credentials: uplink::Credentials,
}

impl Line {
    fn new(
        identity: Identity,
        options: &Options,
        vault: &Vault,
        world: &Arc<dyn World>,
    ) -> Result<Line, AgentError> {
        let route = Route { platform: identity.platform.clone(), proxy: options.proxy.clone() };
        let clock = Clock::new(Arc::clone(world), vault.rolling()?.good);
        let credentials = Arc::new(Mutex::new(Arc::new(identity)));
        Ok(Line { route, clock, world: Arc::clone(world), credentials })
    }

    fn client(&self, rate: &Arc<AtomicU64>) -> Client {
        let world = Arc::clone(&self.world);
        let credentials = Arc::clone(&self.credentials);
        Client::mutual(self.route.clone(), self.clock.clone(), world, credentials, Arc::clone(rate))
    }
}

fn on_status(pulse: &Arc<Mutex<Pulse>>, options: &Options, world: &Arc<dyn World>) -> uplink::OnStatus {
    let (pulse, world) = (Arc::clone(pulse), Arc::clone(world));
    let (version, rated) = (options.version.clone(), options.rated);
    let mut cores = Cores::default();
    Box::new(move |spool| {
        // Sensing must not wait while the system is asked about ports and load.
        let pulse = lock(&pulse).clone();
        pulse.status(world.now(), &version, rated, &mut cores, spool)
    })
}

/// Asks for the configuration until the world ends.
fn follow(mut poll: Poll<Client>, error: &Mutex<Option<UplinkError>>, world: &dyn World) {
    loop {
        let wait = poll.step();
        *lock(error) = poll.error().cloned();
        if !world.wait(wait) {
            return;
        }
    }
}

/// Waits until the platform has heard how it ends, if it is there.
fn last_words(condition: &Mutex<uplink::Condition>, world: &dyn World) {
    let told = lock(condition).told;
    for _ in 0..LAST_WORDS {
        let condition = lock(condition).clone();
        // The next one may have been on its way before.
        if condition.phase != Phase::Online || condition.told >= told + 2 || !world.wait(Time::SECOND / 4) {
            return;
        }
    }
}

/// Where changes are seen.
struct Seen<'a> {
    condition: &'a Mutex<uplink::Condition>,
    config: &'a Mutex<Option<UplinkError>>,
    pulse: &'a Mutex<Pulse>,
    spool: &'a Mutex<Spool<Folder>>,
    options: &'a Options,
}

impl Seen<'_> {
    /// How everything stands; `None` before sensing began.
    fn standing(&self, cores: &mut Cores, now: Time) -> Option<Standing> {
        // Sensing must not wait while the system is asked about ports and load.
        let pulse = lock(self.pulse).clone();
        let spool = lock(self.spool).status();
        let status = pulse.status(now, &self.options.version, self.options.rated, cores, spool)?;
        let (neighbours, new) = pulse.extras();
        Some(Standing { status, neighbours, new, heard: lock(self.condition).acked })
    }
}

/// Tells what changes, and at the end what changed last.
fn watch(seen: &Seen<'_>, world: &dyn World, notice: &(dyn Fn(Notice) + Sync)) {
    let mut line: Option<(Phase, Option<UplinkError>)> = None;
    let mut config: Option<UplinkError> = None;
    let mut sensing: Option<(State, u64)> = None;
    let mut disk: Option<String> = None;
    let mut last = false;
    let mut cores = Cores::default();
    for turn in 0_u64.. {
        let now = {
            let condition = lock(seen.condition);
            (condition.phase, condition.error.clone())
        };
        if line.as_ref() != Some(&now) {
            notice(Notice::Line(now.0, now.1.clone()));
            line = Some(now);
        }
        let now = lock(seen.config).clone();
        if config != now {
            notice(Notice::Config(now.clone()));
            config = now;
        }
        let now = lock(seen.pulse).standing();
        if let Some((state, version)) = now.filter(|now| sensing != Some(*now)) {
            notice(Notice::Sensing(state, version));
            sensing = now;
        }
        let now = lock(seen.spool).fault().map(ToString::to_string);
        if disk != now {
            notice(Notice::Disk(now.clone()));
            disk = now;
        }
        if turn % 4 == 0
            && let Some(standing) = seen.standing(&mut cores, world.now())
        {
            notice(Notice::Status(Box::new(standing)));
        }
        if last {
            return;
        }
        last = !world.wait(Time::SECOND / 4);
    }
}
