//! Updates: what the platform offers is fetched and installed, what runs well is kept, what does not is
//! taken back; and the platform hears of the system.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use model::Time;
use update::{Origin, Updater};
use uplink::{Client, Clock, Fetched, Route, UplinkError, Vault, World};
use wire::local::{Ask, Orders, Overview, SOCKET, Say, frame, unframe};
use wire::{Bundle, Crash, System, UpdateState};

use crate::beat::Heart;
use crate::paths::{self, STATE};
use crate::standing::{self, Standing};
use crate::{power, status};

/// Between two looks at how everything stands.
const TURN: Duration = Duration::from_secs(1);
/// Between two words to the platform when nothing changes.
const NEWS: Duration = Duration::from_secs(60);
/// After a word that was not heard.
const AGAIN: Duration = Duration::from_secs(30);
/// A version on trial is kept once all is well for so long,
const WELL: Duration = Duration::from_secs(10);
/// and given up when it was never well in this time.
const TRIAL: Duration = Duration::from_secs(600);
/// Longest wait for the set-up service.
const WAIT: Duration = Duration::from_secs(20);

/// Runs until PID 1 says stop.
pub fn run() -> Result<(), String> {
    super::end_when_told()?;
    let mut part = Part {
        updater: standing::updater().map_err(|failed| failed.to_string())?,
        heart: Heart::of("update"),
        board: standing::board(),
        told: None,
        next: Instant::now(),
        refused: None,
        well: None,
        begun: Instant::now(),
    };
    part.updater.notes().iter().for_each(|words| eprintln!("{words}"));
    loop {
        part.heart.beat();
        part.judge();
        part.show();
        part.tell();
        std::thread::sleep(TURN);
    }
}

struct Part {
    updater: Updater,
    heart: Heart,
    board: String,
    /// What the platform heard last.
    told: Option<System>,
    next: Instant,
    /// The offer that was refused last: it is not fetched again before the next start.
    refused: Option<[u8; 32]>,
    /// Since when a version on trial is well.
    well: Option<Instant>,
    begun: Instant,
}

impl Part {
    fn show(&self) {
        let now = Standing { slot: self.updater.slot(), update: self.updater.state() };
        if standing::read() != now {
            standing::write(&now);
        }
    }

    /// A version on trial is kept when it is well for a while, and given up when it never is.
    fn judge(&mut self) {
        let UpdateState::Trial { version } = self.updater.state() else { return };
        match unwell() {
            None => {
                let since = *self.well.get_or_insert_with(Instant::now);
                if since.elapsed() < WELL {
                    return;
                }
                match self.updater.bless() {
                    Ok(()) => eprintln!("{version} runs well and is kept"),
                    Err(failed) => {
                        eprintln!("{failed}");
                        self.well = None;
                    }
                }
            }
            Some(why) => {
                self.well = None;
                if self.begun.elapsed() < TRIAL {
                    return;
                }
                eprintln!("{version} is given up: {why}");
                match self.updater.roll_back(&why) {
                    Ok(before) => {
                        power::ask(false, &format!("roll-back to {before}: {why}"));
                    }
                    Err(failed) => eprintln!("{failed}"),
                }
                self.begun = Instant::now();
            }
        }
    }

    /// Tells the platform what is new, and takes what it offers.
    fn tell(&mut self) {
        let system = self.system();
        let changed = self.told.as_ref() != Some(&system);
        // News go at once, but a line that failed (nothing is told then) is not hammered.
        if Instant::now() < self.next && (!changed || self.told.is_none()) {
            return;
        }
        self.next = Instant::now() + AGAIN;
        let Some(mut client) = client() else { return };
        match uplink::tell_system(&mut client, &system) {
            Ok(reply) => {
                self.told = Some(system);
                self.next = Instant::now() + NEWS;
                if let Some(offer) = reply.offer.filter(|offer| self.wanted(offer)) {
                    self.take(&mut client, &offer);
                    self.next = Instant::now();
                }
            }
            // The sensor's own line says what is wrong with it.
            Err(_) => self.told = None,
        }
    }

    fn wanted(&self, offer: &Bundle) -> bool {
        let busy = matches!(self.updater.state(), UpdateState::Trial { .. } | UpdateState::Installed { .. });
        self.refused != Some(offer.sha256) && offer.version != paths::version() && !busy
    }

    /// Fetches a bundle and installs it.
    fn take(&mut self, client: &mut Client, offer: &Bundle) {
        eprintln!("the platform offers {}", offer.version);
        let path = Path::new(STATE).join("update").join("incoming");
        let done = self.fetch(client, offer, &path).map_err(|error| error.to_string());
        let Ok(mut file) = done.inspect_err(|words| eprintln!("{}: {words}", offer.version)) else { return };
        let heart = &mut self.heart;
        let mut said = |words: &str| {
            heart.beat();
            eprintln!("{words}");
        };
        let installed = self.updater.install(&mut file, Origin::Platform, standing::floor(), &mut said);
        drop(file);
        let _ = std::fs::remove_file(&path);
        self.show();
        match installed {
            Ok(version) => {
                let system = self.system();
                if uplink::tell_system(client, &system).is_ok() {
                    self.told = Some(system);
                }
                power::ask(false, &format!("the update to {version}"));
            }
            Err(failed) => {
                eprintln!("{failed}");
                self.refused = Some(offer.sha256);
            }
        }
    }

    fn fetch(&mut self, client: &mut Client, offer: &Bundle, path: &Path) -> Result<File, UplinkError> {
        let disk = |error: std::io::Error| {
            UplinkError::new(model::ErrorCode::Disk, format!("{}: {error}", path.display()))
        };
        let open = || {
            std::fs::create_dir_all(path.parent().unwrap_or(path))?;
            File::options().read(true).write(true).create(true).truncate(false).open(path)
        };
        let mut file = open().map_err(disk)?;
        let (heart, slot) = (&mut self.heart, self.updater.slot());
        let mut shown = 0;
        let fetched = uplink::fetch(client, offer, &mut file, &mut |done| {
            heart.beat();
            if done >> 20 > shown || shown == 0 {
                shown = (done >> 20).max(1);
                let version = offer.version.clone();
                let update = UpdateState::Fetching { version, done, size: offer.size };
                standing::write(&Standing { slot: slot.clone(), update });
            }
            true
        })?;
        debug_assert_eq!(fetched, Fetched::Whole);
        file.rewind().map_err(disk)?;
        Ok(file)
    }

    fn system(&self) -> System {
        let status = status::read();
        let update = self.updater.state();
        let restart = match &update {
            UpdateState::Installed { version } => format!("{version} is installed and waits for it"),
            _ => String::new(),
        };
        let crash = |part: status::Part| Crash { part: part.name, at: Time(part.ended), words: part.words };
        System {
            board: self.board.clone(),
            version: paths::version(),
            slot: self.updater.slot(),
            update,
            restart,
            started: Time(status.started),
            ended: status.ended,
            crashes: status.parts.into_iter().filter(|part| part.again > 0).take(16).map(crash).collect(),
        }
    }
}

/// Why a version on trial is not well; `None`: it is. A cable that is not plugged in is not its fault.
fn unwell() -> Option<String> {
    let status = status::read();
    if !status.forgetful.is_empty() {
        return Some(format!("the state is not on disk: {}", status.forgetful));
    }
    for name in ["setup", "sensor"] {
        if !status.parts.iter().any(|part| part.name == name && part.alive) {
            return Some(format!("the part {name} does not run"));
        }
    }
    let Some(overview) = overview() else { return Some("the set-up service does not answer".into()) };
    let management = overview.management;
    if management.link && management.addresses.is_empty() {
        let why = management.fault.map_or_else(String::new, |fault| format!(": {fault}"));
        return Some(format!("the management network has no address{why}"));
    }
    None
}

/// A line of our own to the platform; none: this box is not registered, or its settings do not say how.
fn client() -> Option<Client> {
    let Ok(Say::Orders(Orders { registered: true, proxy, .. })) = ask(&Ask::Orders) else { return None };
    let vault = Vault::open(&PathBuf::from(STATE)).ok()?;
    let identity = vault.identity().ok().flatten()?;
    let proxy = proxy.as_ref().map(agent::proxy).transpose().ok()?;
    let route = Route { platform: identity.platform.clone(), proxy };
    let world = Arc::new(uplink::System::default()) as Arc<dyn World>;
    let clock = Clock::new(Arc::clone(&world), vault.rolling().ok()?.good);
    let credentials = Arc::new(Mutex::new(Arc::new(identity)));
    Some(Client::mutual(route, clock, world, credentials, Arc::default()))
}

fn overview() -> Option<Overview> {
    match ask(&Ask::Overview) {
        Ok(Say::Overview(overview)) => Some(*overview),
        _ => None,
    }
}

/// Asks the set-up service what it answers in one word.
fn ask(ask: &Ask) -> std::io::Result<Say> {
    let mut stream = UnixStream::connect(SOCKET)?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.write_all(&frame(ask))?;
    let (mut arrived, mut buffer) = (Vec::new(), [0; 4_096]);
    loop {
        if let Some(say) = unframe::<Say>(&mut arrived).map_err(std::io::Error::other)? {
            return Ok(say);
        }
        match stream.read(&mut buffer)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            more => arrived.extend_from_slice(&buffer[..more]),
        }
    }
}
