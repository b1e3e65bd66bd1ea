//! A terminal that types a script, and shows what was written.

use std::collections::VecDeque;

use console::{Away, Event, Host, Menu, Wait};
use wire::local::Ask;

use super::double::Double;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Act {
    /// Bytes are typed.
    Type(Vec<u8>),
    /// Bytes are typed while an answer is waited for.
    Ahead(Vec<u8>),
    /// Seconds go by.
    Wait(u32),
    /// The service goes away, and comes back.
    Away(bool),
    /// The service is gone in the middle of its next answer.
    Break,
    /// The service does not answer the next question.
    Hang,
}

/// A string is typed; `\r` in it is Enter.
impl From<&str> for Act {
    fn from(text: &str) -> Act {
        Act::Type(text.into())
    }
}

/// The terminal, and a double behind it.
pub struct Script {
    pub double: Double,
    acts: VecDeque<Act>,
    /// Everything that was written.
    pub out: Vec<u8>,
    says: VecDeque<Event>,
    away: bool,
    breaks: bool,
    hangs: bool,
    /// Events told, so that a circle is noticed.
    events: usize,
}

impl Script {
    /// Plays acts against a double until they are over; what was written, and the double.
    pub fn play(double: Double, acts: Vec<Act>) -> Script {
        let mut script = Script {
            double,
            acts: acts.into(),
            out: Vec::new(),
            says: VecDeque::new(),
            away: false,
            breaks: false,
            hangs: false,
            events: 0,
        };
        Menu::new(&mut script).run(false);
        script
    }

    /// The text without carriage returns; where a line was written over, each writing is a line.
    pub fn text(&self) -> String {
        let text = String::from_utf8(self.out.clone()).expect("only ASCII is written");
        text.replace("\r\n", "\n").replace('\r', "\n")
    }

    /// The text on one line.
    pub fn flat(&self) -> String {
        self.text().split_whitespace().collect::<Vec<&str>>().join(" ")
    }

    /// What happens next without a key: nothing more, when the script is over.
    fn act(&mut self) -> Option<Event> {
        loop {
            match self.acts.front_mut()? {
                Act::Type(bytes) | Act::Ahead(bytes) if bytes.is_empty() => {
                    self.acts.pop_front();
                }
                Act::Type(bytes) | Act::Ahead(bytes) => return Some(Event::Byte(bytes.remove(0))),
                Act::Wait(seconds) => {
                    let seconds = *seconds;
                    self.acts.pop_front();
                    return Some(Event::Seconds(seconds));
                }
                Act::Away(away) => {
                    self.away = *away;
                    self.acts.pop_front();
                }
                Act::Break => {
                    self.breaks = true;
                    self.acts.pop_front();
                }
                Act::Hang => {
                    self.hangs = true;
                    self.acts.pop_front();
                }
            }
        }
    }
}

impl Host for Script {
    fn write(&mut self, bytes: &[u8]) {
        self.out.extend(bytes);
    }

    fn ask(&mut self, ask: &Ask) {
        self.says.clear();
        // What the script changes in the service happens before it is asked.
        while matches!(self.acts.front(), Some(Act::Away(_) | Act::Break | Act::Hang)) {
            match self.acts.pop_front() {
                Some(Act::Away(away)) => self.away = away,
                Some(Act::Break) => self.breaks = true,
                _ => self.hangs = true,
            }
        }
        if std::mem::take(&mut self.hangs) {
            return;
        }
        if self.away {
            self.says.push_back(Event::Away(Away { why: "it does not run".into(), asked: false }));
            return;
        }
        let says = self.double.answer(ask.clone());
        self.says.extend(says.into_iter().map(Event::Say));
        if std::mem::take(&mut self.breaks) {
            self.says.pop_back();
            self.says.push_back(Event::Away(Away { why: "it ended".into(), asked: true }));
        }
    }

    fn give_up(&mut self) {
        self.says.clear();
    }

    fn event(&mut self, wait: Wait) -> Event {
        self.events += 1;
        assert!(self.events < 5_000_000, "the menu turns in a circle");
        while matches!(self.acts.front(), Some(Act::Type(bytes) | Act::Ahead(bytes)) if bytes.is_empty()) {
            self.acts.pop_front();
        }
        if wait == Wait::Answer
            && !matches!(self.acts.front(), Some(Act::Ahead(_)))
            && let Some(said) = self.says.pop_front()
        {
            return said;
        }
        self.act().unwrap_or(Event::HungUp)
    }
}
