//! Look-up in the tables that `cargo xtask data-import` makes: binary search in
//! the bytes, nothing parsed at the start, nothing allocated.
//!
//! The form is written down in `xtask/src/data_import.rs`. [`Sorted::check`] reads
//! every record of a table that comes from outside; a test does so with ours.

use crate::set::MOST_ROWS;

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct Sorted(pub &'static [u8]);

/// One section of a table: sorted records of a key and the offset of a name.
struct Section {
    key: usize,
    records: &'static [u8],
}

impl Sorted {
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

impl Sorted {
    /// Reads a table from outside, whose sections must have keys of just these lengths: every record's
    /// key comes after the one before, and its name is there, is text for people, and not empty. Gives
    /// the number of records.
    ///
    /// # Errors
    /// What is wrong, in which section and record.
    pub fn check(bytes: &[u8], keys: &[usize]) -> Result<usize, String> {
        let cut = || "it is cut".to_owned();
        let (&sections, rest) = bytes.split_first().ok_or_else(cut)?;
        if usize::from(sections) != keys.len() {
            return Err(format!("it has {sections} sections, not {}", keys.len()));
        }
        let (header, rest) = rest.split_at_checked(keys.len() * 5).ok_or_else(cut)?;
        let mut counts = Vec::new();
        for (entry, wanted) in header.chunks_exact(5).zip(keys) {
            let [key, a, b, c, d] = entry else { return Err(cut()) };
            if usize::from(*key) != *wanted {
                return Err(format!("a section has keys of {key} bytes, not {wanted}"));
            }
            counts.push(u32::from_le_bytes([*a, *b, *c, *d]) as usize);
        }
        let rows = counts.iter().fold(0_usize, |sum, count| sum.saturating_add(*count));
        if rows > MOST_ROWS {
            return Err(format!("it has {rows} rows, at most {MOST_ROWS} are taken"));
        }
        let all: usize = counts.iter().zip(keys).map(|(count, key)| count * (key + 3)).sum();
        let (mut records, names) = rest.split_at_checked(all).ok_or_else(cut)?;
        for (section, (count, key)) in counts.iter().zip(keys).enumerate() {
            let (own, after) = records.split_at_checked(count * (key + 3)).ok_or_else(cut)?;
            records = after;
            let mut before: Option<&[u8]> = None;
            for (at, record) in own.chunks_exact(key + 3).enumerate() {
                let wrong = |what: &str| format!("section {section}, record {at}: {what}");
                let (have, offset) = record.split_at_checked(*key).ok_or_else(cut)?;
                if before.is_some_and(|before| before >= have) {
                    return Err(wrong("does not come after the one before"));
                }
                before = Some(have);
                let name =
                    name(names, offset).ok_or_else(|| wrong("its name is not there, or is not UTF-8"))?;
                if name.is_empty() || name.trim() != name || name.chars().any(char::is_control) {
                    return Err(wrong(&format!("{name:?} is no name")));
                }
            }
        }
        Ok(rows)
    }
}

fn name<'a>(names: &'a [u8], offset: &[u8]) -> Option<&'a str> {
    let [a, b, c] = offset else { return None };
    let at = u32::from_le_bytes([*a, *b, *c, 0]) as usize;
    let (&length, rest) = names.get(at..)?.split_first()?;
    std::str::from_utf8(rest.get(..usize::from(length))?).ok()
}

#[cfg(test)]
impl Sorted {
    /// All records of a section, for the tests of its owner.
    pub fn all(self, section: usize) -> Vec<(&'static [u8], &'static str)> {
        let (section, names) = self.section(section).unwrap();
        let records = section.records.chunks_exact(section.key + 3);
        records.map(|record| (&record[..section.key], name(names, &record[section.key..]).unwrap())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of one section with keys of two bytes.
    fn table(records: &[([u8; 2], u32)], names: &[u8]) -> Vec<u8> {
        let mut out = vec![1, 2];
        out.extend((records.len() as u32).to_le_bytes());
        for (key, offset) in records {
            out.extend(key);
            out.extend(&offset.to_le_bytes()[..3]);
        }
        out.extend(names);
        out
    }

    #[test]
    fn a_good_one_and_every_cut_of_it() {
        let good = table(&[([0, 1], 0), ([0, 2], 2), ([1, 0], 0)], b"\x01a\x02bc");
        assert_eq!(Sorted::check(&good, &[2]), Ok(3));
        for at in 0..good.len() {
            assert!(Sorted::check(&good[..at], &[2]).is_err(), "{at}");
        }
        let leaked: &'static [u8] = Box::leak(good.into_boxed_slice());
        assert_eq!(Sorted(leaked).find(0, &[0, 2]), Some("bc"));
        assert_eq!(Sorted(leaked).find(0, &[0, 3]), None);
    }

    #[test]
    fn faults_say_where() {
        let check = |bytes: &[u8], keys: &[usize]| Sorted::check(bytes, keys).unwrap_err();
        let one = table(&[([0, 1], 0)], b"\x01a");
        assert_eq!(check(&one, &[2, 2]), "it has 1 sections, not 2");
        assert_eq!(check(&one, &[3]), "a section has keys of 2 bytes, not 3");
        let wrong = "section 0, record 1: does not come after the one before";
        assert_eq!(check(&table(&[([0, 2], 0), ([0, 1], 0)], b"\x01a"), &[2]), wrong);
        assert_eq!(check(&table(&[([0, 1], 0), ([0, 1], 0)], b"\x01a"), &[2]), wrong);
        for (names, words) in [
            (&b"\x02a"[..], "not there"),
            (b"\x01\xff", "not UTF-8"),
            (b"\x00", "\"\" is no name"),
            (b"\x02 a", "\" a\" is no name"),
            (b"\x01\n", "is no name"),
        ] {
            let said = check(&table(&[([0, 1], 0)], names), &[2]);
            assert!(said.contains(words), "{said}");
        }
        assert!(check(&table(&[([0, 1], 0xff_ffff)], b"\x01a"), &[2]).contains("not there"));
        let many = [&[1, 2][..], &u32::MAX.to_le_bytes()].concat();
        assert!(check(&many, &[2]).contains("at most 250000 are taken"));
    }
}
