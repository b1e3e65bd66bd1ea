//! The sensor: does what the set-up service orders.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use agent::{Control, Notice, Options};
use capture::Source;
use capture::live::{Kind, open};
use capture::port::{Prepared, prepare};
use sense::Sizes;
use spool::Limits;
use wire::State;
use wire::local::SOCKET;

use crate::beat::Heart;
use crate::drill::Faulty;
use crate::paths::{self, STATE};

/// Hosts that a MiB of the box's memory has room for; 4 GiB are 16,384.
const HOSTS_A_MIB: u64 = 4;

/// Runs until PID 1 says stop.
pub fn run() -> Result<(), String> {
    let control = Control::default();
    let stop = control.clone();
    sys::signals::on_terminate(move || stop.stop())
        .map_err(|error| format!("no thread for signals: {error}"))?;
    let watched = control.clone();
    let mut before = None;
    Heart::of("sensor").while_alive(move || {
        // Between two runs there is no loop that could hang.
        let now = watched.turns();
        let alive = now.is_none() || now != before;
        before = now;
        alive
    });
    let ports: Mutex<Vec<Prepared>> = Mutex::default();
    let open = |names: &[String]| silent(names, &ports).map(Faulty::around);
    agent::follow::follow(Path::new(SOCKET), &options(), &control, &open, &|notice| {
        if let Some(words) = words(&notice) {
            eprintln!("{words}");
        }
    })
    .map_err(|error| error.to_string())
}

/// Opens ports that send nothing: an egress drop stands before the port is switched on.
fn silent(names: &[String], kept: &Mutex<Vec<Prepared>>) -> Result<Box<dyn Source>, String> {
    let mut prepared = Vec::new();
    for name in names {
        let port = prepare(name, false).map_err(|error| error.to_string())?;
        if !port.silent {
            return Err(format!("{name} has an address: a sniffing port must not be this machine's own"));
        }
        prepared.push(port);
    }
    let source =
        open(Kind::Ring, names, &capture::ring::Options::default()).map_err(|error| error.to_string())?;
    // The ports of the orders before go back only now: one that stays is never let go of.
    let mut kept = kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for old in std::mem::replace(&mut *kept, prepared) {
        old.keep();
    }
    Ok(source)
}

fn options() -> Options {
    let total_mib = agent::memory()[1] >> 10;
    let hosts = usize::try_from(total_mib * HOSTS_A_MIB).unwrap_or(1 << 14).clamp(1 << 11, 1 << 17);
    // Half of the state is for reports; the rest for updates and what else is kept.
    let disk_kib = sys::disk::used(Path::new(STATE)).map_or(0, |[_, all]| all);
    let bytes = (disk_kib / 2).clamp(16 << 10, 64 << 20) << 10;
    Options {
        state: PathBuf::from(STATE),
        proxy: None,
        spool: Limits { bytes, ..Limits::default() },
        sizes: Sizes { values: hosts * 16, sightings: hosts * 4, conversations: hosts * 4 },
        flows: hosts * 8,
        buffers: hosts / 8,
        version: format!("stillwatch {}", paths::version()),
        rated: 0,
    }
}

/// A notice as one line, if it is news.
fn words(notice: &Notice) -> Option<String> {
    Some(match notice {
        Notice::Status(_) => return None,
        Notice::Line(phase, None) => format!("platform: {phase:?}").to_lowercase(),
        Notice::Line(_, Some(error)) => format!("platform: {error}"),
        Notice::Sensing(State::Holding, _) => "no range is configured yet: what is heard is kept here".into(),
        Notice::Sensing(state, version) => format!("{state:?} by configuration {version}").to_lowercase(),
        Notice::Disk(Some(error)) => format!("disk: {error}"),
        Notice::Disk(None) => "disk: reports are kept again".into(),
        Notice::Config(Some(error)) => format!("configuration: {error}"),
        Notice::Config(None) => "configuration: it can be fetched again".into(),
    })
}
