//! `stillwatch-fuzz`: hunts for faults, or replays one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use fuzz::hunt::{self, Limit};
use fuzz::{seeds, targets};

/// Feeds changed messages to everything that reads bytes and checks what it promises.
#[derive(Parser)]
#[command(name = "stillwatch-fuzz", version)]
struct Arguments {
    /// Only this target; may be given several times
    #[arg(long, value_name = "NAME")]
    protocol: Vec<String>,
    /// Seconds in all, shared by the targets
    #[arg(long, value_name = "N", default_value_t = 60, conflicts_with = "cases")]
    seconds: u64,
    /// Cases for each target instead of a time
    #[arg(long, value_name = "N")]
    cases: Option<u64>,
    /// Start of the random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Run the case in this file (also looked for in fuzz/findings) and say what comes of it
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let findings = Path::new(env!("CARGO_MANIFEST_DIR")).join("findings");
    hunt::keep_panics();
    match &arguments.replay {
        Some(file) => replay(file, &findings),
        None => hunt_all(&arguments, &findings),
    }
}

fn replay(file: &Path, findings: &Path) -> ExitCode {
    let text = std::fs::read_to_string(file).or_else(|_| std::fs::read_to_string(findings.join(file)));
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            return ExitCode::from(2);
        }
    };
    let list = targets();
    let found = hunt::read(&text)
        .and_then(|(name, case)| Some((list.iter().find(|target| target.name() == name)?, case)));
    let Some((target, case)) = found else {
        eprintln!("{}: names no target, or is no case", file.display());
        return ExitCode::from(2);
    };
    match hunt::run(target.as_ref(), &case) {
        Ok(said) => {
            println!("{}: no fault; {} observations", target.name(), said.count);
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("{}: {}: {}", target.name(), fault.kind, fault.detail);
            ExitCode::FAILURE
        }
    }
}

fn hunt_all(arguments: &Arguments, findings: &Path) -> ExitCode {
    let mut list = targets();
    if let Some(wrong) = arguments.protocol.iter().find(|name| list.iter().all(|t| t.name() != **name)) {
        let names: Vec<&str> = list.iter().map(|target| target.name()).collect();
        eprintln!("no target {wrong}; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    list.retain(|target| {
        arguments.protocol.is_empty() || arguments.protocol.iter().any(|name| name == target.name())
    });
    hunt::watch(findings.to_path_buf());
    let seeds = seeds::load();
    let share = Duration::from_secs(arguments.seconds) / list.len().max(1) as u32;
    let limit = arguments.cases.map_or(Limit::Time(share), Limit::Cases);
    println!("{:<14} {:>10} {:>10} {:>12} {:>9}", "target", "cases", "cases/s", "observations", "findings");
    let mut clean = true;
    for target in &list {
        let report = hunt::hunt(target.as_ref(), &seeds, arguments.seed, limit);
        let rate = report.cases as f64 / report.took.as_secs_f64().max(1e-9);
        println!(
            "{:<14} {:>10} {rate:>10.0} {:>12} {:>9}",
            target.name(),
            report.cases,
            report.said,
            report.faults.len()
        );
        for (fault, case) in &report.faults {
            clean = false;
            let path = hunt::keep(findings, target.name(), fault, case);
            println!("  {}: {}\n    {}", fault.kind, fault.detail, path.display());
        }
    }
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
