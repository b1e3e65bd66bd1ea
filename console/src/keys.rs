//! Bytes of a terminal → keys. Bounded and without a clock: an escape sequence is
//! swallowed by its grammar (ECMA-48), whatever terminal sent it.

/// What somebody pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A printable ASCII character.
    Char(u8),
    /// A byte that is no ASCII: part of an umlaut, or a wrong line speed.
    Strange,
    /// CR, LF or CRLF.
    Enter,
    /// 0x7F or 0x08.
    Back,
    /// Ctrl-U: the line is to be blank.
    Blank,
    /// Ctrl-C.
    Cancel,
    /// Ctrl-D.
    End,
    /// Ctrl-L.
    Redraw,
}

/// Longest escape sequence that is waited for, in bytes. Behind it text is text again.
const LONGEST: usize = 64;

/// Turns bytes into keys.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    state: State,
    swallowed: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// A CR was told as Enter: a LF behind it belongs to it.
    Return,
    /// ESC came.
    Escape,
    /// ESC [: until a byte 0x40 to 0x7E.
    Control,
    /// ESC O and its like: one more byte.
    One,
    /// ESC ] and its like: until BEL or ESC \.
    String,
}

impl Keys {
    /// The key that this byte ends, if it ends one. Ctrl-C, Ctrl-D and Enter are heard even within
    /// an escape sequence: noise on the line must not take them away.
    pub fn key(&mut self, byte: u8) -> Option<Key> {
        let state = std::mem::take(&mut self.state);
        match byte {
            b'\r' => {
                self.state = State::Return;
                return Some(Key::Enter);
            }
            b'\n' if state == State::Return => return None,
            b'\n' => return Some(Key::Enter),
            0x03 => return Some(Key::Cancel),
            0x04 => return Some(Key::End),
            0x1b => {
                (self.state, self.swallowed) = (State::Escape, 0);
                return None;
            }
            _ => {}
        }
        self.swallowed += 1;
        let more = match (state, byte) {
            _ if self.swallowed > LONGEST => None,
            (State::Escape, b'[') => Some(State::Control),
            (State::Escape, b'O' | b'N' | b'#' | b'%' | b'('..=b'/' | b' ') => Some(State::One),
            (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => Some(State::String),
            (State::Control, 0x40..=0x7e) | (State::Escape | State::One, _) => return None,
            (State::Control, _) => Some(State::Control),
            // An ESC, which ends it too with what follows, was taken above.
            (State::String, 0x07) => return None,
            (State::String, _) => Some(State::String),
            (State::Text | State::Return, _) => None,
        };
        if let Some(more) = more {
            self.state = more;
            return None;
        }
        match byte {
            b' '..=b'~' => Some(Key::Char(byte)),
            0x7f | 0x08 => Some(Key::Back),
            0x15 => Some(Key::Blank),
            0x0c => Some(Key::Redraw),
            0x80.. => Some(Key::Strange),
            // Also Ctrl-S and Ctrl-Q, which belong to the line.
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut keys = Keys::default();
        bytes.iter().filter_map(|byte| keys.key(*byte)).collect()
    }

    #[test]
    fn enter_is_one_key_however_it_is_sent() {
        assert_eq!(keys(b"\r"), [Key::Enter]);
        assert_eq!(keys(b"\n"), [Key::Enter]);
        assert_eq!(keys(b"\r\n\r\n"), [Key::Enter, Key::Enter]);
        assert_eq!(keys(b"\r\r\n\n"), [Key::Enter, Key::Enter, Key::Enter]);
    }

    #[test]
    fn escape_sequences_are_swallowed() {
        assert_eq!(keys(b"\x1b[Aa\x1b[1;5Cb\x1bOPc\x1b]0;title\x07d\x1b]0;t\x1b\\e\x1b(Bf"), keys(b"abcdef"));
        assert_eq!(keys(b"\x1b[\x1b[Bx"), keys(b"x"));
    }

    #[test]
    fn a_sequence_without_an_end_does_not_take_the_line_away() {
        assert_eq!(keys(b"\x1b[\r"), [Key::Enter]);
        assert_eq!(keys(b"\x1b]\x03"), [Key::Cancel]);
        let mut endless = vec![0x1b, b']'];
        endless.extend([b'x'; 100]);
        assert_eq!(keys(&endless).len(), 100 - (LONGEST - 1));
    }

    #[test]
    fn flow_control_and_other_controls_are_no_keys() {
        assert_eq!(keys(b"\x13\x11\x00\x07\x09\x1a"), []);
        assert_eq!(keys(b"\x7f\x08\x15\x0c\x04"), [Key::Back, Key::Back, Key::Blank, Key::Redraw, Key::End]);
        assert_eq!(keys("\u{fc}".as_bytes()), [Key::Strange, Key::Strange]);
    }
}
