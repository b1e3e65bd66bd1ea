//! What can go wrong, in the words an operator reads.

use model::ErrorCode;

/// The result of the platform's work.
pub type Result<T> = std::result::Result<T, Error>;

/// A refusal or a failure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing.
    #[error("there is no {what} {id}")]
    Missing {
        /// `sensor`, `asset` …
        what: &'static str,
        /// As asked.
        id: String,
    },
    /// Something given cannot be; `field` names it as the form and the API do.
    #[error("{field}: {words}")]
    Invalid {
        /// Field of the form or of the JSON body.
        field: String,
        /// What is wrong and what is wanted.
        words: String,
    },
    /// Somebody else changed it first.
    #[error("{what} was changed by somebody else since: look again")]
    Conflict {
        /// What.
        what: &'static str,
    },
    /// Not signed in, or the wrong password.
    #[error("{0}")]
    Denied(String),
    /// Signed in, and not allowed.
    #[error("this needs the role {0}")]
    Forbidden(&'static str),
    /// Too often; try again after so many seconds.
    #[error("too many tries: wait {0} s")]
    TooOften(u64),
    /// A fault with a code of the operators' table.
    #[error("{code}: {words}")]
    Coded {
        /// The code.
        code: ErrorCode,
        /// One sentence more.
        words: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Something that should not be.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// An [`Error::Invalid`].
    pub fn invalid(field: impl Into<String>, words: impl Into<String>) -> Error {
        Error::Invalid { field: field.into(), words: words.into() }
    }
}
