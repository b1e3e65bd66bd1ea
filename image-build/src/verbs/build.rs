//! Without a verb: builds boards' images.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::build::{Job, Parts};
use crate::packages::{Apt, Lock, sources};
use crate::papers::reached;
use crate::{bundles, signing, userland};
use anyhow::{Context, Result, bail};

use super::{HELP, Words};

/// The package and program that become PID 1.
const APPLIANCE: &str = "stillwatch-appliance/stillwatch-appliance";

/// What was asked for.
struct Args {
    boards: Vec<String>,
    out: PathBuf,
    program: String,
    init: Option<PathBuf>,
    keys: Option<PathBuf>,
    defs: Option<PathBuf>,
    version: String,
    cache: PathBuf,
    list: bool,
    move_lock: bool,
}

impl Args {
    fn read(root: &Path, mut words: Words) -> Result<Args> {
        let target = target(root);
        let mut out = Args {
            boards: Vec::new(),
            out: target.join("out"),
            program: APPLIANCE.into(),
            init: None,
            keys: None,
            defs: None,
            version: env!("CARGO_PKG_VERSION").into(),
            cache: target.join("debian"),
            list: false,
            move_lock: false,
        };
        while let Some(word) = words.next() {
            let mut value = || words.value(&word);
            match word.as_str() {
                "--board" => out.boards.push(value()?),
                "--out" => out.out = value()?.into(),
                "--program" => out.program = value()?,
                "--init" => out.init = Some(value()?.into()),
                "--keys" => out.keys = Some(value()?.into()),
                "--boards" => out.defs = Some(value()?.into()),
                "--version" => out.version = value()?,
                "--cache" => out.cache = value()?.into(),
                "--list" => out.list = true,
                "--move-lock" => out.move_lock = true,
                other => bail!("{other} is not known\n\n{HELP}"),
            }
        }
        // It becomes part of names of files, of the boot loader's order and of XML.
        bundles::version(&out.version).context("--version")?;
        if out.boards.is_empty() && !out.list && !out.move_lock {
            bail!("name a board: --board NAME (see --list)\n\n{HELP}");
        }
        Ok(out)
    }
}

/// Builds.
pub fn run(words: Words) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let args = Args::read(root, words)?;
    let boards = match &args.defs {
        Some(folder) => board::in_folder(folder)?,
        None => board::boards(),
    };
    if args.list {
        for name in boards.names() {
            let board = boards.board(name)?;
            println!("{name:20} {} [{}]", board.title, board.outputs.join(", "));
        }
        return Ok(());
    }
    let path = root.join("image-build/packages.lock.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let lock = Lock::read(&text)?;
    // Only asked for when something must be fetched: a kept package needs no configured source.
    let found = sources(Path::new("/etc"), &lock.suite);
    let mut apt = Apt::new(&args.cache, found.as_deref().unwrap_or("").into());
    if args.move_lock {
        found?;
        let moved = apt.newest(&lock)?;
        for (was, is) in lock.packages.iter().zip(&moved.packages) {
            println!("{}: {} {} -> {} {}", was.role, was.name, was.version, is.name, is.version);
        }
        fs::write(&path, moved.to_text()).with_context(|| format!("writing {}", path.display()))?;
        return Ok(());
    }
    let names: Vec<&str> = match args.boards.iter().any(|name| name == "all") {
        true => boards.names().collect(),
        false => args.boards.iter().map(String::as_str).collect(),
    };
    // Every board is read before anything takes time.
    let wanted = names.iter().map(|name| Ok(boards.board(name)?)).collect::<Result<Vec<board::Board>>>()?;
    let (package, name) = args.program.split_once('/').context("--program: write PACKAGE/NAME")?;
    let crates = reached(root, package)?;
    let init = match &args.init {
        Some(path) => path.clone(),
        None if crates.is_empty() => bail!(
            "there is no package {package}: give another with --program, or a static program with --init FILE"
        ),
        None => userland::build(root, &target(root).join("userland"), package, name)?,
    };
    let bytes = fs::read(&init).with_context(|| format!("reading {}", init.display()))?;
    userland::check(&init, &bytes)?;
    if args.init.is_some() {
        eprintln!(
            "note: the bill of materials lists the crates of {package}, whatever is in {}",
            init.display()
        );
    }
    let keys = match &args.keys {
        Some(folder) => signing::public_keys(folder).context("--keys")?,
        None => Vec::new(),
    };
    let start = Instant::now();
    let parts = Parts::fetch(&mut apt, &lock)?;
    println!("packages: {:.1} s", start.elapsed().as_secs_f64());
    for board in &wanted {
        let start = Instant::now();
        let folder = args.out.join(&board.name);
        let job = Job {
            board,
            version: &args.version,
            init: &bytes,
            keys: &keys,
            crates: &crates,
            lock: &lock,
            parts: &parts,
        };
        let sizes = job.write(&folder)?;
        println!("{}: {:.1} s, in {}", board.name, start.elapsed().as_secs_f64(), folder.display());
        for (name, size) in sizes {
            println!("  {size:>10} {name}");
        }
    }
    if keys.is_empty() {
        eprintln!("note: built without update keys: such an image installs no updates (--keys DIR)");
    }
    Ok(())
}

/// Where everything is made and kept that nothing else is said of.
fn target(root: &Path) -> PathBuf {
    root.join("target/image")
}
