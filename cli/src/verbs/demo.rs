//! `stillwatch demo`: everything at once, on this machine alone – a platform, a
//! sensor that registers with a code, and traffic that Stillwatch makes itself.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent::{Control, Options};
use capture::{PcapFile, Replay};
use clap::Args;
use model::{PersonalizationCode, Time};
use platform_core::Platform;
use platform_core::views::{InternalGroup, NewSensor};
use sense::Sizes;
use server::{Running, Server};
use spool::Limits;
use uplink::{Address, Route, System, Vault, World};

use super::{finish, inventory, overview, serve};
use crate::args::Space;
use crate::exit::{Exit, Failure};
use crate::read;

/// How to demonstrate.
#[derive(Debug, Args)]
pub struct Demo {
    /// Only the overview, in the terminal, of the made capture
    #[arg(long)]
    pub text: bool,
    /// Keep the made capture here, and show its overview
    #[arg(long, value_name = "FILE")]
    pub keep: Option<PathBuf>,
    /// Port of the address on this machine; 0: any free one
    #[arg(long, value_name = "PORT", default_value_t = 8_470)]
    pub port: u16,
    /// End after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub duration: Option<u64>,
}

/// Address space of the made plant and office.
const RANGES: [&str; 2] = ["10.20.0.0/16", "10.30.0.0/16"];

/// Runs the verb until Ctrl-C.
pub fn run(args: &Demo) -> Result<Exit, Failure> {
    if args.text || args.keep.is_some() {
        return text(args.keep.as_deref());
    }
    let began = Instant::now();
    read::catch_interrupts();
    let folder = tempfile::tempdir().map_err(Failure::Output)?;
    let made = folder.path().join("demo.pcap");
    make(&made)?;
    let options = server::Options { entry: true, ..serve::local(&folder.path().join("platform"), args.port) };
    let running = Server::start(options).map_err(|error| Failure::Invalid(format!("{error:#}")))?;
    let ran = play(args, began, &running, &folder.path().join("sensor"), &made);
    running.stop();
    ran
}

/// Registers a sensor, lets it hear the capture, and says what happens.
fn play(args: &Demo, began: Instant, running: &Running, state: &Path, made: &Path) -> Result<Exit, Failure> {
    let platform = &running.platform;
    let wrong = |error: platform_core::Error| Failure::Invalid(error.to_string());
    println!("A platform, a sensor and made traffic of a small plant and office, on this machine alone.");
    let new = NewSensor { name: "demo".into(), site: "this machine".into(), ..NewSensor::default() };
    let (_, code) = platform.new_sensor(&new, "demo").map_err(wrong)?;
    let mut configuration = platform.configuration().map_err(wrong)?;
    configuration.internal = vec![InternalGroup {
        name: "plant and office".into(),
        ranges: RANGES.map(String::from).into(),
        inventory: true,
        ..InternalGroup::default()
    }];
    platform.configure(&configuration, "demo").map_err(wrong)?;
    register(&code, running, state)?;
    println!("The sensor registered with the code {code}, over mutual TLS.");
    println!("\n  Open  {}\n", running.entry().unwrap_or(running.url()));

    let control = Control::default();
    let sensing = control.clone();
    let mut capture = PcapFile::open(made).map_err(|error| Failure::Input(error.to_string()))?;
    let mut source = Replay::new(&mut capture, 1, 0, Time(sys::clock::wall()))
        .map_err(|error| Failure::Input(error.to_string()))?;
    let options = Options {
        state: state.to_owned(),
        proxy: None,
        spool: Limits { bytes: 64 << 20, ..Limits::default() },
        sizes: Sizes { values: 1 << 14, sightings: 1 << 12, conversations: 1 << 12 },
        flows: 1 << 13,
        buffers: 256,
        version: super::VERSION.to_owned(),
        rated: 1_000,
    };
    let (ended, end) = std::sync::mpsc::channel();
    let sensor = std::thread::spawn(move || {
        let ran = agent::run(&mut source, &options, &sensing, &|_| {});
        let _ = ended.send(ran.map_err(|error| error.to_string()));
    });
    let told = tell(args, began, platform, &end);
    control.stop();
    let _ = sensor.join();
    told
}

/// Says when the first asset is there, and waits for the end.
fn tell(
    args: &Demo,
    began: Instant,
    platform: &Platform,
    end: &std::sync::mpsc::Receiver<Result<(), String>>,
) -> Result<Exit, Failure> {
    let until = args.duration.map(|seconds| began + Duration::from_secs(seconds));
    let mut first = true;
    while read::interrupts() == 0 && until.is_none_or(|until| Instant::now() < until) {
        if let Ok(ended) = end.try_recv() {
            return ended
                .map(|()| Exit::Ok)
                .map_err(|error| Failure::Invalid(format!("the sensor ended: {error}")));
        }
        let assets = platform.home().map_err(|error| Failure::Invalid(error.to_string()))?.assets[0];
        if first && assets > 0 {
            first = false;
            println!(
                "The first asset was there {:.1} s after the start. Ctrl-C ends everything.",
                began.elapsed().as_secs_f64()
            );
        }
        read::pause(Duration::from_millis(250));
    }
    let assets = platform.home().map_err(|error| Failure::Invalid(error.to_string()))?.assets[0];
    println!("{assets} assets. Nothing is kept.");
    Ok(Exit::Ok)
}

fn register(code: &str, running: &Running, state: &Path) -> Result<(), Failure> {
    let code: PersonalizationCode =
        code.parse().map_err(|wrong: model::NotACode| Failure::Invalid(wrong.to_string()))?;
    let address = running.sensor_address;
    let platform = Address { host: address.ip().to_string(), port: address.port() };
    let vault = Vault::open(state).map_err(|error| crate::way::failure(&error))?;
    let world: Arc<dyn World> = Arc::new(System::default());
    let route = Route { platform, proxy: None };
    let registered = uplink::register(&code, &route, &agent::hardware(super::VERSION), &vault, &world);
    registered.map(drop).map_err(|error| crate::way::failure(&error))
}

/// Writes the made capture.
fn make(path: &Path) -> Result<(), Failure> {
    let cannot =
        |error| Failure::Usage(format!("cannot write the demo capture to {}: {error}", path.display()));
    let mut file = BufWriter::new(File::create(path).map_err(cannot)?);
    capture::demo::write(&mut file).map_err(cannot)?;
    Ok(())
}

/// The overview in the terminal; `keep` is where the capture stays, else it is removed.
fn text(keep: Option<&Path>) -> Result<Exit, Failure> {
    let path: PathBuf = match keep {
        Some(path) => path.to_owned(),
        None => std::env::temp_dir().join(format!("stillwatch-demo-{}.pcap", std::process::id())),
    };
    make(&path)?;
    let space = Space::default();
    let read = read::captures(std::slice::from_ref(&path), &space);
    if keep.is_none() {
        let _ = std::fs::remove_file(&path);
    }
    let heard = read?;
    println!("A small plant and office, made by Stillwatch itself; nothing was captured from your network.");
    let name = keep.map_or("demo.pcap".into(), |path| path.display().to_string());
    overview::print(&heard, &inventory(&heard, &space, false), &name, true, keep.is_none())?;
    if keep.is_none() {
        println!("\nNext:  stillwatch demo                       the same in a browser, live");
        println!("       stillwatch demo --keep demo.pcap       keep the capture, to look into it");
        println!("       stillwatch show demo.pcap fileserver01 --why");
        println!("       stillwatch FILE                        the same for a capture of yours");
    }
    Ok(finish(&heard))
}
