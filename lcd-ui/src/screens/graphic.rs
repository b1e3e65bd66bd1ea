//! Screens on pixels: the same content as `layout.rs`, with a bar and larger values.

use embedded_graphics::Drawable;
use embedded_graphics::mono_font::ascii::{FONT_6X10, FONT_7X13_BOLD};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Point, Primitive, Size};
use embedded_graphics::primitives::{Line, PrimitiveStyle, Rectangle, Triangle};
use embedded_graphics::text::{Baseline, Text};

use super::layout::{Window, grid, place, spinner, top};
use super::view::View;
use super::wrap::{pages, rows};
use crate::displays::{Canvas, Shape};

const WIDTH: i32 = 128;
const HEIGHT: i32 = 64;
/// Height of the bar with the heading.
const BAR: i32 = 12;
/// Height of a row of text.
const ROW: i32 = 10;

/// Draws a view.
pub fn pixels(view: &View) -> Canvas {
    let mut canvas = Canvas::new(WIDTH as u16, HEIGHT as u16);
    let shape = Shape::Pixels { width: WIDTH as u16, height: HEIGHT as u16 };
    let grid = grid(shape);
    match view {
        View::Page { title, text, page, turns } => {
            let pages = pages(title, text, *turns, grid);
            let at = page % pages.len();
            let right = if pages.len() > 1 { place(at, pages.len()) } else { String::new() };
            let top = if title.is_empty() { 2 } else { BAR + 1 };
            if !title.is_empty() {
                bar(&mut canvas, title, &right);
            }
            for (row, line) in pages[at].iter().enumerate() {
                write(&mut canvas, line, 1, top + ROW * row as i32, &FONT_6X10);
            }
            if pages.len() > 1 && !turns {
                arrow(&mut canvas, Point::new(WIDTH - 6, HEIGHT - 5), at + 1 == pages.len());
            }
        }
        View::Menu { title, items, at } => {
            bar(&mut canvas, title, &place(*at, items.len()));
            let from = top(*at, items.len(), grid.rows);
            for (row, item) in items.iter().enumerate().skip(from).take(grid.rows) {
                let y = BAR + 1 + ROW * (row - from) as i32;
                write(&mut canvas, item, 4, y, &FONT_6X10);
                if row == *at {
                    canvas.invert(Rectangle::new(Point::new(0, y - 1), Size::new(WIDTH as u32, ROW as u32)));
                }
            }
        }
        View::Edit { label, value, cursor, since, hint, .. } => {
            let offered = cursor.is_none();
            bar(&mut canvas, label, if offered { "OK?" } else { "" });
            match cursor {
                Some(cursor) => edited(&mut canvas, value, *cursor),
                None => self::offered(&mut canvas, value, *since),
            }
            for (row, line) in hint.iter().enumerate() {
                write(&mut canvas, line, 1, HEIGHT - ROW * (2 - row as i32), &FONT_6X10);
            }
        }
        View::Busy { title, steps, beat } => {
            bar(&mut canvas, title, spinner(*beat));
            for (row, line) in steps.iter().skip(steps.len().saturating_sub(grid.rows)).enumerate() {
                write(&mut canvas, line, 4, BAR + 1 + ROW * row as i32, &FONT_6X10);
            }
        }
    }
    canvas
}

/// The heading, light on dark.
fn bar(canvas: &mut Canvas, title: &str, right: &str) {
    write(canvas, title, 2, 1, &FONT_6X10);
    let room = WIDTH - 2 - 6 * right.chars().count() as i32;
    if 2 + 6 * title.chars().count() as i32 + 6 <= room {
        write(canvas, right, room, 1, &FONT_6X10);
    }
    canvas.invert(Rectangle::new(Point::zero(), Size::new(WIDTH as u32, BAR as u32 - 1)));
}

/// A value with a box around the character under the cursor.
fn edited(canvas: &mut Canvas, value: &str, cursor: usize) {
    let length = value.chars().count().max(cursor + 1);
    let (font, step, y) =
        if length <= 18 { (&FONT_7X13_BOLD, 7, BAR + 9) } else { (&FONT_6X10, 6, BAR + 10) };
    let columns = ((WIDTH - 2) / step) as usize;
    let window = Window::new(value, cursor, columns);
    write(canvas, &window.text, 1, y, font);
    let height = font.character_size.height;
    let at = Point::new(window.cursor as i32 * step, y - 1);
    canvas.invert(Rectangle::new(at, Size::new(step as u32 + 1, height + 1)));
}

fn offered(canvas: &mut Canvas, value: &str, since: u64) {
    if value.chars().count() <= 18 {
        write(canvas, value, 1, BAR + 9, &FONT_7X13_BOLD);
        return;
    }
    let lines = rows(&[value.to_owned()], |_| 21);
    let pages: Vec<&[String]> = lines.chunks(3).collect();
    if let Some(page) = pages.get((since / 2) as usize % pages.len().max(1)) {
        for (row, line) in page.iter().enumerate() {
            write(canvas, line, 1, BAR + 1 + ROW * row as i32, &FONT_6X10);
        }
    }
}

/// Text, with arrows drawn where the font has none.
fn write(canvas: &mut Canvas, text: &str, x: i32, y: i32, font: &MonoFont<'_>) {
    let style = MonoTextStyle::new(font, BinaryColor::On);
    let (step, middle) = (font.character_size.width as i32, y + font.character_size.height as i32 / 2);
    for (at, character) in text.chars().enumerate() {
        let left = x + at as i32 * step;
        match character {
            '↑' => arrow(canvas, Point::new(left + 2, middle), true),
            '↓' => arrow(canvas, Point::new(left + 2, middle), false),
            '←' => sideways(canvas, Point::new(left, middle), true),
            '→' => sideways(canvas, Point::new(left, middle), false),
            // The fonts' stops are small crosses, easily taken for commas.
            '.' => stop(canvas, left + step / 2 - 1, y + font.baseline as i32 - 1),
            ':' => {
                stop(canvas, left + step / 2 - 1, y + font.baseline as i32 - 1);
                stop(canvas, left + step / 2 - 1, y + font.baseline as i32 - 5);
            }
            _ => {
                let mut buffer = [0; 4];
                let glyph = character.encode_utf8(&mut buffer);
                let _ = Text::with_baseline(glyph, Point::new(left, y), style, Baseline::Top).draw(canvas);
            }
        }
    }
}

/// Two by two pixels.
fn stop(canvas: &mut Canvas, x: i32, y: i32) {
    let dot = Rectangle::new(Point::new(x, y), Size::new(2, 2));
    let _ = dot.into_styled(PrimitiveStyle::with_fill(BinaryColor::On)).draw(canvas);
}

/// A small arrow up or down around a point.
fn arrow(canvas: &mut Canvas, at: Point, up: bool) {
    let way = if up { -2 } else { 2 };
    let corners = [Point::new(0, way), Point::new(-2, 0), Point::new(2, 0)];
    let triangle = Triangle::new(at + corners[0], at + corners[1], at + corners[2]);
    let _ = triangle.into_styled(PrimitiveStyle::with_fill(BinaryColor::On)).draw(canvas);
}

/// A small arrow left or right whose left end is the point.
fn sideways(canvas: &mut Canvas, at: Point, left: bool) {
    let (tip, back) = if left { (0, 4) } else { (4, 0) };
    let stroke = PrimitiveStyle::with_stroke(BinaryColor::On, 1);
    let middle = Line::new(at, at + Point::new(4, 0));
    let _ = middle.into_styled(stroke).draw(canvas);
    for side in [-2, 2] {
        let barb = Line::new(at + Point::new(tip, 0), at + Point::new((tip + back) / 2, side));
        let _ = barb.into_styled(stroke).draw(canvas);
    }
}
