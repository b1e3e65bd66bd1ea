//! Several live ports as one source: each in its turn, one wait for all, and how
//! each of them stands.
//!
//! A worker has a [`Ports`] of its own; with several workers each owns one
//! [`crate::ring::Ring`] of every port.

use std::cell::Cell;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sys::link::{Counters, link};
use sys::packet_socket::{PacketSocket, Statistics};

use crate::live::{MAX_PORTS, WAIT_MILLIS};
use crate::{Error, Frame, Interface, LinkType, Losses, PortStatus, Progress, Source};

/// One port that is listened to, whatever the way.
pub trait Tap {
    /// See [`Source::sees_vlans`].
    const SEES_VLANS: bool;

    /// Its socket and counters.
    fn watch(&mut self) -> &mut Watch;

    /// As [`Tap::watch`], to look at.
    fn watched(&self) -> &Watch;

    /// Hands out what is ready, without waiting: frames of the port `interface`,
    /// numbered from `frames` + 1, which moves on. False when there was nothing.
    ///
    /// # Errors
    /// As [`Source::batch`].
    fn take(
        &mut self,
        interface: u16,
        frames: &mut u64,
        each: &mut dyn FnMut(&[Frame<'_>]),
    ) -> Result<bool, Error>;

    /// Blocks of its ring, and most of them that waited at one time.
    fn fill(&self) -> [u32; 2] {
        [0, 0]
    }
}

/// A socket on a port: what it counted, and whether the port is there.
#[derive(Debug)]
pub struct Watch {
    name: String,
    index: u32,
    socket: PacketSocket,
    /// Sums of what the kernel said: it starts again whenever it is asked.
    counted: Cell<Statistics>,
    /// The interface's own counters when it was opened.
    before: Counters,
    up: bool,
    downs: u32,
    /// The interface had disappeared when it was last looked for.
    gone: bool,
}

impl Watch {
    /// Of a socket that was just bound to this port.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn new(name: &str, index: u32, socket: PacketSocket) -> std::io::Result<Watch> {
        let link = link(index)?;
        // A port that is off says so at once; that is no loss of the link.
        socket.take_error();
        let (up, before) = (link.up(), link.counters);
        let counted = Cell::default();
        Ok(Watch { name: name.into(), index, socket, counted, before, up, downs: 0, gone: false })
    }

    /// Name of the port.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its socket.
    pub fn socket(&self) -> &PacketSocket {
        &self.socket
    }

    /// Frames came. They may be the last of a port that was switched off meanwhile.
    pub fn heard(&mut self) {
        if !self.up {
            self.up = link(self.index).is_ok_and(|link| link.up());
        }
    }

    /// The socket reported an error: the port is off or gone.
    pub fn failed(&mut self) {
        self.socket.take_error();
        self.downs += u32::from(self.up);
        self.up = false;
    }

    /// Nothing came: a port that was off may be back or gone.
    fn silent(&mut self) -> Result<(), Error> {
        if self.up {
            return Ok(());
        }
        match self.socket.bound() {
            Ok(Some(_)) => self.up = link(self.index).is_ok_and(|link| link.up()),
            // A block that is not full yet comes within the next wait.
            _ if !self.gone => self.gone = true,
            _ => return Err(Error::PortGone { name: self.name.clone() }),
        }
        Ok(())
    }

    /// Adds up what the kernel counted. Its counters have 32 bits, so this is to be
    /// called more often than every four thousand million frames.
    pub fn count(&self) -> Statistics {
        let mut sum = self.counted.get();
        if let Ok(new) = self.socket.statistics() {
            sum.received += new.received;
            sum.dropped += new.dropped;
            sum.freezes += new.freezes;
        }
        self.counted.set(sum);
        sum
    }

    fn status(&self, [blocks, fullest]: [u32; 2]) -> PortStatus {
        let Statistics { received, dropped, freezes } = self.count();
        let now = link(self.index).map_or(self.before, |link| link.counters);
        let losses = Losses {
            received,
            dropped,
            interface_dropped: now.rx_missed.saturating_sub(self.before.rx_missed),
        };
        PortStatus {
            name: self.name.clone(),
            up: self.up,
            downs: self.downs,
            losses,
            freezes,
            blocks,
            fullest,
        }
    }
}

/// A source over live ports.
#[derive(Debug)]
pub struct Ports<T> {
    taps: Vec<T>,
    interfaces: Vec<Interface>,
    /// Whose turn it is.
    next: usize,
    frames: u64,
}

impl<T: Tap> Ports<T> {
    /// Over these; more than [`MAX_PORTS`] are left out. `snaplen` is what frames are
    /// cut to, 0: not.
    pub fn new(mut taps: Vec<T>, snaplen: u32) -> Ports<T> {
        taps.truncate(MAX_PORTS);
        let describe = |tap: &T| Interface {
            name: tap.watched().name.clone(),
            link: LinkType::ETHERNET,
            snaplen,
            ..Interface::default()
        };
        Ports { interfaces: taps.iter().map(describe).collect(), taps, next: 0, frames: 0 }
    }

    /// Lets each port have its turn until one has something.
    fn turn(&mut self, each: &mut dyn FnMut(&[Frame<'_>])) -> Result<bool, Error> {
        for _ in 0..self.taps.len() {
            let at = self.next;
            self.next = (at + 1) % self.taps.len();
            if let Some(tap) = self.taps.get_mut(at)
                && tap.take(at as u16, &mut self.frames, each)?
            {
                tap.watch().heard();
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits until a port has something, one fails, or the time is over.
    fn wait(&mut self) -> Result<(), Error> {
        let mut failed = [false; MAX_PORTS];
        {
            let fds =
                self.taps.iter().map(|tap| PollFd::new(tap.watched().socket.as_fd(), PollFlags::POLLIN));
            let mut fds: heapless::Vec<PollFd<'_>, MAX_PORTS> = fds.collect();
            match poll(&mut fds, PollTimeout::from(WAIT_MILLIS)) {
                // A signal ends the wait early; the caller calls again.
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => {
                    let name = self.interfaces.first().map(|one| one.name.clone()).unwrap_or_default();
                    return Err(Error::Port { name, doing: "wait for frames".into(), source: error.into() });
                }
            }
            let bad = PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL;
            for (failed, fd) in failed.iter_mut().zip(&fds) {
                *failed = fd.revents().is_some_and(|events| events.intersects(bad));
            }
        }
        for (tap, _) in self.taps.iter_mut().zip(failed).filter(|(_, failed)| *failed) {
            tap.watch().failed();
        }
        Ok(())
    }
}

impl<T: Tap> Source for Ports<T> {
    fn batch(&mut self, each: &mut dyn FnMut(&[Frame<'_>])) -> Result<Progress, Error> {
        if self.turn(each)? {
            return Ok(Progress::More);
        }
        self.wait()?;
        if self.turn(each)? {
            return Ok(Progress::More);
        }
        // Only now: what a port delivered before it disappeared has been handed out.
        self.taps.iter_mut().try_for_each(|tap| tap.watch().silent())?;
        Ok(Progress::Idle)
    }

    fn losses(&self) -> Losses {
        self.ports().iter().fold(Losses::default(), |sum, port| Losses {
            received: sum.received + port.losses.received,
            dropped: sum.dropped + port.losses.dropped,
            interface_dropped: sum.interface_dropped + port.losses.interface_dropped,
        })
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    fn sees_vlans(&self) -> bool {
        T::SEES_VLANS
    }

    fn ports(&self) -> Vec<PortStatus> {
        self.taps.iter().map(|tap| tap.watched().status(tap.fill())).collect()
    }
}
