//! Whether a file is a rule pack that may be put in force: who signed it, until when that holds, that
//! it goes forward, and that every row of its tables is good. Nothing of it is used before.

use std::fs;
use std::io::Read;
use std::path::Path;

use bundle::{Front, Keys, MOST_RULES, Manifest, Payload, RULES, SYSTEM, Unproved, Version, date, expiry};
use model::Time;
use rules::{Pack, TABLES};

/// Most bytes of a file: the tables, and what is around them.
pub(super) const MOST_FILE: u64 = MOST_RULES + (16 << 10);

/// Where the keys of a platform are, for people.
pub(super) const NAMED: &str = "keys/*.pub of the platform's data folder";

/// The keys of a folder, `*.pub`, and what was passed over.
pub(super) fn keys(folder: &Path) -> (Keys, Vec<String>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    Keys::of(names, |name| fs::File::open(folder.join(name)))
}

/// A rule pack for somebody who tries it without a platform: proved as one that comes to a platform, but for its
/// version, which may be any. `named` says where the keys are, for errors.
///
/// # Errors
/// In words: why it is not taken, and what to do.
pub fn read_rule_pack(from: &mut dyn Read, keys: &Keys, named: &str, now: Time) -> Result<Pack, String> {
    let mut bytes = Vec::new();
    let read = from.take(MOST_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("it cannot be read to its end: {error}"))?;
    if bytes.len() as u64 > MOST_FILE {
        return Err(too_large());
    }
    prove(&bytes, keys, named, None, now).map(|(_, pack)| pack)
}

/// Words for a file that is longer than [`MOST_FILE`].
pub(super) fn too_large() -> String {
    format!("it has more than {MOST_FILE} bytes, which no pack has")
}

/// Reads a whole file as a pack that is newer than `before` (`None`: the tables compiled in). `named` says
/// where the keys are.
///
/// # Errors
/// In words: why it is not taken, and what to do.
pub(super) fn prove(
    bytes: &[u8],
    keys: &Keys,
    named: &str,
    before: Option<&str>,
    now: Time,
) -> Result<(Version, Pack), String> {
    let mut rest = bytes;
    let front = Front::read(&mut rest).map_err(|failed| failed.words)?;
    // First of all: until this holds, the manifest is a stranger's text.
    let statements =
        keys.statements(&front.manifest, &front.signatures).map_err(|why| unproved(why, named))?;
    let manifest = Manifest::read(&front.manifest).map_err(|failed| failed.words)?;
    match manifest.kind.as_str() {
        RULES if front.payload == Payload::Rules => {}
        RULES => return Err(format!("it is damaged: it is of rules, and holds {}", front.payload.name())),
        SYSTEM => {
            return Err("it is a bundle of a system, not of rules: a platform takes it under Bundles".into());
        }
        other => return Err(format!("its kind is {other:?}, which this version does not know")),
    }
    let until = expiry(&statements)
        .ok_or("its signature does not state how long it holds: sign it with --expires DATE")?;
    if until <= now {
        let (until, now) = (date::write(until), date::write(now));
        return Err(format!("its signature held until {until}, it is {now}: get the newest pack"));
    }
    if let Some(before) = before.and_then(Version::parse).filter(|before| manifest.version <= *before) {
        return Err(match manifest.version == before {
            true => format!("version {before} is the one in force"),
            false => format!(
                "version {} is older than {before}, which is in force: take that back first",
                manifest.version
            ),
        });
    }
    if manifest.size != front.size {
        return Err(format!(
            "it is damaged: its manifest says {} bytes, there are {}",
            manifest.size, front.size
        ));
    }
    let mut tables = Vec::new();
    bundle::payload(&mut rest, &manifest, &mut tables, &mut |_| {})
        .map_err(|broken| broken.failed().words)?;
    let pack = pack(&manifest.version, &tables)?;
    Ok((manifest.version, pack))
}

/// The pack in a file that was proved when it came.
///
/// # Errors
/// In words: it is not what it was.
pub(super) fn again(bytes: &[u8]) -> Result<Pack, String> {
    let mut rest = bytes;
    let front = Front::read(&mut rest).map_err(|failed| failed.words)?;
    let manifest = Manifest::read(&front.manifest).map_err(|failed| failed.words)?;
    let mut tables = Vec::new();
    bundle::payload(&mut rest, &manifest, &mut tables, &mut |_| {})
        .map_err(|broken| broken.failed().words)?;
    pack(&manifest.version, &tables)
}

fn pack(version: &Version, tables: &[u8]) -> Result<Pack, String> {
    let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    let members = bundle::tar::members(tables, &names)?;
    Pack::read(&version.to_string(), &members)
}

fn unproved(why: Unproved, named: &str) -> String {
    let words = match why {
        Unproved::NoKeys => {
            "there is no key here, so no pack can be trusted: put the public key of whoever makes your packs into \
             keys/ of the platform's data folder, as NAME.pub"
        }
        Unproved::Unsigned => "it is not signed: get the signed pack, or sign it with cargo xtask image sign",
        Unproved::Changed => "its signature does not fit: it was changed after it was signed",
        Unproved::Foreign => {
            return format!(
                "it is signed with a key that is not among {named}: add the signer's public key, if you trust it"
            );
        }
    };
    words.into()
}
