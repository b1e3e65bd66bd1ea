//! What can be wrong with a board's file.

use std::io;
use std::path::PathBuf;

/// Why there is no board.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No file of that name.
    #[error("there is no board {name}; there are: {known} (a new one is a file NAME.toml)")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// It is not TOML, or a key is missing, unknown or of another kind.
    #[error("board {name}: {source}")]
    Shape {
        /// Of the board.
        name: String,
        /// Line, column and what is wrong.
        source: Box<toml::de::Error>,
    },
    /// A value cannot be.
    #[error("board {name}: {key}: {what}")]
    Value {
        /// Of the board.
        name: String,
        /// Where.
        key: &'static str,
        /// What is wrong, and what to write.
        what: String,
    },
    /// A set of modules that is not there.
    #[error("board {name}: kernel.modules: there is no set @{set}; there are: {known}")]
    Set {
        /// Of the board.
        name: String,
        /// What was named.
        set: String,
        /// Those that there are.
        known: String,
    },
    /// The file or folder cannot be read.
    #[error("reading {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
