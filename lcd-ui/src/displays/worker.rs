//! A panel on a thread of its own: whoever shows something never waits for a serial line.
//!
//! The thread opens the port, starts the driver, shows the newest picture and hands on keys.
//! Whatever fails closes the port; it is opened again after a pause that doubles up to
//! [`LONGEST`]. A panel may come, go and change its mind: all that is lost is what it shows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Display, DisplayError, KeyEvent, Kind, Leds, Picture};

/// Time limit of one read or write on the port.
const LINE: Duration = Duration::from_millis(20);
/// How long keys are waited for before the next look at what to show.
const TURN: Duration = Duration::from_millis(20);
/// First pause before a port is opened again.
const FIRST: Duration = Duration::from_millis(250);
/// Longest pause before a port is opened again.
const LONGEST: Duration = Duration::from_secs(8);
/// Key events that wait for the caller; more are dropped.
const MOST_KEYS: usize = 64;

/// How the panel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not tried yet.
    Starting,
    /// It answers and shows the newest picture, or will at once.
    Live,
    /// It does not; tried again soon. The reason, for the log.
    Away(String),
}

/// A panel that looks after itself. Dropping it ends its thread.
pub struct Panel {
    shared: Arc<Shared>,
    keys: Receiver<KeyEvent>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    want: Mutex<Want>,
    state: Mutex<State>,
    stop: AtomicBool,
    /// Wakes the pause between two openings.
    wake: Condvar,
}

/// What the panel is to show. `turn` counts changes.
#[derive(Clone)]
struct Want {
    turn: u64,
    picture: Picture,
    backlight: u8,
    leds: Leds,
}

impl Panel {
    /// Starts the thread of a panel at a serial port. The port need not be there yet.
    pub fn start(kind: &'static Kind, path: &str) -> Panel {
        let want =
            Want { turn: 0, picture: Picture::blank(kind.shape), backlight: 100, leds: Leds::default() };
        let shared = Arc::new(Shared {
            want: Mutex::new(want),
            state: Mutex::new(State::Starting),
            stop: AtomicBool::new(false),
            wake: Condvar::new(),
        });
        let (sender, keys) = sync_channel(MOST_KEYS);
        let (path, for_thread) = (path.to_owned(), Arc::clone(&shared));
        let thread = std::thread::spawn(move || for_thread.run(kind, &path, &sender));
        Panel { shared, keys, thread: Some(thread) }
    }

    /// Shows a picture as soon as the panel can. The newest counts, older ones may
    /// never be seen. Does not wait.
    pub fn show(&self, picture: Picture) {
        self.change(|want| want.picture = picture);
    }

    /// Brightness in percent. Does not wait.
    pub fn backlight(&self, percent: u8) {
        self.change(|want| want.backlight = percent);
    }

    /// The lights. Does not wait.
    pub fn leds(&self, leds: Leds) {
        self.change(|want| want.leds = leds);
    }

    /// The next key event. Does not wait.
    pub fn key(&self) -> Option<KeyEvent> {
        self.keys.try_recv().ok()
    }

    /// The next key event; waits for it up to `wait`.
    pub fn key_within(&self, wait: Duration) -> Option<KeyEvent> {
        self.keys.recv_timeout(wait).ok()
    }

    /// How the panel is.
    pub fn state(&self) -> State {
        lock(&self.shared.state).clone()
    }

    fn change(&self, how: impl FnOnce(&mut Want)) {
        let mut want = lock(&self.shared.want);
        how(&mut want);
        want.turn += 1;
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn run(&self, kind: &Kind, path: &str, keys: &SyncSender<KeyEvent>) {
        let mut driver = (kind.driver)();
        let mut pause = FIRST;
        while !self.stopped() {
            if let Err(error) = self.session(kind, path, driver.as_mut(), keys, &mut pause) {
                *lock(&self.state) = State::Away(error.to_string());
            }
            self.rest(pause);
            pause = (pause * 2).min(LONGEST);
        }
    }

    /// From opening the port to its first failure, or until it is stopped.
    fn session(
        &self,
        kind: &Kind,
        path: &str,
        driver: &mut dyn Display,
        keys: &SyncSender<KeyEvent>,
        pause: &mut Duration,
    ) -> Result<(), DisplayError> {
        let mut line = serialport::new(path, kind.baud)
            .timeout(LINE)
            .open()
            .map_err(|source| DisplayError::Open { path: path.to_owned(), source })?;
        driver.start(&mut line)?;
        let mut shown: Option<Want> = None;
        while !self.stopped() {
            let want = lock(&self.want).clone();
            if shown.as_ref().is_none_or(|shown| shown.turn != want.turn) {
                if shown.as_ref().is_none_or(|shown| shown.backlight != want.backlight) {
                    driver.backlight(&mut line, want.backlight)?;
                }
                if shown.as_ref().is_none_or(|shown| shown.leds != want.leds) {
                    driver.leds(&mut line, want.leds)?;
                }
                driver.show(&mut line, &want.picture)?;
                shown = Some(want);
                *pause = FIRST;
                *lock(&self.state) = State::Live;
            }
            for event in driver.poll(&mut line, TURN)? {
                // A full queue means that nobody listens: the press is lost, the panel is not.
                let _ = keys.try_send(event);
            }
        }
        Ok(())
    }

    fn rest(&self, pause: Duration) {
        let want = lock(&self.want);
        let _ = self.wake.wait_timeout_while(want, pause, |_| !self.stopped());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
