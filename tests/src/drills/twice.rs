//! Two builds from the same commit, in different folders, times, time zones, umasks and cargo homes, with nothing kept
//! from one to the other but Debian's packages: every unsigned output has the same bytes.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Drill, Options, words};

/// The drill.
pub const DRILL: Drill =
    Drill { name: "twice", about: "twice: two builds of the last commit, the same bytes", run };

/// Surroundings of a build: its folder's name, zone and umask.
const SURROUNDINGS: [(&str, &str, &str); 2] =
    [("one", "Pacific/Auckland", "022"), ("another place, with a longer name", "America/Caracas", "077")];

fn run(options: &Options) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(words)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let board = options.board.as_deref().unwrap_or("all");
    // The same commit for both, whatever is committed meanwhile.
    let asked = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(root).output().map_err(words)?;
    let commit = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    let mut outs = Vec::new();
    for (name, zone, umask) in SURROUNDINGS {
        outs.push(built(root, &commit, &folder.path().join(name), zone, umask, board)?);
    }
    let (mut files, mut different) = (0, Vec::new());
    println!("| board | files | bytes | the same |\n|---|---|---|---|");
    let boards = board::boards();
    for board in boards.names().filter(|name| options.board.is_none() || *name == board) {
        let read = |out: &PathBuf| sums(&out.join(board));
        let (one, two) = (read(&outs[0])?, read(&outs[1])?);
        let same = one == two;
        let bytes: u64 = one.iter().map(|(_, size, _)| size).sum();
        println!("| {board} | {} | {bytes} | {} |", one.len(), if same { "yes" } else { "**no**" });
        files += one.len();
        let unlike = one.iter().filter(|file| !two.contains(file)).map(|file| format!("{board}/{}", file.0));
        different.extend(unlike);
        if !same && different.is_empty() {
            different.push(format!("{board}: a file that the other has not"));
        }
    }
    if files == 0 {
        return Err("nothing was built".into());
    }
    if different.is_empty() {
        return Ok(());
    }
    let kept = options.kept("twice")?;
    let _ = fs::remove_dir_all(&kept);
    fs::create_dir_all(&kept).map_err(words)?;
    for (out, (name, ..)) in outs.iter().zip(SURROUNDINGS) {
        must("mv", Command::new("mv").args(["-T"]).arg(out).arg(kept.join(name)))?;
    }
    Err(format!("not the same, kept in {}: {}", kept.display(), different.join(", ")))
}

/// Clones the tree at `commit` into `folder` and builds there, with a cargo home of its own; where the boards' folders
/// are then.
fn built(
    root: &Path,
    commit: &str,
    folder: &Path,
    zone: &str,
    umask: &str,
    board: &str,
) -> Result<PathBuf, String> {
    let home = folder.join("cargo");
    fs::create_dir_all(&home).map_err(words)?;
    // Where crates come from, if that is not crates.io itself; no crate is kept.
    let old = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let old = old.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).ok_or("there is no CARGO_HOME")?;
    for name in ["config.toml", "credentials.toml"] {
        if old.join(name).exists() {
            fs::copy(old.join(name), home.join(name)).map_err(words)?;
        }
    }
    let tree = folder.join("tree");
    let mut clone = Command::new("git");
    clone.args(["clone", "--quiet", "--no-hardlinks"]).args([root, &tree]);
    must("git clone", &mut clone)?;
    must("git checkout", Command::new("git").args(["checkout", "--quiet", commit]).current_dir(&tree))?;
    let out = folder.join("out");
    let cache = root.join("target/image/debian");
    let mut build = Command::new("sh");
    build.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh", "cargo", "xtask", "image"]);
    build.args(["--board", board, "--out"]).arg(&out).arg("--cache").arg(cache).current_dir(&tree);
    // This very program runs under cargo, which tells it where it is and with what it was built.
    let cargo = |name: &OsStr| name.to_str().is_some_and(|name| name.starts_with("CARGO"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| cargo(name)) {
        build.env_remove(name);
    }
    must("cargo xtask image", build.env("CARGO_HOME", &home).env("TZ", zone))?;
    Ok(out)
}

/// Runs it; what it says is shown when it fails.
fn must(what: &str, command: &mut Command) -> Result<(), String> {
    let done = command.output().map_err(|error| format!("{what}: {error}"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    if done.status.success() { Ok(()) } else { Err(format!("{what} failed:\n{said}")) }
}

/// Name, size and sum of each file that a board's SHA256SUMS names.
fn sums(folder: &Path) -> Result<Vec<(String, u64, String)>, String> {
    let path = folder.join(bundle::SUMS);
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let listed = bundle::sums(&bytes).map_err(|why| format!("{}: {why}", path.display()))?;
    let sized = |(name, sum): (String, String)| {
        let size = fs::metadata(folder.join(&name)).map_err(words)?.len();
        Ok((name, size, sum))
    };
    listed.into_iter().map(sized).collect()
}
