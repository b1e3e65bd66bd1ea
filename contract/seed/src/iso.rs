//! Writes a disc: ISO 9660 (ECMA-119), one folder of small files, with their long names for Linux (Rock Ridge, IEEE
//! P1282) and for Windows (Joliet). The same files give the same bytes: no time is in it, nobody's name.
//!
//! Our own, since it is a page of numbers and always the same few sectors; the crates that write discs bring whole
//! trees, boot records and clocks.

/// Bytes of a sector.
const SECTOR: usize = 2048;
/// Sectors of system area before the first descriptor.
const SYSTEM: usize = 16;
/// Where things stand: three descriptors, two path tables for each naming, two folders, then files.
const TABLES: u32 = 19;
const FOLDER: u32 = 23;
const FOLDER_LONG: u32 = 24;
const FILES: u32 = 25;

/// Bytes of a path table that holds the root alone.
const TABLE_LEN: u32 = 10;

/// 1980-01-01 00:00:00 UTC: years since 1900, month, day, hour, minute, second, offset.
const DATE: [u8; 7] = [80, 1, 1, 0, 0, 0, 0];

/// Kinds of a descriptor.
const PRIMARY: u8 = 1;
const SUPPLEMENTARY: u8 = 2;
const END: u8 = 255;

/// Which names a folder has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Eight and three capitals, with the long ones in Rock Ridge's fields.
    Short,
    /// UCS-2, Joliet's.
    Long,
}

/// A file of the disc: name, content, first sector.
struct Placed<'a> {
    name: &'a str,
    size: u32,
    sector: u32,
}

/// A disc of these files, sorted by name. Names are lower-case ASCII, different in their first eight letters; all
/// records of them fit a sector (t).
pub(crate) fn write(volume: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut next = FILES;
    let mut placed = Vec::new();
    for (name, content) in files {
        placed.push(Placed { name, size: content.len() as u32, sector: next });
        next += content.len().div_ceil(SECTOR) as u32;
    }
    let mut out = vec![0; SYSTEM * SECTOR];
    let mut put = |bytes: &[u8]| {
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(SECTOR), 0);
    };
    put(&descriptor(PRIMARY, volume, next, FOLDER, TABLES));
    put(&descriptor(SUPPLEMENTARY, volume, next, FOLDER_LONG, TABLES + 2));
    put(&[&[END][..], b"CD001\x01"].concat());
    for folder in [FOLDER, FOLDER_LONG] {
        put(&path_table(&folder.to_le_bytes(), &1_u16.to_le_bytes()));
        put(&path_table(&folder.to_be_bytes(), &1_u16.to_be_bytes()));
    }
    put(&folder(Names::Short, FOLDER, &placed));
    put(&folder(Names::Long, FOLDER_LONG, &placed));
    for (_, content) in files {
        put(content);
    }
    out
}

/// A number in both byte orders, as ECMA-119 wants it (7.3.3, 7.2.3).
fn both(number: u32) -> [u8; 8] {
    let mut out = [0; 8];
    out[..4].copy_from_slice(&number.to_le_bytes());
    out[4..].copy_from_slice(&number.to_be_bytes());
    out
}

fn both_short(number: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (number.to_le_bytes(), number.to_be_bytes());
    [a, b, c, d]
}

fn ucs2(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// A volume descriptor (ECMA-119 8.4, 8.5).
fn descriptor(kind: u8, volume: &str, sectors: u32, root: u32, tables: u32) -> Vec<u8> {
    let text = |words: &str, len: usize| {
        let mut out = if kind == SUPPLEMENTARY { ucs2(words) } else { words.as_bytes().to_vec() };
        let blank: &[u8] = if kind == SUPPLEMENTARY { &[0, b' '] } else { b" " };
        while out.len() + blank.len() <= len {
            out.extend_from_slice(blank);
        }
        out.resize(len, 0);
        out
    };
    let mut out = vec![kind];
    out.extend_from_slice(b"CD001\x01\0");
    out.extend(text("", 32));
    out.extend(text(volume, 32));
    out.extend_from_slice(&[0; 8]);
    out.extend(both(sectors));
    // Joliet's third level.
    let escapes: &[u8] = if kind == SUPPLEMENTARY { b"%/E" } else { b"" };
    out.extend_from_slice(escapes);
    out.resize(120, 0);
    // One volume, number one, of sectors of this size.
    out.extend([both_short(1), both_short(1), both_short(SECTOR as u16)].concat());
    out.extend(both(TABLE_LEN));
    out.extend([tables.to_le_bytes(), [0; 4], (tables + 1).to_be_bytes(), [0; 4]].concat());
    out.extend(record(&[0], true, root, SECTOR as u32, &[]));
    // Set, publisher, preparer, application; files of copyright, abstract, bibliography.
    for (words, len) in [("", 128), ("", 128), ("", 128), ("STILLWATCH", 128), ("", 37), ("", 37), ("", 37)] {
        out.extend(text(words, len));
    }
    // Made, changed, expires, effective: not said.
    for _ in 0..4 {
        out.extend_from_slice(b"0000000000000000\0");
    }
    out.push(1);
    out
}

/// A path table with the root alone (ECMA-119 9.4).
fn path_table(root: &[u8; 4], parent: &[u8; 2]) -> Vec<u8> {
    [&[1, 0][..], root, parent, &[0, 0]].concat()
}

/// A folder: itself, the one above (itself again), its files.
fn folder(names: Names, at: u32, files: &[Placed<'_>]) -> Vec<u8> {
    let rock = names == Names::Short;
    let own = if rock { [use_of_rock_ridge(), attributes(true)].concat() } else { Vec::new() };
    let above = if rock { attributes(true) } else { Vec::new() };
    let mut out = record(&[0], true, at, SECTOR as u32, &own);
    out.extend(record(&[1], true, at, SECTOR as u32, &above));
    for file in files {
        let (name, more) = match names {
            Names::Short => {
                (short(file.name).into_bytes(), [attributes(false), long_name(file.name)].concat())
            }
            Names::Long => (ucs2(file.name), Vec::new()),
        };
        out.extend(record(&name, false, file.sector, file.size, &more));
    }
    out
}

/// A folder's record (ECMA-119 9.1) with what follows its name.
fn record(name: &[u8], folder: bool, sector: u32, size: u32, more: &[u8]) -> Vec<u8> {
    // The name ends at an even place.
    let pad = usize::from(name.len().is_multiple_of(2));
    let len = 33 + name.len() + pad + more.len();
    let odd = len % 2;
    let mut out = vec![(len + odd) as u8, 0];
    out.extend(both(sector));
    out.extend(both(size));
    out.extend(DATE);
    out.extend([if folder { 2 } else { 0 }, 0, 0]);
    out.extend(both_short(1));
    out.push(name.len() as u8);
    out.extend_from_slice(name);
    out.resize(out.len() + pad, 0);
    out.extend_from_slice(more);
    out.resize(out.len() + odd, 0);
    out
}

/// `user-data` as `USER_DAT.;1`: eight capitals, digits, underscores.
fn short(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let short: String = name.chars().take(8).map(allowed).collect();
    format!("{short}.;1")
}

/// SP and ER: this disc has Rock Ridge's fields (SUSP 5.3, 5.5). The identifier alone is read.
fn use_of_rock_ridge() -> Vec<u8> {
    let id = b"RRIP_1991A";
    let head = [b'E', b'R', (8 + id.len()) as u8, 1, id.len() as u8, 0, 0, 1];
    [&b"SP\x07\x01\xbe\xef\0"[..], &head, id].concat()
}

/// PX: mode, links, owner and group (RRIP 4.1.1). Only root reads the files: they hold a code.
fn attributes(folder: bool) -> Vec<u8> {
    let (mode, links) = if folder { (0o040_555, 2) } else { (0o100_400, 1) };
    [&b"PX\x24\x01"[..], &both(mode), &both(links), &both(0), &both(0)].concat()
}

/// NM: the name (RRIP 4.1.4).
fn long_name(name: &str) -> Vec<u8> {
    [&[b'N', b'M', (5 + name.len()) as u8, 1, 0], name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISC: &[(&str, &[u8])] =
        &[("empty", b""), ("meta-data", &[7; SECTOR]), ("user-data", &[9; SECTOR + 1])];

    #[test]
    fn everything_stands_where_it_is_said_to() {
        let disc = write("CIDATA", DISC);
        assert_eq!(disc.len(), (FILES as usize + 3) * SECTOR);
        for (sector, kind) in [(16, PRIMARY), (17, SUPPLEMENTARY), (18, END)] {
            let at = sector * SECTOR;
            assert_eq!((disc[at], &disc[at + 1..at + 7]), (kind, &b"CD001\x01"[..]));
        }
        let primary = &disc[16 * SECTOR..17 * SECTOR];
        assert_eq!(&primary[40..72], b"CIDATA                          ");
        assert_eq!(primary[80..88], both(FILES + 3));
        // The root's record, and the end of the descriptor.
        assert_eq!((primary[156], &primary[158..166]), (34, &both(FOLDER)[..]));
        assert_eq!(primary[881..], [&[1][..], &[0; SECTOR - 882]].concat());
        assert_eq!(&disc[17 * SECTOR + 40..17 * SECTOR + 46], b"\0C\0I\0D");
        assert_eq!(&disc[FILES as usize * SECTOR..][..SECTOR], [7; SECTOR]);
        assert_eq!(disc[(FILES as usize + 2) * SECTOR], 9);
    }

    #[test]
    fn records_are_even_and_walk_through_their_sector() {
        let disc = write("CIDATA", DISC);
        for folder in [FOLDER, FOLDER_LONG] {
            let sector = &disc[folder as usize * SECTOR..][..SECTOR];
            let (mut at, mut sizes) = (0, Vec::new());
            while sector[at] != 0 {
                let len = usize::from(sector[at]);
                assert_eq!(len % 2, 0);
                sizes.push(u32::from_le_bytes(sector[at + 10..at + 14].try_into().unwrap()) as usize);
                at += len;
            }
            assert_eq!(sizes, [SECTOR, SECTOR, 0, SECTOR, SECTOR + 1]);
        }
    }

    #[test]
    fn short_names_are_of_eight_capitals() {
        assert_eq!((short("user-data"), short("a.b")), ("USER_DAT.;1".into(), "A_B.;1".into()));
    }
}
