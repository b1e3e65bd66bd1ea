//! The list of sums beside the files of an image, as `sha256sum` writes it: 64 hexadecimal digits, a
//! blank, a second blank (or `*`, where files were read as binary), a name. Whoever signs a list signs
//! its bytes; nothing here checks that.

use std::collections::BTreeMap;

use crate::hex::{hex, unhex};

/// Name of the list.
pub const SUMS: &str = "SHA256SUMS";

/// Longest list that is read, in bytes.
pub const LONGEST_SUMS: u64 = 1 << 20;

/// Longest part of a line that an error repeats, in characters.
const SHOWN: usize = 100;

/// Reads a list: name to sum, in lower-case digits. It is good as a whole or not at all.
///
/// # Errors
/// In words: it is too long, or which line is none. Names have no folder in them, so that a list speaks
/// of the files beside it and of no others; each stands there once.
pub fn sums(bytes: &[u8]) -> Result<BTreeMap<String, String>, String> {
    if bytes.len() as u64 > LONGEST_SUMS {
        return Err(format!("it is too long for a list of sums: at most {LONGEST_SUMS} bytes are read"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no text, so no list of sha256sum")?;
    let mut out = BTreeMap::new();
    for (at, text) in text.lines().enumerate() {
        let wrong = |why: &str| {
            let shown: String = text.chars().take(SHOWN).collect();
            format!("line {} is no line of sha256sum: {why}: {shown:?}", at + 1)
        };
        let (sum, name) = line(text).map_err(wrong)?;
        if out.insert(name.to_owned(), sum).is_some() {
            return Err(wrong("the name stands there before"));
        }
    }
    Ok(out)
}

fn line(text: &str) -> Result<(String, &str), &'static str> {
    const FORM: &str = "want 64 hexadecimal digits, two blanks, a name";
    let (sum, rest) = text.split_once(' ').ok_or(FORM)?;
    let name = rest.strip_prefix([' ', '*']).filter(|name| !name.is_empty()).ok_or(FORM)?;
    let sum = unhex::<32>(sum).ok_or(FORM)?;
    if name.contains(['/', '\\']) || matches!(name, "." | "..") {
        return Err("a name has no folder in it");
    }
    Ok((hex(&sum), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_sha256sum() {
        let [one, two] = ["0a", "FB"].map(|byte| byte.repeat(32));
        let read = sums(format!("{one}  b.efi\n{two} *a  b.efi\r\n").as_bytes()).unwrap();
        let want = [("a  b.efi".to_owned(), two.to_ascii_lowercase()), ("b.efi".to_owned(), one)];
        assert_eq!(read.into_iter().collect::<Vec<_>>(), want);
        assert_eq!(sums(b"").unwrap().len(), 0);
    }

    #[test]
    fn what_is_none_says_which_line_and_why() {
        let sum = "0a".repeat(32);
        for (line, words) in [
            (String::new(), "want 64 hexadecimal digits"),
            ("a.efi".into(), "want 64"),
            (format!("{sum} a.efi"), "want 64"),
            (format!("{sum}  "), "want 64"),
            (format!("{}  a.efi", &sum[2..]), "want 64"),
            (format!("{}+f  a.efi", &sum[2..]), "want 64"),
            (format!("{sum}  ../a.efi"), "no folder"),
            (format!("{sum}  .."), "no folder"),
            (format!("{sum}  c:\\a.efi"), "no folder"),
            (format!("{sum}  first"), "stands there before"),
            (format!("{}  x", "z".repeat(5_000)), "want 64"),
        ] {
            let why = sums(format!("{sum}  first\n{line}\n{sum}  last\n").as_bytes()).unwrap_err();
            assert!(why.starts_with("line 2 is no line of sha256sum") && why.contains(words), "{why}");
            assert!(why.len() < 300, "{why}");
        }
        assert!(sums(b"\xff").unwrap_err().contains("it is no text"));
        let long = format!("{sum}  a\n").repeat(LONGEST_SUMS as usize / 68 + 1);
        assert!(sums(long.as_bytes()).unwrap_err().contains("too long"));
    }
}
