//! `cargo xtask bench`: the whole pipeline against the floor, in one run.
//!
//! Every measurement is a child process pinned to one core, reading a capture
//! that is in the page cache; what counts is its CPU time (user and system), in
//! packets per CPU second, as the median of several runs taken in turn with the
//! floor's. The floor reads the same records from the same source, looks at
//! Ethernet, IP and ports, and touches one slot of a hash table.

mod child;
mod floor;
mod identity;
#[cfg(target_os = "linux")]
mod live;
mod platform;
mod shapes;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use child::{Figures, Kind};
use shapes::Shape;

const USAGE: &str = "\
usage: stillwatch-bench [SHAPE...] [--packets N] [--runs N] [--shared DIR]
       stillwatch-bench identity [HOSTS]      notes, components and memory of the inventory
  SHAPE        enterprise, worst, flows (default: all; enterprise needs the captures in DIR)
  --packets N  size of each set (default 1000000)
  --runs N     runs of each, in turn (default 5)
  --shared DIR folder with real captures (default ../shared/captures)
  --repeat     peak memory for a file and for that file forty times over
  --live       instead: ring and pnet at a cable in a namespace (as root), --runs each
  --keep DIR   where the sets are made and kept (default target/bench)
   or: stillwatch-bench --platform [--assets N] [--seconds N] [--database FILE]
  --platform   the inventory in SQLite instead: ingest, lists, asset pages, start
  --assets N   assets in it (default 100000)
  --seconds N  how long pages are read while sensors report (default 20)
  --database FILE  filled if it is not there, and kept";

struct Options {
    shapes: Vec<Shape>,
    packets: u64,
    runs: usize,
    shared: PathBuf,
    keep: PathBuf,
    repeat: bool,
    live: bool,
}

fn options(args: &[String]) -> Result<Options> {
    let mut options = Options {
        shapes: Vec::new(),
        packets: 1_000_000,
        runs: 5,
        shared: "../shared/captures".into(),
        keep: "target/bench".into(),
        repeat: false,
        live: false,
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} wants a value\n{USAGE}"));
        match arg.as_str() {
            "--packets" => options.packets = value()?.parse().context("--packets wants a number")?,
            "--runs" => options.runs = value()?.parse().context("--runs wants a number")?,
            "--shared" => options.shared = value()?.into(),
            "--keep" => options.keep = value()?.into(),
            "--repeat" => options.repeat = true,
            "--live" => options.live = true,
            "-h" | "--help" => {
                println!("{USAGE}");
                std::process::exit(0);
            }
            name => match Shape::named(name) {
                Some(shape) => options.shapes.push(shape),
                None => bail!("'{name}' is no shape\n{USAGE}"),
            },
        }
    }
    if options.shapes.is_empty() && !options.repeat {
        options.shapes = Shape::ALL.to_vec();
    }
    Ok(options)
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == "child") {
        return child::run(&args[1..]);
    }
    if args.first().is_some_and(|arg| arg == "platform" || arg == "--platform") {
        return platform::run(&args[1..]);
    }
    if args.first().is_some_and(|arg| arg == "identity") {
        return identity::run(&args[1..]);
    }
    let options = options(&args)?;
    #[cfg(target_os = "linux")]
    if options.live {
        return live::run(options.runs);
    }
    std::fs::create_dir_all(&options.keep)?;
    println!("one core, all {} protocols on, median of {} runs in turn", protocols(), options.runs);
    println!(
        "{:<11} {:>10} {:>12} {:>12} {:>7} {:>11} {:>10} {:>9}",
        "shape", "packets", "floor Mpps", "sensor Mpps", "ratio", "ns/packet", "peak MiB", "evicted"
    );
    for shape in &options.shapes {
        if *shape == Shape::Enterprise && !options.shared.is_dir() {
            println!("{:<11} skipped: no captures at {}", shape.name(), options.shared.display());
            continue;
        }
        let file = shape.make(&options.keep, &options.shared, options.packets)?;
        compare(*shape, &file, options.runs)?;
    }
    if options.repeat {
        repeat(&options)?;
    }
    Ok(())
}

fn protocols() -> usize {
    sense::protocols()
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn compare(shape: Shape, file: &Path, runs: usize) -> Result<()> {
    let (mut floor, mut sensor) = (Vec::new(), Vec::new());
    let mut last = Figures::default();
    child::spawn(Kind::Floor, file, 1)?;
    for _ in 0..runs {
        floor.push(child::spawn(Kind::Floor, file, 1)?.rate());
        last = child::spawn(Kind::Sensor, file, 1)?;
        sensor.push(last.rate());
    }
    let (floor, sensor) = (median(floor), median(sensor));
    println!(
        "{:<11} {:>10} {:>12.2} {:>12.2} {:>7} {:>11.0} {:>10} {:>9}",
        shape.name(),
        last.packets,
        floor / 1e6,
        sensor / 1e6,
        format!("1/{:.1}", floor / sensor),
        1e9 / sensor,
        last.peak_kib / 1024,
        last.evicted
    );
    Ok(())
}

/// The same peak for a file and for that file forty times over, time going on.
fn repeat(options: &Options) -> Result<()> {
    let shape = if options.shared.is_dir() { Shape::Enterprise } else { Shape::Flows };
    let file = shape.make(&options.keep, &options.shared, 200_000)?;
    println!("\n{:<11} {:>6} {:>10} {:>10}", "peak memory", "times", "packets", "peak MiB");
    for times in [1, 40] {
        let figures = child::spawn(Kind::Sensor, &file, times)?;
        println!(
            "{:<11} {times:>6} {:>10} {:>10.1}",
            shape.name(),
            figures.packets,
            figures.peak_kib as f64 / 1024.0
        );
    }
    Ok(())
}
