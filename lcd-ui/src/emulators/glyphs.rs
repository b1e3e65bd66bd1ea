//! The dots of characters: five wide, eight high.
//!
//! What ASCII has comes from embedded-graphics' 5x8 font; the panels' own fonts differ a
//! little in shape. The few others are drawn here.

use embedded_graphics::Drawable;
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_5X8;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::Point;
use embedded_graphics::text::{Baseline, Text};

use crate::displays::Canvas;

/// Eight rows of five dots; the right dot is the lowest bit.
pub type Dots = [u8; 8];

/// Pictures of characters that the font lacks, or draws as a panel's would not be.
const DRAWN: &[(char, [&str; 8])] = &[
    ('↑', ["  #  ", " ### ", "# # #", "  #  ", "  #  ", "  #  ", "  #  ", "     "]),
    ('↓', ["  #  ", "  #  ", "  #  ", "  #  ", "# # #", " ### ", "  #  ", "     "]),
    ('→', ["     ", "  #  ", "   # ", "#####", "   # ", "  #  ", "     ", "     "]),
    ('←', ["     ", "  #  ", " #   ", "#####", " #   ", "  #  ", "     ", "     "]),
    ('\\', ["     ", "#    ", " #   ", "  #  ", "   # ", "    #", "     ", "     "]),
    ('~', ["     ", "     ", " #   ", "# # #", "   # ", "     ", "     ", "     "]),
    ('`', [" #   ", "  #  ", "   # ", "     ", "     ", "     ", "     ", "     "]),
    ('.', ["     ", "     ", "     ", "     ", "     ", " ##  ", " ##  ", "     "]),
    (',', ["     ", "     ", "     ", "     ", " ##  ", "  #  ", " #   ", "     "]),
    (':', ["     ", " ##  ", " ##  ", "     ", " ##  ", " ##  ", "     ", "     "]),
    ('¥', ["#   #", " # # ", "#####", "  #  ", "#####", "  #  ", "  #  ", "     "]),
];

/// The dots of a character; of one unknown, a box.
pub fn dots(character: char) -> Dots {
    if let Some((_, rows)) = DRAWN.iter().find(|(drawn, _)| *drawn == character) {
        return rows.map(|row| row.bytes().fold(0, |dots, dot| dots << 1 | u8::from(dot == b'#')));
    }
    if !(' '..='~').contains(&character) {
        return [0x1F; 8];
    }
    let mut canvas = Canvas::new(5, 8);
    let style = MonoTextStyle::new(&FONT_5X8, BinaryColor::On);
    let mut buffer = [0; 4];
    let text = character.encode_utf8(&mut buffer);
    let _ = Text::with_baseline(text, Point::zero(), style, Baseline::Top).draw(&mut canvas);
    std::array::from_fn(|row| {
        (0..5).fold(0, |dots, column| dots << 1 | u8::from(canvas.pixel(column, row as u16)))
    })
}

/// The character that dots draw, of those above.
pub fn character(dots: &Dots) -> Option<char> {
    DRAWN.iter().map(|(drawn, _)| *drawn).find(|&drawn| self::dots(drawn) == *dots)
}
