//! Assets and conversations as csv, jsonl and Zeek-style logs.
//!
//! A format is one file here and one line in [`FORMATS`]. A format has one or
//! more parts (files); each is written to any writer, so output can be streamed.

mod csv;
mod jsonl;
mod zeek;

use std::io::{self, Write};

use assets::Inventory;

pub use crate::csv::Csv;
pub use crate::jsonl::Jsonl;
pub use crate::zeek::Zeek;

/// What a part lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// One row an asset, or a thing of assets (service, address).
    Assets,
    /// One row a conversation.
    Conversations,
}

/// One file of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Usual file name.
    pub file: &'static str,
    /// What it lists.
    pub table: Table,
    /// Its columns in order; empty where rows are documents.
    pub columns: &'static [&'static str],
}

/// A way to write an inventory.
pub trait Format: Sync {
    /// Short name as typed (`csv`).
    fn name(&self) -> &'static str;

    /// What it is and who reads it, in one sentence.
    fn help(&self) -> &'static str;

    /// Its files.
    fn parts(&self) -> &'static [Part];

    /// Writes one part; `part` is an index of [`Format::parts`], any other writes nothing.
    ///
    /// # Errors
    /// What the writer reports.
    fn write(&self, part: usize, inventory: &Inventory, to: &mut dyn Write) -> io::Result<()>;
}

/// Every format, in display order.
pub const FORMATS: &[&dyn Format] = &[&Csv, &Jsonl, &Zeek];

/// The format of a name.
pub fn format(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

/// Index of the part of a format that lists a table.
pub fn part_of(format: &dyn Format, table: Table) -> Option<usize> {
    format.parts().iter().position(|part| part.table == table)
}

/// Writes the part of a format that lists a table.
///
/// # Errors
/// What the writer reports; `InvalidInput` for a format that is not in [`FORMATS`]
/// or has no such table.
pub fn write(name: &str, table: Table, inventory: &Inventory, to: &mut dyn Write) -> io::Result<()> {
    let found = format(name).and_then(|format| Some((format, part_of(format, table)?)));
    let Some((format, part)) = found else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("no format `{name}` for this table"),
        ));
    };
    format.write(part, inventory, to)
}

/// Writes all parts of a format, each to what `open` makes for its file name;
/// returns the names. This crate opens no files itself.
///
/// # Errors
/// What `open` or a writer reports; parts written before stay.
pub fn write_parts(
    format: &dyn Format,
    inventory: &Inventory,
    open: &mut dyn FnMut(&str) -> io::Result<Box<dyn Write>>,
) -> io::Result<Vec<&'static str>> {
    let mut names = Vec::new();
    for (at, part) in format.parts().iter().enumerate() {
        let mut to = open(part.file)?;
        format.write(at, inventory, &mut *to)?;
        to.flush()?;
        names.push(part.file);
    }
    Ok(names)
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_every_format_is_written_and_has_a_name_of_its_own() {
        let inventory = testing::inventory();
        let mut files = std::collections::BTreeSet::new();
        for format in FORMATS {
            assert!(format.help().ends_with('.'), "{}", format.name());
            for (at, part) in format.parts().iter().enumerate() {
                assert!(files.insert(part.file), "{} twice", part.file);
                let mut out = Vec::new();
                format.write(at, &inventory, &mut out).unwrap();
                assert!(!out.is_empty(), "{}", part.file);
                let text = String::from_utf8(out).unwrap();
                assert!(text.ends_with('\n'), "{}", part.file);
            }
            let mut nothing = Vec::new();
            format.write(usize::MAX, &inventory, &mut nothing).unwrap();
            assert!(nothing.is_empty());
        }
    }

    #[test]
    fn formats_are_found_by_name() {
        assert!(format("csv").is_some_and(|csv| part_of(csv, Table::Conversations) == Some(1)));
        assert!(format("xls").is_none());
        let refused = write("xls", Table::Assets, &testing::inventory(), &mut Vec::new());
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn all_parts_are_opened_by_name() {
        let mut opened = Vec::new();
        let mut open = |name: &str| -> io::Result<Box<dyn Write>> {
            opened.push(name.to_owned());
            Ok(Box::new(io::sink()))
        };
        let names = write_parts(&Zeek, &testing::inventory(), &mut open).unwrap();
        assert_eq!(names, opened);
    }
}
