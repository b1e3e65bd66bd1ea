//! What went wrong on the way to the platform, in an operator's terms.

use std::fmt;

use model::ErrorCode;
use spool::SpoolError;
use wire::local::Failed;

/// A code of the one table of errors, and a sentence about this case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UplinkError {
    /// What every face shows.
    pub code: ErrorCode,
    /// Which name, address, answer: what was tried and what came of it.
    pub words: String,
    /// What to do: the code's remedy, or one that fits this case better.
    pub remedy: &'static str,
}

impl UplinkError {
    /// Of a code and words, with the code's remedy.
    pub fn new(code: ErrorCode, words: impl Into<String>) -> UplinkError {
        UplinkError { code, words: words.into(), remedy: code.remedy() }
    }

    /// The platform's side is at fault (E11).
    pub(crate) fn platform(words: impl Into<String>) -> UplinkError {
        UplinkError::new(ErrorCode::Platform, words)
    }
}

impl fmt::Display for UplinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.words)
    }
}

impl std::error::Error for UplinkError {}

/// For the faces of a box.
impl From<UplinkError> for Failed {
    fn from(error: UplinkError) -> Failed {
        Failed { code: Some(error.code), words: error.words, remedy: error.remedy.into() }
    }
}

impl From<SpoolError> for UplinkError {
    fn from(error: SpoolError) -> UplinkError {
        UplinkError::new(error.code(), error.to_string())
    }
}

impl From<pairing::Failed> for UplinkError {
    fn from(failed: pairing::Failed) -> UplinkError {
        UplinkError::new(failed.code(), failed.words())
    }
}
