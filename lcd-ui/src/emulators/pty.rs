//! An emulated panel on a pty, whose other end a driver opens like a serial port.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::{read, ttyname, write};

use super::{Image, Model, model};
use crate::displays::Key;

/// After so long without a byte half a command counts as given up.
const QUIET: Duration = Duration::from_millis(100);
/// How often the thread looks whether it should end.
const TURN: u8 = 10;

/// What goes wrong on the line, from now on.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// So many answers are lost.
    pub lose: usize,
    /// In so many answers a bit is turned over.
    pub damage: usize,
    /// Sent before the next answer.
    pub garbage: Vec<u8>,
    /// Nothing is heard or answered any more.
    pub deaf: bool,
}

/// An emulated panel. Dropping it is like pulling its plug.
pub struct Emulator {
    shared: Arc<Shared>,
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    master: OwnedFd,
    /// Held open, so that the pty outlives a driver that closes its end.
    _slave: OwnedFd,
    model: Mutex<Box<dyn Model>>,
    faults: Mutex<Faults>,
    received: Mutex<Vec<u8>>,
    sending: Mutex<()>,
    stop: AtomicBool,
}

impl Emulator {
    /// Starts a panel of [`super::EMULATORS`].
    ///
    /// # Errors
    /// No such panel, or the system has no pty left.
    pub fn start(name: &str) -> io::Result<Emulator> {
        let model = model(name)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("no panel is called {name:?}")))?;
        let pty = openpty(None, None)?;
        let mut settings = tcgetattr(&pty.slave)?;
        cfmakeraw(&mut settings);
        tcsetattr(&pty.slave, SetArg::TCSANOW, &settings)?;
        // A panel does not wait for a host that does not read.
        fcntl(&pty.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let path = ttyname(&pty.slave)?;
        let shared = Arc::new(Shared {
            master: pty.master,
            _slave: pty.slave,
            model: Mutex::new(model),
            faults: Mutex::default(),
            received: Mutex::default(),
            sending: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || for_thread.run());
        Ok(Emulator { shared, path, thread: Some(thread) })
    }

    /// The serial port for a driver to open.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A key goes down.
    pub fn press(&self, key: Key) {
        self.shared.key(key, true);
    }

    /// A key goes up.
    pub fn release(&self, key: Key) {
        self.shared.key(key, false);
    }

    /// A key is pressed for a moment.
    pub fn tap(&self, key: Key) {
        self.press(key);
        self.release(key);
    }

    /// What is shown, as text.
    pub fn text(&self) -> Vec<String> {
        lock(&self.shared.model).text()
    }

    /// What it looks like.
    pub fn image(&self) -> Image {
        lock(&self.shared.model).image()
    }

    /// Looks at the panel more closely.
    pub fn with<T>(&self, look: impl FnOnce(&dyn Model) -> T) -> T {
        look(lock(&self.shared.model).as_ref())
    }

    /// Lets things go wrong.
    pub fn faults(&self, faults: Faults) {
        *lock(&self.shared.faults) = faults;
    }

    /// Every byte that came since the last call.
    pub fn received(&self) -> Vec<u8> {
        std::mem::take(&mut lock(&self.shared.received))
    }

    /// Bytes of no key, as a panel in trouble may send them.
    pub fn send(&self, bytes: &[u8]) {
        self.shared.send(bytes);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn run(&self) {
        let mut heard = Instant::now();
        let mut bytes = [0; 2048];
        while !self.stop.load(Ordering::Relaxed) {
            let mut wait = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
            let _ = poll(&mut wait, PollTimeout::from(TURN));
            match read(&self.master, &mut bytes) {
                Ok(count) if count > 0 => {
                    heard = Instant::now();
                    self.hear(&bytes[..count]);
                }
                Ok(_) | Err(Errno::EAGAIN | Errno::EINTR) => {
                    if heard.elapsed() > QUIET {
                        lock(&self.model).quiet();
                        heard = Instant::now();
                    }
                }
                Err(_) => return,
            }
        }
    }

    fn hear(&self, bytes: &[u8]) {
        let mut faults = lock(&self.faults);
        if faults.deaf {
            return;
        }
        lock(&self.received).extend_from_slice(bytes);
        let mut answer = lock(&self.model).receive(bytes);
        if answer.is_empty() {
            return;
        }
        let garbage = std::mem::take(&mut faults.garbage);
        if faults.lose > 0 {
            faults.lose -= 1;
            return;
        }
        if faults.damage > 0 {
            faults.damage -= 1;
            let middle = answer.len() / 2;
            answer[middle] ^= 0x10;
        }
        drop(faults);
        self.send(&[garbage, answer].concat());
    }

    fn key(&self, key: Key, pressed: bool) {
        let bytes = lock(&self.model).key(key, pressed);
        if !lock(&self.faults).deaf {
            self.send(&bytes);
        }
    }

    /// What the host does not take is lost, as on a wire. One at a time: of two who write
    /// at once without waiting, the system refuses one.
    fn send(&self, bytes: &[u8]) {
        let _alone = lock(&self.sending);
        let _ = write(&self.master, bytes);
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
