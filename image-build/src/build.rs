//! From board, kernel and program to a folder of files: the order in which the parts come together.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use board::Board;
use sha2::{Digest, Sha256};

use crate::bundles;
use crate::disk::{self, System};
use crate::formats::{self, Product};
use crate::initramfs::{self, Root};
use crate::modules::{Modules, Tree};
use crate::packages::{Apt, Lock, Member, unpack};
use crate::papers::{Contents, Copyright, Crate, licences, sbom};
use crate::seed::{Seed, hex};
use crate::uki;

/// Where systemd's files stand in Debian's package.
const EFI: &str = "usr/lib/systemd/boot/efi/";

/// What Debian's packages give, unpacked once for any number of boards.
#[derive(Debug)]
pub struct Parts {
    /// The kernel.
    pub kernel: Vec<u8>,
    /// Its modules.
    pub tree: Tree,
    /// systemd's stub, which a system's file begins with.
    pub stub: Vec<u8>,
    /// systemd-boot.
    pub loader: Vec<u8>,
    /// What the packages say of their licences.
    pub copyrights: Vec<Copyright>,
}

impl Parts {
    /// Fetches and unpacks them.
    ///
    /// # Errors
    /// A package cannot be had, or does not hold what is looked for.
    pub fn fetch(apt: &mut Apt, lock: &Lock) -> Result<Parts> {
        let (kernel, boot) = (lock.pin("kernel")?, lock.pin("boot")?);
        let copyright = |path: &str| path.starts_with("usr/share/doc/") && path.ends_with("/copyright");
        let mut copyrights = Vec::new();
        let mut split = |name: &str, files: Vec<Member>| -> Vec<Member> {
            let (texts, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| copyright(&file.path));
            let text = |file: Member| String::from_utf8_lossy(&file.bytes).into_owned();
            copyrights
                .extend(texts.into_iter().map(|file| Copyright { name: name.into(), text: text(file) }));
            files
        };
        let is_kernel = |path: &str| path.starts_with("boot/vmlinuz-");
        let wanted = |path: &str| is_kernel(path) || Tree::wants(path) || copyright(path);
        let files = split(&kernel.name, unpack(&kernel.name, &apt.fetch(kernel, &lock.suite)?, &wanted)?);
        let (kernels, modules): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_kernel(&file.path));
        let image =
            kernels.into_iter().next().with_context(|| format!("{} holds no boot/vmlinuz", kernel.name))?;
        let wanted = |path: &str| path.starts_with(EFI) || copyright(path);
        let files = split(&boot.name, unpack(&boot.name, &apt.fetch(boot, &lock.suite)?, &wanted)?);
        let efi = |name: &str| {
            let file = files.iter().find(|file| file.path.strip_prefix(EFI) == Some(name));
            file.map(|file| file.bytes.clone()).with_context(|| format!("{} holds no {EFI}{name}", boot.name))
        };
        let (stub, loader) = (efi("linuxx64.efi.stub")?, efi("systemd-bootx64.efi")?);
        Ok(Parts { kernel: image.bytes, tree: Tree::read(modules)?, stub, loader, copyrights })
    }
}

/// What is built.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The machine.
    pub board: &'a Board,
    /// The product's version.
    pub version: &'a str,
    /// PID 1, static.
    pub init: &'a [u8],
    /// Public keys of those whose updates it installs: name, bytes; none: it installs none.
    pub keys: &'a [(String, Vec<u8>)],
    /// Crates linked into it.
    pub crates: &'a [Crate],
    /// Debian's packages.
    pub lock: &'a Lock,
    /// What is in them.
    pub parts: &'a Parts,
}

/// Sizes of what was made, in bytes, in the order of making.
pub type Sizes = Vec<(String, u64)>;

impl Job<'_> {
    /// The system as one file, with the sizes of its parts.
    ///
    /// # Errors
    /// The kernel has not all the board's modules; the stub has no room.
    pub fn system(&self) -> Result<(System, Sizes)> {
        let Job { board, version, init, keys, parts, .. } = *self;
        let modules: Modules = parts.tree.closure(&board.kernel.modules)?;
        let release = &parts.tree.release;
        let mut state = Vec::new();
        disk::empty_state(&Seed::new(&board.name, version)).write_to(&mut state)?;
        let state = zstd::encode_all(state.as_slice(), 19)?;
        let root = Root { board, version, init, keys, release, modules: &modules, state: &state };
        let initramfs = initramfs::pack(&root.archive())?;
        let image = uki::build(
            &parts.stub,
            &[
                (".osrel", initramfs::os_release(version, &board.title).as_bytes()),
                (".cmdline", board.command_line().as_bytes()),
                (".initrd", &initramfs),
                // Last: older stubs unpack it in place, over what comes behind.
                (".linux", &parts.kernel),
            ],
        )?;
        let modules_size: usize = modules.bytes.values().map(Vec::len).sum();
        let sizes = vec![
            ("PID 1".to_owned(), init.len() as u64),
            (format!("{} modules, unpacked", modules.bytes.len()), modules_size as u64),
            ("initramfs, packed".into(), initramfs.len() as u64),
            ("kernel".into(), parts.kernel.len() as u64),
            ("system (UKI)".into(), image.len() as u64),
        ];
        Ok((System { version: version.into(), loader: parts.loader.clone(), image }, sizes))
    }

    /// Writes all of the board's files into `folder`, with their sums.
    ///
    /// # Errors
    /// What [`Job::system`] says; the board asks for a format that there is not; a file cannot be
    /// written.
    pub fn write(&self, folder: &Path) -> Result<Sizes> {
        let Job { board, version, crates, lock, parts, .. } = *self;
        let seed = Seed::new(&board.name, version);
        let (system, mut sizes) = self.system()?;
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let product = Product { board, version, seed: &seed, system: &system };
        let stem = product.stem();
        let mut out = Out { folder: folder.into(), sums: BTreeMap::new() };
        for name in &board.outputs {
            let known = || formats::FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ");
            let format = formats::format(name).with_context(|| {
                format!("board {}: there is no format {name}; there are: {}", board.name, known())
            })?;
            out.file(&format!("{stem}{}", format.end), |to| format.write(&product, to))?;
        }
        let contents = Contents { version, board: &board.name, crates, packages: &lock.packages };
        let mut text =
            |end: &str, bytes: &[u8]| out.file(&format!("{stem}{end}"), |to| Ok(to.write_all(bytes)?));
        text(".efi", &system.image)?;
        text(bundles::END, &bundles::write(&board.name, version, &system.image)?)?;
        text(".cdx.json", sbom(&contents, &seed).as_bytes())?;
        text("-licences.txt", licences(&contents, &parts.copyrights).as_bytes())?;
        let sums: String = out.sums.iter().map(|(name, (sum, _))| format!("{sum}  {name}\n")).collect();
        sizes.extend(out.sums.iter().map(|(name, (_, size))| (name.clone(), *size)));
        fs::write(folder.join("SHA256SUMS"), sums).context("writing SHA256SUMS")?;
        Ok(sizes)
    }
}

/// Files as they are written, with their sums.
struct Out {
    folder: PathBuf,
    sums: BTreeMap<String, (String, u64)>,
}

impl Out {
    fn file(&mut self, name: &str, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
        let path = self.folder.join(name);
        let file = fs::File::create(&path).with_context(|| format!("making {}", path.display()))?;
        let mut to = Summed { to: BufWriter::new(file), sum: Sha256::new(), size: 0 };
        write(&mut to).with_context(|| format!("writing {}", path.display()))?;
        to.flush().with_context(|| format!("writing {}", path.display()))?;
        self.sums.insert(name.into(), (hex(&to.sum.finalize()), to.size));
        Ok(())
    }
}

/// Sums what passes.
struct Summed<W> {
    to: W,
    sum: Sha256,
    size: u64,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = self.to.write(bytes)?;
        self.sum.update(&bytes[..taken]);
        self.size += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}
