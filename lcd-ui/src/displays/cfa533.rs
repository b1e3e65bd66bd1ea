//! Crystalfontz CFA533: 16 columns, 2 rows, six keys, no lights.
//!
//! Sources: data sheet CFA533-TMI-KU/KL 2016-12-16 (19,200 bits a second from the factory,
//! at most 18 bytes of data in a packet), LCDproc `CFontzPacket.c`. Its ROM is Hitachi's
//! HD44780 A00: ASCII, but yen at `\` and arrows at `~` and DEL. These two and the vertical
//! arrows become special characters 0–3.

use super::cfa::{Cfa, Model};
use super::{Kind, Shape};

/// The entry of the list.
pub const KIND: Kind = Kind {
    name: "cfa533",
    about: "Crystalfontz CFA533, 2 rows of 16 characters",
    shape: Shape::Characters { columns: 16, rows: 2 },
    baud: 19_200,
    driver: || Box::new(Cfa::new(&MODEL)),
};

static MODEL: Model = Model {
    name: "CFA533",
    columns: 16,
    rows: 2,
    code,
    glyphs: &[
        (0, [0b00000, 0b10000, 0b01000, 0b00100, 0b00010, 0b00001, 0b00000, 0b00000]),
        (1, [0b00000, 0b00000, 0b01000, 0b10101, 0b00010, 0b00000, 0b00000, 0b00000]),
        (2, [0b00100, 0b01110, 0b10101, 0b00100, 0b00100, 0b00100, 0b00100, 0b00000]),
        (3, [0b00100, 0b00100, 0b00100, 0b00100, 0b10101, 0b01110, 0b00100, 0b00000]),
    ],
    leds: &[],
};

fn code(character: char) -> u8 {
    match character {
        '\\' => 0,
        '~' => 1,
        '↑' => 2,
        '↓' => 3,
        '→' => 0x7E,
        '←' => 0x7F,
        ' '..='}' => character as u8,
        _ => b'?',
    }
}
