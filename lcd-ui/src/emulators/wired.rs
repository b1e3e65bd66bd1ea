//! A panel's model as a serial line in memory: a driver talks to it without a pty.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use super::Model;

/// The line, with the panel at its other end.
pub struct Wired {
    /// The panel.
    pub model: Box<dyn Model>,
    answers: VecDeque<u8>,
}

impl Wired {
    /// To a panel.
    pub fn new(model: Box<dyn Model>) -> Wired {
        Wired { model, answers: VecDeque::new() }
    }
}

impl Read for Wired {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.answers.is_empty() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.answers.read(into)
    }
}

impl Write for Wired {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.answers.extend(self.model.receive(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
