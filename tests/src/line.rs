//! The whole line in one process: a platform behind real TLS, a sensor's folder
//! that is registered with it, and what was heard of the demonstration as the
//! batches that go over it, the same ones each time.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use capture::craft::Craft;
use capture::{LinkType, PcapFile, PcapWriter, drain};
use model::{PersonalizationCode, Time};
use platform_core::views::{AssetQuery, InternalGroup, NewSensor};
use platform_core::{Caller, Platform};
use sense::{Sensor, Sizes};
use server::{Options, Running, Server};
use spool::{Folder, Limits, Spool};
use store::{Sqlite, Store, TalkFilter};
use tempfile::TempDir;
use uplink::{Address, Client, Clock, Line, Parts, Route, System, Uplink, Vault, World};
use wire::{Content, Report, SensorConfig, WaitConfig};

/// Address space of the demonstration, and one of IPv6 beside it.
pub const RANGES: [&str; 3] = ["10.20.0.0/16", "10.30.0.0/16", "2001:db8:20::/64"];
/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Intervals and records of one batch: few, so that there are many batches.
const FEW: usize = 10;
/// Longest wait of a hasty world.
const HASTE: Duration = Duration::from_millis(5);

/// Waits until it is so.
///
/// # Panics
/// When it is not so within [`PATIENCE`].
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "not within {} s: {what}", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A lock, whoever died with it.
pub fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Copies a folder with everything in it.
///
/// # Panics
/// When it cannot be read or written.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("a folder can be read");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("entries have a type").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("a file can be copied")),
        }
    }
}

/// A platform's folder and that of a sensor registered with it.
pub struct Site {
    /// Both.
    pub folder: TempDir,
    /// The sensor's id.
    pub sensor: String,
    /// What the platform tells the sensor to do.
    pub config: SensorConfig,
}

impl Site {
    /// With the demonstration's ranges, and these addresses excluded.
    ///
    /// # Panics
    /// When the platform does not start or register.
    pub fn new(excluded: &[&str]) -> Site {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let running = start(&folder.path().join("platform"), 0);
        let platform = &running.platform;
        let new = NewSensor { name: "hall 3".into(), ..NewSensor::default() };
        let (view, code) = platform.new_sensor(&new, "test").expect("the sensor is new");
        let mut wanted = platform.configuration().expect("the store works");
        wanted.internal = vec![InternalGroup {
            name: "plant and office".into(),
            ranges: RANGES.map(String::from).into(),
            inventory: true,
            ..InternalGroup::default()
        }];
        wanted.excluded = excluded.iter().map(|text| (*text).to_owned()).collect();
        platform.configure(&wanted, "test").expect("the configuration is sound");
        let code: PersonalizationCode = code.parse().expect("codes can be read");
        let vault = Vault::open(&folder.path().join("sensor")).expect("there is room");
        let world: Arc<dyn World> = Arc::new(System::default());
        let route = Route { platform: address(running.sensor_address), proxy: None };
        uplink::register(&code, &route, &wire::Hardware::default(), &vault, &world).expect("it registers");
        let caller = Caller { sensor: view.id.clone(), expired: false };
        let config = platform.config_for(&caller, &WaitConfig { have: 0, wait: 0 });
        let config = config.expect("the store works").expect("a registered sensor has a configuration");
        running.stop();
        Site { folder, sensor: view.id, config }
    }

    /// The platform's folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("platform")
    }

    /// The sensor's folder.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("sensor")
    }

    /// The platform, running here.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(&self) -> Running {
        start(&self.data(), 0)
    }

    /// The inventory as the platform exports it, and below it all it keeps of what
    /// was heard. Ends the platform.
    ///
    /// # Panics
    /// When the store fails.
    pub fn end(&self, running: Running) -> String {
        let mut out = export(&running.platform, "jsonl");
        running.stop();
        out.push_str(&kept(&self.data()));
        out
    }
}

/// A platform on loopback with its sensors' port; 0: any. Nothing becomes too old.
///
/// # Panics
/// When it does not start.
pub fn start(data: &Path, sensor_port: u16) -> Running {
    let sensor_listen = (std::net::Ipv4Addr::LOCALHOST, sensor_port).into();
    let options = Options { sensor_listen, keep_days: u32::MAX, entry: true, ..Options::local(data) };
    Server::start(options).unwrap_or_else(|error| panic!("the platform does not start: {error:#}"))
}

/// All assets in a format, made up to date first.
///
/// # Panics
/// When the store fails.
pub fn export(platform: &Platform, format: &str) -> String {
    platform.inventory().settle().expect("the store works");
    let mut out = Vec::new();
    platform.export(&AssetQuery::default(), format, &mut out).expect("the inventory can be written");
    String::from_utf8(out).expect("an export is UTF-8")
}

/// Every sighting and every conversation record in a store, sorted, as text.
///
/// # Panics
/// When the store cannot be read.
pub fn kept(data: &Path) -> String {
    let store = Sqlite::open(&data.join("platform.db")).expect("the store is whole");
    let mut lines = Vec::new();
    let each = &mut |row: store::Result<store::SightingRow>| -> store::Result<()> {
        let row = row?;
        lines.extend(row.intervals.iter().map(|interval| format!("{:?} {interval:?}\n", row.key.sensor)));
        Ok(())
    };
    store.every_sighting(each).expect("every row is whole");
    let talks = store.talks(&TalkFilter::default()).expect("the store works");
    lines.extend(talks.items.iter().map(|talk| format!("{talk:?}\n")));
    lines.sort_unstable();
    lines.concat()
}

fn address(of: SocketAddr) -> Address {
    Address { host: of.ip().to_string(), port: of.port() }
}

/// The demonstration, and then these frames: `make` is given when they begin.
///
/// # Panics
/// Never: writing to memory does not fail.
pub fn demo_and(make: impl FnOnce(&mut Craft, Time)) -> Vec<u8> {
    let mut file =
        PcapFile::from_reader("demo", Box::new(crate::demo())).expect("the demonstration is a capture");
    let mut out = Vec::new();
    let mut writer = PcapWriter::new(&mut out, LinkType::ETHERNET).expect("memory takes all bytes");
    let mut last = Time(0);
    drain(&mut file, |frame| {
        last = last.max(frame.time);
        writer.write(frame.time, frame.data, frame.wire_len).expect("memory takes all bytes");
    })
    .expect("memory can be read");
    let mut craft = Craft::new();
    make(&mut craft, Time(last.0 + Time::SECOND));
    for (time, frame) in craft.frames() {
        writer.write(time, frame, frame.len() as u32).expect("memory takes all bytes");
    }
    writer.finish().expect("memory takes all bytes");
    out
}

/// What a sensor so configured reports of a capture in memory, in frame time and in
/// many small batches: encoded contents, with when they were made.
///
/// # Panics
/// When the capture is not whole.
pub fn contents(capture: &[u8], config: &SensorConfig) -> Vec<(Vec<u8>, Time)> {
    let sizes = Sizes { values: 1 << 14, sightings: 1 << 12, conversations: 1 << 12 };
    let mut file = PcapFile::from_reader("capture", Box::new(std::io::Cursor::new(capture.to_vec())))
        .expect("it is a capture");
    let (mut sensor, mut last, mut out) = (None, Time(0), Vec::new());
    drain(&mut file, |frame| {
        last = last.max(frame.time);
        let sensor = sensor.get_or_insert_with(|| Sensor::new(config, sizes, 1 << 13, 256, last));
        sensor.frames(&[sense::Input {
            link: frame.link.0,
            data: frame.data,
            wire_len: frame.wire_len,
            time: last,
            port: frame.interface,
            number: frame.number,
        }]);
        out.extend(sensor.poll(last).into_iter().flat_map(small));
    })
    .expect("memory can be read");
    let mut sensor = sensor.expect("the capture has frames");
    out.extend(sensor.finish(last).flat_map(small));
    out.into_iter().map(|report| (wire::encode(&Content::Report(report.clone())), report.made)).collect()
}

/// The same as several reports of few rows each.
fn small(report: Report) -> Vec<Report> {
    let parts = report.intervals.len().max(report.records.len()).div_ceil(FEW).max(1);
    let part = |at: usize| Report {
        intervals: report.intervals.iter().skip(at * FEW).take(FEW).cloned().collect(),
        records: report.records.iter().skip(at * FEW).take(FEW).cloned().collect(),
        clock_step: if at == 0 { report.clock_step } else { 0 },
        dropped: if at == 0 { report.dropped } else { 0 },
        ..report
    };
    (0..parts).map(part).collect()
}

/// A world in which every wait is short.
#[derive(Default)]
pub struct Hasty {
    real: System,
    ended: AtomicBool,
}

impl Hasty {
    /// Ends every wait.
    pub fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.real.end();
    }
}

impl World for Hasty {
    fn now(&self) -> Time {
        self.real.now()
    }

    fn elapsed(&self) -> u64 {
        self.real.elapsed()
    }

    fn wait(&self, nanos: u64) -> bool {
        self.real.wait(nanos.min(HASTE.as_nanos() as u64)) && !self.ended.load(Ordering::SeqCst)
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.real.fill(bytes);
    }
}

/// A sensor's spool and upload.
pub struct Sender {
    /// The upload, to be stepped or run.
    pub uplink: Uplink<Client, Folder>,
    /// What waits.
    pub spool: Arc<Mutex<Spool<Folder>>>,
    /// Its time.
    pub world: Arc<Hasty>,
}

impl Sender {
    /// Of a sensor's folder, to the platform's sensor port or what stands before it.
    ///
    /// # Panics
    /// When the folder is not that of a registered sensor.
    pub fn open(state: &Path, platform: SocketAddr) -> Sender {
        let hasty = Arc::new(Hasty::default());
        let world: Arc<dyn World> = Arc::<Hasty>::clone(&hasty);
        let vault = Vault::open(state).expect("the folder is there");
        let mut epoch = [0; 16];
        world.fill(&mut epoch);
        let folder = Folder::open(&state.join("spool")).expect("the folder can be written");
        let (spool, _) = Spool::open(folder, Limits::default(), epoch).expect("the spool is whole");
        let spool = Arc::new(Mutex::new(spool));
        let identity = vault.identity().expect("it can be read").expect("the sensor is registered");
        let credentials = Arc::new(Mutex::new(Arc::new(identity)));
        let clock = Clock::new(Arc::clone(&world), Time(0));
        let route = Route { platform: address(platform), proxy: None };
        let line = Client::mutual(
            route,
            clock.clone(),
            Arc::clone(&world),
            Arc::clone(&credentials),
            Arc::default(),
        );
        let uplink = Uplink::new(Parts {
            line,
            spool: Arc::clone(&spool),
            vault,
            credentials,
            world,
            clock,
            version: "test".into(),
            on_status: Box::new(|_| None),
        });
        Sender { uplink: uplink.expect("the nonce can be read"), spool, world: hasty }
    }

    /// Puts all into the spool, on disk.
    ///
    /// # Panics
    /// When the disk fails.
    pub fn fill(&self, contents: &[(Vec<u8>, Time)]) {
        let mut spool = lock(&self.spool);
        for (content, made) in contents {
            spool.append(content, *made).expect("the disk takes it");
        }
        spool.sync().expect("the disk takes it");
    }

    /// Batches that wait.
    pub fn waiting(&self) -> u64 {
        lock(&self.spool).status().batches
    }

    /// Sends until so many wait.
    ///
    /// # Panics
    /// When it does not get there within [`PATIENCE`].
    pub fn send_until(&mut self, waiting: u64) {
        let began = Instant::now();
        while self.waiting() > waiting {
            let condition = lock(&self.uplink.condition()).clone();
            assert!(began.elapsed() < PATIENCE, "{} batches wait still: {condition:?}", self.waiting());
            let wait = self.uplink.step();
            self.world.wait(wait);
        }
    }

    /// Connects anew at the next step.
    pub fn hang_up(&mut self) {
        self.uplink.line_mut().close();
    }
}
