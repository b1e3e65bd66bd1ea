//! Images as tests take them: built once, found by every test, never written to.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use board::Board;
use image_build::verbs;
use nix::fcntl::{Flock, FlockArg};
use sha2::{Digest, Sha256};

use super::tool;

/// The program that is PID 1 of the appliance.
pub const APPLIANCE: &str = "stillwatch-appliance/stillwatch-appliance";
/// Names a folder of the appliance's built images, a folder a board; tests then build none.
const GIVEN: &str = "STILLWATCH_IMAGES";
/// What is written as nothing when it is all zeros.
const PIECE: usize = 64 << 10;

/// A kernel to be started without firmware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// The kernel.
    pub linux: PathBuf,
    /// The initramfs.
    pub initrd: PathBuf,
    /// The command line.
    pub cmdline: String,
}

/// A board's folder of files.
#[derive(Clone, Debug)]
pub struct Image {
    /// The machine.
    pub board: Board,
    folder: PathBuf,
}

/// The images of these boards with this program of the workspace (`package/name`) as PID 1, built
/// once for all tests; those of the appliance may be in the folder that `STILLWATCH_IMAGES` names.
///
/// # Errors
/// In words: there is no such program, Debian's packages cannot be had; a test then has to skip.
///
/// # Panics
/// The images cannot be built for any other reason.
pub fn images(program: &str, boards: &[&str]) -> Result<Vec<Image>, String> {
    let folder = match std::env::var_os(GIVEN).filter(|_| program == APPLIANCE) {
        Some(folder) => PathBuf::from(folder),
        None => build(program, boards)?,
    };
    let defs = board::boards();
    let image = |name: &&str| {
        let board = defs.board(name).unwrap_or_else(|error| panic!("{error}"));
        let folder = folder.join(name);
        assert!(folder.is_dir(), "there is no image of {name} in {}", folder.display());
        Image { board, folder }
    };
    Ok(boards.iter().map(image).collect())
}

/// Images of one board with these versions, built into `folder` for this test alone, with an update key; the bundle
/// of each is signed.
///
/// # Errors
/// In words: Debian's packages cannot be had; a test then has to skip.
///
/// # Panics
/// They cannot be built for any other reason.
pub fn versions(program: &str, board: &str, versions: &[&str], folder: &Path) -> Result<Vec<Image>, String> {
    // Fetches the packages and builds the program, unless another test did.
    build(program, &[])?;
    let (package, name) = program.split_once('/').expect("PACKAGE/NAME");
    let target = root().join("target/image");
    let init = image_build::userland::build(root(), &target.join("userland"), package, name);
    let init = init.unwrap_or_else(|error| panic!("{error:#}"));
    let keys = folder.join("keys");
    let run = |words: &[&str]| verbs::run(words.iter().map(|word| (*word).to_owned()).collect());
    let path = |path: &Path| path.to_str().expect("folders have plain names").to_owned();
    run(&["keys", "--out", &path(&keys)]).unwrap_or_else(|error| panic!("{error:#}"));
    let secret = fs::read_dir(&keys).expect("the folder is there").flatten().map(|entry| entry.path());
    let secret = secret.into_iter().find(|path| path.extension().is_some_and(|end| end == "key"));
    let secret = secret.expect("there is a secret key");
    let mut images = Vec::new();
    for version in versions {
        let out = folder.join(version);
        let cache = target.join("debian");
        let mut words = vec!["--board", board, "--version", version, "--program", program];
        let (keys, init, cache, to) = (path(&keys), path(&init), path(&cache), path(&out));
        words.extend(["--keys", &keys, "--init", &init, "--cache", &cache, "--out", &to]);
        run(&words).map_err(|error| unbuilt(&error))?;
        let out = out.join(board);
        let (secret, signed) = (path(&secret), path(&out));
        let words = ["sign", "--key", &secret, "--expires", "2099-01-01", &signed];
        run(&words).unwrap_or_else(|error| panic!("{error:#}"));
        images.push(Image::open(&out));
    }
    Ok(images)
}

/// Why an image was not built, when that is because Debian's packages cannot be had.
fn unbuilt(error: &anyhow::Error) -> String {
    let said = format!("{error:#}");
    let no_packages =
        ["apt-get update failed", "no longer in", "nowhere to fetch", "running apt-", "which Debian it is"];
    assert!(no_packages.iter().any(|words| said.contains(words)), "the images cannot be built: {said}");
    format!("Debian's packages cannot be had: {said}")
}

/// Root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

fn build(program: &str, boards: &[&str]) -> Result<PathBuf, String> {
    let (package, name) = program.split_once('/').expect("PACKAGE/NAME");
    let crates = image_build::papers::reached(root(), package);
    if crates.unwrap_or_else(|error| panic!("{error:#}")).is_empty() {
        return Err(format!("there is no package {package} yet"));
    }
    let target = root().join("target/image");
    let out = target.join("tests").join(name);
    fs::create_dir_all(&out).expect("a folder can be made");
    // One test builds, the others wait.
    let lock = File::create(out.join("lock")).expect("a file can be made");
    let _lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error.to_string())?;
    let init = image_build::userland::build(root(), &target.join("userland"), package, name);
    let init = init.unwrap_or_else(|error| panic!("{error:#}"));
    let stamp = stamp(&[&init, &root().join("image-build"), &root().join("board")]);
    let stamp_of = |board: &str| out.join(format!("{board}.built"));
    let old: Vec<&&str> = boards
        .iter()
        .filter(|board| fs::read_to_string(stamp_of(board)).ok().as_ref() != Some(&stamp))
        .collect();
    if old.is_empty() {
        return Ok(out);
    }
    let text = |path: &Path| path.to_str().expect("the repository's folder has a plain name").to_owned();
    let mut words = vec!["--out".to_owned(), text(&out), "--init".into(), text(&init)];
    words.extend(["--program".into(), program.into(), "--cache".into(), text(&target.join("debian"))]);
    for board in &old {
        let _ = fs::remove_dir_all(out.join(board));
        words.extend(["--board".into(), (**board).into()]);
    }
    verbs::run(words).map_err(|error| unbuilt(&error))?;
    for board in old {
        fs::write(stamp_of(board), &stamp).expect("a file can be written");
    }
    Ok(out)
}

/// One text for the content of files and folders.
fn stamp(paths: &[&Path]) -> String {
    let mut sum = Sha256::new();
    let mut open: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    let cannot = |path: &Path, error| -> ! { panic!("{}: {error}", path.display()) };
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).unwrap_or_else(|error| cannot(&path, error));
            let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            inside.sort();
            open.extend(inside);
        } else {
            sum.update(fs::read(&path).unwrap_or_else(|error| cannot(&path, error)));
        }
    }
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Image {
    /// An image's folder, as `cargo xtask image` left it.
    ///
    /// # Panics
    /// There is no such board.
    pub fn open(folder: &Path) -> Image {
        let name =
            folder.file_name().and_then(|name| name.to_str()).expect("folders of boards have plain names");
        let board = board::boards().board(name).unwrap_or_else(|error| panic!("{error}"));
        Image { board, folder: folder.into() }
    }

    /// The file whose name ends so.
    ///
    /// # Panics
    /// There is none.
    pub fn file(&self, end: &str) -> PathBuf {
        let entries = fs::read_dir(&self.folder).expect("the folder is there");
        let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let found = paths.find(|path| path.to_str().is_some_and(|path| path.ends_with(end)));
        found.unwrap_or_else(|| panic!("{} holds no file that ends in {end}", self.folder.display()))
    }

    /// The raw disk, unpacked.
    ///
    /// # Panics
    /// It cannot be.
    pub fn raw(&self) -> PathBuf {
        self.once("disk.img", |to| {
            let packed = File::open(self.file(".img.zst")).expect("the image is there");
            let mut from = zstd::Decoder::new(packed).expect("it is packed");
            sparse(&mut from, to);
        })
    }

    /// The disk of the OVA whose name ends so (`.ova`, `-esxi60.ova`).
    ///
    /// # Panics
    /// It holds none.
    pub fn vmdk(&self, end: &str) -> PathBuf {
        let ova = match end {
            ".ova" => self.file(&format!("{}.ova", self.board.name)),
            other => self.file(other),
        };
        self.once(&format!("{}.vmdk", end.trim_matches(['.', '-'])), |to| {
            let mut command = Command::new(tool("tar").expect("there is a tar"));
            command.args(["--wildcards", "-xOf"]).arg(&ova).arg("*.vmdk");
            let status = command.stdout(File::create(to).expect("a file can be made")).status();
            assert!(status.is_ok_and(|status| status.success()), "{} holds no disk", ova.display());
        })
    }

    /// Kernel, initramfs and command line out of the system's one file.
    ///
    /// # Panics
    /// It is no such file.
    pub fn kernel(&self) -> Kernel {
        let part = |name: &str| {
            self.once(name.trim_start_matches('.'), |to| {
                let system = fs::read(self.file(".efi")).expect("the system is there");
                let bytes = image_build::uki::section(&system, name).expect("it has its sections");
                fs::write(to, bytes).expect("there is room");
            })
        };
        let cmdline = fs::read_to_string(part(".cmdline")).expect("it is text");
        Kernel { linux: part(".linux"), initrd: part(".initrd"), cmdline }
    }

    /// A file made of the image, by the first who wants it.
    fn once(&self, name: &str, make: impl FnOnce(&Path)) -> PathBuf {
        let folder = self.folder.join("unpacked");
        let path = folder.join(name);
        if !path.exists() {
            fs::create_dir_all(&folder).expect("a folder can be made");
            let part = tempfile::NamedTempFile::new_in(&folder).expect("there is room");
            make(part.path());
            part.persist(&path).expect("it can be renamed");
        }
        path
    }
}

/// Writes what comes, zeros as nothing.
fn sparse(from: &mut dyn Read, to: &Path) {
    let mut out = File::create(to).expect("a file can be made");
    let (mut piece, mut size) = (vec![0; PIECE], 0_u64);
    loop {
        let mut count = 0;
        while count < PIECE {
            match from.read(&mut piece[count..]).expect("it unpacks") {
                0 => break,
                more => count += more,
            }
        }
        if count == 0 {
            break;
        }
        if piece[..count].iter().any(|byte| *byte != 0) {
            out.seek(SeekFrom::Start(size)).expect("it can be sought");
            out.write_all(&piece[..count]).expect("there is room");
        }
        size += count as u64;
    }
    out.set_len(size).expect("there is room");
}

/// A disk on top of another, which stays as it is: all that is written goes into the new file. It is as large as the
/// other, or of `mib` MiB.
///
/// # Panics
/// It cannot be made.
pub fn overlay(base: &Path, format: &str, to: &Path, mib: Option<u32>) {
    let mut command = Command::new(tool("qemu-img").expect("qemu-img is installed"));
    let base = fs::canonicalize(base).expect("the base is there");
    command.args(["create", "-q", "-f", "qcow2", "-F", format, "-b"]).arg(base).arg(to);
    command.args(mib.map(|mib| format!("{mib}M")));
    assert!(command.status().is_ok_and(|status| status.success()), "{} cannot be made", to.display());
}
