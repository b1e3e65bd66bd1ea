//! Files of rule packs: `rules/` is where one is put to be taken in, `rules/kept/` holds those in
//! force and before.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::SystemTime;

use rules::{Pack, Set};

use super::RulesDocument;
use super::proof::{MOST_FILE, again, too_large};
use crate::error::{Error, Result};
use crate::parts::{digest, hex, lock};

/// Most files that are looked at.
const MOST_FILES: usize = 50;

/// Names of files, and why each was not taken in.
pub(super) type Refused = Vec<(String, String)>;

/// What a file was when it was read.
type Print = (u64, Option<SystemTime>);

/// The folders, and where keys are.
pub(crate) struct RuleShelf {
    folder: PathBuf,
    pub(super) keys: PathBuf,
    /// Files that were not taken in, and why.
    refused: Mutex<BTreeMap<String, (Print, String)>>,
    /// Tables that were read, by SHA-256 of their file: what is in force needs no file any more.
    read: Mutex<BTreeMap<String, &'static Set>>,
    /// Held while a pack is taken in or back.
    pub(super) turn: Mutex<()>,
}

impl RuleShelf {
    /// Of a folder, which need not be there, and the folder of keys.
    pub(crate) fn new(folder: PathBuf, keys: PathBuf) -> RuleShelf {
        RuleShelf { folder, keys, refused: Mutex::default(), read: Mutex::default(), turn: Mutex::default() }
    }

    /// Names and contents of files that wait to be taken in and were not refused as they are. Those
    /// that cannot be read or are too large are refused here: the second value.
    pub(super) fn waiting(&self) -> (Vec<(String, Vec<u8>)>, Refused) {
        let mut refused = lock(&self.refused);
        let mut there = BTreeMap::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(about) = entry.metadata() else { continue };
            if !name.starts_with('.') && about.is_file() && there.len() < MOST_FILES {
                there.insert(name, (about.len(), about.modified().ok()));
            }
        }
        refused.retain(|name, (print, _)| there.get(name) == Some(print));
        let (mut new, mut bad) = (Vec::new(), Vec::new());
        for (name, print) in there {
            if refused.contains_key(&name) {
                continue;
            }
            let read = match print.0 > MOST_FILE {
                true => Err(too_large()),
                false => {
                    fs::read(self.folder.join(&name)).map_err(|error| format!("it cannot be read: {error}"))
                }
            };
            match read {
                Ok(bytes) => new.push((name, bytes)),
                Err(why) => {
                    refused.insert(name.clone(), (print, why.clone()));
                    bad.push((name, why));
                }
            }
        }
        (new, bad)
    }

    /// A file of the folder was not taken in.
    pub(super) fn refuse(&self, name: &str, why: &str) {
        if let Ok(about) = fs::metadata(self.folder.join(name)) {
            let print = (about.len(), about.modified().ok());
            lock(&self.refused).insert(name.into(), (print, why.into()));
        }
    }

    /// A file of the folder was taken in: it goes, since it is kept elsewhere.
    pub(super) fn taken(&self, name: &str) {
        if let Err(error) = fs::remove_file(self.folder.join(name)) {
            tracing::warn!(file = name, %error, "the file of a rule pack that was installed cannot be removed");
        }
    }

    /// Files that were not taken in, and why.
    pub(super) fn refused(&self) -> Refused {
        lock(&self.refused).iter().map(|(name, (_, why))| (name.clone(), why.clone())).collect()
    }

    fn kept(&self) -> PathBuf {
        self.folder.join("kept")
    }

    fn file_of(&self, document: &RulesDocument) -> PathBuf {
        self.kept().join(format!("{}.rules", document.sha256))
    }

    /// Keeps a pack and its file; on return it is on disk.
    ///
    /// # Errors
    /// [`Error::Internal`]: the folder cannot be written.
    pub(super) fn put(&self, document: &RulesDocument, bytes: &[u8], pack: Pack) -> Result<()> {
        let folder = self.kept();
        let write = || {
            fs::create_dir_all(&folder)?;
            let mut file = tempfile::NamedTempFile::new_in(&folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(self.file_of(document)).map_err(|error| error.error)?;
            fs::File::open(&folder)?.sync_all()
        };
        write().map_err(|error: io::Error| {
            Error::Internal(format!("cannot write into {}: {error}", folder.display()))
        })?;
        lock(&self.read).insert(document.sha256.clone(), rules::keep(pack));
        Ok(())
    }

    /// The tables of a pack that is kept.
    ///
    /// # Errors
    /// In words: its file is gone, or not what it was.
    pub(super) fn set(&self, document: &RulesDocument) -> std::result::Result<&'static Set, String> {
        if let Some(set) = lock(&self.read).get(&document.sha256) {
            return Ok(set);
        }
        let unreadable = |error: io::Error| format!("its file cannot be read: {error}");
        let file = fs::File::open(self.file_of(document)).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(MOST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if hex(&digest(&bytes)) != document.sha256 {
            return Err("its file is not what it was (SHA-256)".into());
        }
        let set = rules::keep(again(&bytes)?);
        lock(&self.read).insert(document.sha256.clone(), set);
        Ok(set)
    }

    /// Removes the files of packs that no document names.
    pub(super) fn tidy<'a>(&self, documents: impl Iterator<Item = &'a RulesDocument>) {
        let wanted: Vec<PathBuf> = documents.map(|document| self.file_of(document)).collect();
        for entry in fs::read_dir(self.kept()).into_iter().flatten().flatten() {
            let path = entry.path();
            if !wanted.contains(&path)
                && let Err(error) = fs::remove_file(&path)
            {
                tracing::warn!(file = %path.display(), %error, "an old rule pack cannot be removed");
            }
        }
    }
}
