//! Look-up in the tables that `cargo xtask data-import` makes: binary search in
//! the embedded bytes, nothing parsed at the start, nothing allocated.
//!
//! The form is written down in `xtask/src/data_import.rs`. A table is part of the
//! program, so it is trusted to be well formed; a test reads every record.

/// One embedded table.
#[derive(Clone, Copy, Debug)]
pub struct Table(pub &'static [u8]);

/// One section of a table: sorted records of a key and the offset of a name.
struct Section {
    key: usize,
    records: &'static [u8],
}

impl Table {
    /// The name of `key` in the section with this index.
    pub fn find(self, section: usize, key: &[u8]) -> Option<&'static str> {
        let (section, names) = self.section(section)?;
        let width = section.key + 3;
        let (mut low, mut high) = (0, section.records.len() / width);
        while low < high {
            let middle = usize::midpoint(low, high);
            let record = section.records.get(middle * width..)?.get(..width)?;
            let (have, offset) = record.split_at_checked(section.key)?;
            match have.cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return name(names, offset),
            }
        }
        None
    }

    /// The section with this index, and the names.
    fn section(self, wanted: usize) -> Option<(Section, &'static [u8])> {
        let (&sections, rest) = self.0.split_first()?;
        let (header, mut rest) = rest.split_at_checked(usize::from(sections) * 5)?;
        let mut found = None;
        for (at, entry) in header.chunks_exact(5).enumerate() {
            let [key, count @ ..] = entry else {
                return None;
            };
            let key = usize::from(*key);
            let count = u32::from_le_bytes(count.try_into().ok()?) as usize;
            let (records, after) = rest.split_at_checked(count * (key + 3))?;
            if at == wanted {
                found = Some(Section { key, records });
            }
            rest = after;
        }
        Some((found?, rest))
    }
}

fn name(names: &'static [u8], offset: &[u8]) -> Option<&'static str> {
    let [a, b, c] = offset else { return None };
    let at = u32::from_le_bytes([*a, *b, *c, 0]) as usize;
    let (&length, rest) = names.get(at..)?.split_first()?;
    std::str::from_utf8(rest.get(..usize::from(length))?).ok()
}

#[cfg(test)]
impl Table {
    /// All records of a section, for the tests of its owner.
    pub fn all(self, section: usize) -> Vec<(&'static [u8], &'static str)> {
        let (section, names) = self.section(section).unwrap();
        let records = section.records.chunks_exact(section.key + 3);
        records.map(|record| (&record[..section.key], name(names, &record[section.key..]).unwrap())).collect()
    }
}
