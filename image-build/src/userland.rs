//! The program that becomes PID 1: built static, and so that neither the folder it is built in nor cargo's
//! own shows in its bytes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What it runs on. Named even where it is the machine's own, or flags for a static program
/// would reach build scripts too.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The time that a box knows to have passed, seconds since 1970: 2026-11-01. Fixed, so that the same version has the
/// same bytes whenever it is built; moved with a release.
const RELEASED: &str = "1793491200";

/// Builds program `name` of `package` in the workspace at `root`, with everything that is made kept
/// under `target`; gives the file.
///
/// # Errors
/// It cannot be built.
pub fn build(root: &Path, target: &Path, package: &str, name: &str) -> Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home =
        home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("there is no CARGO_HOME")?;
    let (root_text, home_text) = (root.display(), home.display());
    // Flags by the unit separator: a folder's name may hold a space.
    let rust = [
        "-Ctarget-feature=+crt-static".to_owned(),
        format!("--remap-path-prefix={root_text}=/stillwatch"),
        format!("--remap-path-prefix={home_text}=/cargo"),
        "-Clink-arg=-Wl,--build-id=none".into(),
    ];
    // Quoted for the same reason (crate cc, `CC_SHELL_ESCAPED_FLAGS`).
    let quoted = |map: String| format!("'{}'", map.replace('\'', "'\\''"));
    let c = [
        quoted(format!("-ffile-prefix-map={root_text}=/stillwatch")),
        quoted(format!("-ffile-prefix-map={home_text}=/cargo")),
    ];
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(root)
        .env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}"))
        .env_remove("RUSTFLAGS")
        .env("CFLAGS", c.join(" "))
        .env("CC_SHELL_ESCAPED_FLAGS", "1")
        .env("CARGO_INCREMENTAL", "0")
        .env("SOURCE_DATE_EPOCH", RELEASED)
        .args(["build", "--quiet", "--locked", "--profile", "image", "--target", TARGET])
        .args(["--package", package, "--bin", name, "--target-dir"])
        .arg(target);
    let status = command.status().context("running cargo")?;
    if !status.success() {
        bail!("{name} cannot be built: cargo ended with {status}");
    }
    Ok(target.join(TARGET).join("image").join(name))
}

/// Refuses a program that could not run as PID 1: one that is no ELF file, or asks for a loader, which
/// the image does not hold.
///
/// # Errors
/// It is such a program.
pub fn check(path: &Path, elf: &[u8]) -> Result<()> {
    let number = |at: usize, size: usize| -> Option<usize> {
        Some(
            elf.get(at..at.checked_add(size)?)?
                .iter()
                .rev()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        )
    };
    if !elf.starts_with(b"\x7fELF\x02\x01") {
        bail!("{} is no program for 64 bits: give the static program that becomes PID 1", path.display());
    }
    /// Kind of a program header that names a loader.
    const LOADER: usize = 3;
    let (Some(table), Some(size), Some(count)) = (number(32, 8), number(54, 2), number(56, 2)) else {
        bail!("{} is cut", path.display());
    };
    if (0..count).any(|index| number(table.saturating_add(index * size), 4) == Some(LOADER)) {
        bail!(
            "{} is linked dynamically, and the image holds no libraries: build it with \
             -C target-feature=+crt-static --target {TARGET}",
            path.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_pid_1_is_refused() {
        let path = Path::new("p");
        assert!(check(path, b"#!/bin/sh").unwrap_err().to_string().contains("no program for 64 bits"));
        let mut elf = b"\x7fELF\x02\x01".to_vec();
        elf.resize(64 + 56, 0);
        (elf[32], elf[54], elf[56]) = (64, 56, 1);
        assert!(check(path, &elf).is_ok());
        elf[64] = 3;
        assert!(check(path, &elf).unwrap_err().to_string().contains("is linked dynamically"));
        assert!(check(path, &elf[..40]).unwrap_err().to_string().contains("is cut"));
        // A test is an ordinary program, with a loader.
        let own = std::env::current_exe().unwrap();
        assert!(check(&own, &std::fs::read(&own).unwrap()).is_err());
    }
}
