//! Somebody at an emulated front panel.

use std::path::Path;
use std::time::{Duration, Instant};

use lcd_ui::displays::Key;
use lcd_ui::emulators::Emulator;

/// Longest time until something is shown.
const PATIENCE: Duration = Duration::from_secs(60);

/// Presses keys, and waits for what is shown.
pub struct Fingers {
    /// The panel.
    pub emulator: Emulator,
    /// Keys pressed so far.
    pub presses: u32,
    /// Longest time until something is shown.
    pub patience: Duration,
}

impl Fingers {
    /// At a new panel of this name.
    ///
    /// # Panics
    /// There is no such panel, or no pty.
    pub fn at(panel: &str) -> Fingers {
        let emulator = Emulator::start(panel).expect("a panel on a pty");
        Fingers { emulator, presses: 0, patience: PATIENCE }
    }

    /// The serial port that its other end is.
    pub fn path(&self) -> &Path {
        self.emulator.path()
    }

    /// Waits until a row holds `text`.
    ///
    /// # Panics
    /// That does not happen.
    #[track_caller]
    pub fn shows(&self, text: &str) {
        let end = Instant::now() + self.patience;
        while !self.emulator.text().iter().any(|row| row.contains(text)) {
            assert!(Instant::now() < end, "{text:?} was never shown, but {:#?}", self.emulator.text());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Presses a key and waits until a row holds `shows`.
    ///
    /// # Panics
    /// That does not happen.
    #[track_caller]
    pub fn press(&mut self, key: Key, shows: &str) {
        self.presses += 1;
        self.emulator.tap(key);
        self.shows(shows);
    }

    /// Presses a key and waits until that is seen.
    ///
    /// # Panics
    /// Nothing changes.
    #[track_caller]
    pub fn change(&mut self, key: Key) {
        let look =
            |fingers: &Fingers| (fingers.emulator.text(), fingers.emulator.with(|panel| panel.cursor()));
        let (before, end) = (look(self), Instant::now() + self.patience);
        self.presses += 1;
        self.emulator.tap(key);
        while look(self) == before {
            assert!(Instant::now() < end, "{key:?} changes nothing: {before:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Types a code of digits, each wheel the short way round.
    ///
    /// # Panics
    /// A wheel does not turn.
    #[track_caller]
    pub fn code(&mut self, code: &str) {
        for (at, digit) in code.chars().filter_map(|c| c.to_digit(10)).enumerate() {
            if at > 0 {
                self.change(Key::Right);
            }
            let (key, times) = if digit <= 5 { (Key::Up, digit) } else { (Key::Down, 10 - digit) };
            (0..times).for_each(|_| self.change(key));
        }
    }
}
