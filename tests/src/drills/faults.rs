//! What goes wrong inside: a part that crashes, turns in an endless loop or takes all memory; PID 1 that hangs; a
//! kernel that panics. The box must be well again by itself, and say what was.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{BOARD, Drill, LONGEST, Options, disk, words};
use crate::vm::lan::{Lan, Way};
use crate::vm::{APPLIANCE, Hardware, Image, Machine, Start, Wire, images};

/// The drill.
pub const DRILL: Drill =
    Drill { name: "faults", about: "faults: what goes wrong inside, and how soon it is well", run };

/// Longest time until a machine starts again that stopped.
pub const LIMIT: Duration = Duration::from_secs(60);
/// Longest time without a part that went wrong.
const SOON: Duration = Duration::from_secs(5);

/// A fault, as the kernel's command line orders it (`firmware/appliance/src/drill.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `PART:WHAT:SECONDS`.
    pub order: &'static str,
    /// The log has this afterwards.
    pub told: &'static str,
    /// And then one of these, when all is well again; empty: the machine starts again.
    pub well: &'static [&'static str],
    /// The board, where it is to be another than [`BOARD`].
    pub board: Option<&'static str>,
}

/// A part's fault. Those of the others come when the sensor has been registered.
const fn of(order: &'static str, told: &'static str, well: &'static [&'static str]) -> Fault {
    Fault { order, told, well, board: None }
}

/// The sensor reads frames again.
pub(super) const SENSES: &[&str] =
    &["sensor: sensing by configuration", "sensor: no range is configured yet"];
const SETUP: &[&str] = &["setup lives again"];

/// All that are drilled.
pub const FAULTS: &[Fault] = &[
    of("sensor:crash:15", "sensor was ended by SIGABRT", SENSES),
    of("sensor:loop:15", "sensor gave no sign of life", SENSES),
    of("sensor:memory:15", "sensor took more than", SENSES),
    of("setup:crash:60", "setup was ended by SIGABRT", SETUP),
    of("setup:memory:60", "setup took more than", SETUP),
    of("syslog:panic:60", "setup was ended by SIGABRT", SETUP),
    of("update:crash:60", "update was ended by SIGABRT", &["update lives again"]),
    of("console-tty1:crash:60", "console-tty1 was ended by SIGABRT", &["console-tty1 lives again"]),
    Fault {
        board: Some("appliance-1g-lcd"),
        ..of("lcd:crash:60", "lcd was ended by SIGABRT", &["lcd lives again"])
    },
    of("init:panic:25", "the kernel stopped", &[]),
    of("init:hang:25", "the watchdog restarted", &[]),
    // No watchdog in hardware: the kernel's.
    Fault { board: Some("virtual-esxi"), ..of("init:hang:25", "Software Watchdog Timer expired", &[]) },
];

impl Fault {
    /// The machine starts again.
    fn restarts(&self) -> bool {
        self.well.is_empty()
    }
}

/// What came of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// From the fault to the line that tells of it; from a fault that stops the machine to its new start.
    pub noticed: Duration,
    /// From there to the part that is well again, by the box's own clock; to the menu.
    pub well: Duration,
    /// The line that tells of it.
    pub told: String,
}

fn run(options: &Options) -> Result<(), String> {
    let mut broken = Vec::new();
    println!("| fault | noticed after | well again after | what the box says |\n|---|---|---|---|");
    for fault in FAULTS.iter().filter(|fault| fault.order.contains(&options.only)) {
        let board = fault.board.or(options.board.as_deref()).unwrap_or(BOARD);
        let image = images(APPLIANCE, &[board])?.pop().ok_or("there is no image")?;
        let folder = tempfile::tempdir().map_err(words)?;
        match drilled(&image, fault, folder.path()) {
            Ok(Outcome { noticed, well, told }) => {
                let (noticed, seconds) = (noticed.as_secs_f64(), well.as_secs_f64());
                println!("| `{}` | {noticed:.1} s | {seconds:.1} s | {told} |", fault.order);
                // A part that takes more and more memory works until it is ended.
                let away = if fault.order.contains("memory") { seconds } else { noticed + seconds };
                if !fault.restarts() && away > SOON.as_secs_f64() {
                    broken.push(format!("{}: it was away for {away:.1} s", fault.order));
                }
            }
            Err(error) => {
                println!("| `{}` | **never** | – | – |", fault.order);
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
    let lan = if fault.restarts() { None } else { Some(Lan::new(Way::Direct)?) };
    let wire = if lan.is_some() { Lan::wire() } else { Wire::Nowhere };
    // The kernel's last words are kept by UEFI: without firmware nothing could tell of them.
    let start = if fault.restarts() { Start::Firmware } else { Start::Kernel(image.kernel()) };
    let (mut hardware, _panel) = Hardware::of(image, start, wire);
    // What PID 1 itself says goes to the last console that is named.
    hardware.words = format!("stillwatch.drill={} console=ttyS0,115200", fault.order);
    disk(&mut hardware, image, &folder.join("disk"), None);
    let start = || Machine::start(&hardware);
    let mut machine = lan.as_ref().map_or_else(start, |lan| lan.start(&hardware));
    machine.console.menu(LONGEST);
    if let Some(lan) = &lan {
        lan.register(&mut machine, "drill", LONGEST);
    }
    if fault.restarts() { restarted(&mut machine, fault) } else { parted(&mut machine, fault) }
}

/// The machine starts again; the next start tells why, and has the same fault to come.
fn restarted(machine: &mut Machine, fault: &Fault) -> Result<Outcome, String> {
    machine.console.any(&["drill: "], LONGEST)?;
    let begun = Instant::now();
    machine.qmp.forget();
    machine.started_again(LONGEST);
    let noticed = begun.elapsed();
    machine.console.skip();
    machine.console.menu(LONGEST);
    let well = begun.elapsed().saturating_sub(noticed);
    let log = machine.console.choose("8", &[("LINES", "100")], LIMIT);
    let lines = lines(&log);
    let found = lines.iter().rev().find_map(|line| line.words_from(fault.told));
    let told = found.ok_or_else(|| format!("the log does not tell of it:\n{log}"))?;
    if noticed > LIMIT {
        return Err(format!("it started again after {} s only", noticed.as_secs()));
    }
    Ok(Outcome { noticed, well, told })
}

/// A part is started again; the box goes on, and the sensor never stops for another part.
fn parted(machine: &mut Machine, fault: &Fault) -> Result<Outcome, String> {
    let end = Instant::now() + LONGEST;
    loop {
        // The set-up service itself may be the one that is away.
        let log = machine.console.choose("8", &[("LINES", "200")], LIMIT);
        let lines = lines(&log);
        if let Some(outcome) = outcome(&lines, fault) {
            let others = ["init: sensor was ended", "init: sensor gave", "init: sensor ended"];
            let fell = |line: &Line| others.iter().any(|words| line.text.contains(words));
            if !fault.order.starts_with("sensor") && lines.iter().any(fell) {
                return Err(format!("the sensor fell too:\n{log}"));
            }
            return Ok(outcome);
        }
        if Instant::now() > end {
            return Err(format!("the box was not well again, or does not say so:\n{log}"));
        }
    }
}

/// A line of the box's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// When, since midnight.
    pub(super) at: Duration,
    /// The rest of it.
    pub(super) text: String,
}

impl Line {
    /// The line from these words on, cut to what a table has room for.
    fn words_from(&self, words: &str) -> Option<String> {
        let at = self.text.find(words)?;
        Some(self.text[at..].chars().take(120).collect())
    }
}

/// The log's lines, unfolded.
pub(super) fn lines(log: &str) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for word in log.split_whitespace() {
        match (clock(word), out.last_mut()) {
            (Some(at), _) => out.push(Line { at, text: String::new() }),
            (None, Some(line)) => line.text = format!("{} {word}", line.text).trim_start().into(),
            (None, None) => {}
        }
    }
    out
}

/// The time of day of `2026-11-27T01:02:03.456Z`.
fn clock(word: &str) -> Option<Duration> {
    let (date, time) = word.strip_suffix('Z')?.split_once('T')?;
    (date.len() == 10).then_some(())?;
    let mut parts = time.split(':');
    let mut whole = || parts.next()?.parse::<u64>().ok();
    let (hours, minutes) = (whole()?, whole()?);
    let seconds: f64 = parts.next()?.parse().ok()?;
    Some(Duration::from_secs(hours * 3_600 + minutes * 60) + Duration::try_from_secs_f64(seconds).ok()?)
}

/// The fault, the line that tells of it and the one that says that all is well, in this order; `None`: not yet.
fn outcome(lines: &[Line], fault: &Fault) -> Option<Outcome> {
    let first = |from: usize, any: &[&str]| {
        let found = lines[from..].iter().position(|line| any.iter().any(|words| line.text.contains(words)));
        found.map(|at| from + at)
    };
    let begun = first(0, &["drill: "])?;
    let told = first(begun, &[fault.told])?;
    let well = first(told, fault.well)?;
    // By the box's own clock; midnight may be between.
    let since = |from: usize, to: usize| {
        let day = Duration::from_secs(86_400);
        let passed = (lines[to].at + day).saturating_sub(lines[from].at);
        passed.checked_sub(day).unwrap_or(passed)
    };
    let words = lines[told].words_from(fault.told)?;
    Some(Outcome { noticed: since(begun, told), well: since(told, well), told: words })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "  2026-11-27T23:59:58.500Z sensor: sensing by configuration 1\n\
        2026-11-27T23:59:58.750Z sensor: drill: Crash, as the command\n   line asks\n\
        2026-11-27T23:59:59.000Z init: sensor was ended by SIGABRT; it is\n   started again in 0 ms\n\
        2026-11-28T00:00:01.250Z sensor: sensing by configuration 1\n --- this is the end";

    #[test]
    fn the_log_is_read_however_it_is_folded_and_across_midnight() {
        let read = outcome(&lines(LOG), &FAULTS[0]).unwrap();
        assert_eq!((read.noticed, read.well), (Duration::from_millis(250), Duration::from_millis(2_250)));
        assert_eq!(read.told, "sensor was ended by SIGABRT; it is started again in 0 ms");
    }

    #[test]
    fn what_is_not_well_again_is_not_taken_for_well() {
        let (before, _) = LOG.rsplit_once("2026").unwrap();
        assert_eq!(outcome(&lines(before), &FAULTS[0]), None);
        assert_eq!(outcome(&lines(LOG), &FAULTS[1]), None);
        assert_eq!(outcome(&lines("nothing"), &FAULTS[0]), None);
        assert_eq!(clock("2026-11-27T01:02Z"), None);
    }
}
