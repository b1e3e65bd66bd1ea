//! A connection, whatever is below it: TCP, or TLS to an `https` proxy. No wait
//! on it outlasts the world's end.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};

use crate::World;
use crate::world::ending;

/// Longest wait before the world is asked again whether it is time to end.
const SLICE: Duration = Duration::from_millis(250);

/// Bytes both ways, with a limit on each wait.
pub trait Socket: Read + Write + Send {
    /// Longest wait for a byte to come or go.
    fn limit(&mut self, wait: Duration);
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

/// TCP.
pub struct Tcp {
    stream: TcpStream,
    world: Arc<dyn World>,
    limit: Duration,
    blocks: bool,
}

impl Tcp {
    /// Over a stream, with a limit on each wait.
    ///
    /// # Errors
    /// Of the system.
    pub fn new(stream: TcpStream, world: &Arc<dyn World>, limit: Duration) -> io::Result<Tcp> {
        stream.set_read_timeout(Some(SLICE))?;
        stream.set_write_timeout(Some(SLICE))?;
        Ok(Tcp { stream, world: Arc::clone(world), limit, blocks: true })
    }

    /// The other end.
    ///
    /// # Errors
    /// Of the system, when it is closed.
    pub fn peer(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }

    /// Tries again, slice by slice, until it is done, over the limit, or time to end.
    fn wait<T>(&mut self, mut tried: impl FnMut(&TcpStream) -> io::Result<T>) -> io::Result<T> {
        let begun = Instant::now();
        loop {
            match tried(&self.stream) {
                Err(error) if self.blocks && is_slice(&error) => go_on(&*self.world, begun, self.limit)?,
                done => return done,
            }
        }
    }
}

/// The system's two words for a wait that is over.
fn is_slice(error: &io::Error) -> bool {
    [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind())
}

fn go_on(world: &dyn World, begun: Instant, limit: Duration) -> io::Result<()> {
    if !world.wait(0) {
        Err(ending())
    } else if begun.elapsed() >= limit {
        Err(ErrorKind::TimedOut.into())
    } else {
        Ok(())
    }
}

/// Does on a thread of its own what the system does not let us interrupt. When
/// the limit or the world's end comes first, the thread is left to end by itself.
///
/// # Errors
/// Of what is done; `TimedOut`; that it is time to end.
pub fn apart<T: Send + 'static>(
    world: &dyn World,
    limit: Duration,
    done: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (give, take) = sync_channel(1);
    // Nobody waits for the result any more: then it is dropped.
    std::thread::Builder::new().name("dial".into()).spawn(move || drop(give.send(done())))?;
    let begun = Instant::now();
    loop {
        match take.recv_timeout(SLICE) {
            Ok(done) => return done,
            Err(RecvTimeoutError::Timeout) => go_on(world, begun, limit)?,
            Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("its thread failed")),
        }
    }
}

impl Read for Tcp {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.wait(|mut stream| stream.read(into))
    }
}

impl Write for Tcp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wait(|mut stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Socket for Tcp {
    fn limit(&mut self, wait: Duration) {
        self.limit = wait;
    }

    fn block(&mut self, yes: bool) -> io::Result<()> {
        self.blocks = yes;
        self.stream.set_nonblocking(!yes)
    }

    fn is_quiet(&mut self) -> io::Result<bool> {
        self.block(false)?;
        let looked = self.stream.peek(&mut [0]);
        self.block(true)?;
        Ok(looked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock))
    }
}

impl Socket for StreamOwned<ClientConnection, AnySocket> {
    fn limit(&mut self, wait: Duration) {
        self.sock.limit(wait);
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
                    Err(error) => break Err(io::Error::new(ErrorKind::InvalidData, error)),
                },
                Err(error) => break Ok(error.kind() == ErrorKind::WouldBlock),
            }
        };
        self.block(true)?;
        quiet
    }
}

impl Socket for AnySocket {
    fn limit(&mut self, wait: Duration) {
        (**self).limit(wait);
    }

    fn block(&mut self, yes: bool) -> io::Result<()> {
        (**self).block(yes)
    }

    fn is_quiet(&mut self) -> io::Result<bool> {
        (**self).is_quiet()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::System;

    #[test]
    fn what_cannot_be_interrupted_is_left_behind_at_the_end() {
        let system = Arc::new(System::default());
        let (release, held) = sync_channel::<()>(0);
        let (begun, at_work) = sync_channel(0);
        let world = Arc::clone(&system);
        let thread = std::thread::spawn(move || {
            apart(&*world, Duration::from_secs(600), move || {
                begun.send(()).ok();
                held.recv().map_err(io::Error::other)
            })
        });
        at_work.recv().unwrap();
        system.end();
        let error = thread.join().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the sensor is ending");
        drop(release);
        assert_eq!(apart(&System::default(), Duration::ZERO, || Ok(7)).unwrap(), 7);
    }

    #[test]
    fn a_limit_is_kept() {
        let (_release, held) = sync_channel::<()>(0);
        let wait = move || held.recv().map_err(io::Error::other);
        let error = apart(&System::default(), Duration::from_millis(1), wait).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
