//! Panels: what every one of them can do, and the list of those that are known.
//!
//! A panel = one file here + one line in [`DISPLAYS`] (+ one file in `emulators`). A driver
//! knows bytes, no screens; it works on any [`Line`], so that tests see every byte.
//! [`Panel`] runs a driver on a thread of its own.

mod canvas;
mod cfa;
mod cfa533;
mod cfa635;
mod ezio_g500;
mod packet;
mod picture;
mod worker;

use std::io::{self, Read, Write};
use std::time::Duration;

pub use canvas::Canvas;
pub use cfa::Cfa;
pub use ezio_g500::EzioG500;
pub use packet::{Packet, Reader, crc, encode};
pub use picture::{Characters, Picture};
pub use worker::{Panel, State};

/// A key of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Up: the wheel forward, the item above.
    Up,
    /// Down: the wheel back, the item below.
    Down,
    /// One place back. Not on panels with four keys.
    Left,
    /// One place on. Not on panels with four keys.
    Right,
    /// The check mark: take it.
    Enter,
    /// The cross: leave it.
    Esc,
}

impl Key {
    /// All of them.
    pub const ALL: [Key; 6] = [Key::Up, Key::Down, Key::Left, Key::Right, Key::Enter, Key::Esc];
}

/// A key went down or up. A panel that tells only of presses gives both at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyEvent {
    /// Which.
    pub key: Key,
    /// Down, else up.
    pub pressed: bool,
}

impl KeyEvent {
    /// The key went down.
    pub const fn press(key: Key) -> KeyEvent {
        KeyEvent { key, pressed: true }
    }

    /// The key went up.
    pub const fn release(key: Key) -> KeyEvent {
        KeyEvent { key, pressed: false }
    }
}

/// How much a panel can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Character cells.
    Characters {
        /// Cells in a row.
        columns: u8,
        /// Rows.
        rows: u8,
    },
    /// Pixels, on or off.
    Pixels {
        /// In pixels.
        width: u16,
        /// In pixels.
        height: u16,
    },
}

/// Colour of a light at the front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Led {
    /// Dark.
    #[default]
    Off,
    /// All is well.
    Green,
    /// Look at it.
    Amber,
    /// Broken.
    Red,
}

/// Lights at the front, the top one first. Panels with fewer leave the rest out.
pub type Leds = [Led; 4];

/// Why a panel cannot be used now. None of this is final: the panel is tried again.
#[derive(Debug, thiserror::Error)]
pub enum DisplayError {
    /// The serial port cannot be opened.
    #[error("{path}: {source} (check the panel's cable and the name of its port)")]
    Open {
        /// Serial port.
        path: String,
        /// What the system said.
        source: serialport::Error,
    },
    /// The port was there and is gone, or the system refused to read or write.
    #[error("the panel is gone: {0} (check its cable)")]
    Gone(#[from] io::Error),
    /// No answer in time, several times over.
    #[error("the panel does not answer command {command:#04x} (check its cable, type and speed)")]
    Silent {
        /// Command that was sent.
        command: u8,
    },
    /// The panel did not like what was asked.
    #[error("the panel refused command {command:#04x}")]
    Refused {
        /// Command that was sent.
        command: u8,
    },
    /// Another panel answers.
    #[error("a panel that calls itself {found:?} answers, not a {want}")]
    Other {
        /// Type that was set.
        want: &'static str,
        /// What it said, printable characters alone.
        found: String,
    },
}

/// The serial line to a panel: reads give up after a short time with
/// [`io::ErrorKind::TimedOut`], and so do writes.
pub trait Line: Read + Write {}

impl<T: Read + Write> Line for T {}

/// A driver. It keeps what the panel shows now and sends only what differs.
pub trait Display: Send {
    /// Says hello, switches key reports on, forgets what was shown. Called after
    /// each opening of the line.
    ///
    /// # Errors
    /// Nobody, or another panel, answers.
    fn start(&mut self, line: &mut dyn Line) -> Result<(), DisplayError>;

    /// Shows a picture. One of another shape is cut to the panel's.
    ///
    /// # Errors
    /// The panel is gone or silent.
    fn show(&mut self, line: &mut dyn Line, picture: &Picture) -> Result<(), DisplayError>;

    /// What happened to the keys, oldest first; waits about `wait` at most, and longer
    /// only to find out that a silent panel is gone.
    ///
    /// # Errors
    /// The panel is gone or silent.
    fn poll(&mut self, line: &mut dyn Line, wait: Duration) -> Result<Vec<KeyEvent>, DisplayError>;

    /// Brightness in percent.
    ///
    /// # Errors
    /// The panel is gone or silent.
    fn backlight(&mut self, line: &mut dyn Line, percent: u8) -> Result<(), DisplayError>;

    /// The lights, where there are any.
    ///
    /// # Errors
    /// The panel is gone or silent.
    fn leds(&mut self, line: &mut dyn Line, leds: Leds) -> Result<(), DisplayError>;
}

/// A type of panel.
#[derive(Debug)]
pub struct Kind {
    /// As in the configuration of a board and after `stillwatch panel`.
    pub name: &'static str,
    /// What it is, in words.
    pub about: &'static str,
    /// How much it shows.
    pub shape: Shape,
    /// Bits a second, 8N1, no flow control.
    pub baud: u32,
    /// A driver for it.
    pub driver: fn() -> Box<dyn Display>,
}

/// Every type of panel.
pub const DISPLAYS: &[Kind] = &[cfa533::KIND, cfa635::KIND, ezio_g500::KIND];

/// The type with that name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    DISPLAYS.iter().find(|kind| kind.name == name)
}
