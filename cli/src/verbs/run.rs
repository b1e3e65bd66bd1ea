//! `stillwatch run`: a sensor that runs on and reports to its platform.

use std::path::{Path, PathBuf};
use std::time::Duration;

use agent::{AgentError, Control, Notice, Options};
use capture::{PcapFile, Replay, Source};
use clap::Args;
use model::Time;
use sense::Sizes;
use spool::Limits;
use uplink::Phase;
use wire::State;

use crate::args;
use crate::exit::{Exit, Failure};
use crate::live;
use crate::read;
use crate::way::{self, Way};

/// How a sensor runs.
#[derive(Debug, Args)]
pub struct Run {
    /// Sniffing port; may be given several times. It is kept from sending anything
    #[arg(short, long, value_name = "IFACE", required_unless_present_any = ["replay", "setup"])]
    pub interface: Vec<String>,
    /// How to listen
    #[arg(long, value_enum, default_value_t)]
    pub source: args::Source,
    /// Listen even to the port that this machine reaches the network by, as it is
    #[arg(long)]
    pub even_so: bool,
    /// Play this capture in its own time instead of listening
    #[arg(long, value_name = "FILE", conflicts_with = "interface")]
    pub replay: Option<PathBuf>,
    /// Play it so many times as fast
    #[arg(long, value_name = "N", default_value_t = 1, requires = "replay")]
    pub speed: u64,
    /// Play it so many times; 0: for ever
    #[arg(long, value_name = "N", default_value_t = 1, requires = "replay")]
    pub rounds: u64,
    /// Most MiB of reports that are kept while the platform is away
    #[arg(long, value_name = "MIB", default_value_t = 2_048)]
    pub spool: u64,
    /// Most hosts
    #[arg(long, value_name = "N", default_value_t = 16_384)]
    pub hosts: usize,
    /// Speed this machine is rated for, in Mb/s a port
    #[arg(long, value_name = "MBPS", default_value_t = 0)]
    pub rated: u32,
    /// Do what the set-up service at this socket orders: ports, proxy, registration
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = wire::local::SOCKET)]
    #[arg(conflicts_with_all = ["interface", "proxy"])]
    pub setup: Option<PathBuf>,
    #[command(flatten)]
    pub way: Way,
}

impl Run {
    /// The agent's options.
    fn options(&self) -> Result<Options, Failure> {
        let hosts = self.hosts.clamp(256, 1 << 20);
        Ok(Options {
            state: self.way.state(),
            proxy: self.way.proxy()?,
            spool: Limits { bytes: self.spool.max(1) << 20, ..Limits::default() },
            sizes: Sizes { values: hosts * 16, sightings: hosts * 4, conversations: hosts * 4 },
            flows: hosts * 8,
            buffers: (hosts / 8).max(64),
            version: super::VERSION.to_owned(),
            rated: self.rated,
        })
    }
}

/// Runs the verb until Ctrl-C.
pub fn run(args: &Run) -> Result<Exit, Failure> {
    let options = args.options()?;
    let control = Control::default();
    if let Some(socket) = &args.setup {
        return follow(args, socket, &options, &control);
    }
    if let Some(file) = &args.replay {
        let mut capture = PcapFile::open(file).map_err(|error| Failure::Input(error.to_string()))?;
        let mut source = Replay::new(&mut capture, args.speed, args.rounds, Time(sys::clock::wall()))
            .map_err(|error| Failure::Input(error.to_string()))?;
        read::catch_interrupts();
        return sense(&mut source, &options, &control);
    }
    let (_ports, silent) = live::silence(&args.interface, args.even_so, false)?;
    if let Some((name, _)) = args.interface.iter().zip(&silent).find(|(_, silent)| !**silent && !args.even_so)
    {
        return Err(Failure::Usage(format!(
            "{name} has an address: a sniffing port must not be this machine's own (or say --even-so)"
        )));
    }
    let mut source = live::open_ports(args.source, &args.interface)?;
    sense(&mut *source, &options, &control)
}

/// Follows the set-up service until Ctrl-C.
fn follow(args: &Run, socket: &Path, options: &Options, control: &Control) -> Result<Exit, Failure> {
    read::catch_interrupts();
    stop_at_interrupt(control);
    let open = |ports: &[String]| -> Result<Box<dyn Source>, String> {
        live::give_back();
        if let Some(file) = &args.replay {
            let mut capture = PcapFile::open(file).map_err(|error| error.to_string())?;
            let replay = Replay::new(&mut capture, args.speed, args.rounds, Time(sys::clock::wall()));
            return Ok(Box::new(replay.map_err(|error| error.to_string())?));
        }
        live::silence_or_refuse(ports).map_err(|failure| failure.to_string())?;
        let source = live::open_ports(args.source, ports).map_err(|failure| failure.to_string())?;
        Ok(source)
    };
    let done = agent::follow::follow(socket, options, control, &open, &|notice| {
        if let Some(words) = words(&notice) {
            anstream::eprintln!("{words}");
        }
    });
    live::give_back();
    done.map(|()| Exit::Ok).map_err(|error| Failure::Invalid(error.to_string()))
}

/// Ctrl-C stops the sensor.
fn stop_at_interrupt(control: &Control) {
    let stop = control.clone();
    std::thread::spawn(move || {
        while read::interrupts() == 0 {
            read::pause(Duration::from_secs(3_600));
        }
        stop.stop();
    });
}

/// Senses until it is over, and says what changes on standard error.
fn sense(source: &mut dyn Source, options: &Options, control: &Control) -> Result<Exit, Failure> {
    stop_at_interrupt(control);
    let tell = |notice| {
        if let Some(words) = words(&notice) {
            anstream::eprintln!("{words}");
        }
    };
    match agent::run(source, options, control, &tell) {
        Ok(()) => Ok(Exit::Ok),
        Err(AgentError::Uplink(error)) => Err(way::failure(&error)),
        Err(AgentError::Capture(error)) => Err(error.into()),
        Err(error @ (AgentError::Unregistered | AgentError::Deregistered)) => {
            Err(Failure::Invalid(error.to_string()))
        }
        Err(error) => Err(Failure::Invalid(error.to_string())),
    }
}

/// A notice as one line, if it is news.
pub fn words(notice: &Notice) -> Option<String> {
    Some(match notice {
        Notice::Status(_) => return None,
        Notice::Line(Phase::Online, None) => "platform: connected".into(),
        Notice::Line(Phase::Quarantined, _) => {
            "platform: a copy of this sensor reports too; reports are kept until an operator chooses".into()
        }
        Notice::Line(Phase::Deregistered, _) => "platform: this sensor was removed".into(),
        Notice::Line(_, Some(error)) => format!("platform: away ({error}); reports are kept. {}", error.remedy),
        Notice::Line(..) => "platform: connecting".into(),
        Notice::Sensing(State::Holding, _) => {
            "sensing: no range is configured yet; what is heard is kept here and the platform is told ranges only".into()
        }
        Notice::Sensing(State::Sensing, version) => format!("sensing: by configuration {version}"),
        Notice::Sensing(State::Paused, _) => "sensing: paused by the platform".into(),
        Notice::Sensing(State::Failed, _) => "sensing: failed, no frame can be read".into(),
        Notice::Disk(Some(error)) => format!("disk: {error}"),
        Notice::Config(Some(error)) => format!("configuration: the last one stays in force ({error})"),
        Notice::Config(None) => "configuration: asked for again".into(),
        Notice::Disk(None) => "disk: reports are kept again".into(),
    })
}
