//! One line being typed: pure, bounded, with its echo.

use crate::keys::Key;
use crate::text::WIDTH;

/// A line of input.
#[derive(Clone, Debug, Default)]
pub struct Editor {
    text: String,
    /// Columns that stand before the text.
    prompt: usize,
    limit: usize,
    secret: bool,
    /// More was typed than is kept.
    over: bool,
}

/// Stands in the text for a byte that is no ASCII, so that it can be taken back too.
const STRANGE: char = '\x1a';

/// What a key did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Write this.
    Echo(Vec<u8>),
    /// The line is to be drawn anew, on a new one.
    Again,
    /// Enter.
    Done,
    /// Ctrl-C, or Ctrl-D in a blank line.
    Left,
    /// Ctrl-L.
    Redraw,
}

impl Editor {
    /// A blank line behind a prompt of so many columns, that keeps at most `limit`
    /// characters. A secret shows a star for each.
    pub fn new(prompt: usize, limit: usize, secret: bool) -> Editor {
        Editor { prompt: prompt.min(WIDTH), limit, secret, ..Editor::default() }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty() && !self.over
    }

    /// What was typed; or why it is not all there.
    ///
    /// # Errors
    /// In words for the operator.
    pub fn take(&mut self) -> Result<String, String> {
        let over = std::mem::take(&mut self.over);
        let text = std::mem::take(&mut self.text);
        if text.contains(STRANGE) {
            return Err("That was not plain ASCII. Check the keyboard, and the line's speed.".into());
        }
        if over {
            return Err(format!("Too long: at most {} characters.", self.limit));
        }
        Ok(text)
    }

    /// The text as it is shown, from the start of its last row.
    pub fn shown(&self) -> String {
        let row: String = self.text.chars().skip(self.row_start()).collect();
        if self.secret { "*".repeat(row.len()) } else { row.replace(STRANGE, "?") }
    }

    /// A key.
    pub fn press(&mut self, key: Key) -> Edit {
        match key {
            Key::Char(c) => self.push(char::from(c)),
            Key::Strange => self.push(STRANGE),
            Key::Back => self.back(),
            Key::Blank => {
                self.over = false;
                let blank = self.text.is_empty();
                self.text.clear();
                if blank { Edit::Echo(Vec::new()) } else { Edit::Again }
            }
            Key::Enter => Edit::Done,
            Key::Cancel => Edit::Left,
            Key::End if self.is_blank() => Edit::Left,
            Key::End => Edit::Echo(Vec::new()),
            Key::Redraw => Edit::Redraw,
        }
    }

    /// Characters that fit behind the prompt, and in each row below it.
    fn first_row(&self) -> usize {
        (WIDTH - self.prompt).max(1)
    }

    /// Where the last row begins.
    fn row_start(&self) -> usize {
        match self.text.len().checked_sub(self.first_row() + 1) {
            Some(more) => self.first_row() + more / WIDTH * WIDTH,
            None => 0,
        }
    }

    fn push(&mut self, c: char) -> Edit {
        if self.text.len() >= self.limit {
            self.over = true;
            return Edit::Echo(Vec::new());
        }
        self.text.push(c);
        let mut echo = Vec::new();
        if self.row_start() > 0 && self.row_start() + 1 == self.text.len() {
            echo.extend(b"\r\n");
        }
        echo.push(match c {
            _ if self.secret => b'*',
            STRANGE => b'?',
            _ => c as u8,
        });
        Edit::Echo(echo)
    }

    /// Terminals do not go back over a line's edge: the row above is written again.
    fn back(&mut self) -> Edit {
        if self.over {
            self.over = false;
            return Edit::Echo(Vec::new());
        }
        let before = self.row_start();
        if self.text.pop().is_none() {
            return Edit::Echo(Vec::new());
        }
        if self.row_start() == before {
            return Edit::Echo(b"\x08 \x08".to_vec());
        }
        Edit::Again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(editor: &mut Editor, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for byte in text {
            if let Edit::Echo(echo) = editor.press(Key::Char(*byte)) {
                out.extend(echo);
            }
        }
        out
    }

    #[test]
    fn what_is_typed_is_echoed_and_taken() {
        let mut editor = Editor::new(8, 20, false);
        assert_eq!(typed(&mut editor, b"dhcq"), b"dhcq");
        assert_eq!(editor.press(Key::Back), Edit::Echo(b"\x08 \x08".to_vec()));
        typed(&mut editor, b"p");
        assert_eq!(editor.press(Key::Enter), Edit::Done);
        assert_eq!(editor.take(), Ok("dhcp".into()));
        assert!(editor.is_blank());
    }

    #[test]
    fn secrets_are_stars() {
        let mut editor = Editor::new(8, 20, true);
        assert_eq!(typed(&mut editor, b"abc"), b"***");
        assert_eq!(editor.shown(), "***");
    }

    #[test]
    fn too_much_is_refused_not_cut() {
        let mut editor = Editor::new(8, 4, false);
        assert_eq!(typed(&mut editor, &[b'x'; 10_000]), b"xxxx");
        assert!(editor.take().unwrap_err().contains("at most 4"));
        assert_eq!(editor.take(), Ok(String::new()));
    }

    #[test]
    fn strange_bytes_are_refused_until_they_are_gone() {
        let mut editor = Editor::new(8, 40, false);
        typed(&mut editor, b"gr");
        editor.press(Key::Strange);
        assert!(editor.take().unwrap_err().contains("ASCII"));
        typed(&mut editor, b"g");
        assert_eq!(editor.press(Key::Strange), Edit::Echo(b"?".to_vec()));
        editor.press(Key::Back);
        assert_eq!(editor.take(), Ok("g".into()));
    }

    #[test]
    fn a_long_line_breaks_at_the_edge_and_comes_back() {
        let mut editor = Editor::new(75, 200, false);
        assert_eq!(typed(&mut editor, b"abcdef"), b"abcd\r\nef");
        assert_eq!(editor.shown(), "ef");
        assert_eq!(editor.press(Key::Back), Edit::Echo(b"\x08 \x08".to_vec()));
        assert_eq!(editor.press(Key::Back), Edit::Again);
        assert_eq!(editor.shown(), "abcd");
        assert_eq!(editor.press(Key::Blank), Edit::Again);
    }
}
