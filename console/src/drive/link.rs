//! The Unix socket to the set-up service. One question at a time; who wants another
//! before the last answer came opens the connection anew.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use wire::local::{Ask, Say, frame, unframe};

use crate::host::Away;

/// Longest time for the service to take a question.
const SEND: Duration = Duration::from_secs(5);

/// A connection that is made when it is needed.
pub struct Link {
    path: PathBuf,
    stream: Option<UnixStream>,
    arrived: Vec<u8>,
    /// The last answer to the question did not come yet.
    open: bool,
}

impl Link {
    /// To the service at this path.
    pub fn new(path: &Path) -> Link {
        Link { path: path.into(), stream: None, arrived: Vec::new(), open: false }
    }

    /// Sends a question.
    ///
    /// # Errors
    /// When the service cannot be reached.
    pub fn ask(&mut self, ask: &Ask) -> Result<(), Away> {
        if self.open {
            self.give_up();
        }
        // The service may have ended a connection that was idle: then it is made anew.
        if self.stream.as_ref().is_some_and(ended) {
            self.give_up();
        }
        self.send(ask)
    }

    fn send(&mut self, ask: &Ask) -> Result<(), Away> {
        let mut stream = match self.stream.take().map_or_else(|| self.connect(), Ok) {
            Ok(stream) => stream,
            Err(why) => return Err(self.away(&why, false)),
        };
        stream.write_all(&frame(ask)).map_err(|why| self.away(&why, true))?;
        (self.stream, self.open) = (Some(stream), true);
        Ok(())
    }

    fn connect(&self) -> std::io::Result<UnixStream> {
        let stream = UnixStream::connect(&self.path)?;
        stream.set_write_timeout(Some(SEND))?;
        Ok(stream)
    }

    /// Gives up the question that is open, with its connection.
    pub fn give_up(&mut self) {
        self.stream = None;
        self.arrived.clear();
        self.open = false;
    }

    /// What to wait on, while an answer is to come.
    pub fn waits_on(&self) -> Option<BorrowedFd<'_>> {
        self.stream.as_ref().filter(|_| self.open).map(AsFd::as_fd)
    }

    /// An answer that arrived whole already.
    ///
    /// # Errors
    /// When what arrived is no message.
    pub fn answer(&mut self) -> Result<Option<Say>, Away> {
        match unframe::<Say>(&mut self.arrived) {
            Ok(Some(say)) => {
                self.open &= !say.ends();
                Ok(Some(say))
            }
            Ok(None) => Ok(None),
            Err(_) => {
                self.give_up();
                let why = "its answer cannot be read; is it of the same version?".into();
                Err(Away { why, asked: true })
            }
        }
    }

    /// Reads what is there; blocks when nothing is.
    ///
    /// # Errors
    /// When the connection ended.
    pub fn read(&mut self) -> Result<(), Away> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        let mut buffer = [0; 4_096];
        let why = match stream.read(&mut buffer) {
            Ok(0) => ErrorKind::UnexpectedEof.into(),
            Ok(count) => {
                self.arrived.extend(buffer.iter().take(count));
                return Ok(());
            }
            Err(why) if matches!(why.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => return Ok(()),
            Err(why) => why,
        };
        Err(self.away(&why, true))
    }

    fn away(&mut self, why: &std::io::Error, asked: bool) -> Away {
        self.give_up();
        let why = match why.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => "it does not run".into(),
            ErrorKind::PermissionDenied => "this user may not speak with it".into(),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                "it ended".into()
            }
            ErrorKind::WouldBlock | ErrorKind::TimedOut => "it takes no question".into(),
            _ => why.to_string(),
        };
        Away { why, asked }
    }
}

/// The other end closed an idle connection: between two questions nothing else is to be read.
fn ended(stream: &UnixStream) -> bool {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let mut fds = [PollFd::new(stream.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
}
