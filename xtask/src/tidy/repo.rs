//! What the rules look at: the files git tracks or would track, and cargo's
//! view of the workspace, read once.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Failure;
use super::source::{code_only, without_tests};

/// A file of the repository.
pub struct File {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Rust only: code without comments and strings.
    pub code: String,
    /// Rust only: `code` without what is compiled for tests; empty for test files.
    pub shipped: String,
}

impl File {
    /// A file as the rules see it; whether it is a test file is settled later.
    pub fn new(path: &str, bytes: impl Into<Vec<u8>>) -> File {
        let bytes = bytes.into();
        let code =
            if path.ends_with(".rs") { code_only(&String::from_utf8_lossy(&bytes)) } else { String::new() };
        File { path: path.into(), bytes, code, shipped: String::new() }
    }

    /// Its text; `None` when it is not text.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok().filter(|text| !text.contains('\0'))
    }

    /// True for Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// The repository.
pub struct Repo {
    /// Every file.
    pub files: Vec<File>,
    /// `cargo metadata` of this machine's platform; null in the rules' tests.
    pub metadata: Value,
    /// Absolute path of the root, with a `/` at its end.
    pub root: String,
}

impl Repo {
    /// Reads the checkout at `root`.
    ///
    /// # Errors
    /// When git or cargo cannot be run there.
    pub fn read(root: &Path) -> Result<Repo> {
        let listed = output(Command::new("git").current_dir(root).args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let mut paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
        paths.sort_unstable();
        paths.dedup();
        let files = paths
            .into_iter()
            .filter_map(|path| Some(File::new(path, std::fs::read(root.join(path)).ok()?)))
            .collect();
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let metadata = output(Command::new(cargo).current_dir(root).args([
            "metadata",
            "--format-version=1",
            "--filter-platform",
            &host()?,
        ]))?;
        let metadata = serde_json::from_slice(&metadata).context("reading cargo metadata")?;
        let mut repo = Repo::of(files);
        (repo.metadata, repo.root) = (metadata, format!("{}/", root.display()));
        Ok(repo)
    }

    /// From files alone.
    pub fn of(mut files: Vec<File>) -> Repo {
        let mut test_files = Vec::new();
        for file in &mut files {
            let (shipped, modules) = without_tests(&file.code);
            file.shipped = shipped;
            let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            let base = match name.trim_end_matches(".rs") {
                "mod" | "lib" | "main" => folder.to_string(),
                stem => format!("{folder}/{stem}"),
            };
            test_files.extend(modules.iter().map(|module| format!("{base}/{module}")));
        }
        for file in &mut files {
            let stem = file.path.trim_end_matches("/mod.rs").trim_end_matches(".rs").to_string();
            let within = |part: &str| file.path.contains(part);
            if within("/tests/")
                || within("/benches/")
                || test_files.iter().any(|test| stem.starts_with(test))
            {
                file.shipped.clear();
            }
        }
        Repo { files, metadata: Value::Null, root: String::new() }
    }

    /// From (path, text) pairs: samples in the rules' tests.
    #[cfg(test)]
    pub fn sample(files: &[(&str, &str)]) -> Repo {
        Repo::of(files.iter().map(|(path, text)| File::new(path, *text)).collect())
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// True when a reason stands beside what broke the rule.
    pub fn allows(&self, rule: &str, failure: &Failure) -> bool {
        let mark = format!("tidy: allow({rule}) because ");
        let Some(text) = self.file(&failure.place).and_then(File::text) else { return false };
        let above = failure.line.saturating_sub(2);
        failure.line > 0
            && text.lines().skip(above).take(failure.line - above).any(|line| line.contains(&mark))
    }
}

/// Target triple of the compiler's own machine.
fn host() -> Result<String> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let text = output(Command::new(rustc).arg("-vV"))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(String::from)
        .context("rustc -vV names no host")
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let done = command.output().with_context(|| format!("running {command:?}"))?;
    if !done.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(done.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_ship_nothing() {
        let repo = Repo::sample(&[
            ("a/src/lib.rs", "#[cfg(test)]\nmod testing;\nmod other;\n"),
            ("a/src/testing.rs", "fn t() {}"),
            ("a/src/other.rs", "#[cfg(test)]\nmod tests;\nfn o() {}"),
            ("a/src/other/tests.rs", "fn u() {}"),
            ("a/tests/all.rs", "fn v() {}"),
        ]);
        let shipped: Vec<bool> = repo.files.iter().map(|file| file.shipped.contains("fn ")).collect();
        assert_eq!(shipped, [false, false, true, false, false]);
    }

    #[test]
    fn a_reason_beside_it_allows() {
        let repo = Repo::sample(&[("a.rs", "x\n// tidy: allow(pure) because it is a sample\ny\nz\n")]);
        let on = |line, rule: &str| repo.allows(rule, &Failure::at("a.rs", line, "", ""));
        assert!(on(2, "pure") && on(3, "pure"));
        assert!(!on(4, "pure") && !on(3, "size") && !on(1, "pure"));
    }
}
