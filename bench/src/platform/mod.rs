//! `cargo xtask bench --platform`: the inventory in SQLite – filled, closed and
//! opened again, and read while sensors report.
//!
//! Wall times say something on a quiet machine only; CPU times – of the thread
//! that makes a page, of the whole process for the rest – say something on any.

mod network;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use model::NetworkId;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use platform_core::engine::{Context as Configuration, Engine, Ingested, Limits};
use platform_core::views::{AssetAnswer, AssetQuery};
use platform_core::{Clock, SystemClock};
use store::{SensorNumber, Sqlite};

use network::Network;

/// Sightings of one report.
const BATCH: usize = 500;

/// Lists as people ask for them: query and order.
const LISTS: &[(&str, &str)] = &[
    ("", ""),
    ("", "-last_seen"),
    ("", "ip"),
    ("printer", ""),
    ("type:server AND NOT network:network-3", "-first_seen"),
    ("ip:10.2.0.0/16 age:<1d", "ip"),
    ("name:~\"^lab-.*7\" OR maker:siemens", "maker"),
    ("host-12345", ""),
    ("port:443 (confidence:<0.6 OR has:nat_suspect)", "-confidence"),
    ("mac:00:1b:1b:00", "mac"),
];

/// Runs it.
pub fn run(args: &[String]) -> Result<()> {
    let (mut assets, mut seconds, mut kept) = (100_000, 20, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = args.next().with_context(|| format!("{arg} wants a value"))?;
        match arg.as_str() {
            "--assets" => assets = value.parse().context("--assets wants a number")?,
            "--seconds" => seconds = value.parse().context("--seconds wants a number")?,
            "--database" => kept = Some(PathBuf::from(value)),
            other => bail!("there is no option {other}: take --assets N, --seconds N, --database FILE"),
        }
    }
    let folder = tempfile::TempDir::new_in("target").or_else(|_| tempfile::TempDir::new())?;
    let path = kept.unwrap_or_else(|| folder.path().join("platform.db"));
    let mut network = Network::new(assets, SystemClock::default().now());
    println!("{assets} assets in SQLite");
    if !path.exists() {
        fill(&path, &network, assets)?;
    }

    let phase = Phase::begin();
    let engine = open(&path)?;
    phase.end("open again", assets as u64, "assets");
    println!("{:32} {:>10} MiB", "memory after opening", memory()?);

    pages(&engine, &network, Duration::from_secs(seconds.min(10)), "alone")?;
    let stop = AtomicBool::new(false);
    let updates = AtomicU64::new(0);
    let phase = Phase::begin();
    std::thread::scope(|scope| -> Result<()> {
        let reporter = scope.spawn(|| -> Result<()> {
            while !stop.load(Ordering::Relaxed) {
                let report = network.update(BATCH);
                ingest(&engine, &report)?;
                updates.fetch_add(BATCH as u64, Ordering::Relaxed);
            }
            Ok(())
        });
        let hosts = Network::new(assets, SystemClock::default().now());
        let read = pages(&engine, &hosts, Duration::from_secs(seconds), "while sensors report");
        stop.store(true, Ordering::Relaxed);
        let reported = reporter.join();
        read?;
        reported.map_err(|_| anyhow::anyhow!("the reporter panicked"))?
    })?;
    phase.end("updates while pages are read", updates.load(Ordering::Relaxed), "updates");

    let phase = Phase::begin();
    let before = updates.load(Ordering::Relaxed);
    let end = Instant::now() + Duration::from_secs(seconds.min(10));
    while Instant::now() < end {
        ingest(&engine, &network.update(BATCH))?;
        updates.fetch_add(BATCH as u64, Ordering::Relaxed);
    }
    phase.end("updates alone", updates.load(Ordering::Relaxed) - before, "updates");
    println!("{:32} {:>10} MiB", "memory at the end", memory()?);
    Ok(())
}

/// Reports everything once and makes the assets.
fn fill(path: &Path, network: &Network, assets: usize) -> Result<()> {
    let engine = open(path)?;
    let phase = Phase::begin();
    for report in network.first(BATCH) {
        ingest(&engine, &report)?;
    }
    phase.end("report all for the first time", assets as u64, "sightings");
    let phase = Phase::begin();
    engine.settle()?;
    phase.end("make the assets that are left", assets as u64, "assets");
    let total = engine.assets(&AssetQuery::default())?.total;
    ensure!(total == assets as u64, "{total} assets were made of {assets} hosts");
    let size = std::fs::metadata(path)?.len();
    println!("{:32} {:>10} MiB, memory {} MiB", "file", size >> 20, memory()?);
    Ok(())
}

fn open(path: &Path) -> Result<Engine> {
    let limits = Limits { new_sightings_per_hour: u32::MAX, keep_days: 30 };
    let store = Arc::new(Sqlite::open(path)?);
    Ok(Engine::open(store, Arc::new(SystemClock::default()), limits, Configuration::default())?)
}

fn ingest(engine: &Engine, report: &wire::Report) -> Result<()> {
    let allowed = BTreeSet::from([0, 1, 2, 3].map(NetworkId));
    match engine.ingest(SensorNumber(1), &allowed, report, None)? {
        Ingested::Taken(counts) => {
            ensure!((counts.odd, counts.beyond_cap) == (0, 0), "{counts:?}");
            Ok(())
        }
        Ingested::Rejected(words) => bail!("{words}"),
    }
}

/// Reads lists and assets in turn, and prints how long each took.
fn pages(engine: &Engine, hosts: &Network, time: Duration, words: &str) -> Result<()> {
    let mut lists: Vec<Vec<Took>> = vec![Vec::new(); LISTS.len()];
    let mut details = Vec::new();
    let end = Instant::now() + time;
    let mut at = 0_usize;
    while Instant::now() < end {
        let list = at % LISTS.len();
        let (q, sort) = LISTS[list];
        // In turn with facets and without.
        let facets = (at / LISTS.len()).is_multiple_of(2);
        let query = AssetQuery { q: q.into(), sort: sort.into(), facets, ..AssetQuery::default() };
        let took = Took::since(|| engine.assets(&query).map(|_| ()))?;
        lists[list].push(took);
        let name = hosts.name(at * 7_919);
        let query = AssetQuery { q: format!("name:={name}"), limit: 1, ..AssetQuery::default() };
        // Two in a hundred have another name by now.
        if let Some(row) = engine.assets(&query)?.items.first() {
            details.push(Took::since(|| match engine.asset(&row.asset_id)? {
                AssetAnswer::Found(_) => Ok(()),
                _ => Err(platform_core::Error::Missing { what: "asset", id: row.asset_id.clone() }),
            })?);
        }
        at += 1;
    }
    let slowest = lists.iter().zip(LISTS).max_by_key(|(times, _)| times.iter().map(|took| took.cpu).max());
    let slowest = slowest.map_or("", |(_, (q, _))| *q);
    print("list and search", lists.concat(), words);
    println!("{:32} {slowest}", "  most CPU for");
    print("asset page", details, words);
    Ok(())
}

/// What one page took.
#[derive(Clone, Copy)]
struct Took {
    wall: Duration,
    /// Of the thread that made it.
    cpu: Duration,
}

impl Took {
    fn since(work: impl FnOnce() -> platform_core::Result<()>) -> Result<Took> {
        let (start, cpu) = (Instant::now(), thread_cpu()?);
        work()?;
        Ok(Took { wall: start.elapsed(), cpu: thread_cpu()?.saturating_sub(cpu) })
    }
}

fn thread_cpu() -> Result<Duration> {
    Ok(Duration::from(nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID)?))
}

fn print(what: &str, times: Vec<Took>, words: &str) {
    let part = |share: usize, of: fn(&Took) -> Duration| {
        let mut times: Vec<Duration> = times.iter().map(of).collect();
        times.sort();
        times.get(times.len() * share / 100).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    println!(
        "{what:32} wall {:>7.1} ms p50 {:>7.1} ms p95, CPU {:>6.1} ms p50 {:>6.1} ms p95   ({} {words})",
        part(50, |took| took.wall),
        part(95, |took| took.wall),
        part(50, |took| took.cpu),
        part(95, |took| took.cpu),
        times.len()
    );
}

/// One part of the run: wall and CPU seconds.
struct Phase {
    start: Instant,
    cpu: f64,
}

impl Phase {
    fn begin() -> Phase {
        Phase { start: Instant::now(), cpu: cpu() }
    }

    fn end(&self, what: &str, count: u64, things: &str) {
        let (wall, cpu) = (self.start.elapsed().as_secs_f64(), cpu() - self.cpu);
        println!(
            "{what:32} {wall:>10.1} s, CPU {cpu:.1} s: {:.0} {things}/s, {:.0} a CPU second",
            count as f64 / wall,
            count as f64 / cpu.max(0.001)
        );
    }
}

/// CPU seconds of this process so far.
fn cpu() -> f64 {
    getrusage(UsageWho::RUSAGE_SELF).map_or(0.0, |usage| {
        (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
    })
}

/// Resident memory in MiB.
fn memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib >> 10)
}
