//! Portwell EZIO-G500: 128 by 64 pixels, seven keys, three lights that are green, red or both.
//!
//! No manual of the vendor's was found. What is here was read off the line by others: the
//! scripts of `tchatzi/EZIO-G500` (after Saint-Frater's notes) and a Go program of `sagostin`,
//! both used with the panel of a Check Point appliance. 115,200 bits a second, 8N1.
//!
//! - Agreed by both: `ESC @` resets, `0x0C` clears, `0x0B` homes; `ESC G` and 1,024 bytes are a
//!   picture: the left 64 columns in eight bands of eight rows, then the right ones; a byte is
//!   one column of a band, its lowest bit on top; a pause of 1 ms after each command.
//! - From the Go program alone: keys arrive unasked, one byte a press, `0x41` help, `0x42` left,
//!   `0x43` Esc, `0x44` up, `0x45` enter, `0x46` down, `0x47` right; lights are `ESC L` and one
//!   byte, upper half 1–6 (red and green of each), lowest bit on; `ESC B` and 0–255 is the backlight.
//! - Not certain: that a bit that is on is dark (the script's bitmap and the program's last
//!   version say so, its comments do not); releases and repeats (none are known of: a byte
//!   is taken for a press and a release). A third source has the keys polled with `0x75`;
//!   nothing confirms it.
//!
//! Nothing is ever acknowledged, so a panel that was taken off and put back is not
//! noticed: the picture is sent again from time to time.

use std::time::{Duration, Instant};

use super::cfa::{is_pause, write};
use super::{Canvas, Display, DisplayError, Key, KeyEvent, Kind, Led, Leds, Line, Picture, Shape};

/// The entry of the list.
pub const KIND: Kind = Kind {
    name: "ezio",
    about: "Portwell EZIO-G500, 128 by 64 pixels",
    shape: Shape::Pixels { width: WIDTH, height: HEIGHT },
    baud: 115_200,
    driver: || Box::new(EzioG500::default()),
};

const WIDTH: u16 = 128;
const HEIGHT: u16 = 64;
const ESC: u8 = 0x1B;
/// A picture is sent again after this long: 89 ms of line.
const AGAIN: Duration = Duration::from_secs(30);
/// What the panel wants between two commands.
const PAUSE: Duration = Duration::from_millis(1);

/// The driver.
pub struct EzioG500 {
    shown: Canvas,
    sent: Option<Instant>,
}

impl Default for EzioG500 {
    fn default() -> EzioG500 {
        EzioG500 { shown: Canvas::new(WIDTH, HEIGHT), sent: None }
    }
}

impl EzioG500 {
    /// The panel knows no part of a picture: one changed pixel sends all of it.
    fn send(&mut self, line: &mut dyn Line) -> Result<(), DisplayError> {
        self.sent = None;
        command(line, &upload(&self.shown))?;
        self.sent = Some(Instant::now());
        Ok(())
    }
}

impl Display for EzioG500 {
    fn start(&mut self, line: &mut dyn Line) -> Result<(), DisplayError> {
        *self = EzioG500::default();
        command(line, &[ESC, b'@'])?;
        command(line, &[0x0C])?;
        self.send(line)
    }

    fn show(&mut self, line: &mut dyn Line, picture: &Picture) -> Result<(), DisplayError> {
        let Picture::Pixels(canvas) = picture else { return Ok(()) };
        self.shown.become_like(canvas);
        let changed = self.shown.take_dirty().is_some();
        if changed || self.sent.is_none() { self.send(line) } else { Ok(()) }
    }

    fn poll(&mut self, line: &mut dyn Line, wait: Duration) -> Result<Vec<KeyEvent>, DisplayError> {
        if self.sent.is_none_or(|sent| sent.elapsed() > AGAIN) {
            self.send(line)?;
        }
        let until = Instant::now() + wait;
        let mut bytes = [0; 64];
        loop {
            match line.read(&mut bytes) {
                Ok(0) => return Err(DisplayError::Gone(std::io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => {
                    let keys = bytes[..count].iter().filter_map(|&byte| key(byte));
                    let events: Vec<KeyEvent> =
                        keys.flat_map(|key| [KeyEvent::press(key), KeyEvent::release(key)]).collect();
                    if !events.is_empty() {
                        return Ok(events);
                    }
                }
                Err(error) if is_pause(error.kind()) => {}
                Err(error) => return Err(error.into()),
            }
            if Instant::now() >= until {
                return Ok(Vec::new());
            }
        }
    }

    fn backlight(&mut self, line: &mut dyn Line, percent: u8) -> Result<(), DisplayError> {
        let level = u16::from(percent.min(100)) * 255 / 100;
        command(line, &[ESC, b'B', level as u8])
    }

    fn leds(&mut self, line: &mut dyn Line, leds: Leds) -> Result<(), DisplayError> {
        for (at, led) in leds.into_iter().take(3).enumerate() {
            let red = (at as u8 * 2 + 1) << 4;
            let green = red + 0x10;
            command(line, &[ESC, b'L', red | u8::from(matches!(led, Led::Red | Led::Amber))])?;
            command(line, &[ESC, b'L', green | u8::from(matches!(led, Led::Green | Led::Amber))])?;
        }
        Ok(())
    }
}

fn command(line: &mut dyn Line, bytes: &[u8]) -> Result<(), DisplayError> {
    write(line, bytes)?;
    // The panel asks for it and acknowledges nothing that could be waited for.
    std::thread::sleep(PAUSE);
    Ok(())
}

/// The command that shows a picture.
fn upload(canvas: &Canvas) -> Vec<u8> {
    let mut bytes = vec![ESC, b'G'];
    for half in [0, WIDTH / 2] {
        for band in (0..HEIGHT).step_by(8) {
            for column in half..half + WIDTH / 2 {
                let rows = (0..8).map(|row| u8::from(canvas.pixel(column, band + row)) << row);
                bytes.push(rows.sum());
            }
        }
    }
    bytes
}

/// The key of a byte. Help has no use here.
fn key(byte: u8) -> Option<Key> {
    Some(match byte {
        0x42 => Key::Left,
        0x43 => Key::Esc,
        0x44 => Key::Up,
        0x45 => Key::Enter,
        0x46 => Key::Down,
        0x47 => Key::Right,
        _ => return None,
    })
}
