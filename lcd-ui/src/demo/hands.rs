//! Somebody at a panel, without a panel: presses keys, lets time go by, counts.

use std::time::Duration;

use super::Demo;
use crate::displays::{Key, KeyEvent, Picture, Shape};
use crate::screens::{Ui, View};

/// Time between two ticks.
const TICK: Duration = Duration::from_millis(10);
/// Most ticks of one hold: the wheel has gone around many times.
const LONGEST: usize = 1_900;

/// A user interface, the box behind it and the fingers in front of it.
pub struct Hands {
    /// The user interface.
    pub ui: Ui,
    /// The box.
    pub demo: Demo,
    /// Keys pressed, holds included.
    pub presses: u32,
    /// How many of these were held.
    pub holds: u32,
    six: bool,
    now: Duration,
}

impl Hands {
    /// At a panel that has just been switched on.
    pub fn new(demo: Demo, shape: Shape, six: bool) -> Hands {
        let mut hands =
            Hands { ui: Ui::new(shape, six), demo, presses: 0, holds: 0, six, now: Duration::ZERO };
        hands.wait(TICK);
        hands
    }

    /// Lets time go by; the box answers at once.
    pub fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now += TICK;
            self.ui.tick(self.now);
            self.settle();
        }
    }

    /// Until there is nothing to ask.
    fn settle(&mut self) {
        while let Some(ask) = self.ui.ask() {
            for say in self.demo.answer(ask) {
                self.ui.answer(say);
            }
        }
    }

    /// Presses a key shortly.
    pub fn press(&mut self, key: Key) {
        self.presses += 1;
        self.ui.key(KeyEvent::press(key));
        self.wait(TICK);
        self.ui.key(KeyEvent::release(key));
    }

    /// Presses keys one after the other.
    pub fn type_in(&mut self, keys: &[Key]) {
        for &key in keys {
            self.press(key);
        }
    }

    /// Holds a key until something is shown; false when it never was.
    pub fn hold(&mut self, key: Key, until: impl Fn(&View) -> bool) -> bool {
        self.presses += 1;
        self.holds += 1;
        self.ui.key(KeyEvent::press(key));
        let shown = (0..LONGEST).any(|_| {
            self.wait(TICK);
            until(&self.ui.view())
        });
        self.ui.key(KeyEvent::release(key));
        shown
    }

    /// Turns an address that is offered to another one, number by number, holding where a
    /// number is far; then takes it. With four keys, from the start to the end.
    pub fn turn_address(&mut self, from: &str, to: &str) {
        let numbers = |text: &str| -> Vec<u16> {
            text.split(['.', '/']).filter_map(|number| number.parse().ok()).collect()
        };
        let (from, to) = (numbers(from), numbers(to));
        if from == to {
            return self.press(Key::Enter);
        }
        let mut inside = false;
        for (at, (&from, &to)) in from.iter().zip(&to).enumerate() {
            if at > 0 {
                self.press(if self.six { Key::Right } else { Key::Enter });
                inside = true;
            }
            if !inside && from != to {
                inside = true;
            } else if at == 0 {
                // The first arrow goes in and turns: with nothing to turn, go in by Right.
                self.press(if self.six { Key::Right } else { Key::Up });
                if !self.six {
                    self.press(Key::Down);
                }
            }
            self.turn_number(from, to);
        }
        self.press(Key::Enter);
    }

    /// Turns the number under the cursor the shorter way.
    fn turn_number(&mut self, from: u16, to: u16) {
        let up = to > from;
        let (near, far) = if up { (Key::Up, to / 10 * 10) } else { (Key::Down, to.div_ceil(10) * 10) };
        let mut now = from;
        if from.abs_diff(to) > 12 {
            let wanted = far;
            let before = self.cursor_number();
            let start = before.unwrap_or(from);
            debug_assert_eq!(start, from);
            self.hold(near, |view| number_under(view) == Some(wanted));
            now = wanted;
        }
        while now != to {
            let key = if to > now { Key::Up } else { Key::Down };
            self.press(key);
            now = if to > now { now + 1 } else { now - 1 };
        }
    }

    fn cursor_number(&self) -> Option<u16> {
        number_under(&self.ui.view())
    }

    /// Types a code digit by digit, turning the shorter way.
    pub fn type_code(&mut self, code: &str) {
        let digits: Vec<u32> = code.chars().filter_map(|digit| digit.to_digit(10)).collect();
        for (at, &digit) in digits.iter().enumerate() {
            if at > 0 {
                self.press(if self.six { Key::Right } else { Key::Enter });
            }
            let (key, times) = if digit <= 5 { (Key::Up, digit) } else { (Key::Down, 10 - digit) };
            (0..times).for_each(|_| self.press(key));
        }
        self.press(Key::Enter);
    }

    /// Goes to an entry of the main menu from wherever the cursor of it stands, the
    /// shorter way, and opens it.
    pub fn open(&mut self, entry: &str) {
        let View::Menu { items, at, .. } = self.ui.view() else { return };
        let Some(wanted) = items.iter().position(|item| item == entry) else { return };
        let count = items.len();
        let down = (wanted + count - at) % count;
        let (key, times) = if down <= count / 2 { (Key::Down, down) } else { (Key::Up, count - down) };
        (0..times).for_each(|_| self.press(key));
        self.press(Key::Enter);
    }

    /// What the panel shows.
    pub fn picture(&self) -> Picture {
        self.ui.picture()
    }
}

/// The number of an address in which the cursor stands.
fn number_under(view: &View) -> Option<u16> {
    let View::Edit { value, cursor: Some(cursor), .. } = view else { return None };
    let start = value.get(..=*cursor)?.rfind(['.', '/']).map_or(0, |at| at + 1);
    value.get(start..=*cursor)?.parse().ok()
}
