//! A prompt for one value: what it is now stands in brackets, Enter keeps it, `-`
//! clears it, `?` explains, `q` or Ctrl-C leaves.

use crate::screen::{Did, Screen, Stop, UNCHANGED};
use crate::text::WIDTH;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Prompt<'a> {
    /// What it is called.
    pub label: &'a str,
    /// What Enter keeps, as it is shown; empty: nothing.
    pub current: &'a str,
    /// What `?` explains.
    pub help: &'a str,
    /// Most characters.
    pub limit: usize,
    /// Shows stars.
    pub secret: bool,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// As it is.
    Keep,
    /// Nothing is to be set.
    Clear,
    /// This, trimmed and not empty.
    Text(String),
}

/// What is explained beside the help of a value.
pub const HOW: &str = "Enter keeps what stands in brackets, - clears it, q or Ctrl-C leaves without change.";

impl Prompt<'_> {
    /// Asks.
    ///
    /// # Errors
    /// [`Stop::Left`] when the operator leaves.
    pub fn ask(&self, screen: &mut Screen<'_>) -> Did<Answer> {
        loop {
            let prompt = self.words(screen)?;
            let line = screen.line(&prompt, self.limit, self.secret)?;
            return Ok(match line.trim() {
                "" => Answer::Keep,
                "-" => Answer::Clear,
                "q" | "Q" => return Err(Stop::Left(UNCHANGED)),
                "?" => {
                    screen.say(self.help)?;
                    screen.say(HOW)?;
                    continue;
                }
                text => Answer::Text(text.into()),
            });
        }
    }

    /// Asks for a word: what was kept comes back as the current one, what was cleared as nothing.
    ///
    /// # Errors
    /// As [`Prompt::ask`].
    pub fn text(&self, screen: &mut Screen<'_>) -> Did<String> {
        Ok(match self.ask(screen)? {
            Answer::Keep => self.current.into(),
            Answer::Clear => String::new(),
            Answer::Text(text) => text,
        })
    }

    /// One of these words, by any of its beginnings that no other has.
    ///
    /// # Errors
    /// As [`Prompt::ask`].
    pub fn word<'w>(&self, screen: &mut Screen<'_>, words: &[&'w str]) -> Did<&'w str> {
        loop {
            let typed = self.text(screen)?.to_ascii_lowercase();
            if let Some(exact) = words.iter().find(|word| **word == typed) {
                return Ok(exact);
            }
            let mut fitting = words.iter().filter(|word| !typed.is_empty() && word.starts_with(&typed));
            if let (Some(word), None) = (fitting.next(), fitting.next()) {
                return Ok(word);
            }
            screen.say(&format!("Write one of: {}.", words.join(", ")))?;
        }
    }

    /// `LABEL [current]:`; a current value that leaves no room to type stands above.
    fn words(&self, screen: &mut Screen<'_>) -> Did<String> {
        let Prompt { label, .. } = self;
        let current = if self.current.is_empty() { "none" } else { self.current };
        let room = if self.limit <= 40 { 12 } else { 24 };
        if label.len() + current.len() + 4 > WIDTH - room {
            screen.say_in(&format!("{label} is {current}"), 2)?;
            return Ok(format!("{label} [as above]:"));
        }
        Ok(format!("{label} [{current}]:"))
    }
}
