//! What goes wrong inside: a part that crashes, turns in an endless loop or takes all memory; PID 1 that hangs; a
//! kernel that panics. The box must be well again by itself, and say what was.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Drill, LONGEST, Options, disk, words};
use crate::vm::lan::{Lan, Way};
use crate::vm::{Hardware, Image, Machine, Start, Wire};

/// The drill.
pub const DRILL: Drill =
    Drill { name: "faults", about: "faults: what goes wrong inside, and how soon it is well", run };

/// Longest time from a fault to a box that is well.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A fault, as the kernel's command line orders it (`firmware/appliance/src/drill.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `PART:WHAT:SECONDS`.
    pub order: &'static str,
    /// Of these the log has one afterwards.
    pub told: &'static [&'static str],
    /// The machine starts again.
    pub restarts: bool,
}

/// All that are drilled.
pub const FAULTS: &[Fault] = &[
    Fault { order: "sensor:crash:15", told: &["sensor was ended by SIGABRT"], restarts: false },
    Fault { order: "sensor:loop:15", told: &["sensor gave no sign of life"], restarts: false },
    Fault { order: "sensor:memory:15", told: &["sensor was ended by", "sensor ended with"], restarts: false },
    Fault { order: "setup:crash:15", told: &["setup was ended by SIGABRT"], restarts: false },
    Fault { order: "init:panic:25", told: &["the kernel stopped"], restarts: true },
    Fault { order: "init:hang:25", told: &["the watchdog restarted"], restarts: true },
];

/// What came of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// From the fault to the menu or the log that tells of it.
    pub well: Duration,
    /// The line that tells of it.
    pub told: String,
}

fn run(options: &Options) -> Result<(), String> {
    let image = options.image()?;
    let mut broken = Vec::new();
    println!("| fault | well again after | what the box says |\n|---|---|---|");
    for fault in FAULTS.iter().filter(|fault| fault.order.contains(&options.only)) {
        let folder = tempfile::tempdir().map_err(words)?;
        match drilled(&image, fault, folder.path()) {
            Ok(outcome) => {
                println!("| `{}` | {:.0} s | {} |", fault.order, outcome.well.as_secs_f64(), outcome.told)
            }
            Err(error) => {
                println!("| `{}` | **never** | – |", fault.order);
                broken.push(format!("{}: {error}", fault.order));
            }
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
}

/// Starts a machine with the fault to come, and waits until it is well.
///
/// # Errors
/// In words: it was not well in time, or does not tell of it.
pub fn drilled(image: &Image, fault: &Fault, folder: &Path) -> Result<Outcome, String> {
    // A sensor runs when it is registered.
    let lan = if fault.restarts { None } else { Some(Lan::new(Way::Direct)?) };
    let wire = if lan.is_some() { Lan::wire() } else { Wire::Nowhere };
    // The kernel's last words are kept by UEFI: without firmware nothing could tell of them.
    let start = if fault.restarts { Start::Firmware } else { Start::Kernel(image.kernel()) };
    let (mut hardware, _panel) = Hardware::of(image, start, wire);
    hardware.words = format!("stillwatch.drill={}", fault.order);
    disk(&mut hardware, image, &folder.join("disk"), None);
    let start = || Machine::start(&hardware);
    let mut machine = lan.as_ref().map_or_else(start, |lan| lan.start(&hardware));
    machine.console.menu(LONGEST);
    if let Some(lan) = &lan {
        lan.register(&mut machine, "drill", LONGEST);
    }
    if fault.restarts { restarted(&mut machine, fault) } else { parted(&mut machine, fault) }
}

/// The machine starts again; the next start tells why, and has the same fault to come.
fn restarted(machine: &mut Machine, fault: &Fault) -> Result<Outcome, String> {
    let hang = fault.order.contains("hang");
    if !hang {
        machine.console.any(&["Kernel panic", "drill: "], LONGEST)?;
    }
    let begun = Instant::now();
    machine.qmp.forget();
    machine.started_again(LONGEST);
    let again = begun.elapsed();
    machine.console.skip();
    machine.console.menu(LONGEST);
    let log = machine.console.choose("8", &[("LINES", "100")], LIMIT);
    let told = line(&log, fault.told).ok_or_else(|| format!("the log does not tell of it:\n{log}"))?;
    if again > LIMIT {
        return Err(format!("it started again after {} s only", again.as_secs()));
    }
    Ok(Outcome { well: begun.elapsed(), told })
}

/// A part is started again; the box goes on.
fn parted(machine: &mut Machine, fault: &Fault) -> Result<Outcome, String> {
    let (mut begun, end) = (None, Instant::now() + LONGEST);
    loop {
        // The set-up service itself may be the one that is away.
        let log = machine.console.choose("8", &[("LINES", "100")], LIMIT);
        if log.contains("drill: ") && begun.is_none() {
            begun = Some(Instant::now());
        }
        if let (Some(begun), Some(told)) = (begun, line(&log, fault.told)) {
            if begun.elapsed() > LIMIT {
                return Err(format!("only after {} s", begun.elapsed().as_secs()));
            }
            return Ok(Outcome { well: begun.elapsed(), told });
        }
        if Instant::now() > end {
            return Err(format!("nothing tells of it:\n{log}"));
        }
    }
}

/// The newest line of the log with one of these, unfolded, without its time.
fn line(log: &str, any: &[&str]) -> Option<String> {
    let flat = log.split_whitespace().collect::<Vec<_>>().join(" ");
    let at = any.iter().filter_map(|words| flat.rfind(words)).max()?;
    // The next line begins with its time; the last one is the console's own.
    let next = [" 20", " this is the end"].iter().filter_map(|begin| flat[at..].find(begin)).min();
    let end = next.map_or(flat.len(), |length| at + length);
    Some(flat[at..end].chars().take(120).collect())
}
