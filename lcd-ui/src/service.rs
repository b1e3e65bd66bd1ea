//! The line to the set-up service, and the loop that joins it with a panel.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use wire::local::{Ask, Say, frame, unframe};

use crate::displays::{Panel, Picture, Shape, State};
use crate::screens::Ui;

/// How long keys are waited for in a turn of the loop.
const TURN: Duration = Duration::from_millis(25);
/// Pause before the service is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// So long without a word while an answer is waited for, and the service counts as gone:
/// longer than the longest job's time limits.
const SILENT: Duration = Duration::from_secs(300);
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

    /// Gives the connection up: nothing is expected of it any more.
    fn leave(&mut self);
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
            self.leave();
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

    fn leave(&mut self) {
        self.stream = None;
        self.arrived.clear();
    }
}

/// Runs a panel's user interface until `stop`; `tell` hears of every change of the panel's
/// state.
pub fn run(
    panel: &Panel,
    shape: Shape,
    six: bool,
    service: &mut dyn Service,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(State),
) {
    let started = Instant::now();
    let mut ui = Ui::new(shape, six);
    let mut line = Line { service, reached: false, again: Duration::ZERO, heard: Duration::ZERO };
    let (mut shown, mut lit): (Option<Picture>, _) = (None, None);
    let mut known = State::Starting;
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
        let state = panel.state();
        if state != known {
            tell(state.clone());
            known = state;
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
    /// When something was last asked or said.
    heard: Duration,
}

impl Line<'_> {
    /// Sends what is to be asked and takes what was said.
    fn turn(&mut self, ui: &mut Ui, now: Duration) {
        if !self.reached && now < self.again {
            return;
        }
        if self.exchange(ui, now).is_err() {
            self.service.leave();
            ui.lost();
            self.reached = false;
            self.again = now + AGAIN;
        }
    }

    fn exchange(&mut self, ui: &mut Ui, now: Duration) -> io::Result<()> {
        if !self.reached {
            self.service.reach()?;
            self.reached = true;
            ui.found();
        }
        loop {
            if let Some(ask) = ui.ask() {
                self.service.send(&ask)?;
                self.heard = now;
            }
            match self.service.receive()? {
                Some(say) => {
                    ui.answer(say);
                    self.heard = now;
                }
                None if ui.waits() && now.saturating_sub(self.heard) > SILENT => {
                    return Err(ErrorKind::TimedOut.into());
                }
                None => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::displays::{Key, KeyEvent};

    /// Takes everything and says nothing, or what it is told to say.
    #[derive(Default)]
    struct Mute {
        says: Vec<Say>,
        left: usize,
    }

    impl Service for Mute {
        fn send(&mut self, _: &Ask) -> io::Result<()> {
            Ok(())
        }

        fn receive(&mut self) -> io::Result<Option<Say>> {
            Ok(self.says.pop())
        }

        fn reach(&mut self) -> io::Result<()> {
            Ok(())
        }

        fn leave(&mut self) {
            self.left += 1;
        }
    }

    #[test]
    fn a_service_that_says_nothing_is_given_up() {
        let mut mute = Mute { says: vec![Say::Overview(Box::default())], left: 0 };
        let mut line =
            Line { service: &mut mute, reached: false, again: Duration::ZERO, heard: Duration::ZERO };
        let mut ui = Ui::new(Shape::Characters { columns: 16, rows: 2 }, true);
        for seconds in 1..=299 {
            ui.tick(Duration::from_secs(seconds));
            line.turn(&mut ui, Duration::from_secs(seconds));
        }
        assert!(line.reached);
        ui.key(KeyEvent::press(Key::Enter));
        assert!(!ui.is_idle(), "the overview came, so there is a menu");
        line.turn(&mut ui, Duration::from_secs(400));
        assert!(!line.reached);
        assert_eq!(mute.left, 1);
    }
}
