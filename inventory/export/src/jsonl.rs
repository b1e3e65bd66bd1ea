//! One JSON document a line, keys sorted: the same schema as the API and the
//! platform's import (`stillwatch schema`).

use std::io::{self, Write};

use assets::{Inventory, canonical_json};

use crate::{Format, Part, Table};

/// JSON lines.
pub struct Jsonl;

const PARTS: &[Part] = &[
    Part { file: "assets.jsonl", table: Table::Assets, columns: &[] },
    Part { file: "conversations.jsonl", table: Table::Conversations, columns: &[] },
];

impl Format for Jsonl {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn help(&self) -> &'static str {
        "One JSON document a line, the schema of the API and of imports."
    }

    fn parts(&self) -> &'static [Part] {
        PARTS
    }

    fn write(&self, part: usize, inventory: &Inventory, to: &mut dyn Write) -> io::Result<()> {
        match part {
            0 => inventory.assets.iter().try_for_each(|asset| line(asset, to)),
            1 => inventory.conversations.iter().try_for_each(|talk| line(talk, to)),
            _ => Ok(()),
        }
    }
}

fn line<T: serde::Serialize>(document: &T, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "{}", canonical_json(document)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{inventory, text};

    #[test]
    fn lines_read_back_as_the_same_documents() {
        let read: Vec<assets::Asset> =
            text(&Jsonl, "assets.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut want = inventory().assets;
        // Times are written in milliseconds; the test's have no more.
        want.sort_by(|a, b| a.asset_id.cmp(&b.asset_id));
        assert_eq!(read, want);
        assert_eq!(text(&Jsonl, "conversations.jsonl").lines().count(), 1);
    }
}
