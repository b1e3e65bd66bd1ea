//! Why a text is no query, and where.

use std::fmt;

/// What is wrong at a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Character, counted from 0; the length of the text at its end.
    pub at: usize,
    /// What is wrong there and what was expected.
    pub words: String,
}

impl Error {
    pub(crate) fn new(at: usize, words: impl Into<String>) -> Error {
        Error { at, words: words.into() }
    }

    /// The query with a mark under the character, for consoles.
    pub fn pointing(&self, text: &str) -> String {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("{text}\n{}^", " ".repeat(self.at))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.at + 1, self.words)
    }
}

impl std::error::Error for Error {}
