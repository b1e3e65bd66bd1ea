//! The folder of bundles: files that an administrator uploads or puts there. Each is read
//! once and again when it changes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::SystemTime;

use assets::doc::Stamp;
use model::Time;

use super::system_bundle::{self, Bundle, MOST};
use crate::error::{Error, Result};
use crate::parts::lock;

/// Most files that are looked at.
const MOST_FILES: usize = 200;

/// A bundle, or why it is none.
type Judged = std::result::Result<Bundle, String>;

/// What a file was when it was read.
type Print = (u64, Option<SystemTime>);

/// The folder.
pub(crate) struct Shelf {
    folder: PathBuf,
    files: Mutex<BTreeMap<String, (Print, Judged)>>,
}

impl Shelf {
    /// Of a folder; it need not be there.
    pub(crate) fn open(folder: PathBuf) -> Shelf {
        let shelf = Shelf { folder, files: Mutex::default() };
        shelf.look();
        shelf
    }

    /// Reads what is new in the folder. A folder that cannot be read holds nothing.
    pub(crate) fn look(&self) {
        let mut files = lock(&self.files);
        let mut found = BTreeMap::new();
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in entries {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(about) = entry.metadata() else { continue };
            if name.starts_with('.') || !about.is_file() {
                continue;
            }
            found.insert(name, (about.len(), about.modified().ok()));
        }
        let mut now = BTreeMap::new();
        for (name, print) in found.into_iter().take(MOST_FILES) {
            let known = files.remove(&name).filter(|(before, _)| *before == print);
            let read = || {
                let file = File::open(self.folder.join(&name));
                file.map_err(|error| format!("it cannot be read: {error}")).and_then(system_bundle::read)
            };
            let bundle = known.map_or_else(read, |(_, bundle)| bundle);
            now.insert(name, (print, bundle));
        }
        *files = now;
    }

    /// File names with what they are, or why they are none.
    pub(crate) fn all(&self) -> Vec<(String, Judged)> {
        lock(&self.files).iter().map(|(name, (_, bundle))| (name.clone(), bundle.clone())).collect()
    }

    /// When a file of it was written.
    pub(crate) fn written(&self, name: &str) -> Option<Stamp> {
        let files = lock(&self.files);
        let ((_, written), _) = files.get(name)?;
        let since = written.as_ref()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(Stamp(Time::new(since.as_secs(), since.subsec_nanos())))
    }

    /// Those that are good.
    pub(crate) fn bundles(&self) -> Vec<Bundle> {
        self.all().into_iter().filter_map(|(_, bundle)| bundle.ok()).collect()
    }

    /// The file of a bundle, open, as long as it was when it was read.
    pub(crate) fn open_file(&self, sha256: &[u8; 32]) -> Option<(File, u64)> {
        let name = self.name_of(sha256)?;
        let file = File::open(self.folder.join(name)).ok()?;
        let size = file.metadata().ok()?.len();
        Some((file, size))
    }

    fn name_of(&self, sha256: &[u8; 32]) -> Option<String> {
        let all = self.all().into_iter();
        all.filter(|(_, bundle)| bundle.as_ref().is_ok_and(|bundle| bundle.sha256 == *sha256))
            .map(|(name, _)| name)
            .next()
    }

    /// Takes a bundle in; the same again is the same.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is none; [`Error::Internal`] when the folder cannot be written.
    pub(crate) fn add(&self, from: &mut dyn Read) -> Result<Bundle> {
        let failed = |error: io::Error| {
            Error::Internal(format!("cannot write into {}: {error}", self.folder.display()))
        };
        fs::create_dir_all(&self.folder).map_err(failed)?;
        let mut file =
            tempfile::Builder::new().prefix(".upload-").tempfile_in(&self.folder).map_err(failed)?;
        let size = io::copy(&mut from.take(MOST + 1), file.as_file_mut()).map_err(failed)?;
        if size > MOST {
            return Err(Error::invalid("bundle", format!("more than {MOST} bytes are no bundle")));
        }
        file.flush().and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        let again = File::open(file.path()).map_err(failed)?;
        let bundle = system_bundle::read(again).map_err(|words| Error::invalid("bundle", words))?;
        if self.name_of(&bundle.sha256).is_none() {
            let name = format!("stillwatch-{}-{}.bundle", bundle.version, bundle.board);
            let kept = file.persist_noclobber(self.folder.join(&name)).map_err(|error| {
                if error.error.kind() == io::ErrorKind::AlreadyExists {
                    let words =
                        format!("there is another file of this version and board, {name}: remove it first");
                    return Error::invalid("bundle", words);
                }
                failed(error.error)
            })?;
            kept.sync_all().map_err(failed)?;
            self.look();
        }
        Ok(bundle)
    }

    /// Takes a file away.
    ///
    /// # Errors
    /// [`Error::Missing`]; [`Error::Internal`] when it cannot be removed.
    pub(crate) fn remove(&self, sha256: &[u8; 32]) -> Result<()> {
        let missing = || Error::Missing { what: "bundle", id: crate::parts::hex(sha256) };
        let name = self.name_of(sha256).ok_or_else(missing)?;
        let removed = fs::remove_file(self.folder.join(&name));
        removed.map_err(|error| Error::Internal(format!("cannot remove {name}: {error}")))?;
        self.look();
        Ok(())
    }
}
