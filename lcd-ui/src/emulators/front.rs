//! Fronts: bezel, glass with dots, lights and keys.

use embedded_graphics::Drawable;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{Point, Primitive, Size};
use embedded_graphics::primitives::{
    Circle, Line, PrimitiveStyle, PrimitiveStyleBuilder, Rectangle, RoundedRectangle, Triangle,
};

use super::Image;
use crate::displays::{Key, Led, Leds};

/// Pixels from one dot to the next; one of them is the gap.
pub const PITCH: u32 = 4;
/// Bezel around the glass.
const BEZEL: u32 = 24;
/// Glass around the dots.
const MARGIN: u32 = 14;
/// Room for keys, right of the glass.
const KEYS: u32 = 132;
/// Room for lights, left of the glass.
const LIGHTS: u32 = 30;

/// Colours of a glass: background, dots that are on, dots that are off.
pub type Glass = (Rgb888, Rgb888, Rgb888);

/// A front with its glass `columns` by `rows` dots.
pub struct Front {
    image: Image,
    origin: Point,
    glass: Glass,
}

impl Front {
    /// Draws everything but the dots. `lights` is how many the panel has; a dim
    /// backlight darkens the glass.
    pub fn new(columns: u32, rows: u32, glass: Glass, leds: &[Led], backlight: u8) -> Front {
        let left = if leds.is_empty() { 0 } else { LIGHTS };
        let inner = Size::new(columns * PITCH + 2 * MARGIN, rows * PITCH + 2 * MARGIN);
        let whole = Size::new(inner.width + 2 * BEZEL + left + KEYS, (inner.height + 2 * BEZEL).max(140));
        let mut image = Image::new(whole.width, whole.height);
        fill(&mut image, Rectangle::new(Point::zero(), whole), Rgb888::new(38, 40, 43));
        let top = (whole.height - inner.height) / 2;
        let corner = Point::new((BEZEL + left) as i32, top as i32);
        let glass = dimmed(glass, backlight);
        fill(&mut image, Rectangle::new(corner, inner), glass.0);
        for (at, led) in leds.iter().enumerate() {
            let step = inner.height as i32 / leds.len() as i32;
            let y = top as i32 + step * at as i32 + step / 2 - 6;
            let colour = match led {
                Led::Off => Rgb888::new(60, 62, 64),
                Led::Green => Rgb888::new(40, 220, 70),
                Led::Amber => Rgb888::new(255, 170, 20),
                Led::Red => Rgb888::new(240, 40, 40),
            };
            let style = PrimitiveStyle::with_fill(colour);
            let _ = Circle::new(Point::new(BEZEL as i32, y), 12).into_styled(style).draw(&mut image);
        }
        let pad = Point::new((whole.width - KEYS / 2 - 8) as i32, whole.height as i32 / 2);
        for key in Key::ALL {
            draw_key(&mut image, pad, key);
        }
        Front { image, origin: corner + Point::new(MARGIN as i32, MARGIN as i32), glass }
    }

    /// Draws a dot of the glass.
    pub fn dot(&mut self, column: u32, row: u32, on: bool) {
        let at = self.origin + Point::new((column * PITCH) as i32, (row * PITCH) as i32);
        let colour = if on { self.glass.1 } else { self.glass.2 };
        fill(&mut self.image, Rectangle::new(at, Size::new(PITCH - 1, PITCH - 1)), colour);
    }

    /// The picture.
    pub fn finish(self) -> Image {
        self.image
    }
}

/// Lights that a panel has, of the four that there may be.
pub fn lights(leds: &Leds, count: usize) -> &[Led] {
    &leds[..count]
}

fn fill(image: &mut Image, area: Rectangle, colour: Rgb888) {
    let _ = area.into_styled(PrimitiveStyle::with_fill(colour)).draw(image);
}

/// A cross of arrows around the check mark, the cross below at the left.
fn draw_key(image: &mut Image, pad: Point, key: Key) {
    let offset = match key {
        Key::Up => Point::new(0, -38),
        Key::Down => Point::new(0, 38),
        Key::Left => Point::new(-38, 0),
        Key::Right => Point::new(38, 0),
        Key::Enter => Point::zero(),
        Key::Esc => Point::new(-38, 38),
    };
    let middle = pad + offset;
    let cap = Rectangle::with_center(middle, Size::new(32, 32));
    let style = PrimitiveStyle::with_fill(Rgb888::new(92, 96, 101));
    let _ = RoundedRectangle::with_equal_corners(cap, Size::new(6, 6)).into_styled(style).draw(image);
    let ink = Rgb888::new(235, 235, 235);
    let solid = PrimitiveStyle::with_fill(ink);
    let stroke = PrimitiveStyleBuilder::new().stroke_color(ink).stroke_width(3).build();
    let at = |x: i32, y: i32| middle + Point::new(x, y);
    let strokes = |image: &mut Image, points: &[(i32, i32)]| {
        for pair in points.windows(2) {
            let line = Line::new(at(pair[0].0, pair[0].1), at(pair[1].0, pair[1].1));
            let _ = line.into_styled(stroke).draw(image);
        }
    };
    let arrow = |image: &mut Image, tip: (i32, i32), one: (i32, i32), other: (i32, i32)| {
        let triangle = Triangle::new(at(tip.0, tip.1), at(one.0, one.1), at(other.0, other.1));
        let _ = triangle.into_styled(solid).draw(image);
    };
    match key {
        Key::Up => arrow(image, (0, -7), (-8, 6), (8, 6)),
        Key::Down => arrow(image, (0, 7), (-8, -6), (8, -6)),
        Key::Left => arrow(image, (-7, 0), (6, -8), (6, 8)),
        Key::Right => arrow(image, (7, 0), (-6, -8), (-6, 8)),
        Key::Enter => strokes(image, &[(-8, 0), (-2, 6), (8, -6)]),
        Key::Esc => {
            strokes(image, &[(-6, -6), (6, 6)]);
            strokes(image, &[(-6, 6), (6, -6)]);
        }
    }
}

/// A glass at a brightness: without its light it is a fifth as bright.
fn dimmed(glass: Glass, percent: u8) -> Glass {
    use embedded_graphics::pixelcolor::RgbColor;
    let share = 20 + u32::from(percent.min(100)) * 80 / 100;
    let dim = |part: u8| (u32::from(part) * share / 100) as u8;
    let each = |colour: Rgb888| Rgb888::new(dim(colour.r()), dim(colour.g()), dim(colour.b()));
    (each(glass.0), each(glass.1), each(glass.2))
}
