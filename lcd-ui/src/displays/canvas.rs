//! Pixels in memory, drawn on with `embedded-graphics`, that know what changed.

use core::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::{PointsIter, Rectangle};

/// A picture of pixels that are on (dark, ink) or off.
#[derive(Clone, Debug)]
pub struct Canvas {
    width: u16,
    height: u16,
    /// Row by row, one pixel an element.
    on: Vec<bool>,
    /// What changed since the last [`Canvas::take_dirty`]; empty when nothing did.
    dirty: Rectangle,
}

/// Two canvases are the same when they look the same.
impl PartialEq for Canvas {
    fn eq(&self, other: &Canvas) -> bool {
        (self.width, self.height, &self.on) == (other.width, other.height, &other.on)
    }
}

impl Eq for Canvas {}

impl Canvas {
    /// All pixels off, nothing dirty.
    pub fn new(width: u16, height: u16) -> Canvas {
        let on = vec![false; usize::from(width) * usize::from(height)];
        Canvas { width, height, on, dirty: Rectangle::zero() }
    }

    /// Width and height in pixels.
    pub fn dimensions(&self) -> (u16, u16) {
        (self.width, self.height)
    }

    /// Whether a pixel is on; those outside are off.
    pub fn pixel(&self, x: u16, y: u16) -> bool {
        self.place(i32::from(x), i32::from(y)).is_some_and(|place| self.on[place])
    }

    /// Sets a pixel; one outside is left out.
    pub fn set(&mut self, x: i32, y: i32, on: bool) {
        let Some(place) = self.place(x, y) else { return };
        if self.on[place] != on {
            self.on[place] = on;
            self.dirty = join(self.dirty, Rectangle::new(Point::new(x, y), Size::new(1, 1)));
        }
    }

    /// Turns every pixel of a rectangle over.
    pub fn invert(&mut self, area: Rectangle) {
        for point in area.intersection(&self.whole()).points() {
            let on = self.pixel(point.x as u16, point.y as u16);
            self.set(point.x, point.y, !on);
        }
    }

    /// Becomes another picture of the same size; what differs is dirty. A picture of
    /// another size is cut, or filled with pixels that are off.
    pub fn become_like(&mut self, other: &Canvas) {
        for y in 0..self.height {
            for x in 0..self.width {
                self.set(i32::from(x), i32::from(y), other.pixel(x, y));
            }
        }
    }

    /// The smallest rectangle around everything that changed since the last call.
    pub fn take_dirty(&mut self) -> Option<Rectangle> {
        let dirty = std::mem::replace(&mut self.dirty, Rectangle::zero());
        (!dirty.is_zero_sized()).then_some(dirty)
    }

    fn whole(&self) -> Rectangle {
        Rectangle::new(Point::zero(), self.size())
    }

    fn place(&self, x: i32, y: i32) -> Option<usize> {
        let (column, row) = (u16::try_from(x).ok()?, u16::try_from(y).ok()?);
        let inside = column < self.width && row < self.height;
        inside.then(|| usize::from(row) * usize::from(self.width) + usize::from(column))
    }
}

/// The smallest rectangle around two.
fn join(one: Rectangle, other: Rectangle) -> Rectangle {
    let (Some(a), Some(b)) = (one.bottom_right(), other.bottom_right()) else {
        return if one.is_zero_sized() { other } else { one };
    };
    let top_left = one.top_left.component_min(other.top_left);
    Rectangle::with_corners(top_left, a.component_max(b))
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(u32::from(self.width), u32::from(self.height))
    }
}

impl DrawTarget for Canvas {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            self.set(point.x, point.y, colour.is_on());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_one_rectangle() {
        let mut canvas = Canvas::new(128, 64);
        assert_eq!(canvas.take_dirty(), None);
        canvas.set(10, 5, true);
        canvas.set(3, 60, true);
        canvas.set(-1, 0, true);
        canvas.set(128, 0, true);
        assert_eq!(canvas.take_dirty(), Some(Rectangle::new(Point::new(3, 5), Size::new(8, 56))));
        canvas.set(10, 5, true);
        assert_eq!(canvas.take_dirty(), None, "set again to what it was");
        assert!(canvas.pixel(10, 5) && !canvas.pixel(200, 200));
    }

    #[test]
    fn becoming_another_picture_touches_what_differs() {
        let mut canvas = Canvas::new(8, 8);
        let mut other = Canvas::new(8, 8);
        other.invert(Rectangle::new(Point::new(2, 3), Size::new(20, 1)));
        canvas.become_like(&other);
        assert_eq!(canvas, other);
        assert_eq!(canvas.take_dirty(), Some(Rectangle::new(Point::new(2, 3), Size::new(6, 1))));
    }
}
