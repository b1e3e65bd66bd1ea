//! `cargo xtask captures [DIR]`: every capture of a folder, and of `hostile/` in
//! it, through the finished program, one process each. Shows what the tests of the
//! parts cannot: exit codes, what is said of damage, time, and peak memory.
//!
//! Promised is: the end is reached (exit 0), or it is said where not (exit 1 and
//! "at byte"); no dissector panics; the totals add up; memory stays bounded.
//! A file that is no capture (exit 3) may lie in `hostile/` only.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::Value;

/// Help for `cargo xtask captures --help`.
pub const ARGS: &str = "[DIR] [--program PATH]";

/// Where captures lie when no folder is given, seen from the repository.
const USUAL: &str = "../shared/captures";

/// Longest one run may take.
const LONGEST: Duration = Duration::from_secs(60);

/// Largest resident set of one run, KiB.
const MOST_KIB: u64 = 256 * 1024;

/// Processes at a time.
const AT_ONCE: usize = 2;

/// Endings of files that lie beside captures and are none.
const BESIDE: [&str; 4] = ["json", "md", "csv", "txt"];

/// What is run on each file, with the file behind it.
const RUNS: [&[&str]; 2] = [&["check", "--json"], &["assets", "--jsonl", "--quiet"]];

/// First word of the helper's arguments: [`help`].
const HELPER: &str = "--helper";

/// First word of the line with which the helper ends standard error.
const FIGURES: &str = "xtask-figures";

/// What came of one run.
struct Run {
    file: PathBuf,
    verb: &'static str,
    took: Duration,
    peak_kib: u64,
    /// `None`: it was killed, by a signal or for want of time.
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

/// Builds the program, unless one is named, and runs it over the captures.
///
/// # Errors
/// On wrong usage, when the program cannot be built or the folder cannot be read,
/// and when a promise is broken.
pub fn run(root: &Path, args: &[String]) -> Result<()> {
    if let Some((HELPER, command)) = args.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return help(command);
    }
    let (mut dir, mut program) = (root.join(USUAL), None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--program" => program = Some(PathBuf::from(args.next().context("--program wants a value")?)),
            flag if flag.starts_with('-') => bail!("unknown flag {flag}; usage: cargo xtask captures {ARGS}"),
            folder => dir = folder.into(),
        }
    }
    let program = match program {
        Some(program) => program,
        None => build(root)?,
    };
    let mut files = captures(&dir)?;
    if dir.join("hostile").is_dir() {
        files.extend(captures(&dir.join("hostile"))?);
    }
    let jobs: Vec<_> = files.iter().flat_map(|file| RUNS.map(|run| (file, run))).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((file, run)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = measure(&program, file, run);
                    done.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(result);
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut runs = done.into_iter().collect::<Result<Vec<Run>>>()?;
    runs.sort_by(|a, b| (&a.file, a.verb).cmp(&(&b.file, b.verb)));
    report(files.len(), &runs)
}

fn build(root: &Path) -> Result<PathBuf> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).args(["build", "--quiet", "--release", "--package", "stillwatch"]);
    if !command.status().context("running cargo")?.success() {
        bail!("the program cannot be built");
    }
    Ok(root.join("target/release/stillwatch"))
}

/// The captures of a folder, by name.
fn captures(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))?;
    let mut out: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let beside = |path: &Path| path.extension().is_some_and(|end| BESIDE.iter().any(|other| end == *other));
    out.retain(|path| path.is_file() && !beside(path));
    if out.is_empty() {
        bail!("there are no captures in {}", dir.display());
    }
    out.sort();
    Ok(out)
}

/// One run by way of a helper process, whose only child it is: the system tells
/// peak memory of ended children, but only the largest of all of them.
fn measure(program: &Path, file: &Path, run: &[&'static str]) -> Result<Run> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["captures", HELPER]).arg(program).args(run).arg(file);
    let output = command.stdin(Stdio::null()).output().context("starting the helper")?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let (said, figures) =
        stderr.rsplit_once(FIGURES).with_context(|| format!("the helper failed: {stderr}"))?;
    let mut numbers = figures.split_whitespace().map(str::parse::<u64>);
    let mut number = || numbers.next().context("a figure is missing")?.context("a figure is no number");
    Ok(Run {
        file: file.to_path_buf(),
        verb: run.first().copied().unwrap_or_default(),
        took: Duration::from_millis(number()?),
        peak_kib: number()?,
        code: Some(number()? as i32).filter(|code| *code < 256),
        stdout: output.stdout,
        stderr: said.to_owned(),
    })
}

/// The helper: runs a program with a time limit; milliseconds, peak KiB and exit
/// code (256: killed) are the last line on standard error.
fn help(command: &[String]) -> Result<()> {
    let (program, args) = command.split_first().context("no program")?;
    let start = Instant::now();
    let mut child =
        Command::new(program).args(args).spawn().with_context(|| format!("starting {program}"))?;
    let status: ExitStatus = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > LONGEST {
            child.kill()?;
            break child.wait()?;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let peak_kib = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    eprintln!("{FIGURES} {} {peak_kib} {}", start.elapsed().as_millis(), status.code().unwrap_or(256));
    Ok(())
}

/// What is wrong with a run; `None`: nothing.
fn broken(run: &Run) -> Option<String> {
    let hostile = run.file.components().any(|part| part.as_os_str() == "hostile");
    match run.code {
        Some(0) => {}
        Some(1) if run.stderr.contains("at byte") => {}
        Some(1) => return Some(format!("exit 1 without a word on where: {}", run.stderr.trim())),
        Some(3) if hostile => return None,
        Some(code) => return Some(format!("exit {code}: {}", run.stderr.trim())),
        None if run.took > LONGEST => return Some(format!("not over after {LONGEST:?}")),
        None => return Some(format!("killed by a signal: {}", run.stderr.trim())),
    }
    if run.peak_kib > MOST_KIB {
        return Some(format!("{} MiB of memory", run.peak_kib / 1024));
    }
    if run.verb != "check" {
        return None;
    }
    let Ok(check) = serde_json::from_slice::<Value>(&run.stdout) else { return Some("no JSON".into()) };
    if check["panics"].as_object().is_none_or(|panics| !panics.is_empty()) {
        return Some(format!("dissectors panicked: {}", check["panics"]));
    }
    let counts = check["totals"].as_object().into_iter().flat_map(|totals| totals.values());
    let sum: u64 = counts.filter_map(Value::as_u64).sum();
    (check["frames"].as_u64() != Some(sum))
        .then(|| format!("{sum} frames in the totals of {}", check["frames"]))
}

fn report(files: usize, runs: &[Run]) -> Result<()> {
    let name =
        |run: &Run| run.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let with = |code: i32| runs.iter().filter(move |run| run.verb == "check" && run.code == Some(code));
    println!("{files} captures, {} runs", runs.len());
    println!("  exit 0: {}", with(0).count());
    for (code, what) in [(1, "damaged, read as far as it goes"), (3, "no capture")] {
        println!("  exit {code}: {} ({what})", with(code).count());
        with(code).for_each(|run| println!("    {}: {}", name(run), run.stderr.trim()));
    }
    if let Some(run) = runs.iter().max_by_key(|run| run.peak_kib) {
        println!(
            "  largest peak memory: {:.1} MiB, {} {}",
            run.peak_kib as f64 / 1024.0,
            run.verb,
            name(run)
        );
    }
    if let Some(run) = runs.iter().max_by_key(|run| run.took) {
        println!("  slowest: {:.2} s, {} {}", run.took.as_secs_f64(), run.verb, name(run));
    }
    let faults: Vec<String> = runs
        .iter()
        .filter_map(|run| Some(format!("{} {}: {}", run.verb, run.file.display(), broken(run)?)))
        .collect();
    println!("  broken promises: {}", faults.len());
    faults.iter().for_each(|fault| println!("    {fault}"));
    if !faults.is_empty() {
        bail!("{} broken promises", faults.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &str, code: Option<i32>, stderr: &str, stdout: &str) -> Run {
        let (stdout, stderr) = (stdout.as_bytes().to_vec(), stderr.to_owned());
        Run { file: file.into(), verb: "check", took: Duration::ZERO, peak_kib: 1, code, stdout, stderr }
    }

    #[test]
    fn broken_promises_are_told() {
        let good = r#"{"panics":{},"totals":{"a":1,"b":2},"frames":3}"#;
        let fine = |run: Run| broken(&run).is_none();
        assert!(fine(of("a.pcap", Some(0), "", good)));
        assert!(fine(of("a.pcap", Some(1), "cut at byte 7", good)));
        assert!(!fine(of("a.pcap", Some(1), "cut", good)));
        assert!(!fine(of("a.pcap", Some(3), "no capture", "")));
        assert!(fine(of("hostile/a.pcap", Some(3), "no capture", "")));
        assert!(!fine(of("a.pcap", Some(70), "our bug", good)));
        assert!(!fine(of("a.pcap", None, "", good)));
        assert!(!fine(of("a.pcap", Some(0), "", r#"{"panics":{"dns":1},"totals":{},"frames":0}"#)));
        assert!(!fine(of("a.pcap", Some(0), "", r#"{"panics":{},"totals":{"a":1},"frames":0}"#)));
        assert!(!fine(Run { peak_kib: MOST_KIB + 1, ..of("a.pcap", Some(0), "", good) }));
    }
}
