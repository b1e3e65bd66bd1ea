//! Lines that are typed, and questions of yes or no.

use super::{Did, Pressed, Screen, Stop, UNCHANGED};
use crate::edit::{Edit, Editor};
use crate::host::Wait;
use crate::text::{WIDTH, wrap};

/// What came of waiting for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A line, without its Enter.
    Line(String),
    /// Nothing was typed for as long as was to be waited.
    Idle,
    /// Ctrl-L.
    Redraw,
}

impl Screen<'_> {
    /// Reads a line of at most `limit` characters behind a prompt; what cannot be
    /// taken is told and asked again.
    ///
    /// # Errors
    /// [`Stop::Left`] on Ctrl-C.
    pub fn line(&mut self, prompt: &str, limit: usize, secret: bool) -> Did<String> {
        let last = self.prompt(prompt)?;
        loop {
            if let Read::Line(line) = self.read(&last, limit, secret, None)? {
                return Ok(line);
            }
        }
    }

    /// Writes a prompt; gives back its last row, behind which is typed.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn prompt(&mut self, prompt: &str) -> Did<String> {
        let mut rows = wrap(prompt.trim_end(), WIDTH - 1, 0);
        let last = format!("{} ", rows.pop().unwrap_or_default());
        self.skipping = false;
        for row in rows {
            self.row(&row)?;
        }
        self.host.write(last.as_bytes());
        Ok(last)
    }

    /// As [`Screen::line`], behind a prompt that stands there already; gives up, and leaves
    /// the cursor there, when nothing was typed for `idle` seconds.
    ///
    /// # Errors
    /// As [`Screen::line`].
    pub fn read(&mut self, last: &str, limit: usize, secret: bool, idle: Option<u32>) -> Did<Read> {
        let mut editor = Editor::new(last.len(), limit, secret);
        let mut waited = 0;
        loop {
            let key = match self.key(Wait::Keys)? {
                Pressed::Key(key) => key,
                Pressed::Seconds(seconds) if editor.is_blank() => {
                    waited += seconds;
                    if idle.is_some_and(|idle| waited >= idle) {
                        return Ok(Read::Idle);
                    }
                    continue;
                }
                _ => continue,
            };
            waited = 0;
            match editor.press(key) {
                Edit::Echo(echo) => self.host.write(&echo),
                Edit::Again => self.again(last, &editor),
                Edit::Redraw if editor.is_blank() && idle.is_some() => {
                    self.new_page();
                    return Ok(Read::Redraw);
                }
                Edit::Redraw => self.again(last, &editor),
                Edit::Left => {
                    self.new_page();
                    return Err(Stop::Left(UNCHANGED));
                }
                Edit::Done => {
                    self.new_page();
                    match editor.take() {
                        Ok(line) => return Ok(Read::Line(line)),
                        Err(why) => {
                            self.say(&why)?;
                            self.host.write(last.as_bytes());
                        }
                    }
                }
            }
        }
    }

    fn again(&mut self, prompt: &str, editor: &Editor) {
        let first_row = editor.shown().len() == editor.text().len();
        let prompt = if first_row { prompt } else { "" };
        self.host.write(format!("\r\n{prompt}{}", editor.shown()).as_bytes());
    }

    /// Ends the line; a page begins: somebody is there, or nothing above is lost.
    pub fn new_page(&mut self) {
        self.host.write(b"\r\n");
        self.rows = 0;
    }

    /// Yes or no; Enter means no. Only what is typed from now on counts.
    ///
    /// # Errors
    /// [`Stop::Left`] on `q` and Ctrl-C.
    pub fn yes(&mut self, question: &str) -> Did<bool> {
        self.fresh();
        loop {
            let answer = self.line(&format!("{question} [y/N]:"), 8, false)?;
            match answer.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "" | "n" | "no" => return Ok(false),
                "q" => return Err(Stop::Left(UNCHANGED)),
                _ => self.say("Write y for yes, or press Enter for no.")?,
            }
        }
    }

    /// As [`Screen::yes`], while so many seconds are counted down in the prompt;
    /// none: the time is over. Leaving means no.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn yes_within(&mut self, question: &str, seconds: u32) -> Did<Option<bool>> {
        self.fresh();
        self.skipping = false;
        let mut left = seconds;
        let mut editor = Editor::new(0, 8, false);
        let prompt = |left: u32| format!("{question} [y/N], undone in {left:>3} s: ");
        self.host.write(prompt(left).as_bytes());
        loop {
            match self.key(Wait::Keys)? {
                Pressed::Seconds(gone) => {
                    left = left.saturating_sub(gone);
                    // The same columns are written each time, so nothing is left over.
                    self.host.write(format!("\r{}{}", prompt(left), editor.shown()).as_bytes());
                    if left == 0 {
                        self.new_page();
                        return Ok(None);
                    }
                }
                Pressed::Key(key) => match editor.press(key) {
                    Edit::Echo(echo) => self.host.write(&echo),
                    Edit::Again | Edit::Redraw => self.again(&prompt(left), &editor),
                    Edit::Left => {
                        self.new_page();
                        return Ok(Some(false));
                    }
                    Edit::Done => {
                        self.new_page();
                        match editor.take().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
                            "y" | "yes" => return Ok(Some(true)),
                            "" | "n" | "no" | "q" => return Ok(Some(false)),
                            _ => {
                                self.say("Write y to keep them, n to undo them.")?;
                                self.host.write(prompt(left).as_bytes());
                            }
                        }
                    }
                },
                _ => {}
            }
        }
    }
}
