//! A terminal: bytes in, bytes out, single keys instead of lines.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use nix::sys::termios::{InputFlags, LocalFlags, OutputFlags, SetArg, SpecialCharacterIndices, Termios};
use nix::sys::termios::{tcgetattr, tcsetattr};

/// A terminal, or a pipe that stands for one.
pub struct Tty {
    input: File,
    output: File,
    /// As it was before; none: it is no terminal.
    before: Option<Termios>,
}

impl Tty {
    /// The terminal at a path (`/dev/ttyS0`). It does not become the controlling one.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Tty> {
        use std::os::unix::fs::OpenOptionsExt;
        // O_NONBLOCK while it is opened: without carrier an open would wait for a modem.
        let flags = (nix::fcntl::OFlag::O_NOCTTY | nix::fcntl::OFlag::O_NONBLOCK).bits();
        let input = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?;
        let none = nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::empty());
        nix::fcntl::fcntl(&input, none)?;
        Tty::new(input.try_clone()?, input)
    }

    /// Standard input and output.
    ///
    /// # Errors
    /// When there are none.
    pub fn standard() -> io::Result<Tty> {
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        Tty::new(input.into(), output.into())
    }

    /// Of two files, which may be the same. Sets a terminal so that each key arrives by
    /// itself; speed, parity and flow control stay as they are.
    ///
    /// # Errors
    /// When the terminal cannot be set.
    pub fn new(input: File, output: File) -> io::Result<Tty> {
        // At once, not when what was written has left: a line that is held by XOFF never drains.
        let before = tcgetattr(&input).ok();
        if let Some(before) = &before {
            tcsetattr(&input, SetArg::TCSANOW, &raw(before))?;
        }
        Ok(Tty { input, output, before })
    }

    /// What to wait on.
    pub fn waits_on(&self) -> BorrowedFd<'_> {
        self.input.as_fd()
    }

    /// Reads what is there; none: the terminal is gone.
    pub fn read(&mut self, buffer: &mut [u8]) -> Option<usize> {
        loop {
            match self.input.read(buffer) {
                Ok(0) => return None,
                Ok(count) => return Some(count),
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }

    /// Writes all of it, as fast as the line takes it; a Ctrl-S of the other end holds it up.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)?;
        self.output.flush()
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // It may be gone already; there is nothing else to put back.
            tcsetattr(&self.input, SetArg::TCSANOW, before).ok();
        }
    }
}

/// Single keys, unchanged, no echo, no signals. `cfmakeraw` is not used: it switches
/// XON/XOFF off, which is for whoever set up the line to decide. A break is no key.
fn raw(before: &Termios) -> Termios {
    let mut raw = before.clone();
    raw.local_flags -=
        LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ECHONL | LocalFlags::ISIG | LocalFlags::IEXTEN;
    raw.input_flags -= InputFlags::ICRNL
        | InputFlags::INLCR
        | InputFlags::IGNCR
        | InputFlags::ISTRIP
        | InputFlags::PARMRK
        | InputFlags::BRKINT;
    raw.input_flags |= InputFlags::IGNBRK;
    raw.output_flags -= OutputFlags::OPOST;
    raw.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
    raw.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
    raw
}
