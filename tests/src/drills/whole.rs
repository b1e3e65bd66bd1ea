//! Whether a disk that a power cut left starts one whole version, and what the box would say of its update: by the
//! loader's own rules and by reading, nothing put right first.

use std::path::Path;

use model::Time;
use spool::{Folder, Limits, Spool};
use update::Version;
use update::record::{Record, Stage};
use update::slots::Entry;
use uplink::Vault;
use wire::UpdateState;

use super::words;
use crate::blocks::{FatFile, ext4, extract, fat, fat_folder, shared, unpack_ext4};

/// Names of the partitions, and the folder of the systems.
const BOOT: &str = "stillwatch-boot";
const STATE: &str = "stillwatch-state";
const SYSTEMS: &str = "EFI/Linux";

/// The two systems: version and bytes.
pub struct Systems {
    /// What runs at first, and what is gone back to.
    pub old: (String, Vec<u8>),
    /// The update.
    pub new: (String, Vec<u8>),
}

/// What a disk is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The version that the loader starts.
    pub starts: String,
    /// It is kept, not on trial.
    pub good: bool,
    /// What is in the folder, how far the record is, what `fsck.fat` finds: disks of one kind.
    pub kind: String,
    /// Every version has one file, and nothing else is there.
    pub tidy: bool,
}

/// The file that systemd-boot starts (257, `boot_entry_compare`): of those that are programs, first those that were not
/// given up, of them the newest version, of it the name with the most tries left.
fn chosen(files: &[FatFile]) -> Option<(&FatFile, [u32; 3], Option<u32>)> {
    let read = |file: &FatFile| {
        let stem = file.name.strip_prefix("stillwatch-")?.strip_suffix(".efi")?;
        let (version, counters) = stem.split_once('+').map_or((stem, None), |(v, c)| (v, Some(c)));
        let mut numbers = version.split('.').map_while(|part| part.parse().ok());
        let version = [numbers.next()?, numbers.next()?, numbers.next()?];
        let left = counters.map(|counters| counters.split('-').next().unwrap_or_default().parse());
        file.bytes.starts_with(b"MZ").then_some((version, left.transpose().ok()?))
    };
    let programs = files.iter().filter_map(|file| read(file).map(|(version, left)| (file, version, left)));
    // Of two names of one version the one that counts, however few tries it has left.
    programs.max_by_key(|(_, version, left)| (*left != Some(0), *version, left.map_or(-1, i64::from)))
}

/// Looks at a disk; `folder` is for what is taken from it.
///
/// # Errors
/// In words: what is wrong with it.
pub fn look(disk: &Path, folder: &Path, systems: &Systems) -> Result<Seen, String> {
    let (boot, state) = (folder.join("boot"), folder.join("state"));
    extract(disk, BOOT, &boot)?;
    let files = fat_folder(&boot, SYSTEMS)?;
    let files: Vec<FatFile> = files.into_iter().filter(|file| !file.name.starts_with('.')).collect();
    let names: Vec<String> = files.iter().map(|file| shown(file, systems)).collect();
    let (file, version, left) =
        chosen(&files).ok_or_else(|| format!("nothing can be started: {}", names.join(", ")))?;
    let starts = version.map(|number| number.to_string()).join(".");
    let bytes = [&systems.old, &systems.new].into_iter().find(|system| system.0 == starts);
    let (_, bytes) = bytes.ok_or_else(|| format!("{} is no version of ours", file.name))?;
    if !file.is_whole() || file.bytes != *bytes {
        return Err(format!("{} is started and is not whole: {}", file.name, names.join(", ")));
    }
    // A name that shares its clusters with another version's would lose them with it.
    for (one, other) in shared(&files) {
        let of = |name: &str| Entry::parse(name).map(|entry| entry.version);
        if of(&one).is_some() && of(&other).is_some() && of(&one) != of(&other) {
            return Err(format!("{one} and {other} share clusters"));
        }
    }
    extract(disk, STATE, &state)?;
    ext4(&state)?;
    let stage = kept(&state, &starts, &files, systems)?;
    let found = fat(&boot).err().map_or(String::new(), |found| format!("; {}", plain(&found)));
    let tidy = names.iter().all(|name| !name.contains("TMP")) && names.len() <= 2 && found.is_empty();
    let good = left.is_none();
    Ok(Seen { kind: format!("{}; {stage}{found}", names.join(", ")), starts, good, tidy })
}

/// A file's name, with what it holds.
fn shown(file: &FatFile, systems: &Systems) -> String {
    let of = [&systems.old, &systems.new].into_iter().find(|system| system.1 == file.bytes);
    let holds = match of {
        _ if file.size == 0 => " (empty)".into(),
        Some((version, _)) if file.is_whole() && !file.name.contains(version) => format!(" ({version})"),
        Some(_) if file.is_whole() => String::new(),
        _ => " (broken)".into(),
    };
    let name = file.name.strip_prefix("stillwatch-").unwrap_or(&file.name);
    format!("{name}{holds}")
}

/// What the tool says, without numbers: disks of one kind say the same.
fn plain(found: &str) -> String {
    let mut out: Vec<String> = found
        .split("; ")
        .map(|line| line.trim().chars().filter(|c| !c.is_ascii_digit()).collect::<String>())
        .collect();
    out.sort();
    out.dedup();
    out.join("; ")
}

/// Settings, identity and spool are there, and the record of the update says what is so. Gives how far it is.
fn kept(state: &Path, starts: &str, files: &[FatFile], systems: &Systems) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(words)?;
    let at = |name: &str| folder.path().join(name);
    unpack_ext4(state, folder.path())?;
    let copies = ["settings.0", "settings.1"].map(|name| std::fs::read(at("settings").join(name)));
    let newest = copies.iter().flatten().filter_map(|bytes| setup::parse(bytes)).max_by_key(|copy| copy.0);
    let (_, settings, odd) = newest.ok_or("the settings are gone")?;
    let platform = settings::item("platform.address").map_or("", |item| settings.settings.get(item));
    if platform.is_empty() || !odd.is_empty() {
        return Err(format!("the settings do not name the platform ({odd:?})"));
    }
    let vault = Vault::open(folder.path()).map_err(|error| error.to_string())?;
    let identity = vault.identity().map_err(|error| error.to_string())?;
    identity.ok_or("the identity is gone")?;
    let disk = Folder::open(&at("spool")).map_err(|error| error.to_string())?;
    let (_, opened) = Spool::open(disk, Limits::default(), [7; 16]).map_err(|error| error.to_string())?;
    if opened.state_lost || opened.new {
        return Err(format!("the spool is not as it was: {opened:?}"));
    }
    let record = Record::read(&at("update"));
    let stage = record.as_ref().map_or("no record".into(), |record| format!("{:?}", record.stage));
    truth(record.as_ref(), starts, files, systems).map(|()| stage)
}

/// What the box would say of its update is so.
fn truth(record: Option<&Record>, starts: &str, files: &[FatFile], systems: &Systems) -> Result<(), String> {
    let running = Version::parse(starts).ok_or_else(|| format!("{starts} is no version"))?;
    let there = files.iter().filter(|file| file.size > 0).filter_map(|file| Entry::parse(&file.name));
    let mut entries: Vec<Entry> = there.collect();
    entries.sort_by(Entry::order);
    let new: Vec<&Entry> =
        entries.iter().filter(|entry| entry.version.to_string() == systems.new.0).collect();
    let said = update::judge::judge(record, &running, &entries, "the power failed").state;
    let so = match &said {
        UpdateState::None | UpdateState::Refused { .. } => starts == systems.old.0 && new.is_empty(),
        UpdateState::Trial { version } => version == starts && new.iter().any(|entry| !entry.is_good()),
        UpdateState::Good { version } => version == starts && new.iter().any(|entry| entry.is_good()),
        UpdateState::RolledBack { version, .. } => {
            starts == systems.old.0 && *version == systems.new.0 && new.iter().any(|entry| entry.is_bad())
        }
        _ => false,
    };
    let stage = record.map(|record: &Record| -> (Stage, Time) { (record.stage, record.at) });
    if so { Ok(()) } else { Err(format!("{starts} starts; {entries:?}; {stage:?}; it says {said:?}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: &[u8]) -> FatFile {
        let size = bytes.len() as u32;
        FatFile { name: name.into(), size, clusters: vec![], free: false, bytes: bytes.into() }
    }

    #[test]
    fn the_loader_takes_the_newest_that_is_a_program_and_was_not_given_up() {
        let (good, tried) = ("stillwatch-1.2.3.efi", "stillwatch-1.2.10+2-1.efi");
        let name = |files: &[FatFile]| chosen(files).map(|(file, ..)| file.name.clone());
        assert_eq!(name(&[file(good, b"MZ"), file(tried, b"MZ")]).unwrap(), tried);
        assert_eq!(name(&[file(good, b"MZ"), file(tried, b"")]).unwrap(), good);
        assert_eq!(name(&[file(good, b"MZ"), file("NEW0.TMP", b"MZ")]).unwrap(), good);
        assert_eq!(name(&[file(good, b"MZ"), file("stillwatch-1.2.4+0-3.efi", b"MZ")]).unwrap(), good);
        assert_eq!(name(&[file("stillwatch-1.2.10.efi", b"MZ"), file(tried, b"MZ")]).unwrap(), tried);
        assert_eq!(name(&[file("stillwatch-1.2.4+0-3.efi", b"MZ")]).unwrap(), "stillwatch-1.2.4+0-3.efi");
        assert_eq!(name(&[file(good, b"")]), None);
    }

    #[test]
    fn a_lie_about_the_update_is_found() {
        let system = |version: &str| (version.to_owned(), b"MZ".to_vec());
        let systems = Systems { old: system("1.2.3"), new: system("1.2.4") };
        let record = |stage| Record {
            version: Version::new(1, 2, 4),
            before: Version::new(1, 2, 3),
            origin: update::Origin::Platform,
            at: Time(0),
            stage,
            words: String::new(),
        };
        let says = |stage, starts: &str, names: &[&str]| {
            let files: Vec<FatFile> = names.iter().map(|name| file(name, b"MZ")).collect();
            truth(Some(&record(stage)), starts, &files, &systems).is_ok()
        };
        let (old, good) = ("stillwatch-1.2.3.efi", "stillwatch-1.2.4.efi");
        assert!(says(Stage::Installing, "1.2.3", &[old]));
        assert!(says(Stage::Installing, "1.2.4", &[old, "stillwatch-1.2.4+2-1.efi"]));
        assert!(says(Stage::Good, "1.2.4", &[old, good]));
        // It was given up, it says, and is kept; it was gone back from, and nobody gave it up.
        assert!(says(Stage::Good, "1.2.3", &[old, "stillwatch-1.2.4+0.efi"]));
        assert!(!says(Stage::RolledBack, "1.2.3", &[old]));
        assert!(!says(Stage::Good, "1.2.3", &[old, good]));
    }
}
