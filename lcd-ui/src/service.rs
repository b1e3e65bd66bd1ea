//! The line to the set-up service, and the loop that joins it with a panel.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use wire::local::{Ask, Say, frame, unframe};

use crate::displays::{Panel, Picture, Shape};
use crate::screens::Ui;

/// How long keys are waited for in a turn of the loop.
const TURN: Duration = Duration::from_millis(25);
/// Pause before the service is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// How long writing a request may take.
const WRITE: Duration = Duration::from_secs(2);

/// Somebody who answers as the set-up service does. Never waits long.
pub trait Service {
    /// Sends a request.
    ///
    /// # Errors
    /// The service is out of reach.
    fn send(&mut self, ask: &Ask) -> io::Result<()>;

    /// The next thing it says, if it has said something.
    ///
    /// # Errors
    /// The service is out of reach.
    fn receive(&mut self) -> io::Result<Option<Say>>;

    /// Makes sure that it is within reach, connecting again where need be.
    ///
    /// # Errors
    /// The service is out of reach.
    fn reach(&mut self) -> io::Result<()>;
}

/// The service behind its Unix socket.
pub struct Socket {
    path: PathBuf,
    stream: Option<UnixStream>,
    arrived: Vec<u8>,
}

impl Socket {
    /// Not connected yet.
    pub fn new(path: &Path) -> Socket {
        Socket { path: path.to_owned(), stream: None, arrived: Vec::new() }
    }

    /// Forgets the connection when something about it failed.
    fn dropping<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if result.is_err() {
            self.stream = None;
            self.arrived.clear();
        }
        result
    }

    fn read(&mut self) -> io::Result<Option<Say>> {
        let stream = self.stream.as_mut().ok_or(ErrorKind::NotConnected)?;
        let mut bytes = [0; 4096];
        loop {
            let say = unframe::<Say>(&mut self.arrived);
            if let Some(say) =
                say.map_err(|error| io::Error::new(ErrorKind::InvalidData, error.to_string()))?
            {
                return Ok(Some(say));
            }
            match stream.read(&mut bytes) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.arrived.extend_from_slice(&bytes[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Ok(None);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Service for Socket {
    fn send(&mut self, ask: &Ask) -> io::Result<()> {
        let stream = self.stream.as_mut().ok_or(ErrorKind::NotConnected)?;
        let sent = stream.write_all(&frame(ask));
        self.dropping(sent)
    }

    fn receive(&mut self) -> io::Result<Option<Say>> {
        let read = self.read();
        self.dropping(read)
    }

    fn reach(&mut self) -> io::Result<()> {
        if self.stream.is_none() {
            let stream = UnixStream::connect(&self.path)?;
            // Zero is not allowed; a millisecond is soon enough over.
            stream.set_read_timeout(Some(Duration::from_millis(1)))?;
            stream.set_write_timeout(Some(WRITE))?;
            self.stream = Some(stream);
        }
        Ok(())
    }
}

/// Runs a panel's user interface until `stop`.
pub fn run(panel: &Panel, shape: Shape, six: bool, service: &mut dyn Service, stop: &AtomicBool) {
    let started = Instant::now();
    let mut ui = Ui::new(shape, six);
    let mut line = Line { service, reached: false, again: Duration::ZERO };
    let (mut shown, mut lit): (Option<Picture>, _) = (None, None);
    while !stop.load(Ordering::Relaxed) {
        if let Some(event) = panel.key_within(TURN) {
            ui.key(event);
            while let Some(event) = panel.key() {
                ui.key(event);
            }
        }
        let now = started.elapsed();
        ui.tick(now);
        line.turn(&mut ui, now);
        let picture = ui.picture();
        if shown.as_ref() != Some(&picture) {
            panel.show(picture.clone());
            shown = Some(picture);
        }
        let leds = ui.leds();
        if lit != Some(leds) {
            panel.leds(leds);
            lit = Some(leds);
        }
    }
}

/// The line as it is used by the loop: tried again from time to time while it is down.
struct Line<'a> {
    service: &'a mut dyn Service,
    reached: bool,
    again: Duration,
}

impl Line<'_> {
    /// Sends what is to be asked and takes what was said.
    fn turn(&mut self, ui: &mut Ui, now: Duration) {
        if !self.reached && now < self.again {
            return;
        }
        if self.exchange(ui).is_err() {
            ui.lost();
            self.reached = false;
            self.again = now + AGAIN;
        }
    }

    fn exchange(&mut self, ui: &mut Ui) -> io::Result<()> {
        if !self.reached {
            self.service.reach()?;
            self.reached = true;
            ui.found();
        }
        loop {
            if let Some(ask) = ui.ask() {
                self.service.send(&ask)?;
            }
            match self.service.receive()? {
                Some(say) => ui.answer(say),
                None => return Ok(()),
            }
        }
    }
}
