//! What a module says of itself: section `.modinfo` of an ELF file, `key=value` texts that end in
//! zeros.

use crate::error::{Error, wrong};
use crate::modules::plain;

/// Of one module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Modules it cannot be loaded without.
    pub depends: Vec<String>,
    /// Names or aliases that should be loaded before it.
    pub before: Vec<String>,
    /// Patterns of devices it drives, and other names it answers to.
    pub aliases: Vec<String>,
    /// Files of firmware it may ask for.
    pub firmware: Vec<String>,
}

impl Info {
    /// Reads a module's bytes, unpacked.
    ///
    /// # Errors
    /// It is no ELF file for 64 bits, little-endian, or has no such section.
    pub fn read(name: &str, elf: &[u8]) -> Result<Info, Error> {
        let section =
            modinfo(elf).ok_or_else(|| wrong(&format!("the module {name}"), "has no .modinfo".into()))?;
        let mut out = Info::default();
        for text in section.split(|byte| *byte == 0).filter_map(|text| str::from_utf8(text).ok()) {
            let Some((key, value)) = text.split_once('=') else { continue };
            match key {
                "depends" => out.depends.extend(value.split(',').filter(|name| !name.is_empty()).map(plain)),
                "alias" => out.aliases.push(value.into()),
                "firmware" => out.firmware.push(value.into()),
                // `pre: a b post: c`
                "softdep" => {
                    let words = value.split_whitespace().skip_while(|word| *word != "pre:").skip(1);
                    out.before.extend(words.take_while(|word| !word.ends_with(':')).map(Into::into));
                }
                _ => {}
            }
        }
        Ok(out)
    }
}

/// The section's bytes.
fn modinfo(elf: &[u8]) -> Option<&[u8]> {
    let number = |at: usize, size: usize| {
        let bytes = elf.get(at..at.checked_add(size)?)?;
        Some(bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)) as usize)
    };
    if !elf.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let (table, size, count, names) = (number(40, 8)?, number(58, 2)?, number(60, 2)?, number(62, 2)?);
    let place = |header: usize| Some((number(header + 24, 8)?, number(header + 32, 8)?));
    let header = |index: usize| table.checked_add(index * size);
    let (names, _) = place(header(names)?)?;
    for index in 0..count {
        let header = header(index)?;
        let name = names.checked_add(number(header, 4)?)?;
        if elf.get(name..)?.starts_with(b".modinfo\0") {
            let (at, size) = place(header)?;
            return elf.get(at..at.checked_add(size)?);
        }
    }
    None
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An ELF file with nothing but `.modinfo`.
    pub(crate) fn module(lines: &[&str]) -> Vec<u8> {
        let (names, text) = (b"\0.modinfo\0", lines.join("\0") + "\0");
        let mut out = b"\x7fELF\x02\x01".to_vec();
        out.resize(64, 0);
        let (names_at, text_at) = (out.len(), out.len() + names.len());
        out.extend(names);
        out.extend(text.as_bytes());
        let table = out.len();
        for (name, at, size) in [(0, names_at, names.len()), (1, text_at, text.len())] {
            let mut header = [0; 64];
            header[0] = name;
            header[24..32].copy_from_slice(&(at as u64).to_le_bytes());
            header[32..40].copy_from_slice(&(size as u64).to_le_bytes());
            out.extend(header);
        }
        out[40..48].copy_from_slice(&(table as u64).to_le_bytes());
        (out[58], out[60], out[62]) = (64, 2, 0);
        out
    }

    #[test]
    fn reads_what_it_says() {
        let lines = [
            "license=GPL",
            "depends=a,b-c",
            "softdep=post: z pre: d e post: f",
            "alias=pci:v1*",
            "firmware=x.bin",
        ];
        let info = Info::read("m", &module(&lines)).unwrap();
        assert_eq!(info.depends, ["a", "b_c"]);
        assert_eq!(info.before, ["d", "e"]);
        assert_eq!((info.aliases, info.firmware), (vec!["pci:v1*".into()], vec!["x.bin".into()]));
        assert!(Info::read("m", &module(&["depends="])).unwrap().depends.is_empty());
    }

    #[test]
    fn any_cut_is_survived() {
        let whole = module(&["depends=a"]);
        for cut in 0..whole.len() {
            let _ = Info::read("m", &whole[..cut]);
        }
        assert!(Info::read("m", b"").unwrap_err().to_string().contains("the module m has no .modinfo"));
    }
}
