//! Crystalfontz CFA635: 20 columns, 4 rows, six keys, four lights that are green, red or both.
//!
//! Sources: data sheet CFA635-TFE-KS May 2007 (115,200 bits a second, at most 22 bytes of
//! data), LCDproc `CFontzPacket.c` (outputs of the lights, top first: green 11, 9, 7, 5, red
//! 12, 10, 8, 6; arrows at 0xDE–0xE1) and `CFontz-charmap.h` (where its ROM leaves ASCII). It
//! has no back-quote: that one becomes special character 0.

use super::cfa::{Cfa, Model};
use super::{Kind, Shape};

/// The entry of the list.
pub const KIND: Kind = Kind {
    name: "cfa635",
    about: "Crystalfontz CFA635, 4 rows of 20 characters",
    shape: Shape::Characters { columns: 20, rows: 4 },
    baud: 115_200,
    driver: || Box::new(Cfa::new(&MODEL)),
};

static MODEL: Model = Model {
    name: "CFA635",
    columns: 20,
    rows: 4,
    code,
    glyphs: &[(0, [0b01000, 0b00100, 0b00010, 0b00000, 0b00000, 0b00000, 0b00000, 0b00000])],
    leds: &[(11, 12), (9, 10), (7, 8), (5, 6)],
};

fn code(character: char) -> u8 {
    match character {
        '`' => 0,
        '$' => 0xA2,
        '@' => 0xA0,
        '[' => 0xFA,
        '\\' => 0xFB,
        ']' => 0xFC,
        '^' => 0x1D,
        '_' => 0xC4,
        '{' => 0xFD,
        '|' => 0xFE,
        '}' => 0xFF,
        '~' => 0xCE,
        '↑' => 0xDE,
        '→' => 0xDF,
        '↓' => 0xE0,
        '←' => 0xE1,
        ' '..='z' => character as u8,
        _ => b'?',
    }
}
