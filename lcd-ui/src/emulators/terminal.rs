//! An emulated panel in a terminal: its picture as text, and the terminal's keys as fingers.
//!
//! Pure: escape sequences of any VT100 go out, bytes of its keyboard come in. A terminal tells
//! no releases; it repeats the bytes of a held key, so a key counts as held as long as they
//! come.

use std::time::Duration;

use super::Model;
use crate::displays::{Key, KeyEvent, Led};

/// A key is let go when its bytes stopped for so long; keyboards repeat every 30 to 50 ms.
const STOPPED: Duration = Duration::from_millis(120);
/// A lone escape byte is the key when nothing followed it for so long.
const ESCAPE: Duration = Duration::from_millis(50);

/// The fingers of somebody at a keyboard.
#[derive(Clone, Debug, Default)]
pub struct Fingers {
    /// Bytes of a sequence that is not whole yet.
    started: Vec<u8>,
    /// The key that is down.
    held: Option<Key>,
    /// When the last byte came.
    last: Duration,
    /// Somebody wants to leave.
    pub leave: bool,
}

impl Fingers {
    /// Takes what the keyboard sent.
    pub fn bytes(&mut self, bytes: &[u8], now: Duration) -> Vec<KeyEvent> {
        let mut events = Vec::new();
        for &byte in bytes {
            self.last = now;
            self.started.push(byte);
            let key = match self.started.as_slice() {
                [0x1B] | [0x1B, b'[' | b'O'] => continue,
                [0x1B, b'[' | b'O', b'A'] | [b'k'] => Some(Key::Up),
                [0x1B, b'[' | b'O', b'B'] | [b'j'] => Some(Key::Down),
                [0x1B, b'[' | b'O', b'C'] | [b'l'] => Some(Key::Right),
                [0x1B, b'[' | b'O', b'D'] | [b'h'] => Some(Key::Left),
                [b'\r' | b'\n'] => Some(Key::Enter),
                [0x1B, 0x1B] | [0x08 | 0x7F] => Some(Key::Esc),
                [b'q' | 3 | 4] => {
                    self.leave = true;
                    None
                }
                _ => None,
            };
            self.started.clear();
            if let Some(key) = key.filter(|key| self.held != Some(*key)) {
                events.extend(self.let_go());
                self.held = Some(key);
                events.push(KeyEvent::press(key));
            }
        }
        events
    }

    /// Time went by.
    pub fn tick(&mut self, now: Duration) -> Vec<KeyEvent> {
        let quiet = now.saturating_sub(self.last);
        let mut events = Vec::new();
        if quiet >= ESCAPE && !self.started.is_empty() {
            self.started.clear();
            events.extend(self.let_go());
            events.extend([KeyEvent::press(Key::Esc), KeyEvent::release(Key::Esc)]);
        }
        if quiet >= STOPPED {
            events.extend(self.let_go());
        }
        events
    }

    fn let_go(&mut self) -> Option<KeyEvent> {
        self.held.take().map(KeyEvent::release)
    }
}

/// Draws a panel from the top left of a terminal, of so many columns where that is known.
pub fn draw(panel: &dyn Model, below: &[String], columns: Option<usize>) -> String {
    let mut rows = panel.text();
    let wide = rows.first().map_or(0, |row| row.chars().count());
    if columns.is_some_and(|columns| wide + 2 > columns) {
        rows = halved(&rows);
    }
    let wide = rows.first().map_or(0, |row| row.chars().count());
    let edge = "-".repeat(wide);
    let mut out = format!("\x1b[H+{edge}+  {}\x1b[K\r\n", lights(panel));
    for (at, row) in rows.iter().enumerate() {
        out.push('|');
        for (column, character) in row.chars().enumerate() {
            let under = panel.cursor() == Some((column as u8, at as u8));
            if under {
                out.push_str("\x1b[7m");
            }
            out.push(character);
            if under {
                out.push_str("\x1b[0m");
            }
        }
        out.push_str("|\x1b[K\r\n");
    }
    out.push_str(&format!("+{edge}+\x1b[K\r\n"));
    for line in below {
        out.push_str(line);
        out.push_str("\x1b[K\r\n");
    }
    out.push_str("\x1b[J");
    out
}

fn lights(panel: &dyn Model) -> String {
    let lights = panel.leds().into_iter().map(|led| match led {
        Led::Off => " ",
        Led::Green => "\x1b[32m*\x1b[0m",
        Led::Amber => "\x1b[33m*\x1b[0m",
        Led::Red => "\x1b[31m*\x1b[0m",
    });
    lights.collect()
}

/// Half blocks (two pixels a character) as Braille (eight): half as wide and high.
fn halved(rows: &[String]) -> Vec<String> {
    let pixels: Vec<Vec<(bool, bool)>> = rows
        .iter()
        .map(|row| row.chars().map(|cell| (matches!(cell, '▀' | '█'), matches!(cell, '▄' | '█'))).collect())
        .collect();
    let on = |x: usize, y: usize| {
        let cell = pixels.get(y / 2).and_then(|row| row.get(x)).copied().unwrap_or_default();
        if y.is_multiple_of(2) { cell.0 } else { cell.1 }
    };
    let (width, height) = (pixels.first().map_or(0, Vec::len), pixels.len() * 2);
    // Dots of a Braille cell, lowest bit first: left column top to bottom, right, then the fourth row.
    const DOTS: [(usize, usize); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let cell = |x: usize, y: usize| {
        let bits = DOTS.iter().enumerate().map(|(bit, (dx, dy))| u32::from(on(x + dx, y + dy)) << bit);
        char::from_u32(0x2800 + bits.sum::<u32>()).unwrap_or(' ')
    };
    (0..height).step_by(4).map(|y| (0..width).step_by(2).map(|x| cell(x, y)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_terminal() {
        let mut fingers = Fingers::default();
        let ms = Duration::from_millis;
        assert_eq!(fingers.bytes(b"\x1b[A", ms(0)), [KeyEvent::press(Key::Up)]);
        assert_eq!(fingers.bytes(b"\x1b[A", ms(40)), [], "held");
        assert_eq!(fingers.tick(ms(100)), []);
        assert_eq!(fingers.tick(ms(160)), [KeyEvent::release(Key::Up)]);
        assert_eq!(fingers.bytes(b"\x1b", ms(200)), []);
        assert_eq!(fingers.tick(ms(250)), [KeyEvent::press(Key::Esc), KeyEvent::release(Key::Esc)]);
        let both = [KeyEvent::press(Key::Down), KeyEvent::release(Key::Down), KeyEvent::press(Key::Enter)];
        assert_eq!(fingers.bytes(b"\x1bOB\r", ms(300)), both);
        assert!(!fingers.leave);
        fingers.bytes(b"q", ms(400));
        assert!(fingers.leave);
    }

    #[test]
    fn a_graphic_panel_fits_a_narrow_terminal() {
        let panel = super::super::model("ezio").expect("in the list");
        let narrow = draw(panel.as_ref(), &[], Some(80));
        assert!(narrow.lines().all(|line| line.chars().filter(|c| !c.is_control()).count() < 80), "{narrow}");
        assert_eq!(halved(&["▀ ".into(), "  ".into()]), ["⠁"]);
        assert_eq!(halved(&["██".into(), "██".into()]), ["⣿"]);
    }
}
