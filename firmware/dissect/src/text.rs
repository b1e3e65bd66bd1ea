//! Bounded text for observation values.

use core::fmt;

use model::MAX_VALUE;

/// A value being written: at most [`MAX_VALUE`] bytes, the rest is dropped at a
/// character boundary, so `write!` into it cannot fail.
#[derive(Clone, Debug, Default)]
pub struct Text(heapless::String<MAX_VALUE>);

impl Text {
    /// Empty.
    pub const fn new() -> Text {
        Text(heapless::String::new())
    }

    /// Formats into a new text: `Text::of(format_args!("{a}.{b}"))`.
    pub fn of(args: fmt::Arguments<'_>) -> Text {
        let mut text = Text::new();
        let _ = fmt::Write::write_fmt(&mut text, args);
        text
    }

    /// What was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends one character if it fits.
    pub fn push(&mut self, c: char) {
        let _ = self.0.push(c);
    }

    /// Lower-case hexadecimal of the bytes, appended.
    pub fn push_hex(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().take(MAX_VALUE / 2) {
            let _ = fmt::Write::write_fmt(self, format_args!("{byte:02x}"));
        }
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        for c in s.chars() {
            if self.0.push(c).is_err() {
                break;
            }
        }
        Ok(())
    }
}

impl core::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

fn push_shown(text: &mut Text, c: char) {
    if c.is_control() {
        let _ = fmt::Write::write_fmt(text, format_args!("\\x{:02x}", u32::from(c)));
    } else {
        text.push(c);
    }
}

/// Bytes as text that is safe to show: trailing NULs and surrounding white space
/// gone, control characters as `\xNN`, what is not UTF-8 read as ISO 8859-1.
pub fn printable(bytes: &[u8]) -> Text {
    let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |at| at.saturating_add(1));
    let bytes = bytes.get(..end).unwrap_or(bytes).trim_ascii();
    let mut text = Text::new();
    match core::str::from_utf8(bytes) {
        Ok(s) => s.chars().take(MAX_VALUE).for_each(|c| push_shown(&mut text, c)),
        Err(_) => bytes.iter().take(MAX_VALUE).for_each(|b| push_shown(&mut text, char::from(*b))),
    }
    text
}

/// UTF-16, least significant byte first, as text that is safe to show; stops at a NUL.
pub fn utf16le(bytes: &[u8]) -> Text {
    let mut text = Text::new();
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    for c in char::decode_utf16(units).take(MAX_VALUE) {
        match c {
            Ok('\0') => break,
            Ok(c) => push_shown(&mut text, c),
            Err(_) => text.push(char::REPLACEMENT_CHARACTER),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_bounded_and_safe_to_show() {
        assert_eq!(printable(b" name\0\0").as_str(), "name");
        assert_eq!(printable(b"a\x1b[2Jb").as_str(), "a\\x1b[2Jb");
        assert_eq!(printable(b"caf\xe9").as_str(), "café");
        assert_eq!(printable(&[b'x'; 999]).len(), MAX_VALUE);
        assert_eq!(utf16le(b"D\0C\x003\0\0\0x\0").as_str(), "DC3");
        let mut text = Text::new();
        text.push_hex(&[0, 255]);
        assert_eq!(&*text, "00ff");
    }
}
