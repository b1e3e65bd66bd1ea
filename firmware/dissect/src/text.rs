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

    /// Appends a string, or as many whole characters of it as fit.
    pub fn push_str(&mut self, s: &str) {
        if self.0.push_str(s).is_err() {
            let _ = s.chars().try_for_each(|c| self.0.push(c));
        }
    }

    /// Appends bytes that are UTF-8 and fit whole; false when they are not or do not.
    pub(crate) fn push_utf8(&mut self, bytes: &[u8]) -> bool {
        core::str::from_utf8(bytes).is_ok_and(|s| self.0.push_str(s).is_ok())
    }

    /// Decimal digits of `number`, appended.
    pub fn push_number(&mut self, number: u32) {
        let mut digits = [0_u8; 10];
        let mut left = number;
        let mut used = 0_usize;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' | (left % 10) as u8;
            left /= 10;
            used = used.saturating_add(1);
            if left == 0 {
                break;
            }
        }
        for digit in digits.iter().skip(digits.len().saturating_sub(used)) {
            self.push(char::from(*digit));
        }
    }

    /// Lower-case hexadecimal of the bytes, appended.
    pub fn push_hex(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().take(MAX_VALUE / 2) {
            self.push(char::from(hex_digit(byte >> 4)));
            self.push(char::from(hex_digit(byte & 15)));
        }
    }
}

/// The lower-case hexadecimal digit of a number below 16.
pub(crate) const fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0'.wrapping_add(nibble) } else { (b'a' - 10).wrapping_add(nibble) }
}

impl From<&str> for Text {
    /// What fits of it.
    fn from(s: &str) -> Text {
        let mut text = Text::new();
        text.push_str(s);
        text
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.push_str(s);
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
        // U+0000 to U+001F and U+007F to U+009F: one byte tells which.
        text.push_str("\\x");
        text.push_hex(&[u32::from(c) as u8]);
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
    // Nearly always all of it is plain, and a value's worth is all that counts.
    let head = bytes.get(..MAX_VALUE).unwrap_or(bytes);
    let plain = head.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    if plain && text.push_utf8(head) {
        return text;
    }
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

    #[test]
    fn numbers_and_long_strings() {
        let mut text = Text::new();
        for number in [0, 7, 10, 65_535, u32::MAX] {
            text.push_number(number);
            text.push(' ');
        }
        assert_eq!(&*text, "0 7 10 65535 4294967295 ");
        let mut text = Text::from(&*"x".repeat(MAX_VALUE - 1));
        text.push_str("\u{e9}z");
        assert_eq!(text.len(), MAX_VALUE - 1);
        text.push_str("z");
        assert_eq!(text.len(), MAX_VALUE);
    }
}
