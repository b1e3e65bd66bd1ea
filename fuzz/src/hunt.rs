//! Runs cases against a target until the time is up and keeps what fails.

use std::cell::RefCell;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use crate::case::Case;
use crate::minimise::minimise;
use crate::mutate::mutate;
use crate::rng::Rng;
use crate::{Fault, Said, Target};

/// Longest a case may take, in time of its thread on a processor (a busy machine
/// is no fault of the case): thousands of times what it should.
const SLOW: Duration = Duration::from_millis(250);

/// A case that runs this long is taken to hang; long enough for a busy machine.
const HANGS: Duration = Duration::from_secs(30);

/// Changed cases that went a new way and are kept as seeds: at most so many, and
/// none larger than this many bytes.
const MOST_GROWN: usize = 512;
const LARGEST_GROWN: usize = 4096;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// After that long.
    Time(Duration),
    /// After that many cases.
    Cases(u64),
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases run.
    pub cases: u64,
    /// How long it took.
    pub took: Duration,
    /// Observations made.
    pub said: u64,
    /// Faults of different kinds, each with its smallest case.
    pub faults: Vec<(Fault, Case)>,
}

thread_local! {
    static PANIC: RefCell<Option<Fault>> = const { RefCell::new(None) };
}

/// Panics are kept instead of printed, from here on and for the whole process.
pub fn keep_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(String::from("?"), ToString::to_string);
        let fault = Fault::new(&format!("panic at {place}"), info.payload_as_str().unwrap_or_default());
        PANIC.with_borrow_mut(|kept| *kept = Some(fault));
    }));
}

/// The last panic that [`keep_panics`] kept, for targets that catch panics themselves.
pub fn kept_panic() -> Option<Fault> {
    PANIC.with_borrow_mut(Option::take)
}

/// How long this thread has been on a processor.
fn thread_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

/// Processor time of all threads.
fn process_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

/// One case; a panic is a fault, and so is taking too long.
pub fn run(target: &dyn Target, case: &Case) -> Result<Said, Fault> {
    let (result, mut took) = timed(target, case);
    // A virtual processor that is taken away counts as time spent: a case that is
    // really slow is so again.
    if took > SLOW {
        took = took.min(timed(target, case).1);
    }
    let said = match result {
        Ok(result) => result?,
        Err(_) => {
            return Err(kept_panic().unwrap_or_else(|| Fault::new("panic", "")));
        }
    };
    if took > SLOW {
        return Err(Fault::new("slow", format!("{took:?} for {} bytes", case.size())));
    }
    Ok(said)
}

fn timed(target: &dyn Target, case: &Case) -> (std::thread::Result<Result<Said, Fault>>, Duration) {
    let start = thread_time();
    let result = catch_unwind(AssertUnwindSafe(|| target.run(case)));
    (result, thread_time().saturating_sub(start))
}

/// The case that is being run, for the watchman, and the process's processor time when it
/// began: on a busy machine the clock on the wall says nothing.
static CURRENT: Mutex<Option<(Duration, &'static str, Case)>> = Mutex::new(None);

/// Writes down a case that does not come back, and ends the process.
pub fn watch(findings: PathBuf) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let current = CURRENT.lock().map(|current| current.clone()).unwrap_or_default();
            if let Some((since, name, case)) = current
                && process_time().saturating_sub(since) > HANGS
            {
                let fault = Fault::new("hangs", format!("more than {HANGS:?}"));
                eprintln!("{name}: hangs; see {}", keep(&findings, name, &fault, &case).display());
                std::process::exit(1);
            }
        }
    });
}

fn watched(target: &dyn Target, case: &Case) -> Result<Said, Fault> {
    if let Ok(mut current) = CURRENT.lock() {
        *current = Some((process_time(), target.name(), case.clone()));
    }
    let said = run(target, case);
    // What is done between two cases is not the case's time.
    if let Ok(mut current) = CURRENT.lock() {
        *current = None;
    }
    said
}

/// Runs changed seeds until the limit. The same seed and number of cases give the same cases.
pub fn hunt(target: &dyn Target, seeds: &[Case], seed: u64, limit: Limit) -> Report {
    let mut rng = Rng::new(seed);
    let (liked, others): (Vec<Case>, Vec<Case>) = seeds.iter().cloned().partition(|case| target.likes(case));
    let mut own = target.seeds();
    own.extend(liked);
    let all: Vec<Case> = own.iter().chain(&others).cloned().collect();
    let (mut report, start) = (Report::default(), Instant::now());
    let (mut shapes, most) = (HashSet::new(), own.len() + MOST_GROWN);
    let empty = Case::default();
    loop {
        let over = match limit {
            Limit::Time(time) => report.cases.is_multiple_of(64) && start.elapsed() >= time,
            Limit::Cases(cases) => report.cases >= cases,
        };
        if over {
            break;
        }
        let pool = if own.is_empty() || rng.one_in(16) { &all } else { &own };
        let base = rng.pick(pool).unwrap_or(&empty);
        let other = rng.pick(&all).unwrap_or(&empty);
        // The first cases are the seeds themselves.
        let case = match all.get(report.cases as usize) {
            Some(seed) => seed.clone(),
            None => mutate(base, other, target.carriers(), &mut rng),
        };
        let result = watched(target, &case);
        report.cases += 1;
        match result {
            Ok(said) => {
                report.said += said.count;
                if case.size() <= LARGEST_GROWN && own.len() < most && shapes.insert(said.shape) {
                    own.push(case);
                }
            }
            Err(fault) if report.faults.iter().any(|(known, _)| known.kind == fault.kind) => {}
            Err(fault) => {
                let same = |case: &Case| run(target, case).is_err_and(|other| other.kind == fault.kind);
                let small = minimise(case, &same);
                let fault = run(target, &small).err().unwrap_or(fault);
                report.faults.push((fault, small));
            }
        }
    }
    if let Ok(mut current) = CURRENT.lock() {
        *current = None;
    }
    report.took = start.elapsed();
    report
}

/// Writes a failing case to a folder, named after the target and its bytes.
pub fn keep(folder: &Path, name: &str, fault: &Fault, case: &Case) -> PathBuf {
    let body = case.to_text();
    let hash = body.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let path = folder.join(format!("{name}-{hash:016x}.hex"));
    let detail = fault.detail.replace('\n', " ");
    let text = format!(
        "# {}: {detail}\n# replay: cargo run --profile fuzz -p stillwatch-fuzz -- --replay {}\ntarget {name}\n{body}",
        fault.kind,
        path.file_name().map_or_else(|| name.into(), |file| file.to_string_lossy()),
    );
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
    if let Err(error) = written {
        eprintln!("{}: {error}", path.display());
    }
    path
}

/// The name of the target and the case in a file that [`keep`] wrote.
pub fn read(text: &str) -> Option<(&str, Case)> {
    let name = text.lines().find_map(|line| line.strip_prefix("target "))?;
    Some((name.trim(), Case::from_text(text)?))
}
