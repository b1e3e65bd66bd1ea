//! The management interface, owned: what is wanted is kept applied, DHCP and routers are
//! listened to, and what came of it can be asked at any time.
//!
//! One thread waits for everything – frames, advertisements, orders, time – and looks at the
//! kernel once a second, so that what somebody else takes away comes back.

mod claim;
mod engine;
mod fault;
mod leasing;
mod orders;
mod report;
mod sockets;
mod state;

use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::dhcp::{self, Lease};
use crate::error::{Error, Fault};
use crate::wanted::Wanted;
use engine::Engine;

pub use state::{Held, How, State};

/// How a manager works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the name servers are written to.
    pub resolv_conf: PathBuf,
    /// The lease that was had before a reboot ([`Manager::lease`]), if it was kept.
    pub remembered: Option<Lease>,
    /// Waits of DHCP, and of asking for static addresses.
    pub timing: dhcp::Timing,
}

impl Options {
    /// With this file, nothing remembered, and the waits of the RFCs.
    pub fn new(resolv_conf: impl Into<PathBuf>) -> Options {
        Options { resolv_conf: resolv_conf.into(), remembered: None, timing: dhcp::Timing::RFC }
    }
}

/// What the thread is told.
enum Order {
    Change(Box<Wanted>, Sender<Result<(), Error>>),
    Renew,
    Release,
    End,
}

type Shared = Arc<(Mutex<State>, Condvar)>;

/// The owner of the management interface.
#[derive(Debug)]
pub struct Manager {
    orders: Sender<Order>,
    wake: std::io::PipeWriter,
    shared: Shared,
    thread: Option<JoinHandle<()>>,
}

impl Manager {
    /// Takes the interface over and begins to apply what is wanted. What is already as
    /// wanted is left as it is; a static address that is not there yet is asked for first.
    ///
    /// # Errors
    /// When there is no pipe or thread to be had.
    pub fn start(wanted: Wanted, options: Options) -> Result<Manager, Error> {
        let (reader, wake) = std::io::pipe().map_err(Error::machine("no pipe"))?;
        let waits_not = fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
        waits_not.map_err(|error| Error::machine("no pipe that does not wait")(error.into()))?;
        let (orders, inbox): (_, Receiver<Order>) = channel();
        let shared = Shared::default();
        let mut engine = Engine::new(wanted, options, Arc::clone(&shared));
        let work = move || engine.run(&inbox, reader);
        let thread = std::thread::Builder::new().name("netcfg".into()).spawn(work);
        let thread = Some(thread.map_err(Error::machine("no thread"))?);
        Ok(Manager { orders, wake, shared, thread })
    }

    /// Changes what is wanted, and returns when that is applied. A new static address is
    /// asked for first (RFC 5227), 4 to 7 s; if another host has it, this fails with E03, and
    /// nothing was changed where the link is the same. For DHCP it does not wait for a lease:
    /// [`Manager::wait`] does. Going back is a change to what was wanted before.
    ///
    /// # Errors
    /// E03; or the first change that the kernel refuses, with all others made.
    pub fn change(&self, wanted: Wanted) -> Result<(), Error> {
        let (answer, answered) = channel();
        self.order(Order::Change(Box::new(wanted), answer))?;
        answered.recv().map_err(|_| Error::Ended)?
    }

    /// How things stand.
    pub fn state(&self) -> State {
        self.lock().clone()
    }

    /// The lease that is used now: to be kept, and handed back after a reboot.
    pub fn lease(&self) -> Option<Lease> {
        self.lock().lease.clone()
    }

    /// Waits until something holds, at most so long; gives the state of that moment, and
    /// whether it held.
    pub fn wait(&self, patience: Duration, holds: impl Fn(&State) -> bool) -> (State, bool) {
        let not_yet = |state: &mut State| !holds(state);
        let (state, late) = match self.shared.1.wait_timeout_while(self.lock(), patience, not_yet) {
            Ok((state, late)) => (state, late),
            Err(poisoned) => poisoned.into_inner(),
        };
        (state.clone(), !late.timed_out())
    }

    /// Asks the DHCP server for more time now, and routers for an advertisement.
    ///
    /// # Errors
    /// When the manager has ended.
    pub fn renew(&self) -> Result<(), Error> {
        self.order(Order::Renew)
    }

    /// Gives the lease back, before this machine is switched off for long; DHCP rests until
    /// the next change.
    ///
    /// # Errors
    /// When the manager has ended.
    pub fn release(&self) -> Result<(), Error> {
        self.order(Order::Release)
    }

    /// Asks the gateway whether it is there (ARP, or neighbour discovery), for at most so
    /// long; nothing to say without one. To be called in the manager's network namespace.
    ///
    /// # Errors
    /// E04 when it is silent, E01 without a link; and what the kernel says.
    pub fn check_gateway(&self, patience: Duration) -> Result<(), Error> {
        fault::check_gateway(&self.state(), patience)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn order(&self, order: Order) -> Result<(), Error> {
        self.orders.send(order).map_err(|_| Error::Ended)?;
        (&self.wake).write_all(&[0]).map_err(|_| Error::Ended)
    }
}

/// Ends the thread. Addresses and the lease stay: a service that starts again finds them.
impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.order(Order::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::Fault(fault)
    }
}
