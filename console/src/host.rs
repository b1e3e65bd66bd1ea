//! What the menu stands on: somewhere to write, and events. The driver
//! ([`crate::drive`]) makes it of a terminal and a socket; tests of a script.

use wire::local::{Ask, Say};

/// What a menu waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Keys. Answers of the service are left where they are meanwhile.
    Keys,
    /// An answer of the service; keys come too.
    Answer,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A byte from the terminal.
    Byte(u8),
    /// A message of the service.
    Say(Say),
    /// The service cannot be reached, or is gone before its last answer.
    Away(Away),
    /// So many seconds went by since the last such event; at least one.
    Seconds(u32),
    /// The terminal is gone.
    HungUp,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// In words.
    pub why: String,
    /// The question may have reached the service: asking again could do it twice.
    pub asked: bool,
}

/// A terminal and a way to the service.
pub trait Host {
    /// Writes to the terminal. What cannot be written is told by [`Event::HungUp`].
    fn write(&mut self, bytes: &[u8]);

    /// Asks the service; answers come as events. An earlier question whose last
    /// answer is not read yet is given up.
    fn ask(&mut self, ask: &Ask);

    /// Gives up the question that is open; none of its answers comes any more.
    fn give_up(&mut self);

    /// The next thing that happens.
    fn event(&mut self, wait: Wait) -> Event;
}
