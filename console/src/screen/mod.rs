//! A conversation on a terminal: text that pauses, lines that are typed ([`read`]), and
//! questions to the service whose answers are shown as they come ([`ask`]).

mod ask;
mod read;

use std::collections::VecDeque;

use wire::local::{Failed, Say, Step};

use crate::host::{Away, Event, Host, Wait};
use crate::keys::{Key, Keys};
use crate::text::{WIDTH, plain, wrap};

pub(crate) use ask::unfit;
pub use read::Read;

/// Lines after which output pauses. A terminal has 24: the pause takes one, and one of
/// what was read before stays in sight.
pub const PAGE: usize = 22;
/// Bytes kept that are typed while the service is waited for.
const AHEAD: usize = 4_096;

/// Why a dialog ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The operator left, and what that means.
    Left(&'static str),
    /// The operator logged out.
    LoggedOut,
    /// The service is away: why, and what it means.
    Away(String),
    /// The terminal is gone.
    HungUp,
}

impl Stop {
    /// Leaving means this.
    #[must_use]
    pub fn left_as(self, words: &'static str) -> Stop {
        if let Stop::Left(_) = self { Stop::Left(words) } else { self }
    }
}

/// What a step of a dialog gives.
pub type Did<T> = Result<T, Stop>;

/// What is said when a dialog is left before anything was applied.
pub const UNCHANGED: &str = "Nothing was changed.";

/// A terminal in use.
pub struct Screen<'h> {
    host: &'h mut dyn Host,
    keys: Keys,
    ahead: VecDeque<u8>,
    /// Lines written since somebody last pressed a key.
    rows: usize,
    /// The operator wants no more of this output.
    skipping: bool,
    /// The first step that failed since the last question.
    failed: Option<Step>,
}

impl<'h> Screen<'h> {
    /// On a host.
    pub fn new(host: &'h mut dyn Host) -> Screen<'h> {
        Screen { host, keys: Keys::default(), ahead: VecDeque::new(), rows: 0, skipping: false, failed: None }
    }

    /// A paragraph, wrapped; it pauses when the page is full.
    ///
    /// # Errors
    /// When the terminal is gone, as everywhere here.
    pub fn say(&mut self, text: &str) -> Did<()> {
        self.say_in(text, 0)
    }

    /// A paragraph whose lines after the first are set in by `indent` columns. Line
    /// breaks in it count for nothing: a neighbour's name must not begin a line.
    ///
    /// # Errors
    /// As [`Screen::say`].
    pub fn say_in(&mut self, text: &str, indent: usize) -> Did<()> {
        for row in wrap(text, WIDTH, indent) {
            self.row(&row)?;
        }
        Ok(())
    }

    /// Text of several lines, as it stands.
    ///
    /// # Errors
    /// As [`Screen::say`].
    pub fn lines(&mut self, text: &str) -> Did<()> {
        text.lines().try_for_each(|line| self.say(line))
    }

    /// A step of a test: `  gateway   ok    192.168.1.1 answers`.
    pub fn step(&mut self, step: &Step) -> Did<()> {
        self.say_in(&step_line(step), STEP_INDENT)
    }

    /// What went wrong; in short, when it stands above as a step already.
    ///
    /// # Errors
    /// As [`Screen::say`].
    pub fn failure(&mut self, failed: &Failed) -> Did<()> {
        match self.failed.take() {
            Some(step) if step.outcome.as_ref() == Err(failed) => {
                self.say(&format!("{} fails first. What to do stands beside it.", step.name))
            }
            _ => self.say(&failed.to_string()),
        }
    }

    fn row(&mut self, row: &str) -> Did<()> {
        if self.rows >= PAGE && !self.skipping {
            self.pause()?;
        }
        if self.skipping {
            return Ok(());
        }
        self.rows += 1;
        self.host.write(plain(row).as_bytes());
        self.host.write(b"\r\n");
        Ok(())
    }

    /// The next so many rows are not to be torn by a pause: it comes before them. They
    /// are shown even to who wanted no more.
    ///
    /// # Errors
    /// As [`Screen::say`].
    pub fn together(&mut self, rows: usize) -> Did<()> {
        if self.rows + rows > PAGE && !self.skipping {
            self.pause()?;
        }
        self.skipping = false;
        Ok(())
    }

    /// Waits for Enter, or for a minute: nobody may sit there.
    fn pause(&mut self) -> Did<()> {
        const WORDS: &str = "-- Enter: more, q: stop --";
        self.host.write(WORDS.as_bytes());
        let mut left = 60;
        while left > 0 {
            match self.key(Wait::Keys)? {
                Pressed::Key(Key::Char(b'q' | b'Q') | Key::Cancel | Key::End) => {
                    self.skipping = true;
                    break;
                }
                Pressed::Key(Key::Enter | Key::Char(b' ')) => break,
                Pressed::Seconds(seconds) => left -= seconds.min(left),
                _ => {}
            }
        }
        self.rows = 0;
        self.host.write(format!("\r{}\r", " ".repeat(WORDS.len())).as_bytes());
        Ok(())
    }

    /// Forgets what was typed ahead: the next answer must be meant.
    pub fn fresh(&mut self) {
        self.ahead.clear();
    }

    fn key(&mut self, wait: Wait) -> Did<Pressed> {
        let event = match self.ahead.pop_front() {
            Some(byte) if wait == Wait::Keys => Event::Byte(byte),
            Some(byte) => {
                self.ahead.push_front(byte);
                self.host.event(wait)
            }
            None => self.host.event(wait),
        };
        Ok(match event {
            Event::Byte(byte) if wait == Wait::Keys => {
                self.keys.key(byte).map_or(Pressed::Nothing, Pressed::Key)
            }
            Event::Byte(0x03) => Pressed::Key(Key::Cancel),
            Event::Byte(byte) => {
                if self.ahead.len() < AHEAD {
                    self.ahead.push_back(byte);
                }
                Pressed::Nothing
            }
            Event::Say(say) => Pressed::Say(say),
            Event::Away(away) => Pressed::Away(away),
            Event::Seconds(seconds) => Pressed::Seconds(seconds),
            Event::HungUp => return Err(Stop::HungUp),
        })
    }
}

/// Columns before a step's words.
const STEP_INDENT: usize = 18;

/// A step in a line; a failed one with its remedy.
pub(crate) fn step_line(step: &Step) -> String {
    match &step.outcome {
        Ok(words) => format!("  {:<9} ok    {words}", step.name),
        Err(failed) => format!("  {:<9} FAIL  {failed}", step.name),
    }
}

/// What a key or the service brought.
enum Pressed {
    Key(Key),
    Say(Say),
    Away(Away),
    Seconds(u32),
    Nothing,
}
