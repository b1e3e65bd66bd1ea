//! Runs the sensor over captures: frames in, a report out.

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
fn sizes(bytes: Option<u64>) -> (Sizes, usize, usize) {
    let frames = bytes.map_or(u64::MAX, |bytes| bytes / 64);
    let up_to = |most: u64| frames.clamp(1 << 10, most) as usize;
    let sizes = Sizes { values: up_to(1 << 18), sightings: up_to(1 << 16), conversations: up_to(1 << 16) };
    (sizes, up_to(1 << 17), (up_to(1 << 17) / 64).max(64))
}

/// The capture's size, when it is a plain file that is not compressed (a
/// compressed one may be of any size).
fn plain_size(path: &Path) -> Option<u64> {
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

/// Runs the sensor over these captures, in this order.
///
/// # Errors
/// An input that cannot be opened or is no capture. Damage is no error: it is in [`FileRead::damage`].
pub fn captures(files: &[PathBuf], space: &Space) -> Result<Heard, Failure> {
    let started = Instant::now();
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTS.fetch_add(1, Ordering::SeqCst) >= 1 {
            std::process::exit(130);
        }
    });
    let zones = zones(space)?;
    let total: Option<u64> = files.iter().map(|file| plain_size(file)).sum();
    let (sizes, flows, buffers) = sizes(total);
    let mut tracker = Tracker::new(zones.clone(), sizes);
    let mut worker = Worker::new(flows, buffers);
    worker.regions().chain(tracker.regions()).for_each(sys::memory::huge_pages);
    let mut clock = Clock::default();
    let mut read = Vec::new();
    let progress = progress(space.quiet);
    let mut base = 0;
    let mut ports = 0;
    for file in files {
        let mut source = open(file)?;
        let mut frames = 0;
        let end = loop {
            let step = source.batch(&mut |batch: &[Frame<'_>]| {
                frames += batch.len() as u64;
                let inputs = batch.iter().map(|frame| Input {
                    link: frame.link.0,
                    data: frame.data,
                    wire_len: frame.wire_len,
                    time: clock.frame(frame.time),
                    port: frame.interface + ports,
                    number: base + frame.number,
                });
                let inputs: heapless::Vec<Input<'_>, { capture::BATCH }> = inputs.collect();
                worker.frames(&inputs, &zones, &mut tracker);
            });
            progress.set_position(base + frames);
            match step.map_err(|error| Failure::Input(error.to_string()))? {
                Progress::End(end) => break end,
                _ if INTERRUPTS.load(Ordering::SeqCst) > 0 => break End::Clean,
                _ => {}
            }
        };
        base += frames;
        ports += source.interfaces().len() as u16;
        read.push(file_read(file, &source, frames, end));
    }
    progress.finish_and_clear();
    worker.finish(&mut tracker);
    let report = tracker.report();
    drop(tracker);
    Ok(Heard {
        files: read,
        report,
        stats: worker.stats(),
        span: clock.first.map(|first| (first, clock.now)),
        jumps: clock.jumps,
        backwards: clock.backwards,
        zones,
        seconds: started.elapsed().as_secs_f64(),
        interrupted: INTERRUPTS.load(Ordering::SeqCst) > 0,
    })
}

fn open(file: &Path) -> Result<PcapFile, Failure> {
    let stdin = file.as_os_str() == "-";
    if stdin && std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "standard input is a terminal; pipe a capture in, as in: tcpdump -w - | stillwatch assets -"
                .into(),
        ));
    }
    let source = if stdin { PcapFile::stdin() } else { PcapFile::open(file) };
    source.map_err(|error| Failure::Input(error.to_string()))
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
