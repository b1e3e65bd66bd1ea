//! Everything together: the threads of a running sensor.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use capture::Source;
use model::Time;
use sense::{Sensor, Sizes};
use spool::{Folder, Limits, Spool, SpoolError};
use uplink::{Client, Clock, Identity, Parts, Phase, Poll, Proxy, Route, Uplink, UplinkError, Vault, World};
use wire::{Content, Report, State};

use crate::control::{Control, Notice};
use crate::machine::Cores;
use crate::sensing::{NewConfig, sense};
use crate::status::Pulse;

/// Reports between sensing and the disk.
const WAITING: usize = 64;

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
/// As [`AgentError`] says.
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
    let news = NewConfig::default();
    let pulse = Arc::new(Mutex::new(Pulse::default()));
    let (reports, keep) = sync_channel::<Report>(WAITING);
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
    let removed = || condition.lock().unwrap_or_else(PoisonError::into_inner).phase == Phase::Deregistered;
    std::thread::scope(|scope| {
        let named = |name: &str| std::thread::Builder::new().name(name.into());
        // Whatever ends first ends the others.
        struct StopOnDrop<'a>(&'a Control);
        impl Drop for StopOnDrop<'_> {
            fn drop(&mut self) {
                self.0.stop();
            }
        }
        let guard = StopOnDrop(control);
        named("uplink").spawn_scoped(scope, || {
            uplink.run();
            if removed() {
                control.stop();
            }
        })?;
        let news_for_poll = &news;
        named("config").spawn_scoped(scope, || poll(&line, &vault, &world, rate, news_for_poll))?;
        named("notices").spawn_scoped(scope, || watch(&condition, &spool, &pulse, control, notice))?;
        let (keeps, times) = (&spool, &*world);
        let keeper = named("keeper").spawn_scoped(scope, move || keep_reports(&keep, keeps, times))?;

        let mut sensor =
            Sensor::new(&config, options.sizes, options.flows, options.buffers, Time(sys::clock::wall()));
        sensor.regions().for_each(sys::memory::huge_pages);
        let sensed = sense(source, &mut sensor, &news, &reports, &pulse, control);
        if let Err(error) = &sensed {
            pulse.lock().unwrap_or_else(PoisonError::into_inner).fail(error.to_string());
        }
        drop(reports);
        let _ = keeper.join();
        drop(guard);
        spool.lock().unwrap_or_else(PoisonError::into_inner).sync()?;
        sensed
    })?;
    if removed() { Err(AgentError::Deregistered) } else { Ok(()) }
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

    fn client(&self, rate: &Arc<std::sync::atomic::AtomicU64>) -> Client {
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
        let pulse = pulse.lock().unwrap_or_else(PoisonError::into_inner);
        Some(pulse.status(world.now(), &version, rated, &mut cores, spool))
    })
}

fn poll(
    line: &Line,
    vault: &Vault,
    world: &Arc<dyn World>,
    rate: Arc<std::sync::atomic::AtomicU64>,
    news: &NewConfig,
) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let on_config = Box::new(move |config: &wire::SensorConfig| drop(sender.send(config.clone())));
    let client = line.client(&Arc::default());
    let Ok(mut poll) = Poll::new(client, vault.clone(), Arc::clone(world), rate, on_config) else { return };
    loop {
        let wait = poll.step();
        while let Ok(config) = receiver.try_recv() {
            *news.lock().unwrap_or_else(PoisonError::into_inner) = Some(config);
        }
        if !world.wait(wait) {
            return;
        }
    }
}

/// Writes reports to the spool until sensing ends.
fn keep_reports(keep: &Receiver<Report>, spool: &Mutex<Spool<Folder>>, world: &dyn World) {
    let lock = || spool.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        match keep.recv_timeout(Duration::from_millis(500)) {
            Ok(report) => {
                let bytes = wire::encode(&Content::Report(report));
                // A disk that is full: sensing is held back by the full channel, and
                // this report is tried until it has a place.
                while lock().append(&bytes, world.now()).is_err() {
                    if !world.wait(Time::SECOND) {
                        break;
                    }
                }
            }
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => lock().tick(world.now()),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Tells what changes.
fn watch(
    condition: &Mutex<uplink::Condition>,
    spool: &Mutex<Spool<Folder>>,
    pulse: &Mutex<Pulse>,
    control: &Control,
    notice: &(dyn Fn(Notice) + Sync),
) {
    let mut line: Option<(Phase, Option<UplinkError>)> = None;
    let mut sensing: Option<(State, u64)> = None;
    let mut disk: Option<String> = None;
    loop {
        let now = {
            let condition = condition.lock().unwrap_or_else(PoisonError::into_inner);
            (condition.phase, condition.error.clone())
        };
        if line.as_ref() != Some(&now) {
            notice(Notice::Line(now.0, now.1.clone()));
            line = Some(now);
        }
        let now = pulse.lock().unwrap_or_else(PoisonError::into_inner).standing();
        if sensing != Some(now) {
            notice(Notice::Sensing(now.0, now.1));
            sensing = Some(now);
        }
        let now = spool.lock().unwrap_or_else(PoisonError::into_inner).fault().map(ToString::to_string);
        if disk != now {
            notice(Notice::Disk(now.clone()));
            disk = now;
        }
        if control.stopped() || !control.world.wait(Time::SECOND / 4) {
            return;
        }
    }
}
