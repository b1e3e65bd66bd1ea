//! A Crystalfontz CFA533 or CFA635, as its data sheet has it behave.
//!
//! Sources: what is quoted of the data sheets, as named in `displays/cfa533.rs` and `cfa635.rs`. A packet whose check
//! sum is wrong is not answered; a sound one with bad content is answered with `0xC0 | command`.
//! Not emulated: flash area, boot state, temperature sensors, fans, ATX, watchdog, baud rate
//! (answered as bad content).

use embedded_graphics::pixelcolor::Rgb888;

use super::front::{Front, Glass, lights};
use super::glyphs::{self, Dots};
use super::{Image, Model, crc};
use crate::displays::{Key, Led, Leds};

/// What differs between the two.
pub struct Type {
    version: &'static str,
    columns: u8,
    rows: u8,
    /// Most bytes of data in a packet.
    longest: usize,
    /// Character of a ROM code.
    rom: fn(u8) -> char,
    /// Outputs of the lights, top first: green, red.
    lights: &'static [(usize, usize)],
    /// Dots between two cells.
    gap: u32,
    glass: Glass,
}

/// 2 rows of 16, dark on yellow-green.
pub static CFA533: Type = Type {
    version: "CFA533:h1.4,u1v2",
    columns: 16,
    rows: 2,
    longest: 18,
    rom: |code| match code {
        0x5C => '¥',
        0x7E => '→',
        0x7F => '←',
        0x20..=0x7D => char::from(code),
        _ => '□',
    },
    lights: &[],
    gap: 1,
    glass: (Rgb888::new(158, 196, 40), Rgb888::new(28, 40, 20), Rgb888::new(150, 187, 40)),
};

/// 4 rows of 20, white on blue.
pub static CFA635: Type = Type {
    version: "CFA635:h1.0,s1.3",
    columns: 20,
    rows: 4,
    longest: 22,
    rom: |code| match code {
        0xA2 => '$',
        0xA0 => '@',
        0xFA => '[',
        0xFB => '\\',
        0xFC => ']',
        0x1D => '^',
        0xC4 => '_',
        0xFD => '{',
        0xFE => '|',
        0xFF => '}',
        0xCE => '~',
        0xDE => '↑',
        0xDF => '→',
        0xE0 => '↓',
        0xE1 => '←',
        // Where this ROM has no ASCII: currency sign, inverted marks, letters with dots.
        0x24 | 0x40 | 0x5B..=0x60 | 0x7B..=0x7F => '□',
        0x20..=0x7A => char::from(code),
        _ => '□',
    },
    lights: &[(11, 12), (9, 10), (7, 8), (5, 6)],
    gap: 1,
    glass: (Rgb888::new(18, 52, 190), Rgb888::new(235, 242, 255), Rgb888::new(22, 58, 200)),
};

/// The panel.
pub struct Cfa {
    kind: &'static Type,
    line: Vec<u8>,
    cells: Vec<u8>,
    special: [Dots; 8],
    cursor: (u8, u8),
    style: u8,
    backlight: u8,
    outputs: [u8; 13],
    reports: (u8, u8),
    /// Keys down now, pressed and released since they were last asked for.
    keys: [u8; 3],
}

impl Cfa {
    /// Just switched on: blank, lit, reporting keys.
    pub fn new(kind: &'static Type) -> Cfa {
        Cfa {
            kind,
            line: Vec::new(),
            cells: vec![b' '; usize::from(kind.columns) * usize::from(kind.rows)],
            special: [[0; 8]; 8],
            cursor: (0, 0),
            style: 0,
            backlight: 100,
            outputs: [0; 13],
            reports: (0x3F, 0x3F),
            keys: [0; 3],
        }
    }

    /// The answer's data to a sound command, `None` when its content is bad.
    fn obey(&mut self, command: u8, data: &[u8]) -> Option<Vec<u8>> {
        let (columns, rows) = (self.kind.columns, self.kind.rows);
        match (command, data) {
            (0, echo) if echo.len() <= 16 => return Some(echo.to_vec()),
            (1, []) => return Some(self.kind.version.as_bytes().to_vec()),
            (6, []) => {
                self.cells.fill(b' ');
                self.cursor = (0, 0);
            }
            (9, [at, dots @ ..]) if *at < 8 => self.special[usize::from(*at)] = dots.try_into().ok()?,
            (11, [column, row]) if *column < columns && *row < rows => self.cursor = (*column, *row),
            (12, [style]) if *style <= 4 => self.style = *style,
            (13, [_] | [_, _]) => {}
            (14, [lcd] | [lcd, _]) if *lcd <= 100 => self.backlight = *lcd,
            (23, [pressed, released]) if pressed | released < 64 => self.reports = (*pressed, *released),
            (24, []) => {
                let keys = self.keys;
                self.keys = [keys[0], 0, 0];
                return Some(keys.to_vec());
            }
            (31, [column, row, text @ ..]) if *column < columns && *row < rows && !text.is_empty() => {
                let room = usize::from(columns - column);
                let from = usize::from(*row) * usize::from(columns) + usize::from(*column);
                let text = text.get(..room).unwrap_or(text);
                self.cells[from..from + text.len()].copy_from_slice(text);
            }
            (34, [at, value]) if usize::from(*at) < self.outputs.len() && *value <= 100 => {
                if self.kind.lights.is_empty() && *at > 4 {
                    return None;
                }
                self.outputs[usize::from(*at)] = *value;
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn dots(&self, code: u8) -> Dots {
        if code < 16 { self.special[usize::from(code % 8)] } else { glyphs::dots((self.kind.rom)(code)) }
    }

    fn character(&self, code: u8) -> char {
        if code < 16 {
            glyphs::character(&self.special[usize::from(code % 8)]).unwrap_or('□')
        } else {
            (self.kind.rom)(code)
        }
    }
}

/// A packet of the panel's.
fn packet(kind: u8, data: &[u8]) -> Vec<u8> {
    let body = [&[kind, data.len() as u8], data].concat();
    let sum = crc::sum(&body);
    [body, sum.to_vec()].concat()
}

impl Model for Cfa {
    fn receive(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.line.extend_from_slice(bytes);
        // Every turn takes at least a byte off the line.
        while let [command, length, rest @ ..] = self.line.as_slice() {
            let (command, length) = (*command, usize::from(*length));
            if command > 63 || length > self.kind.longest {
                self.line.remove(0);
                continue;
            }
            if rest.len() < length + 2 {
                break;
            }
            let whole = length + 4;
            if crc::sum(&self.line[..whole - 2]) != self.line[whole - 2..whole] {
                self.line.remove(0);
                continue;
            }
            let data = self.line[2..whole - 2].to_vec();
            self.line.drain(..whole);
            match self.obey(command, &data) {
                Some(answer) => out.extend(packet(0x40 | command, &answer)),
                None => out.extend(packet(0xC0 | command, &[])),
            }
        }
        out
    }

    fn quiet(&mut self) {
        self.line.clear();
    }

    fn key(&mut self, key: Key, pressed: bool) -> Vec<u8> {
        // Bit in the masks, code of the press in reports.
        let (bit, code) = match key {
            Key::Up => (0x01, 1),
            Key::Down => (0x20, 2),
            Key::Left => (0x08, 3),
            Key::Right => (0x10, 4),
            Key::Enter => (0x02, 5),
            Key::Esc => (0x04, 6),
        };
        if pressed {
            self.keys[0] |= bit;
            self.keys[1] |= bit;
        } else {
            self.keys[0] &= !bit;
            self.keys[2] |= bit;
        }
        let (mask, code) = if pressed { (self.reports.0, code) } else { (self.reports.1, code + 6) };
        if mask & bit == 0 { Vec::new() } else { packet(0x80, &[code]) }
    }

    fn text(&self) -> Vec<String> {
        let rows = self.cells.chunks(usize::from(self.kind.columns));
        rows.map(|row| row.iter().map(|&code| self.character(code)).collect()).collect()
    }

    fn image(&self) -> Image {
        let (columns, rows) = (u32::from(self.kind.columns), u32::from(self.kind.rows));
        let (wide, high) = (5 + self.kind.gap, 8 + self.kind.gap);
        let leds = self.leds();
        let leds = lights(&leds, self.kind.lights.len());
        let (width, height) = (columns * wide - self.kind.gap, rows * high - self.kind.gap);
        let mut front = Front::new(width, height, self.kind.glass, leds, self.backlight);
        for (at, &code) in self.cells.iter().enumerate() {
            let (column, row) = (at as u32 % columns, at as u32 / columns);
            let mut dots = self.dots(code);
            if self.cursor() == Some((column as u8, row as u8)) {
                match self.style {
                    2 => dots[7] = 0x1F,
                    _ => dots = dots.map(|dots| !dots),
                }
            }
            for (y, line) in dots.iter().enumerate() {
                for x in 0..5 {
                    front.dot(column * wide + x, row * high + y as u32, line >> (4 - x) & 1 == 1);
                }
            }
        }
        front.finish()
    }

    fn leds(&self) -> Leds {
        let mut leds = Leds::default();
        for (led, (green, red)) in leds.iter_mut().zip(self.kind.lights) {
            *led = match (self.outputs[*green] > 0, self.outputs[*red] > 0) {
                (false, false) => Led::Off,
                (true, false) => Led::Green,
                (true, true) => Led::Amber,
                (false, true) => Led::Red,
            };
        }
        leds
    }

    fn backlight(&self) -> u8 {
        self.backlight
    }

    fn cursor(&self) -> Option<(u8, u8)> {
        (self.style != 0).then_some(self.cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cmd, len, data` with the sums written out by hand (CRC-16/X-25 of a calculator).
    #[test]
    fn bytes_of_the_data_sheet() {
        let mut panel = Cfa::new(&CFA533);
        assert_eq!(panel.receive(&[0, 0, 0x47, 0x0F]), [0x40, 0, 0x21, 0x49], "ping");
        assert_eq!(panel.receive(&[6, 0, 0x97, 0x5B])[..2], [0x46, 0], "clear");
        assert_eq!(panel.key(Key::Enter, true), [0x80, 1, 5, 0x55, 0x84]);
        assert_eq!(panel.receive(&[0, 0, 0x47, 0x0E]), [], "a wrong sum is not answered");
        panel.quiet();
        let version = packet(0x41, b"CFA533:h1.4,u1v2");
        assert_eq!(panel.receive(&packet(1, &[])), version);
        assert_eq!(panel.receive(&packet(1, &[7])), packet(0xC1, &[]), "no data wanted");
        assert_eq!(panel.receive(&packet(2, &[])), packet(0xC2, &[]), "not emulated");
    }

    #[test]
    fn text_stays_in_its_row() {
        let mut panel = Cfa::new(&CFA533);
        panel.receive(&packet(31, b"\x0C\x01abcdefgh"));
        assert_eq!(panel.text(), [" ".repeat(16), format!("{}abcd", " ".repeat(12))]);
        assert_eq!(panel.receive(&packet(31, b"\x00\x02a")), packet(0xDF, &[]), "no third row");
    }

    #[test]
    fn keys_are_reported_as_the_masks_say_and_can_be_asked_for() {
        let mut panel = Cfa::new(&CFA635);
        panel.receive(&packet(23, &[0x20, 0]));
        assert_eq!(panel.key(Key::Down, true), packet(0x80, &[2]));
        assert_eq!(panel.key(Key::Down, false), []);
        assert_eq!(panel.key(Key::Up, true), []);
        assert_eq!(panel.receive(&packet(24, &[])), packet(0x58, &[0x01, 0x21, 0x20]));
        assert_eq!(panel.receive(&packet(24, &[])), packet(0x58, &[0x01, 0, 0]));
    }
}
