//! One measurement in a process of its own.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use capture::{End, Frame, PcapFile, Progress, Source};
use model::Time;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;
use sense::{Input, Sizes, Tracker, Worker};
use zones::{Config, Group, Zones};

use crate::floor::Floor;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One hash slot a packet.
    Floor,
    /// Worker and tracker, everything on.
    Sensor,
}

/// What a child says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Frames read.
    pub packets: u64,
    /// CPU microseconds, user and system, of the reading alone.
    pub micros: u64,
    /// Largest resident set, KiB.
    pub peak_kib: u64,
    /// Flows that had to make room.
    pub evicted: u64,
    /// A sum over what was done, so that nothing is optimised away.
    pub check: u64,
}

impl Figures {
    /// Packets per CPU second.
    pub fn rate(&self) -> f64 {
        self.packets as f64 * 1e6 / self.micros.max(1) as f64
    }
}

/// Runs a child and reads its figures.
pub fn spawn(kind: Kind, file: &Path, times: u32) -> Result<Figures> {
    let kind = if kind == Kind::Floor { "floor" } else { "sensor" };
    let output = Command::new(std::env::current_exe()?)
        .args(["child", kind])
        .arg(file)
        .arg(times.to_string())
        .output()
        .context("starting the measurement")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next().transpose().ok().flatten();
    match (next(), next(), next(), next(), next()) {
        (Some(packets), Some(micros), Some(peak_kib), Some(evicted), Some(check)) => {
            Ok(Figures { packets, micros, peak_kib, evicted, check })
        }
        _ => bail!("the measurement failed: {}{}", text, String::from_utf8_lossy(&output.stderr)),
    }
}

/// The child: `floor|sensor FILE TIMES`.
pub fn run(args: &[String]) -> Result<()> {
    let [kind, file, times] = args else { bail!("child floor|sensor FILE TIMES") };
    let times: u32 = times.parse()?;
    let mut cpus = CpuSet::new();
    cpus.set(0)?;
    // Not every sandbox lets a process choose its core; then the scheduler does.
    let _ = sched_setaffinity(Pid::from_raw(0), &cpus);
    let mut figures = match kind.as_str() {
        "floor" => floor(Path::new(file), times)?,
        _ => sensor(Path::new(file), times)?,
    };
    figures.peak_kib = peak_kib()?;
    let Figures { packets, micros, peak_kib, evicted, check } = figures;
    println!("{packets} {micros} {peak_kib} {evicted} {check}");
    Ok(())
}

fn cpu_micros() -> Result<u64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok((usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as u64)
}

fn peak_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("no VmHWM in /proc/self/status")?;
    Ok(line.split_whitespace().next().context("VmHWM without a number")?.parse()?)
}

/// Reads a file `times` times, each frame with its time moved on by whole spans.
fn batches(file: &Path, times: u32, mut each: impl FnMut(&[Frame<'_>], u64)) -> Result<u64> {
    let (mut packets, mut shift, mut last) = (0, 0, 0);
    for _ in 0..times {
        let mut first = None;
        let mut source = PcapFile::open(file)?;
        loop {
            let step = source.batch(&mut |batch| {
                if let [begin, .., end] | [begin @ end] = batch {
                    first.get_or_insert(begin.time.0);
                    last = end.time.0;
                }
                packets += batch.len() as u64;
                each(batch, shift);
            })?;
            match step {
                Progress::End(End::Clean) => break,
                Progress::End(End::Damaged(damage)) => bail!("{damage}"),
                _ => {}
            }
        }
        shift += last.saturating_sub(first.unwrap_or(last)) + Time::SECOND;
    }
    Ok(packets)
}

fn floor(file: &Path, times: u32) -> Result<Figures> {
    let mut floor = Floor::new();
    let before = cpu_micros()?;
    let packets = batches(file, times, |batch, _| batch.iter().for_each(|frame| floor.frame(frame.data)))?;
    let micros = cpu_micros()? - before;
    Ok(Figures { packets, micros, check: floor.sum(), ..Figures::default() })
}

fn sensor(file: &Path, times: u32) -> Result<Figures> {
    let zones = Zones::new(&Config { internal: vec![Group::private()], ..Config::default() });
    let sizes = Sizes { values: 1 << 18, sightings: 1 << 16, conversations: 1 << 16 };
    let mut tracker = Tracker::new(zones.clone(), sizes);
    let mut worker = Worker::new(1 << 17, 2_048);
    worker.regions().chain(tracker.regions()).for_each(sys::memory::huge_pages);
    let before = cpu_micros()?;
    let packets = batches(file, times, |batch, shift| {
        let inputs = batch.iter().map(|frame| {
            let Frame { data, number, wire_len, interface: port, link, time } = *frame;
            Input { link: link.0, data, wire_len, time: Time(time.0 + shift), port, number }
        });
        let inputs: heapless::Vec<Input<'_>, { capture::BATCH }> = inputs.collect();
        worker.frames(&inputs, &zones, &mut tracker);
    })?;
    worker.finish(&mut tracker);
    let micros = cpu_micros()? - before;
    let stats = worker.stats();
    Ok(Figures { packets, micros, evicted: stats.evicted, check: stats.ip, ..Figures::default() })
}
