//! Rule packs: what is taken is every byte of the archive, and what was taken can be looked up.

use bundle::tar;
use rules::{Pack, TABLES};

use crate::case::Case;
use crate::{Fault, Said, Target, hash};

/// The tables of a pack, behind its signatures.
pub struct Packs;

/// `oui.bin` with one block.
const MAKERS: &[u8] = b"\x04\x03\x01\0\0\0\x04\0\0\0\0\x05\0\0\0\0\x03\0\0\0\0\x0c\x0f\x0f\0\0\0\x04Lamp";

/// `ports.bin` with two ports of TCP.
const SERVICES: &[u8] = b"\x02\x02\x02\0\0\0\x02\0\0\0\0\0\x16\0\0\0\0\x50\x04\0\0\x03ssh\x04http";

const NAMES: &[u8] = b"# suffix\na.example\tA\tweb\nb.example\tB\tcloud\n";

const PORTS: &[u8] = b"tcp\t22\tSSH\tremote-access\nudp\t53\tDNS\tdns\n";

fn names() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.name).collect()
}

impl Target for Packs {
    fn name(&self) -> &'static str {
        "rule_pack"
    }

    fn seeds(&self) -> Vec<Case> {
        let all: [&[(&str, &[u8])]; 4] = [
            &[("oui.bin", MAKERS)],
            &[("oui.bin", MAKERS), ("ports.bin", SERVICES), ("names.tsv", NAMES), ("ports.tsv", PORTS)],
            &[("names.tsv", NAMES), ("protocols.tsv", NAMES), ("agents.tsv", NAMES)],
            &[("ports.tsv", PORTS)],
        ];
        let archives = all.map(tar::archive);
        let bare = [MAKERS, SERVICES, NAMES, PORTS].map(<[u8]>::to_vec);
        archives.into_iter().chain(bare).map(Case::of).collect()
    }

    fn likes(&self, _: &Case) -> bool {
        false
    }

    fn run(&self, case: &Case) -> Result<Said, Fault> {
        let bytes = case.bytes();
        let mut said = Said::default();
        for table in TABLES {
            if Pack::read("1.0.0", &[(table.name, &bytes)]).is_ok() {
                said.count += 1;
                said.shape = hash(said.shape, table.name.as_bytes());
            }
        }
        let Ok(members) = tar::members(&bytes, &names()) else { return Ok(said) };
        said.shape = hash(said.shape, &[members.len() as u8]);
        if tar::archive(&members) != bytes {
            return Err(Fault::new("bytes that were not looked at", format!("{} members", members.len())));
        }
        let good = Pack::read("1.0.0", &members).is_ok();
        // Whole or not at all: each table alone must be good too.
        let each = members.iter().all(|member| Pack::read("1.0.0", std::slice::from_ref(member)).is_ok());
        if good != (each && !members.is_empty()) {
            return Err(Fault::new("a pack is not as good as its tables", format!("{good} {each}")));
        }
        said.count += u64::from(good);
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_taken() {
        let counts: Vec<u64> = Packs.seeds().iter().map(|case| Packs.run(case).unwrap().count).collect();
        // A text table's bytes fit three names.
        assert_eq!(counts, [1, 1, 1, 1, 1, 1, 3, 1]);
    }
}
