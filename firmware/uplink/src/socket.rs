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
    /// Whether reading and writing wait, or fail with `WouldBlock`.
    ///
    /// # Errors
    /// Of the system.
    fn block(&mut self, yes: bool) -> io::Result<()>;
    /// The other end has not closed it, and has sent nothing unasked.
    ///
    /// # Errors
    /// What TLS was told in an alert.
    fn is_quiet(&mut self) -> io::Result<bool>;
}

/// Any of them.
pub type AnySocket = Box<dyn Socket>;

impl Socket for TcpStream {
    fn limit(&mut self, wait: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(wait))?;
        self.set_write_timeout(Some(wait))
    }

    fn block(&mut self, yes: bool) -> io::Result<()> {
        self.set_nonblocking(!yes)
    }

    fn is_quiet(&mut self) -> io::Result<bool> {
        let looked = self.set_nonblocking(true).and_then(|()| self.peek(&mut [0]));
        let quiet = matches!(looked, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        self.set_nonblocking(false)?;
        Ok(quiet)
    }
}

impl Socket for StreamOwned<ClientConnection, AnySocket> {
    fn limit(&mut self, wait: Duration) -> io::Result<()> {
        self.sock.limit(wait)
    }

    fn block(&mut self, yes: bool) -> io::Result<()> {
        self.sock.block(yes)
    }

    /// Reads what came unasked: session tickets are no answer, a closing is.
    fn is_quiet(&mut self) -> io::Result<bool> {
        self.block(false)?;
        let quiet = loop {
            match self.conn.read_tls(&mut self.sock) {
                Ok(0) => break Ok(false),
                Ok(_) => match self.conn.process_new_packets() {
                    Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                    Ok(_) => break Ok(false),
                    Err(error) => break Err(io::Error::new(io::ErrorKind::InvalidData, error)),
                },
                Err(error) => break Ok(error.kind() == io::ErrorKind::WouldBlock),
            }
        };
        self.block(true)?;
        quiet
    }
}

impl Socket for AnySocket {
    fn limit(&mut self, wait: Duration) -> io::Result<()> {
        (**self).limit(wait)
    }

    fn block(&mut self, yes: bool) -> io::Result<()> {
        (**self).block(yes)
    }

    fn is_quiet(&mut self) -> io::Result<bool> {
        (**self).is_quiet()
    }
}
