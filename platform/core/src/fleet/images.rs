//! The folder of images: what an operator puts there to hand out (`docs/personalise.md`). A file is given out when it
//! is what the `SHA256SUMS` beside it says, and only as it is. The platform checks no signature: whoever takes an
//! image does (`docs/verify-image.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use assets::doc::Stamp;
use bundle::{LONGEST_SUMS, SUMS, Version};
use model::Time;

use super::system_bundle::hash;
use crate::error::{Error, Result};
use crate::parts::{hex, lock};
use crate::platform::Platform;
use crate::views::{ImageView, ImagesView};

/// Most folders and files that are looked at.
const MOST_FOLDERS: usize = 64;
const MOST_FILES: usize = 200;

/// Ends of names, the longer ones first, and what such a file is for.
const KINDS: &[(&str, &str)] = &[
    (".img.zst", "a disk: KVM, Proxmox, sticks, real machines"),
    ("-esxi60.ova", "VMware ESXi 6.0"),
    (".ova", "VMware ESXi 6.5 and newer"),
    (".vhdx", "Hyper-V, generation 2"),
    (".efi", "the system alone"),
    (".update", "an update bundle"),
    (".cdx.json", "bill of materials"),
    ("-licences.txt", "licences"),
];

/// What a file was when it was read, and what its list says.
type Print = (u64, Option<SystemTime>, Listed);

/// The sum that a list says of a file, in lower-case hexadecimal digits as all sums here; none: it needs none.
type Listed = std::result::Result<Option<String>, String>;

/// Its sum, or why it is not given out.
type Judged = std::result::Result<String, String>;

/// The folder.
pub(crate) struct Images {
    folder: PathBuf,
    files: Mutex<BTreeMap<String, (Print, Judged)>>,
}

impl Images {
    /// Of a folder; it need not be there. Nothing is read before [`Images::look`].
    pub(crate) fn new(folder: PathBuf) -> Images {
        Images { folder, files: Mutex::default() }
    }

    /// Reads what is new, in the folder and the folders in it. Files are hashed, which takes seconds; meanwhile
    /// everybody sees what was known before.
    pub(crate) fn look(&self) {
        let mut known = lock(&self.files).clone();
        let mut now = BTreeMap::new();
        for folder in self.folders() {
            let list = Sums::read(&self.folder.join(&folder).join(SUMS));
            for (name, size, written) in entries(&self.folder.join(&folder), fs::Metadata::is_file) {
                if now.len() == MOST_FILES {
                    break;
                }
                let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                let print = (size, written, list.of(&name));
                let judged = match known.remove(&path) {
                    Some((before, judged)) if before == print => judged,
                    _ => judge(&self.folder.join(&path), &print.2),
                };
                now.insert(path, (print, judged));
            }
        }
        *lock(&self.files) = now;
    }

    /// The folder itself, and those in it.
    fn folders(&self) -> BTreeSet<String> {
        let inner = entries(&self.folder, fs::Metadata::is_dir).into_iter().map(|entry| entry.0);
        std::iter::once(String::new()).chain(inner).take(MOST_FOLDERS).collect()
    }

    fn view(&self) -> ImagesView {
        let mut out = ImagesView::default();
        for (path, ((size, written, _), judged)) in &*lock(&self.files) {
            let sha256 = match judged {
                Ok(sha256) => sha256.clone(),
                Err(words) => {
                    out.others.push((path.clone(), words.clone()));
                    continue;
                }
            };
            let (version, board, about) = read_name(path.rsplit('/').next().unwrap_or(path));
            let since = written.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
            let since = since.map(|since| Stamp(Time::new(since.as_secs(), since.subsec_nanos())));
            out.images.push(ImageView {
                sha256,
                file: path.clone(),
                size: *size,
                version,
                board,
                about,
                since,
            });
        }
        out.images.sort_by(|a, b| {
            let version = |one: &ImageView| Version::parse(&one.version);
            (version(b), &a.board, &a.file).cmp(&(version(a), &b.board, &b.file))
        });
        out
    }

    /// A file by its sum, open, and its name; `None` when it is not as it was when it was read.
    fn open_file(&self, sha256: &str) -> Option<(File, u64, String)> {
        let files = lock(&self.files);
        let found = files.iter().find(|(_, (_, judged))| judged.as_ref().is_ok_and(|sum| sum == sha256));
        let (path, (print, _)) = found?;
        let file = File::open(self.folder.join(path)).ok()?;
        let about = file.metadata().ok()?;
        let same = (about.len(), about.modified().ok()) == (print.0, print.1);
        same.then(|| (file, print.0, path.rsplit('/').next().unwrap_or(path).to_owned()))
    }
}

/// Names of a folder, sorted, with size and time; hidden ones are being written and are left out.
fn entries(folder: &Path, keep: fn(&fs::Metadata) -> bool) -> Vec<(String, u64, Option<SystemTime>)> {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    let entry = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().ok().filter(|name| !name.starts_with('.'))?;
        // Links are followed: a folder of images may lie elsewhere.
        let about = fs::metadata(entry.path()).ok().filter(keep)?;
        Some((name, about.len(), about.modified().ok()))
    };
    let mut out: Vec<_> = all.filter_map(entry).collect();
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

/// A list of sums.
struct Sums(std::result::Result<BTreeMap<String, String>, String>);

impl Sums {
    fn read(path: &Path) -> Sums {
        let Ok(file) = File::open(path) else { return Sums(Err(format!("there is no {SUMS} beside it"))) };
        let mut bytes = Vec::new();
        let read = file.take(LONGEST_SUMS + 1).read_to_end(&mut bytes).map_err(|error| error.to_string());
        let list = read.and_then(|_| bundle::sums(&bytes));
        Sums(list.map_err(|why| format!("the {SUMS} beside it cannot be read: {why}")))
    }

    /// What it says of a file. The list and its signatures vouch for themselves.
    fn of(&self, name: &str) -> Listed {
        if name == SUMS || name.strip_prefix(SUMS).is_some_and(|end| end.starts_with(".minisig")) {
            return Ok(None);
        }
        let found = self.0.as_ref().map_err(Clone::clone)?.get(name);
        found.map(|sum| Some(sum.clone())).ok_or_else(|| format!("the {SUMS} beside it does not name it"))
    }
}

fn judge(path: &Path, listed: &Listed) -> Judged {
    let wanted = listed.as_ref().map_err(Clone::clone)?;
    let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
    let sum = hex(&hash(&mut File::open(path).map_err(unreadable)?).map_err(unreadable)?);
    match wanted {
        Some(wanted) if *wanted != sum => {
            Err(format!("it is not what {SUMS} says: it was copied in part, or changed"))
        }
        _ => Ok(sum),
    }
}

/// Version, board and use of a file by its name: `stillwatch-VERSION-BOARD.END`. Empty where it says nothing.
fn read_name(name: &str) -> (String, String, String) {
    let plain = |about: &str| (String::new(), String::new(), about.to_owned());
    if name.starts_with(SUMS) {
        return plain(if name == SUMS { "sums of the files beside it" } else { "signature of the sums" });
    }
    let Some((end, about)) = KINDS.iter().find(|(end, _)| name.ends_with(end)) else { return plain("") };
    let middle = name.strip_prefix("stillwatch-").and_then(|rest| rest.strip_suffix(end));
    match middle.and_then(|middle| middle.split_once('-')) {
        Some((version, board)) => (version.into(), board.into(), (*about).into()),
        None => plain(about),
    }
}

impl Platform {
    /// Images there are, newest first, and files that are not given out.
    pub fn images(&self) -> ImagesView {
        self.inner().images.view()
    }

    /// The file of an image by its SHA-256 (hexadecimal, lower case), its length and its name.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none, or it changed a moment ago.
    pub fn image(&self, sha256: &str) -> Result<(File, u64, String)> {
        let missing = || Error::Missing { what: "image", id: sha256.into() };
        self.inner().images.open_file(sha256).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(bytes: &[u8]) -> String {
        hex(&crate::parts::digest(bytes))
    }

    fn view(folder: &Path) -> (Images, ImagesView) {
        let images = Images::new(folder.into());
        images.look();
        let view = images.view();
        (images, view)
    }

    #[test]
    fn what_its_list_names_is_given_out_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let board = folder.path().join("virtual-kvm");
        fs::create_dir(&board).unwrap();
        let (disk, efi) = ("stillwatch-1.2.0-virtual-kvm.img.zst", "stillwatch-1.10.0~rc1-virtual-kvm.efi");
        let list = format!("{}  {disk}\n{}  {efi}\n{}  bad.ova\n", sum(b"disk"), sum(b"efi"), sum(b"whole"));
        for (name, bytes) in [
            (disk, "disk"),
            (efi, "efi"),
            ("bad.ova", "half"),
            ("odd.iso", "x"),
            (".part", "y"),
            (SUMS, &list),
        ] {
            fs::write(board.join(name), bytes).unwrap();
        }
        fs::write(folder.path().join("lonely.vhdx"), "z").unwrap();
        let (images, seen) = view(folder.path());
        let shown: Vec<_> = seen.images.iter().map(|one| (&*one.file, &*one.version, &*one.board)).collect();
        let (disk, efi) = (format!("virtual-kvm/{disk}"), format!("virtual-kvm/{efi}"));
        assert_eq!(
            shown,
            [
                (&*efi, "1.10.0~rc1", "virtual-kvm"),
                (&disk, "1.2.0", "virtual-kvm"),
                ("virtual-kvm/SHA256SUMS", "", "")
            ]
        );
        let why = |file: &str| &seen.others.iter().find(|other| other.0 == file).unwrap().1;
        assert!(why("virtual-kvm/bad.ova").contains("is not what SHA256SUMS says"));
        assert!(why("virtual-kvm/odd.iso").contains("does not name it"));
        assert!(why("lonely.vhdx").contains("no SHA256SUMS"));
        assert_eq!(seen.others.len(), 3);
        let (mut file, size, name) = images.open_file(&sum(b"efi")).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!((bytes, size, format!("virtual-kvm/{name}")), (b"efi".to_vec(), 3, efi));
        assert!(images.open_file(&sum(b"half")).is_none() && images.open_file("").is_none());
    }

    #[test]
    fn a_file_that_changes_is_not_given_out_before_it_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (name, list) = (folder.path().join("a.efi"), folder.path().join(SUMS));
        fs::write(&name, "one").unwrap();
        fs::write(&list, format!("{}  a.efi\n", sum(b"one"))).unwrap();
        let (images, _) = view(folder.path());
        assert!(images.open_file(&sum(b"one")).is_some());
        fs::write(&name, "other").unwrap();
        assert!(images.open_file(&sum(b"one")).is_none());
        images.look();
        assert!(images.view().others[0].1.contains("is not what"));
        // The list follows: the same file is judged anew.
        fs::write(&list, format!("{}  a.efi\n", sum(b"other"))).unwrap();
        images.look();
        assert!(images.open_file(&sum(b"other")).is_some());
    }

    #[test]
    fn a_list_that_cannot_be_read_vouches_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.efi"), "one").unwrap();
        fs::write(folder.path().join(SUMS), format!("{}  a.efi\nmore\n", sum(b"one"))).unwrap();
        let (_, seen) = view(folder.path());
        let [(file, why)] = &seen.others[..] else { panic!("{:?}", seen.others) };
        assert_eq!(file, "a.efi");
        assert!(why.contains("SHA256SUMS beside it cannot be read: line 2 is no line"), "{why}");
        assert!(seen.images.iter().all(|image| image.file == SUMS), "{:?}", seen.images);
    }

    #[test]
    fn names_say_what_a_file_is_for() {
        let about = |name: &str| read_name(name).2;
        assert_eq!(about("stillwatch-1.0.0-virtual-esxi-esxi60.ova"), "VMware ESXi 6.0");
        assert_eq!(read_name("stillwatch-1.0.0-virtual-esxi-esxi60.ova").1, "virtual-esxi");
        assert_eq!(
            (about("SHA256SUMS.minisig"), about("x.bin")),
            ("signature of the sums".into(), String::new())
        );
    }
}
