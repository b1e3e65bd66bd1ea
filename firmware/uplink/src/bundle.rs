//! What the appliance itself asks its platform: it tells of its system, and fetches
//! the update bundle that it is offered.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use model::ErrorCode;
use ring::digest::{Context, SHA256};
use wire::{Bundle, SystemReply, path};

use crate::UplinkError;
use crate::client::{Client, Line, ask};
use crate::http::Coming;

/// Largest bundle: the partition that systems lie on is not larger.
pub const MAX_BUNDLE: u64 = 256 << 20;
/// Longest wait for an answer, and for each piece of a bundle.
const WAIT: Duration = Duration::from_secs(30);
/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The file is the bundle, on the disk.
    Whole,
    /// Stopped by the caller; what is there is kept for the next time.
    Stopped,
}

/// Tells the platform of this appliance; the answer names what it may install.
///
/// # Errors
/// Of the line; E11 when the answer is none.
pub fn tell_system(line: &mut dyn Line, system: &wire::System) -> Result<SystemReply, UplinkError> {
    let reply = ask(line, path::SYSTEM, system, WAIT)?;
    reply.ok_or_else(|| UplinkError::platform(format!("the platform has no answer to {}", path::SYSTEM)))
}

/// Fetches a bundle into `file` (open to read and write). What is in it already is taken for the
/// beginning of the same bundle, so a transfer that was cut goes on: call it again with the
/// same file. `progress` is told the bytes that are there, often; false stops the transfer.
///
/// The file is right only after [`Fetched::Whole`]: then its length and SHA-256 are those of
/// `bundle`. When they are not, it is emptied.
///
/// # Errors
/// Of the line; E19 of the file; E11 when something else comes than was offered.
pub fn fetch(
    client: &mut Client,
    bundle: &Bundle,
    file: &mut File,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Fetched, UplinkError> {
    if bundle.size > MAX_BUNDLE {
        let words =
            format!("a bundle of {} bytes is offered: more than {MAX_BUNDLE} are no update", bundle.size);
        return Err(UplinkError::platform(words));
    }
    let mut kept = Kept::read(file, bundle.size)?;
    if kept.len < bundle.size {
        if !progress(kept.len) {
            return Ok(Fetched::Stopped);
        }
        let digits: String = bundle.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = format!("{}{digits}", path::BUNDLE);
        let coming = client.get(&path, kept.len, WAIT)?;
        let more = kept.take(client, coming, bundle.size, progress);
        if !matches!(more, Ok(Fetched::Whole)) {
            // The rest of the answer still comes: only another connection is of use.
            client.close();
            return more;
        }
    }
    kept.check(&bundle.sha256)
}

/// The part that is there.
struct Kept<'f> {
    file: &'f mut File,
    len: u64,
    hash: Context,
}

impl Kept<'_> {
    /// Reads what is there; more than `size` cannot be right, so it goes.
    fn read(file: &mut File, size: u64) -> Result<Kept<'_>, UplinkError> {
        let mut kept = Kept { file, len: 0, hash: Context::new(&SHA256) };
        kept.load(size).map_err(|error| disk("read", &error))?;
        Ok(kept)
    }

    fn load(&mut self, size: u64) -> io::Result<()> {
        if self.file.metadata()?.len() > size {
            return self.clear();
        }
        self.file.seek(SeekFrom::Start(0))?;
        let mut piece = vec![0; PIECE];
        loop {
            let read = self.file.read(&mut piece)?;
            if read == 0 {
                return Ok(());
            }
            self.hash.update(&piece[..read]);
            self.len += read as u64;
        }
    }

    fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        (self.len, self.hash) = (0, Context::new(&SHA256));
        Ok(())
    }

    /// Adds what comes until `size` is there.
    fn take(
        &mut self,
        client: &mut Client,
        mut coming: Coming,
        size: u64,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Fetched, UplinkError> {
        if coming.from == 0 && self.len > 0 {
            // It knows no ranges.
            self.clear().map_err(|error| disk("write", &error))?;
        }
        let mut piece = vec![0; PIECE];
        loop {
            let read = client.piece(&mut coming, &mut piece)?;
            if read == 0 {
                break;
            }
            if self.len + read as u64 > size {
                self.clear().map_err(|error| disk("write", &error))?;
                return Err(UplinkError::platform("more comes than the bundle that was offered has"));
            }
            self.file.write_all(&piece[..read]).map_err(|error| disk("write", &error))?;
            self.hash.update(&piece[..read]);
            self.len += read as u64;
            if !progress(self.len) {
                return Ok(Fetched::Stopped);
            }
        }
        if self.len == size {
            return Ok(Fetched::Whole);
        }
        let words = format!("the bundle ends after {} of {size} bytes", self.len);
        Err(UplinkError::platform(words))
    }

    fn check(mut self, sha256: &[u8; 32]) -> Result<Fetched, UplinkError> {
        if self.hash.clone().finish().as_ref() == sha256 {
            self.file.sync_all().map_err(|error| disk("write", &error))?;
            return Ok(Fetched::Whole);
        }
        self.clear().map_err(|error| disk("write", &error))?;
        Err(UplinkError::platform("what came is not the bundle that was offered: its SHA-256 is another"))
    }
}

fn disk(tried: &str, error: &io::Error) -> UplinkError {
    UplinkError::new(ErrorCode::Disk, format!("cannot {tried} the file of the update: {error}"))
}
