//! Tasks that call other programs of the workspace: `test`, `bench`, `fuzz`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Where stages leave the lines that the closing summary repeats.
const SUMMARY: &str = "target/ci/summary.txt";

/// Runs the stages of `ci/` in order, or those whose name contains one of
/// `args`; stops at the first that fails.
///
/// # Errors
/// When a stage fails, or none fits.
pub fn test(root: &Path, args: &[String]) -> Result<()> {
    let wanted =
        |stage: &PathBuf| args.is_empty() || args.iter().any(|part| name(stage).contains(part.as_str()));
    let stages: Vec<PathBuf> = stages(root)?.into_iter().filter(wanted).collect();
    if stages.is_empty() {
        bail!("no stage in ci/ fits {}", args.join(" "));
    }
    let summary = root.join(SUMMARY);
    std::fs::create_dir_all(summary.parent().unwrap_or(root))?;
    std::fs::write(&summary, "").with_context(|| format!("writing {}", summary.display()))?;
    let mut times = String::new();
    let mut failed = None;
    for stage in &stages {
        println!("\n==== {} ====", name(stage));
        let start = Instant::now();
        let done = Command::new(stage).current_dir(root).status();
        let status = done.with_context(|| format!("running {}", stage.display()))?;
        let word = if status.success() { "ok" } else { "FAILED" };
        times += &format!("{word:6} {:20} {:4} s\n", name(stage), start.elapsed().as_secs());
        if !status.success() {
            failed = Some(name(stage));
            break;
        }
    }
    print!("\n==== summary ====\n{times}{}", std::fs::read_to_string(&summary).unwrap_or_default());
    match failed {
        None => Ok(()),
        Some(stage) => bail!("stage {stage} failed; run it alone: ci/{stage}"),
    }
}

/// The stages: files of `ci/` whose name begins with a digit, in order.
fn stages(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join("ci");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut out: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    out.retain(|path| name(path).starts_with(|c: char| c.is_ascii_digit()));
    out.sort();
    Ok(out)
}

fn name(stage: &Path) -> String {
    stage.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Builds and runs a program of the workspace under a profile; its own help
/// tells what `args` may be.
///
/// # Errors
/// When it cannot be built, or fails.
pub fn program(root: &Path, package: &str, profile: &str, args: &[String]) -> Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(root)
        .args(["run", "--quiet", "--profile", profile, "--package", package, "--"])
        .args(args);
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("running {package}"))?;
    if !status.success() {
        bail!("{package} ended with {status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_in_order_and_run_alone() {
        let root = crate::root();
        let stages = stages(&root).unwrap();
        assert!(stages.is_sorted() && stages.iter().any(|stage| name(stage) == "40-test"));
        for stage in &stages {
            let text = std::fs::read_to_string(stage).unwrap();
            assert!(text.starts_with("#!/bin/sh\n") && text.contains("\nset -eu\n"), "{}", stage.display());
            assert!(text.contains("\ncd \"$(dirname \"$0\")/..\"\n"), "{}", stage.display());
        }
    }
}
