//! What goes wrong on disk.

use std::fmt;
use std::io;

use model::ErrorCode;

/// What kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No room on the disk, and nothing left to drop.
    Full,
    /// The disk answered with an error.
    Failing,
    /// Another process has this spool.
    InUse,
    /// The record is larger than a message may be.
    TooLong,
    /// The platform names a number that was never handed out: this spool is
    /// older than what the platform has seen of it. Make a new epoch.
    Ahead,
    /// What the platform took under these numbers is not what this spool holds:
    /// somebody else writes on this line. Make a new epoch.
    Forked,
}

/// Trouble with the spool: what was tried on which file, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpoolError {
    /// What kind.
    pub fault: Fault,
    words: String,
}

impl SpoolError {
    pub(crate) fn new(fault: Fault, words: impl Into<String>) -> SpoolError {
        SpoolError { fault, words: words.into() }
    }

    /// An error of the disk, with what was tried.
    pub fn io(tried: &str, name: &str, error: &io::Error) -> SpoolError {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
        let fault = if full.contains(&error.kind()) { Fault::Full } else { Fault::Failing };
        SpoolError::new(fault, format!("cannot {tried} {name}: {error}"))
    }

    /// What an operator sees.
    pub fn code(&self) -> ErrorCode {
        match self.fault {
            Fault::Full | Fault::Failing | Fault::InUse => ErrorCode::Disk,
            Fault::TooLong | Fault::Ahead | Fault::Forked => ErrorCode::Platform,
        }
    }
}

impl fmt::Display for SpoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.words)
    }
}

impl std::error::Error for SpoolError {}
