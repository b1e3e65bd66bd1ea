//! A connection, whatever is below it: TCP, or TLS to an `https` proxy.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};

/// Bytes both ways, with a limit on each wait.
pub trait Socket: Read + Write + Send {
    /// Longest wait for a byte to come or go.
    ///
    /// # Errors
    /// Of the system.
    fn limit(&mut self, wait: Duration) -> io::Result<()>;
    /// The other end has not closed it, and has sent nothing unasked.
    fn is_quiet(&mut self) -> bool;
}

/// Any of them.
pub type AnySocket = Box<dyn Socket>;

impl Socket for TcpStream {
    fn limit(&mut self, wait: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(wait))?;
        self.set_write_timeout(Some(wait))
    }

    fn is_quiet(&mut self) -> bool {
        let looked = self.set_nonblocking(true).and_then(|()| self.peek(&mut [0]));
        let quiet = matches!(looked, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        self.set_nonblocking(false).is_ok() && quiet
    }
}

impl Socket for StreamOwned<ClientConnection, AnySocket> {
    fn limit(&mut self, wait: Duration) -> io::Result<()> {
        self.sock.limit(wait)
    }

    fn is_quiet(&mut self) -> bool {
        self.sock.is_quiet()
    }
}

impl Socket for AnySocket {
    fn limit(&mut self, wait: Duration) -> io::Result<()> {
        (**self).limit(wait)
    }

    fn is_quiet(&mut self) -> bool {
        (**self).is_quiet()
    }
}
