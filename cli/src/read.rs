//! Runs the sensor over captures, or over live ports: frames in, a report out.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use capture::{End, Frame, PcapFile, Progress, Source};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::{NetworkId, Time};
use sense::{Input, Report, Sizes, Stats, Tracker, Worker};
use serde::Serialize;
use zones::{Config, Group, InventoryMode, Network, NetworkRule, NetworkSource, Zones};

use crate::args::Space;
use crate::exit::Failure;

/// How often Ctrl-C was pressed.
static INTERRUPTS: AtomicU32 = AtomicU32::new(0);

/// One input.
#[derive(Clone, Debug, Serialize)]
pub struct FileRead {
    /// Its name as given.
    pub name: String,
    /// `pcap`, `pcapng`, and how it was compressed.
    pub format: String,
    /// Frames read.
    pub frames: u64,
    /// Link types of its interfaces, by name.
    pub links: Vec<String>,
    /// Where and why it could not be read further.
    pub damage: Option<String>,
    /// Frames the capturing system says it lost.
    pub dropped: u64,
    /// More about it if it is a live port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<PortRead>,
}

/// How a live port did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PortRead {
    /// Nothing could be sent from it meanwhile.
    pub silent: bool,
    /// Frames the kernel had for us.
    pub received: u64,
    /// Frames the kernel found no room for: we were too slow.
    pub dropped_by_kernel: u64,
    /// Frames the card or its driver found no buffer for.
    pub dropped_by_interface: u64,
    /// Highest fill of the ring in percent; none without a ring.
    pub ring_fill: Option<u32>,
    /// How often it was switched off meanwhile.
    pub downs: u32,
}

/// Everything a run heard.
pub struct Heard {
    /// Inputs in the order given.
    pub files: Vec<FileRead>,
    /// Intervals and conversations.
    pub report: Report,
    /// Totals.
    pub stats: Stats,
    /// Time of the first and last frame.
    pub span: Option<(Time, Time)>,
    /// Jumps in time of more than an hour.
    pub jumps: u64,
    /// Frames whose time lay before that of an earlier frame.
    pub backwards: u64,
    /// Address space.
    pub zones: Zones,
    /// Seconds it took; display only.
    pub seconds: f64,
    /// Ctrl-C was pressed: this is what was known by then.
    pub interrupted: bool,
}

impl Heard {
    /// True when an input could not be read to its end.
    pub fn damaged(&self) -> bool {
        self.files.iter().any(|file| file.damage.is_some())
    }

    /// True when a file is damaged; a port that disappeared is none.
    pub fn cut(&self) -> bool {
        self.files.iter().any(|file| file.damage.is_some() && file.port.is_none())
    }

    /// Frames that were lost before they reached us, as far as is known.
    pub fn lost(&self) -> u64 {
        self.files.iter().map(|file| file.dropped).sum()
    }
}

/// Reads what the flags say of address space.
///
/// # Errors
/// A flag's text is not a range, MAC or network source; the message says what is wanted.
pub fn zones(space: &Space) -> Result<Zones, Failure> {
    let mut config =
        Config { internal: vec![Group::private()], learning: space.internal.is_empty(), ..Config::default() };
    if !space.internal.is_empty() {
        config.internal = vec![Group {
            name: "--internal".into(),
            ranges: space.internal.clone(),
            inventory: InventoryMode::Inventoried,
        }];
    }
    for text in &space.exclude {
        match (text.parse(), text.parse()) {
            (Ok(mac), _) => config.excluded_macs.push(mac),
            (_, Ok(range)) => config.excluded.push(range),
            (_, Err(wrong)) => return Err(Failure::Usage(format!("--exclude: {wrong}, nor a MAC"))),
        }
    }
    for text in &space.network {
        let wrong = || {
            Failure::Usage(format!(
                "--network: '{text}' is not SOURCE=NAME (want vlan:10=cell-1, tunnel:5001=dc or port:1=lab)"
            ))
        };
        let (source, name) = text.split_once('=').filter(|(_, name)| !name.is_empty()).ok_or_else(wrong)?;
        let source = match source.split_once(':') {
            Some(("vlan", id)) => NetworkSource::Vlan(id.parse().map_err(|_| wrong())?),
            Some(("tunnel", id)) => NetworkSource::Tunnel(id.parse().map_err(|_| wrong())?),
            Some(("port", id)) => NetworkSource::Port(id.parse().map_err(|_| wrong())?),
            _ => return Err(wrong()),
        };
        let known = config.networks.iter().find(|rule| rule.network.name == name);
        let id = known.map_or(NetworkId(config.networks.len() as u16 + 1), |rule| rule.network.id);
        config.networks.push(NetworkRule { source, network: Network { id, name: name.into() } });
    }
    Ok(Zones::new(&config))
}

/// Tables that suit this much input: small files must not pay for large ones.
pub fn sizes(bytes: Option<u64>) -> (Sizes, usize, usize) {
    let frames = bytes.map_or(u64::MAX, |bytes| bytes / 64);
    let up_to = |most: u64| frames.clamp(1 << 10, most) as usize;
    let sizes = Sizes { values: up_to(1 << 18), sightings: up_to(1 << 16), conversations: up_to(1 << 16) };
    (sizes, up_to(1 << 17), (up_to(1 << 17) / 64).max(64))
}

/// The capture's size, when it is a plain file that is not compressed (a
/// compressed one may be of any size).
pub fn plain_size(path: &Path) -> Option<u64> {
    let meta = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let mut magic = [0; 4];
    std::io::Read::read_exact(&mut std::fs::File::open(path).ok()?, &mut magic).ok()?;
    let compressed = magic[..2] == [0x1f, 0x8b] || magic == [0x28, 0xb5, 0x2f, 0xfd];
    (!compressed).then_some(meta.len())
}

/// Frame time, made non-decreasing.
#[derive(Default)]
struct Clock {
    now: Time,
    first: Option<Time>,
    jumps: u64,
    backwards: u64,
}

impl Clock {
    /// An hour in nanoseconds.
    const HOUR: u64 = 3_600 * Time::SECOND;

    fn frame(&mut self, time: Time) -> Time {
        if self.first.is_none() {
            self.first = Some(time);
            self.now = time;
        }
        self.backwards += u64::from(time < self.now);
        self.jumps += u64::from(time.0.abs_diff(self.now.0) > Self::HOUR);
        self.now = self.now.max(time);
        self.now
    }
}

/// How often Ctrl-C was pressed.
pub fn interrupts() -> u32 {
    INTERRUPTS.load(Ordering::SeqCst)
}

/// Ctrl-C was pressed: the first time everything stops in order, the second time at once.
pub fn interrupted() {
    if INTERRUPTS.fetch_add(1, Ordering::SeqCst) >= 1 {
        crate::live::give_back();
        std::process::exit(130);
    }
}

/// Ctrl-C is counted from now on instead of ending the program.
pub fn catch_interrupts() {
    let _ = ctrlc::set_handler(interrupted);
}

/// Waits, at most until Ctrl-C is pressed.
pub fn pause(time: std::time::Duration) {
    let until = Instant::now() + time;
    while interrupts() == 0 && Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// A sensor that is being fed, source after source.
pub struct Feed<'z> {
    zones: &'z Zones,
    tracker: Tracker,
    worker: Worker,
    clock: Clock,
    started: Instant,
    /// Frames of the sources before.
    base: u64,
    /// Interfaces of the sources before.
    ports: u16,
    progress: ProgressBar,
}

impl<'z> Feed<'z> {
    /// For this much input, as far as that is known.
    pub fn new(zones: &'z Zones, bytes: Option<u64>, quiet: bool) -> Feed<'z> {
        let (sizes, flows, buffers) = sizes(bytes);
        let (tracker, worker) = (Tracker::new(zones.clone(), sizes), Worker::new(flows, buffers));
        worker.regions().chain(tracker.regions()).for_each(sys::memory::huge_pages);
        let (clock, started) = (Clock::default(), Instant::now());
        Feed { zones, tracker, worker, clock, started, base: 0, ports: 0, progress: progress(quiet) }
    }

    /// Feeds it what the source has ready, but at most so many frames; gives how many
    /// there were of each interface to `count`, and how the source stands.
    ///
    /// # Errors
    /// As [`Source::batch`].
    pub fn step(
        &mut self,
        source: &mut dyn Source,
        most: u64,
        mut count: impl FnMut(u16),
    ) -> Result<Progress, capture::Error> {
        let Feed { zones, tracker, worker, clock, base, ports, progress, .. } = self;
        let mut left = most;
        let step = source.batch(&mut |batch: &[Frame<'_>]| {
            let inputs = batch.iter().take(usize::try_from(left).unwrap_or(usize::MAX)).map(|frame| {
                count(frame.interface);
                Input {
                    link: frame.link.0,
                    data: frame.data,
                    wire_len: frame.wire_len,
                    time: clock.frame(frame.time),
                    port: frame.interface + *ports,
                    number: *base + frame.number,
                }
            });
            let inputs: heapless::Vec<Input<'_>, { capture::BATCH }> = inputs.collect();
            left -= inputs.len() as u64;
            worker.frames(&inputs, zones, tracker);
            if let Some(last) = inputs.last() {
                progress.set_position(last.number);
            }
        })?;
        Ok(step)
    }

    /// Lets time pass on a silent port.
    pub fn idle(&mut self, now: Time) {
        if self.clock.first.is_some() {
            self.worker.tick(self.clock.now.max(now), &mut self.tracker);
        }
    }

    /// The next source follows one of so many frames and interfaces.
    fn next(&mut self, frames: u64, interfaces: usize) {
        self.base += frames;
        self.ports += interfaces as u16;
    }

    /// What was heard; the address space is still the caller's.
    pub fn finish(mut self, files: Vec<FileRead>) -> impl FnOnce(Zones) -> Heard + use<> {
        self.progress.finish_and_clear();
        self.worker.finish(&mut self.tracker);
        let Feed { mut tracker, worker, clock, started, .. } = self;
        let (report, stats) = (tracker.report(), worker.stats());
        move |zones| Heard {
            files,
            report,
            stats,
            span: clock.first.map(|first| (first, clock.now)),
            jumps: clock.jumps,
            backwards: clock.backwards,
            zones,
            seconds: started.elapsed().as_secs_f64(),
            interrupted: interrupts() > 0,
        }
    }
}

/// Reads captures or listens to ports, as the flags say.
///
/// # Errors
/// As [`captures`] and [`crate::live::listen`].
pub fn input(input: &crate::args::Input) -> Result<Heard, Failure> {
    match input.live.interface.is_empty() {
        true => captures(&input.files, &input.space),
        false => crate::live::listen(&input.live, &input.space),
    }
}

/// Runs the sensor over these captures, in this order.
///
/// # Errors
/// An input that cannot be opened or is no capture. Damage is no error: it is in [`FileRead::damage`].
pub fn captures(files: &[PathBuf], space: &Space) -> Result<Heard, Failure> {
    let _ = ctrlc::set_handler(interrupted);
    let zones = zones(space)?;
    let mut feed = Feed::new(&zones, files.iter().map(|file| plain_size(file)).sum(), space.quiet);
    let mut read = Vec::new();
    for file in files {
        let mut source = open(file)?;
        let mut frames = 0;
        let end = loop {
            match feed.step(&mut source, u64::MAX, |_| frames += 1)? {
                Progress::End(end) => break end,
                _ if interrupts() > 0 => break End::Clean,
                _ => {}
            }
        };
        feed.next(frames, source.interfaces().len());
        read.push(file_read(file, &source, frames, end));
    }
    let heard = feed.finish(read);
    Ok(heard(zones))
}

/// Opens a capture, or standard input for `-`.
///
/// # Errors
/// It cannot be opened, or is no capture.
pub fn open(file: &Path) -> Result<PcapFile, Failure> {
    let stdin = file.as_os_str() == "-";
    if stdin && std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "standard input is a terminal; pipe a capture in, as in: tcpdump -w - | stillwatch assets -"
                .into(),
        ));
    }
    let source = if stdin { PcapFile::stdin() } else { PcapFile::open(file) };
    Ok(source?)
}

fn file_read(file: &Path, source: &PcapFile, frames: u64, end: End) -> FileRead {
    let mut links: Vec<String> = source
        .interfaces()
        .iter()
        .map(|interface| match packet::LINK_TYPES.iter().find(|(number, _)| *number == interface.link.0) {
            Some((_, name)) => (*name).to_owned(),
            None => format!("LINKTYPE {} (not understood)", interface.link.0),
        })
        .collect();
    links.sort();
    links.dedup();
    let losses = source.losses();
    FileRead {
        name: if file.as_os_str() == "-" { "standard input".into() } else { file.display().to_string() },
        format: match source.compression().name() {
            "" => source.format().name().to_owned(),
            compression => format!("{}, {compression}", source.format().name()),
        },
        frames,
        links,
        damage: match end {
            End::Clean => None,
            End::Damaged(damage) => Some(damage.to_string()),
        },
        dropped: losses.dropped + losses.interface_dropped,
        port: None,
    }
}

fn progress(quiet: bool) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if quiet || !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} frames, {per_sec}") {
        bar.set_style(style);
    }
    bar
}
