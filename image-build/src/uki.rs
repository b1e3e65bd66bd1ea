//! A unified kernel image: sections put behind those of systemd's stub, a PE file (UAPI.5;
//! Microsoft's "PE Format"). Where a linker left stamps, zeros go.

use crate::error::{Error, wrong};

/// Size of one entry of the section table.
const ENTRY: usize = 40;
/// Section flags: initialised data, readable.
const DATA: u32 = 0x4000_0040;

/// Where a PE file keeps what is read and changed here; offsets in bytes from its start.
struct Layout {
    /// COFF header.
    coff: usize,
    /// Optional header.
    optional: usize,
    /// Section table.
    table: usize,
    sections: usize,
}

impl Layout {
    fn read(pe: &[u8]) -> Result<Layout, Error> {
        let not = |what: &str| wrong("the boot stub", format!("is no PE file for 64 bits: {what}"));
        if !pe.starts_with(b"MZ") {
            return Err(not("it does not begin with MZ"));
        }
        let header = word(pe, 0x3c)? as usize;
        if pe.get(header..header + 4) != Some(b"PE\0\0") {
            return Err(not("its header has no signature"));
        }
        let coff = header + 4;
        let optional = coff + 20;
        if half(pe, optional)? != 0x20b {
            return Err(not("its optional header is not PE32+"));
        }
        let table = optional + usize::from(half(pe, coff + 16)?);
        let sections = usize::from(half(pe, coff + 2)?);
        if pe.len() < table + sections * ENTRY {
            return Err(not("its section table is cut"));
        }
        Ok(Layout { coff, optional, table, sections })
    }
}

/// `stub` with `sections` (names of at most 8 bytes) behind its own.
///
/// # Errors
/// `stub` is no such PE file, is signed, or its header has no room for so many sections.
pub fn build(stub: &[u8], sections: &[(&str, &[u8])]) -> Result<Vec<u8>, Error> {
    let pe = Layout::read(stub)?;
    let alignment = word(stub, pe.optional + 32)?;
    let file_alignment = word(stub, pe.optional + 36)?;
    if !alignment.is_power_of_two() || !file_alignment.is_power_of_two() {
        return Err(wrong("the boot stub", "has odd alignments".into()));
    }
    // Data directory 4: the certificates. A signature would not fit what is made here.
    if word(stub, pe.optional + 112 + 4 * 8)? != 0 {
        return Err(wrong("the boot stub", "is signed; take the one without .signed".into()));
    }
    let (mut end, mut first_raw) = (0, u32::MAX);
    for number in 0..pe.sections {
        let entry = pe.table + number * ENTRY;
        end = end.max(word(stub, entry + 12)? + word(stub, entry + 8)?);
        if word(stub, entry + 16)? != 0 {
            first_raw = first_raw.min(word(stub, entry + 20)?);
        }
    }
    let room = (word(stub, pe.optional + 60)?.min(first_raw) as usize).saturating_sub(pe.table) / ENTRY;
    if room < pe.sections + sections.len() {
        let room = room - pe.sections.min(room);
        let what = format!("has room for {room} more sections, {} are wanted", sections.len());
        return Err(wrong("the boot stub", what));
    }

    let mut out = stub.to_vec();
    let mut data = 0;
    for (number, (name, bytes)) in (pe.sections..).zip(sections) {
        assert!(name.len() <= 8, "the section name {name} is too long");
        let size = u32::try_from(bytes.len()).map_err(|_| wrong("an image", "is above 4 GiB".into()))?;
        out.resize(out.len().next_multiple_of(file_alignment as usize), 0);
        let (raw, at) = (out.len() as u32, end.next_multiple_of(alignment));
        let padded = size.next_multiple_of(file_alignment);
        let mut entry = [0; ENTRY];
        entry[..name.len()].copy_from_slice(name.as_bytes());
        for (place, value) in [(8, size), (12, at), (16, padded), (20, raw), (36, DATA)] {
            put(&mut entry, place, value);
        }
        let place = pe.table + number * ENTRY;
        out[place..place + ENTRY].copy_from_slice(&entry);
        out.extend(*bytes);
        out.resize(raw as usize + padded as usize, 0);
        (end, data) = (at + size, data + padded);
    }
    let count = (pe.sections + sections.len()) as u16;
    out[pe.coff + 2..pe.coff + 4].copy_from_slice(&count.to_le_bytes());
    let data = word(stub, pe.optional + 8)? + data;
    put(&mut out, pe.optional + 8, data);
    put(&mut out, pe.optional + 56, end.next_multiple_of(alignment));
    // Time stamp, place and number of symbols; the check sum, which firmware does not ask for.
    for place in [pe.coff + 4, pe.coff + 8, pe.coff + 12, pe.optional + 64] {
        put(&mut out, place, 0);
    }
    Ok(out)
}

/// The bytes of a section, as the stub finds them.
///
/// # Errors
/// It is no PE file, or has no such section.
pub fn section<'a>(pe: &'a [u8], name: &str) -> Result<&'a [u8], Error> {
    let layout = Layout::read(pe)?;
    for number in 0..layout.sections {
        let entry = layout.table + number * ENTRY;
        if pe[entry..entry + 8].split(|byte| *byte == 0).next() == Some(name.as_bytes()) {
            let (at, size) = (word(pe, entry + 20)? as usize, word(pe, entry + 8)? as usize);
            let cut = || wrong("an image", format!("is cut in section {name}"));
            return pe.get(at..at + size).ok_or_else(cut);
        }
    }
    Err(wrong("an image", format!("has no section {name}")))
}

fn word(bytes: &[u8], at: usize) -> Result<u32, Error> {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map(u32::from_le_bytes).ok_or_else(|| wrong("the boot stub", "is cut".into()))
}

fn half(bytes: &[u8], at: usize) -> Result<u16, Error> {
    let two = bytes.get(at..at + 2).and_then(|two| two.try_into().ok());
    two.map(u16::from_le_bytes).ok_or_else(|| wrong("the boot stub", "is cut".into()))
}

fn put(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A PE file with one section, room for four more, and stamps in it.
    pub(crate) fn stub() -> Vec<u8> {
        let mut out = vec![0; 0x400];
        out[..2].copy_from_slice(b"MZ");
        put(&mut out, 0x3c, 0x80);
        out[0x80..0x84].copy_from_slice(b"PE\0\0");
        let (coff, optional) = (0x84, 0x98);
        out[coff..coff + 4].copy_from_slice(&[0x64, 0x86, 1, 0]);
        put(&mut out, coff + 4, 0x5555_5555);
        out[coff + 16] = 240;
        out[optional..optional + 2].copy_from_slice(&[0x0b, 0x02]);
        let table = optional + 240;
        for (at, value) in [(32, 0x1000), (36, 0x200), (56, 0x2000), (60, 0x400), (64, 0x77), (108, 16)] {
            put(&mut out, optional + at, value);
        }
        out[table..table + 5].copy_from_slice(b".text");
        for (at, value) in [(8, 3), (12, 0x1000), (16, 0x200), (20, 0x400), (36, 0x6000_0020)] {
            put(&mut out, table + at, value);
        }
        out.extend(b"abc");
        out.resize(0x600, 0);
        out
    }

    #[test]
    fn sections_are_found_again() {
        let long = vec![7; 0x1234];
        let image = build(&stub(), &[(".osrel", b"ID=x"), (".linux", &long)]).unwrap();
        assert_eq!(section(&image, ".text").unwrap(), b"abc");
        assert_eq!(section(&image, ".osrel").unwrap(), b"ID=x");
        assert_eq!(section(&image, ".linux").unwrap(), long);
        assert!(section(&image, ".initrd").unwrap_err().to_string().contains("no section .initrd"));
        let pe = Layout::read(&image).unwrap();
        assert_eq!(word(&image, pe.coff + 4).unwrap(), 0, "time stamp");
        assert_eq!(word(&image, pe.optional + 64).unwrap(), 0, "check sum");
        // 0x1000 .text, 0x2000 .osrel, 0x3000 .linux to 0x4234.
        assert_eq!(word(&image, pe.optional + 56).unwrap(), 0x5000);
        assert!(image.len().is_multiple_of(0x200));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let none: &[u8] = &[];
        // The header ends at 0x400, the table begins at 0x188: 15 entries.
        let many: Vec<(&str, &[u8])> = vec![(".a", none); 15];
        let error = build(&stub(), &many).unwrap_err().to_string();
        assert!(error.contains("room for 14 more sections, 15 are wanted"), "{error}");
        let mut signed = stub();
        put(&mut signed, 0x98 + 112 + 32, 1);
        assert!(build(&signed, &[]).unwrap_err().to_string().contains("is signed"));
        for cut in 0..0x1b0 {
            assert!(build(&stub()[..cut], &[]).is_err(), "{cut}");
        }
    }
}
