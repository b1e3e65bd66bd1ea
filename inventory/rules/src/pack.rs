//! A pack: tables that were checked, every row of them.

use crate::set::TABLES;

/// Longest text of a version, in bytes.
const LONGEST_VERSION: usize = 48;

/// Tables that may be kept and put in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    pub(crate) version: String,
    pub(crate) tables: Vec<(&'static str, Box<[u8]>)>,
}

impl Pack {
    /// Checks tables, given as name ([`crate::TABLES`]) and bytes: at least one, each once, and every
    /// row as its form wants it. The whole of it is good, or none is taken.
    ///
    /// # Errors
    /// Which table and row is at fault, and what is wrong with it.
    pub fn read(version: &str, tables: &[(&str, &[u8])]) -> Result<Pack, String> {
        if version.is_empty() || version.len() > LONGEST_VERSION {
            return Err(format!("{version:?} is no version of a pack"));
        }
        if tables.is_empty() {
            return Err("there is no table in it".into());
        }
        let mut checked: Vec<(&'static str, Box<[u8]>)> = Vec::new();
        for (name, bytes) in tables {
            let Some(table) = TABLES.iter().find(|table| table.name == *name) else {
                return Err(format!("{name:?} is no table that this version knows"));
            };
            if checked.iter().any(|(known, _)| known == name) {
                return Err(format!("{name} is in it twice"));
            }
            let rows = (table.check)(bytes).map_err(|why| format!("{name}: {why}"))?;
            if rows == 0 {
                return Err(format!("{name}: it has no rows"));
            }
            checked.push((table.name, (*bytes).into()));
        }
        Ok(Pack { version: version.into(), tables: checked })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "# comment\na.example\tA\tweb\nb.example\tB\tcloud\n";

    #[test]
    fn every_fault_says_where() {
        let text = |name: &str, text: &str| Pack::read("1.0.0", &[(name, text.as_bytes())]);
        assert!(text("names.tsv", GOOD).is_ok());
        let long = format!("{}\tA\tweb\n", "a".repeat(254));
        for (name, bytes, words) in [
            ("names.tsv", "# nothing\n", "names.tsv: it has no rows"),
            ("names.tsv", "a.example\tA\tweb\na.example\tA\tweb\n", "line 2: does not come after"),
            ("names.tsv", "b.example\tA\tweb\na.example\tA\tweb\n", "line 2: does not come after"),
            ("names.tsv", "a.example\tA\tnews\n", "line 1: \"news\" is no family"),
            ("names.tsv", "a.example\tA\n", "line 1: has 2 columns, not 3"),
            ("names.tsv", "a.example\tA\tweb\tx\n", "line 1: has 4 columns, not 3"),
            ("names.tsv", "A.example\tA\tweb\n", "line 1: \"A.example\" is no key"),
            ("names.tsv", " a.example\tA\tweb\n", "is no key"),
            ("names.tsv", "\tA\tweb\n", "is no key"),
            ("names.tsv", &long, "is no key"),
            ("agents.tsv", "a\t\tweb\n", "line 1: \"\" is no name"),
            ("agents.tsv", "a\tA\u{7}\tweb\n", "is no name"),
            ("ports.tsv", "tcp\t80\tHTTP\tweb\ntcp\t22\tSSH\tweb\n", "line 2: does not come after"),
            ("ports.tsv", "sctp\t80\tHTTP\tweb\n", "\"sctp\" is neither tcp nor udp"),
            ("ports.tsv", "tcp\t65536\tHTTP\tweb\n", "\"65536\" is no port"),
            ("ports.tsv", "tcp\t080\tHTTP\tweb\n", "\"080\" is no port"),
            ("other.tsv", GOOD, "\"other.tsv\" is no table"),
        ] {
            let why = text(name, bytes).unwrap_err();
            assert!(why.contains(words), "{why:?} lacks {words:?}");
        }
        assert!(Pack::read("1.0.0", &[]).unwrap_err().contains("no table"));
        assert!(Pack::read("", &[("names.tsv", GOOD.as_bytes())]).unwrap_err().contains("no version"));
        let twice = Pack::read("1.0.0", &[("names.tsv", GOOD.as_bytes()); 2]);
        assert_eq!(twice.unwrap_err(), "names.tsv is in it twice");
        let bad = Pack::read("1.0.0", &[("names.tsv", b"a.example\tA\xff\tweb\n")]);
        assert!(bad.unwrap_err().contains("not UTF-8 from byte 11 on"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for table in TABLES {
                let _ = Pack::read("1.0.0", &[(table.name, &bytes)]);
            }
        }

        #[test]
        fn no_text_panics(text in "[a-c\t\n#]{0,60}") {
            for table in TABLES {
                let _ = Pack::read("1.0.0", &[(table.name, text.as_bytes())]);
            }
        }
    }
}
