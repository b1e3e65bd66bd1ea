//! What can go wrong with the parts of an image.

/// What is wrong with a part, in words.
#[derive(Debug, thiserror::Error)]
#[error("{what} {why}")]
pub struct Error {
    /// The part: a file, a package.
    pub what: String,
    /// What is wrong with it, and what to do.
    pub why: String,
}

/// An error in one line.
pub(crate) fn wrong(what: &str, why: String) -> Error {
    Error { what: what.into(), why }
}
