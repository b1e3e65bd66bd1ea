//! The edge: a real terminal and the real socket make a [`Host`].

mod link;
mod tty;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use wire::local::Ask;

use crate::host::{Away, Event, Host, Wait};

pub use link::Link;
pub use tty::Tty;

const SECOND: Duration = Duration::from_secs(1);

/// A terminal and the way to the service.
pub struct Driver {
    tty: Tty,
    link: Link,
    /// Bytes that were read and not told yet.
    typed: VecDeque<u8>,
    /// The question could not be sent.
    away: Option<Away>,
    second: Instant,
    hung_up: bool,
}

impl Driver {
    /// Of a terminal and a link.
    pub fn new(tty: Tty, link: Link) -> Driver {
        Driver { tty, link, typed: VecDeque::new(), away: None, second: Instant::now(), hung_up: false }
    }

    /// Whole seconds that went by.
    fn seconds(&mut self) -> Option<Event> {
        let gone = self.second.elapsed().as_secs();
        if gone == 0 {
            return None;
        }
        self.second += Duration::from_secs(gone);
        Some(Event::Seconds(u32::try_from(gone).unwrap_or(u32::MAX)))
    }

    /// Waits for a key, the service or the next second, and takes in what is there.
    fn poll(&mut self, wait: Wait) -> Result<(), Away> {
        let left = SECOND.saturating_sub(self.second.elapsed());
        let left = PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::ZERO);
        let answers = self.link.waits_on().filter(|_| wait == Wait::Answer);
        let mut fds = vec![PollFd::new(self.tty.waits_on(), PollFlags::POLLIN)];
        fds.extend(answers.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        match poll(&mut fds, left) {
            Ok(_) => {}
            Err(Errno::EINTR) => return Ok(()),
            Err(why) => return Err(Away { why: why.to_string(), asked: true }),
        }
        let mut ready = fds.iter().map(|fd| fd.revents().is_some_and(|events| !events.is_empty()));
        let (typed, said) = (ready.next().unwrap_or(false), ready.next().unwrap_or(false));
        if typed {
            let mut buffer = [0; 256];
            match self.tty.read(&mut buffer) {
                Some(count) => self.typed.extend(buffer.iter().take(count)),
                None => self.hung_up = true,
            }
        }
        if said { self.link.read() } else { Ok(()) }
    }
}

impl Host for Driver {
    fn write(&mut self, bytes: &[u8]) {
        self.hung_up |= self.tty.write(bytes).is_err();
    }

    fn ask(&mut self, ask: &Ask) {
        self.away = self.link.ask(ask).err();
    }

    fn give_up(&mut self) {
        self.away = None;
        self.link.give_up();
    }

    fn event(&mut self, wait: Wait) -> Event {
        loop {
            if let Some(byte) = self.typed.pop_front() {
                return Event::Byte(byte);
            }
            if self.hung_up {
                return Event::HungUp;
            }
            if let Some(seconds) = self.seconds() {
                return seconds;
            }
            if wait == Wait::Answer {
                if let Some(away) = self.away.take() {
                    return Event::Away(away);
                }
                match self.link.answer() {
                    Ok(Some(say)) => return Event::Say(say),
                    Ok(None) => {}
                    Err(away) => return Event::Away(away),
                }
            }
            if let Err(away) = self.poll(wait) {
                self.away = Some(away);
            }
        }
    }
}
