//! The one query language: search box, URL, API, exports and the command line.
//!
//! ```text
//! type:camera AND NOT network:cctv        words and columns, AND may be left out
//! ip:10.2.0.0/16 age:<1d                  ranges, and how long ago
//! port:102 OR port:5000..5010             numbers
//! name:~"^lab-" mac_vendor:siemens        a regular expression; part of a text
//! maker:="HP" has:nat_suspect             exactly; a flag, or a column that is not empty
//! (confidence:<0.6 OR type:unknown) 10.1. words are looked for in everything
//! ```
//!
//! A query is read once ([`Query::parse`]) and asked of many rows
//! ([`Query::matches`]). Length, depth and number of terms are bounded.

mod column;
mod error;
mod lex;
mod moment;
mod parse;
mod row;
mod test;

use model::Time;

pub use column::{COLUMNS, Column, Kind};
pub use error::Error;
pub use row::{Row, Value};
use test::{Test, Word};

/// Longest query, in bytes.
pub const MAX_LENGTH: usize = 2_000;
/// Deepest nesting of parentheses and NOT.
pub const MAX_DEPTH: usize = 32;
/// Most terms.
pub const MAX_TERMS: usize = 128;

/// A query that was read.
#[derive(Clone, Debug)]
pub struct Query {
    root: Node,
}

/// One step of a query.
#[derive(Clone, Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Word(Word),
    Has(String, Option<Column>),
    Term(Column, Test),
}

impl Query {
    /// Reads a query; an empty one matches everything.
    ///
    /// # Errors
    /// [`Error`] says at which character, and what was expected there.
    pub fn parse(text: &str) -> Result<Query, Error> {
        Ok(Query { root: parse::parse(text)? })
    }

    /// Whether a row is among those asked for; `now` is what ages are counted from.
    pub fn matches(&self, row: &dyn Row, now: Time) -> bool {
        self.root.matches(row, now)
    }

    /// True when every row matches.
    pub fn is_everything(&self) -> bool {
        matches!(&self.root, Node::All(parts) if parts.is_empty())
    }
}

impl Node {
    fn matches(&self, row: &dyn Row, now: Time) -> bool {
        match self {
            Node::All(parts) => parts.iter().all(|part| part.matches(row, now)),
            Node::Any(parts) => parts.iter().any(|part| part.matches(row, now)),
            Node::Not(part) => !part.matches(row, now),
            Node::Word(word) => word.is_in(row),
            Node::Has(flag, column) => {
                row.any(Column::Flag, &mut |value| test::is_word(&value, flag))
                    || column.is_some_and(|column| row.any(column, &mut |value| !value.is_nothing()))
            }
            Node::Term(column, test) => row.any(*column, &mut |value| test.holds(&value, now)),
        }
    }
}

/// The term that asks for exactly this value, quoted as needed: what a facet adds.
pub fn exactly(column: Column, value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let mark = match column.kind() {
        Kind::Text | Kind::Mac => "=",
        _ => "",
    };
    if !value.is_empty() && value.chars().all(plain) && !value.contains("..") {
        return format!("{}:{mark}{value}", column.name());
    }
    format!("{}:{mark}\"{}\"", column.name(), value.replace('\\', "\\\\").replace('"', "\\\""))
}
