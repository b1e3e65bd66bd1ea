//! What a terminal would show of a stream of bytes, as plain text: escape sequences and carriage returns taken out.

/// Where the stream stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// In a control sequence (ECMA-48 §5.4): until a byte from `@` to `~`.
    Control,
    /// In a string to the terminal: until BEL or ESC.
    String,
}

/// Takes them out, however the stream is cut into pieces.
#[derive(Debug, Default)]
pub struct Plain(State);

impl Plain {
    /// The text among these bytes, put behind `out`.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            self.0 = match (self.0, byte) {
                (State::Text | State::String, 0x1b) => State::Escape,
                (State::Text, b'\n' | b'\t' | 0x20..=0x7e | 0x80..) => {
                    out.push(byte);
                    State::Text
                }
                // Typed over: what stood there is gone.
                (State::Text, 0x08) => {
                    if out.last().is_some_and(|last| *last != b'\n') {
                        out.pop();
                    }
                    State::Text
                }
                (State::Text, _) => State::Text,
                (State::Escape, b'[') => State::Control,
                (State::Escape, b']' | b'P' | b'^' | b'_') => State::String,
                // ESC ( B and its like: one more byte.
                (State::Escape, b'(' | b')' | b'#' | b' ') => State::Escape,
                (State::Escape, _) => State::Text,
                (State::Control, 0x40..=0x7e) => State::Text,
                (State::Control, _) => State::Control,
                (State::String, 0x07) => State::Text,
                (State::String, _) => State::String,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_alone_is_left_however_it_is_cut() {
        let bytes = b"\x1b[2J\x1b[01;01Hab\r\ncx\x08d\x1b(B\x1b]0;title\x07e";
        for cut in 0..bytes.len() {
            let (mut plain, mut out) = (Plain::default(), Vec::new());
            plain.feed(&bytes[..cut], &mut out);
            plain.feed(&bytes[cut..], &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), "ab\ncde", "{cut}");
        }
    }
}
