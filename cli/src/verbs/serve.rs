//! `stillwatch serve`: captures in a browser, on the platform's own pages.
//!
//! A platform of this process's own, in a folder that goes with it, and a sensor
//! that reads the captures in frame time, so that pages and command line agree.

use std::path::PathBuf;
use std::time::Duration;

use capture::{Frame, Progress, Source};
use clap::Args;
use model::Time;
use platform_core::views::{InternalGroup, NetworkMap, NewSensor};
use platform_core::{Caller, Platform};
use sense::{Input, Sensor};
use server::{Options, Running, Server};
use wire::{PortStatus, Report, SensorConfig, State, Status, WaitConfig};

use crate::args::Space;
use crate::exit::{Exit, Failure};
use crate::read;

/// What to serve.
#[derive(Debug, Args)]
pub struct Serve {
    /// Captures (pcap or pcapng, plain, gzip or zstd)
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Port of the address on this machine; 0: any free one
    #[arg(long, value_name = "PORT", default_value_t = 8_470)]
    pub port: u16,
    #[command(flatten)]
    pub space: Space,
}

/// Between two signs of life, as a sensor gives them.
const BEAT: Duration = Duration::from_secs(4);

/// Runs the verb until Ctrl-C.
pub fn run(args: &Serve) -> Result<Exit, Failure> {
    read::catch_interrupts();
    let folder = tempfile::tempdir().map_err(Failure::Output)?;
    let options = Options { entry: true, keep_days: u32::MAX, ..local(folder.path(), args.port) };
    let running = Server::start(options).map_err(|error| Failure::Invalid(format!("{error:#}")))?;
    let served = show(args, &running);
    running.stop();
    served
}

/// A platform on this machine alone, on a port of its own.
pub fn local(folder: &std::path::Path, port: u16) -> Options {
    Options { listen: (std::net::Ipv4Addr::LOCALHOST, port).into(), ..Options::local(folder) }
}

fn show(args: &Serve, running: &Running) -> Result<Exit, Failure> {
    let platform = &running.platform;
    let wrong = |error: platform_core::Error| Failure::Invalid(error.to_string());
    let (caller, config) = lay_out(args, platform)?;
    let (mut frames, mut dropped) = (0, 0);
    let mut last = Time(0);
    let mut failed = None;
    hear(&args.files, &config, |report, sensor, at| {
        (frames, dropped, last) = (sensor.stats().frames, sensor.counts().dropped, at);
        failed = failed.take().or_else(|| platform.import(&caller, &report).err());
    })?;
    if let Some(error) = failed {
        return Err(wrong(error));
    }
    platform.inventory().settle().map_err(wrong)?;
    let assets = platform.home().map_err(wrong)?.assets[0];
    println!("{assets} assets in {}.", names(&args.files));
    println!("Open {}   (Ctrl-C ends it)", running.entry().unwrap_or(running.url()));
    let port = PortStatus { name: names(&args.files), link: true, frames, last, ..PortStatus::default() };
    while read::interrupts() == 0 {
        let status = Status {
            time: Time(sys::clock::wall()),
            version: super::VERSION.to_owned(),
            state: State::Sensing,
            config: config.version,
            // The capture was heard when it was made; here it is merely open.
            ports: vec![PortStatus { last: Time(sys::clock::wall()), ..port.clone() }],
            dropped,
            ..Status::default()
        };
        platform.status(&caller, status).map_err(wrong)?;
        read::pause(BEAT);
    }
    Ok(Exit::Ok)
}

fn names(files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    names.join(", ")
}

/// Makes the sensor, its networks and its ranges: those that were said, else
/// private ones and those in which hosts prove to be local.
fn lay_out(args: &Serve, platform: &Platform) -> Result<(Caller, SensorConfig), Failure> {
    let wrong = |error: platform_core::Error| Failure::Invalid(error.to_string());
    let name = args
        .files
        .first()
        .and_then(|file| file.file_stem())
        .map_or("capture".into(), |stem| stem.to_string_lossy());
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let name: String = name.chars().map(plain).take(60).collect();
    let new = NewSensor { name: name.clone(), ..NewSensor::default() };
    let caller = platform.local_sensor(&new).map_err(wrong)?;
    let mut wanted = platform.configuration().map_err(wrong)?;
    for text in &args.space.network {
        let (source, network) = text.split_once('=').unwrap_or((text, ""));
        if !platform.networks().map_err(wrong)?.iter().any(|known| known.name == network) {
            platform.new_network(network, "this program").map_err(wrong)?;
        }
        let map = NetworkMap { sensor: name.clone(), source: source.into(), network: network.into() };
        wanted.network_maps.push(map);
    }
    wanted.excluded.clone_from(&args.space.exclude);
    wanted.domains.clone_from(&args.space.domain);
    wanted.excluded_hostnames.clone_from(&args.space.exclude_hostname);
    let mut ranges: Vec<String> = args.space.internal.iter().map(ToString::to_string).collect();
    if ranges.is_empty() {
        let config = current(platform, &caller)?;
        ranges = zones::Group::private().ranges.iter().map(ToString::to_string).collect();
        let heard = hear(&args.files, &config, |_, _, _| {})?;
        ranges.extend(heard.into_iter().map(|heard| heard.range.to_string()));
        ranges.sort_unstable();
        ranges.dedup();
    }
    wanted.internal =
        vec![InternalGroup { name: "internal".into(), ranges, inventory: true, ..InternalGroup::default() }];
    platform.configure(&wanted, "this program").map_err(wrong)?;
    let config = current(platform, &caller)?;
    Ok((caller, config))
}

fn current(platform: &Platform, caller: &Caller) -> Result<SensorConfig, Failure> {
    let config = platform.config_for(caller, &WaitConfig { have: 0, wait: 0 });
    let config = config.map_err(|error| Failure::Invalid(error.to_string()))?;
    config.ok_or_else(|| Failure::Invalid("the platform made no configuration".into()))
}

/// Runs a sensor over the captures in frame time. `each` gets its reports; the
/// answer are the ranges in which hosts are heard.
fn hear(
    files: &[PathBuf],
    config: &SensorConfig,
    mut each: impl FnMut(Report, &Sensor, Time),
) -> Result<Vec<wire::HeardRange>, Failure> {
    let (sizes, flows, buffers) = read::sizes(files.iter().map(|file| read::plain_size(file)).sum());
    let mut sensor: Option<Sensor> = None;
    let (mut now, mut base, mut ports) = (Time(0), 0, 0);
    let mut reports = Vec::new();
    for file in files {
        let mut source = read::open(file)?;
        let mut frames = 0;
        loop {
            let step = source.batch(&mut |batch: &[Frame<'_>]| {
                frames += batch.len() as u64;
                for frame in batch {
                    now = now.max(frame.time);
                    let sensor =
                        sensor.get_or_insert_with(|| Sensor::new(config, sizes, flows, buffers, now));
                    // In frame time a poll is due whenever a tenth of a second went by.
                    sensor.frames(&[Input {
                        link: frame.link.0,
                        data: frame.data,
                        wire_len: frame.wire_len,
                        time: now,
                        port: frame.interface + ports,
                        number: base + frame.number,
                    }]);
                    reports.extend(sensor.poll(now));
                }
            });
            if let Some(sensor) = &sensor {
                reports.drain(..).for_each(|report| each(report, sensor, now));
            }
            match step.map_err(|error| Failure::Input(error.to_string()))? {
                Progress::End(_) => break,
                _ if read::interrupts() > 0 => break,
                _ => {}
            }
        }
        base += frames;
        ports += source.interfaces().len() as u16;
    }
    let Some(mut sensor) = sensor else { return Ok(Vec::new()) };
    let heard = sensor.heard_ranges();
    let last: Vec<Report> = sensor.finish(now).collect();
    last.into_iter().for_each(|report| each(report, &sensor, now));
    Ok(heard)
}
