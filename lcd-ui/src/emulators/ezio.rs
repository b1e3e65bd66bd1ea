//! An EZIO-G500, as far as it is known; what is not certain stands in `displays/ezio_g500.rs`.

use embedded_graphics::pixelcolor::Rgb888;

use super::front::{Front, Glass, lights};
use super::{Image, Model};
use crate::displays::{Key, Led, Leds};

const WIDTH: usize = 128;
const HEIGHT: usize = 64;
/// Bytes of a picture.
const PICTURE: usize = WIDTH * HEIGHT / 8;
const GLASS: Glass = (Rgb888::new(120, 176, 210), Rgb888::new(14, 24, 60), Rgb888::new(114, 169, 203));

/// The panel.
pub struct Ezio {
    line: Vec<u8>,
    /// As sent: left half, then right half, each eight bands of 64 columns.
    picture: Vec<u8>,
    /// Red and green of three lights.
    lights: [bool; 6],
    backlight: u8,
}

impl Default for Ezio {
    fn default() -> Ezio {
        Ezio { line: Vec::new(), picture: vec![0; PICTURE], lights: [false; 6], backlight: 255 }
    }
}

impl Ezio {
    fn pixel(&self, x: usize, y: usize) -> bool {
        let (half, column, band) = (x / 64, x % 64, y / 8);
        self.picture[half * 512 + band * 64 + column] & (1 << (y % 8)) != 0
    }

    /// Length of the command that the line begins with, when all of it is there.
    fn whole(&self) -> Option<usize> {
        let length = match self.line.as_slice() {
            [0x1B] | [] => return None,
            [0x1B, b'G', ..] => 2 + PICTURE,
            [0x1B, b'L' | b'B' | b'P' | b'S' | b'r' | b'[', ..] => 3,
            [0x1B, _, ..] => 2,
            _ => 1,
        };
        (self.line.len() >= length).then_some(length)
    }

    fn obey(&mut self, command: &[u8]) {
        match command {
            [0x0C] | [0x1B, b'@'] => self.picture.fill(0),
            [0x1B, b'G', picture @ ..] => self.picture.copy_from_slice(picture),
            [0x1B, b'B', level] => self.backlight = *level,
            [0x1B, b'L', light] => {
                let at = usize::from(light >> 4);
                if let Some(lit) = at.checked_sub(1).and_then(|at| self.lights.get_mut(at)) {
                    *lit = light & 1 == 1;
                }
            }
            // Homing, stored pages and the panel's own text: nobody here uses them.
            _ => {}
        }
    }
}

impl Model for Ezio {
    fn receive(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.line.extend_from_slice(bytes);
        while let Some(length) = self.whole() {
            let command: Vec<u8> = self.line.drain(..length).collect();
            self.obey(&command);
        }
        Vec::new()
    }

    fn quiet(&mut self) {
        self.line.clear();
    }

    fn key(&mut self, key: Key, pressed: bool) -> Vec<u8> {
        let code = match key {
            Key::Left => b'B',
            Key::Esc => b'C',
            Key::Up => b'D',
            Key::Enter => b'E',
            Key::Down => b'F',
            Key::Right => b'G',
        };
        if pressed { vec![code] } else { Vec::new() }
    }

    fn text(&self) -> Vec<String> {
        let cell = |x, y| match (self.pixel(x, y), self.pixel(x, y + 1)) {
            (false, false) => ' ',
            (true, false) => '▀',
            (false, true) => '▄',
            (true, true) => '█',
        };
        (0..HEIGHT).step_by(2).map(|y| (0..WIDTH).map(|x| cell(x, y)).collect()).collect()
    }

    fn image(&self) -> Image {
        let leds = self.leds();
        let (columns, rows) = (WIDTH as u32, HEIGHT as u32);
        let mut front = Front::new(columns, rows, GLASS, lights(&leds, 3), self.backlight());
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                front.dot(x as u32, y as u32, self.pixel(x, y));
            }
        }
        front.finish()
    }

    fn leds(&self) -> Leds {
        let mut leds = Leds::default();
        for (led, pair) in leds.iter_mut().zip(self.lights.chunks(2)) {
            *led = match pair {
                [true, true] => Led::Amber,
                [true, false] => Led::Red,
                [false, true] => Led::Green,
                _ => Led::Off,
            };
        }
        leds
    }

    fn backlight(&self) -> u8 {
        (u16::from(self.backlight) * 100 / 255) as u8
    }

    fn cursor(&self) -> Option<(u8, u8)> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_eight_rows_of_a_column_left_half_first() {
        let mut panel = Ezio::default();
        let mut picture = vec![0; PICTURE];
        picture[0] = 0b1; // top left
        picture[511] = 0x80; // bottom right of the left half
        picture[512] = 0b10; // second row, first column of the right half
        let command = [&[0x1B, b'G'], picture.as_slice()].concat();
        panel.receive(&command[..700]);
        assert!(!panel.pixel(0, 0), "half a picture shows nothing");
        panel.receive(&command[700..]);
        let on: Vec<(usize, usize)> = (0..HEIGHT)
            .flat_map(|y| (0..WIDTH).map(move |x| (x, y)))
            .filter(|&(x, y)| panel.pixel(x, y))
            .collect();
        assert_eq!(on, [(0, 0), (64, 1), (63, 63)]);
        panel.receive(&[0x0C]);
        assert!(!panel.pixel(0, 0));
    }

    #[test]
    fn lights_and_backlight() {
        let mut panel = Ezio::default();
        panel.receive(&[0x1B, b'L', 0x11, 0x1B, b'L', 0x41, 0x1B, b'L', 0x71, 0x1B, b'B', 128]);
        assert_eq!(panel.leds(), [Led::Red, Led::Green, Led::Off, Led::Off]);
        assert_eq!(panel.backlight(), 50);
    }
}
