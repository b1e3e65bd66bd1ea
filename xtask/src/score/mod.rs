//! `cargo xtask score DIR`: our answer for every capture against what an
//! independent decoder found (`NAME.expected.json` beside `NAME`).
//!
//! For each row (an attribute) it counts
//! - *expected*: facts that lie in our scope;
//! - *matched*: those we have too;
//! - *wrong*: what we say and an expected fact contradicts;
//! - *extra*: what we say and nobody else spoke of: neither right nor wrong;
//! - *left out*: facts outside the scope, by reason ([`scope`]);
//! - *known wrong*: expectations that are wrong themselves, each with the frame
//!   that shows it (`xtask/score/wrong-expectations.toml`), never dropped silently.
//!
//! Recall = matched / expected; precision = matched / (matched + wrong).
//! Expected lists that are complete (MACs, addresses, VLANs, conversations) make
//! every extra of ours wrong, unless the expected file itself names it elsewhere.

mod case;
mod expected;
mod known;
mod ours;
mod ratchet;
mod report;
mod rows;
mod scope;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use case::Case;
use tally::Tally;

/// What the command line asked for.
struct Options {
    dir: PathBuf,
    list: usize,
    capture: Option<String>,
    row: Option<String>,
    json: bool,
    ratchet: bool,
    program: PathBuf,
}

/// Help for `cargo xtask score --help`.
pub const ARGS: &str = "DIR [--list N] [--capture PART] [--row NAME] [--json] [--ratchet] [--program PATH]";

impl Options {
    fn parse(root: &Path, args: &[String]) -> Result<Options> {
        let mut options = Options {
            dir: PathBuf::new(),
            list: 20,
            capture: None,
            row: None,
            json: false,
            ratchet: false,
            program: root.join("target/release/stillwatch"),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} wants a value"));
            match arg.as_str() {
                "--list" => options.list = value()?.parse().context("--list wants a number")?,
                "--capture" => options.capture = Some(value()?.clone()),
                "--row" => options.row = Some(value()?.clone()),
                "--program" => options.program = value()?.into(),
                "--json" => options.json = true,
                "--ratchet" => options.ratchet = true,
                flag if flag.starts_with('-') => {
                    bail!("unknown flag {flag}; usage: cargo xtask score {ARGS}")
                }
                dir => options.dir = dir.into(),
            }
        }
        if options.dir.as_os_str().is_empty() {
            bail!("which captures? usage: cargo xtask score {ARGS}");
        }
        Ok(options)
    }
}

/// Everything a run found.
#[derive(Default)]
pub struct Outcome {
    /// By row.
    pub rows: BTreeMap<&'static str, Tally>,
    /// Captures compared.
    pub compared: usize,
    /// Captures left out as a whole, by reason.
    pub left_out: BTreeMap<String, usize>,
    /// Captures our program failed on, with its words.
    pub failed: Vec<String>,
}

/// Runs the score.
///
/// # Errors
/// On wrong usage, when the program or the captures cannot be read, when our
/// program failed on a capture, and with `--ratchet` when a row fell below its
/// threshold.
pub fn run(root: &Path, args: &[String]) -> Result<()> {
    let options = Options::parse(root, args)?;
    if !options.program.exists() {
        bail!("{} is not there; build it: cargo build --release -p stillwatch", options.program.display());
    }
    let known = known::Known::read(&root.join("xtask/score/wrong-expectations.toml"))?;
    let captures = captures(&options)?;
    let next = AtomicUsize::new(0);
    let outcome = Mutex::new(Outcome::default());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(capture) = captures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = compare(&options, capture, &known);
                    let mut outcome = outcome.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                    outcome.add(capture, result);
                }
            });
        }
    });
    let mut outcome = outcome.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    outcome.sort();
    let whole = options.capture.is_none() && options.row.is_none();
    if options.json {
        println!("{}", report::json(&outcome));
    } else {
        print!("{}", report::text(&outcome, options.list));
        if whole {
            print!("{}", report::stale(&known.unused(&outcome)));
        }
    }
    if !outcome.failed.is_empty() {
        bail!("the program failed on {} captures", outcome.failed.len());
    }
    if options.ratchet {
        ratchet::check(&root.join("xtask/score/thresholds.toml"), &outcome)?;
    }
    Ok(())
}

/// The captures that have expectations, by name.
fn captures(options: &Options) -> Result<Vec<PathBuf>> {
    let dir = &options.dir;
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let wanted = options.capture.as_ref().is_none_or(|part| name.contains(part.as_str()));
        if let Some(capture) = name.strip_suffix(".expected.json").filter(|_| wanted) {
            out.push(dir.join(capture));
        }
    }
    if out.is_empty() {
        bail!("{} has no *.expected.json that fits", dir.display());
    }
    out.sort();
    Ok(out)
}

/// One capture: a tally for each row, or why it is left out.
enum Compared {
    Rows(Vec<(&'static str, Tally)>),
    LeftOut(String),
}

fn compare(options: &Options, capture: &Path, known: &known::Known) -> Result<Compared> {
    let beside = PathBuf::from(format!("{}.expected.json", capture.display()));
    let text = std::fs::read_to_string(&beside).with_context(|| format!("reading {}", beside.display()))?;
    let expected = expected::Expected::parse(&text).with_context(|| format!("in {}", beside.display()))?;
    if let Some(reason) = scope::link_left_out(&expected.links) {
        return Ok(Compared::LeftOut(reason));
    }
    let ours = ours::inventory_of(&options.program, capture)?;
    let name = capture.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let case = Case { name, expected, ours };
    let wanted = |row: &&rows::Row| options.row.as_ref().is_none_or(|name| row.name == name);
    let tallies = rows::ROWS.iter().filter(wanted).map(|row| {
        let mut tally = Tally::new(&case.name, row.name);
        (row.score)(&case, &mut tally);
        known.apply(&mut tally);
        (row.name, tally)
    });
    Ok(Compared::Rows(tallies.collect()))
}

impl Outcome {
    fn add(&mut self, capture: &Path, result: Result<Compared>) {
        match result {
            Err(error) => self.failed.push(format!("{}: {error:#}", capture.display())),
            Ok(Compared::LeftOut(reason)) => *self.left_out.entry(reason).or_default() += 1,
            Ok(Compared::Rows(rows)) => {
                self.compared += 1;
                for (name, tally) in rows {
                    self.rows.entry(name).or_default().add(tally);
                }
            }
        }
    }

    /// Threads end in any order; the report does not.
    fn sort(&mut self) {
        self.failed.sort();
        for tally in self.rows.values_mut() {
            tally.differences.sort();
            tally.known_wrong.sort();
        }
    }
}
