//! Panels without hardware: each speaks its real serial protocol on a pty, can be
//! looked at as text or PNG, and sends the bytes of its keys.
//!
//! Written from the same published descriptions as the drivers, but without their code:
//! check sums, tables and picture layouts are done again here, so that a mistake made once
//! is noticed. A [`Model`] is pure, bytes in and bytes out; [`Emulator`] puts it on a pty.

mod cfa;
mod crc;
mod ezio;
mod front;
mod glyphs;
mod image;
mod pty;
pub mod terminal;
mod wired;

pub use image::Image;
pub use pty::{Emulator, Faults};
pub use wired::Wired;

use crate::displays::{Key, Leds};

/// What a panel does, without a line.
pub trait Model: Send {
    /// Takes what the host sent; gives what the panel sends back.
    fn receive(&mut self, bytes: &[u8]) -> Vec<u8>;

    /// The line was silent: half a command will not be finished.
    fn quiet(&mut self);

    /// What the panel sends when a key goes down or up.
    fn key(&mut self, key: Key, pressed: bool) -> Vec<u8>;

    /// What is shown, as text: a character panel's rows, or two pixels of a graphic
    /// panel a character.
    fn text(&self) -> Vec<String>;

    /// What it looks like from the front.
    fn image(&self) -> Image;

    /// The lights, top first.
    fn leds(&self) -> Leds;

    /// Brightness in percent.
    fn backlight(&self) -> u8;

    /// Column and row of the cursor, when it can be seen.
    fn cursor(&self) -> Option<(u8, u8)>;
}

/// A panel's name and how its model is made.
pub type Entry = (&'static str, fn() -> Box<dyn Model>);

/// An emulator for each of [`crate::displays::DISPLAYS`], by name.
pub const EMULATORS: &[Entry] = &[
    ("cfa533", || Box::new(cfa::Cfa::new(&cfa::CFA533))),
    ("cfa635", || Box::new(cfa::Cfa::new(&cfa::CFA635))),
    ("ezio", || Box::new(ezio::Ezio::default())),
];

/// The model with that name.
pub fn model(name: &str) -> Option<Box<dyn Model>> {
    EMULATORS.iter().find(|(known, _)| *known == name).map(|(_, make)| make())
}
