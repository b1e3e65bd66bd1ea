//! Words of what is not taken: always a code, what is wrong, what to do.

use model::ErrorCode;
use wire::local::Failed;

/// E20 with a remedy that fits.
pub fn refused(words: impl Into<String>, remedy: impl Into<String>) -> Failed {
    Failed { code: Some(ErrorCode::UpdateFailed), words: words.into(), remedy: remedy.into() }
}

/// A file that is no bundle, or was damaged on its way.
pub fn damaged(words: impl Into<String>) -> Failed {
    refused(words, "Get the bundle again, and compare its SHA-256")
}
