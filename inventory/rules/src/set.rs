//! A whole set of tables.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::applications::{Named, Numbered, keyed, numbered};
use crate::pack::Pack;
use crate::sorted::Sorted;

/// Most rows of a table.
pub const MOST_ROWS: usize = 250_000;

/// One table that a pack can bring.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Name of its member in a pack, and of its file below `data/`.
    pub name: &'static str,
    /// Folder of its file below `inventory/rules/data/`.
    pub folder: &'static str,
    /// What it says, for people.
    pub about: &'static str,
    /// Reads it whole; the number of its rows.
    pub(crate) check: fn(&[u8]) -> Result<usize, String>,
}

/// All of them, in the order they stand in a pack.
pub const TABLES: &[Table] = &[
    Table {
        name: "oui.bin",
        folder: "oui",
        about: "Who holds which block of MAC addresses",
        check: |bytes| Sorted::check(bytes, &MAKERS),
    },
    Table {
        name: "ports.bin",
        folder: "ports",
        about: "Registered names of ports",
        check: |bytes| Sorted::check(bytes, &SERVICES),
    },
    Table { name: "names.tsv", folder: "applications", about: "Applications by host name", check: named },
    Table { name: "protocols.tsv", folder: "applications", about: "Applications by protocol", check: named },
    Table { name: "agents.tsv", folder: "applications", about: "Applications by User-Agent", check: named },
    Table {
        name: "ports.tsv",
        folder: "applications",
        about: "Usual applications of ports",
        check: |bytes| Ok(numbered(text(bytes)?)?.len()),
    },
];

/// Key lengths of the sections of `oui.bin`: MA-L, MA-M, MA-S with IAB, company ids.
pub(crate) const MAKERS: [usize; 4] = [3, 4, 5, 3];

/// The same of `ports.bin`: TCP, UDP.
pub(crate) const SERVICES: [usize; 2] = [2, 2];

fn named(bytes: &[u8]) -> Result<usize, String> {
    Ok(keyed(text(bytes)?)?.len())
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes)
        .map_err(|error| format!("it is not UTF-8 from byte {} on", error.valid_up_to()))
}

/// A table of a set, and how many rows it has.
#[derive(Clone, Copy, Debug)]
pub struct TableRows {
    /// Which.
    pub table: Table,
    /// Rows.
    pub rows: usize,
    /// It came in a pack; else it is compiled in.
    pub of_pack: bool,
}

/// A set of tables. None is ever missing.
#[derive(Debug)]
pub struct Set {
    version: String,
    files: BTreeMap<&'static str, &'static [u8]>,
    pub(crate) makers: Sorted,
    pub(crate) services: Sorted,
    pub(crate) names: Named,
    pub(crate) protocols: Named,
    pub(crate) agents: Named,
    pub(crate) ports: Numbered,
}

static BUILT_IN: LazyLock<Set> = LazyLock::new(|| {
    Set::new(String::new(), TABLES.iter().map(|table| (table.name, compiled(table.name))).collect())
});

/// The set that is compiled in; its version is empty.
pub fn built_in() -> &'static Set {
    &BUILT_IN
}

fn compiled(name: &str) -> &'static [u8] {
    match name {
        "oui.bin" => include_bytes!("../data/oui/oui.bin"),
        "ports.bin" => include_bytes!("../data/ports/ports.bin"),
        "names.tsv" => include_bytes!("../data/applications/names.tsv"),
        "protocols.tsv" => include_bytes!("../data/applications/protocols.tsv"),
        "agents.tsv" => include_bytes!("../data/applications/agents.tsv"),
        "ports.tsv" => include_bytes!("../data/applications/ports.tsv"),
        _ => &[],
    }
}

impl Set {
    /// Of a pack, whose bytes are never freed again.
    pub(crate) fn of(pack: Pack) -> Set {
        let mut files = BUILT_IN.files.clone();
        for (name, bytes) in pack.tables {
            files.insert(name, Box::leak(bytes));
        }
        Set::new(pack.version, files)
    }

    /// Of checked tables; what could not be read all the same would be an empty table.
    fn new(version: String, files: BTreeMap<&'static str, &'static [u8]>) -> Set {
        let bytes = |name: &str| files.get(name).copied().unwrap_or_default();
        let named = |name: &str| text(bytes(name)).and_then(keyed).unwrap_or_default();
        Set {
            makers: Sorted(bytes("oui.bin")),
            services: Sorted(bytes("ports.bin")),
            names: named("names.tsv"),
            protocols: named("protocols.tsv"),
            agents: named("agents.tsv"),
            ports: text(bytes("ports.tsv")).and_then(numbered).unwrap_or_default(),
            version,
            files,
        }
    }

    /// Version of the pack; empty for the set that is compiled in.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Its tables.
    pub fn tables(&self) -> Vec<TableRows> {
        let of = |table: &Table| {
            let bytes = self.files.get(table.name).copied().unwrap_or_default();
            TableRows {
                table: *table,
                rows: (table.check)(bytes).unwrap_or_default(),
                of_pack: !std::ptr::eq(bytes, compiled(table.name)),
            }
        };
        TABLES.iter().map(of).collect()
    }

    /// It was made of just this.
    pub(crate) fn is_of(&self, pack: &Pack) -> bool {
        let brought = self.files.iter().filter(|(name, bytes)| !std::ptr::eq(**bytes, compiled(name)));
        self.version == pack.version && brought.count() == pack.tables.len() && {
            pack.tables.iter().all(|(name, bytes)| self.files.get(name) == Some(&&**bytes))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_passes_the_checks_of_packs() {
        for table in TABLES {
            let rows =
                (table.check)(compiled(table.name)).unwrap_or_else(|why| panic!("{}: {why}", table.name));
            assert!(rows > 10, "{}", table.name);
        }
        assert!(built_in().tables().iter().all(|rows| !rows.of_pack && rows.rows > 10));
    }
}
