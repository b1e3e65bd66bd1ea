//! A colour picture and its PNG.

use core::convert::Infallible;
use std::io::{self, Write};

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};

/// A colour picture, drawn on with `embedded-graphics`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    width: u32,
    height: u32,
    /// Red, green, blue, row by row.
    bytes: Vec<u8>,
}

impl Image {
    /// All black.
    pub fn new(width: u32, height: u32) -> Image {
        Image { width, height, bytes: vec![0; (width * height * 3) as usize] }
    }

    /// Writes it as PNG.
    ///
    /// # Errors
    /// What the writer says.
    pub fn png(&self, to: impl Write) -> io::Result<()> {
        let mut encoder = png::Encoder::new(to, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.bytes)?;
        Ok(writer.finish()?)
    }

    /// The colour of a pixel, red, green, blue; those outside are black.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        if x >= self.width || y >= self.height {
            return [0; 3];
        }
        let at = ((y * self.width + x) * 3) as usize;
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2]]
    }
}

impl OriginDimensions for Image {
    fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }
}

impl DrawTarget for Image {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(point.x), u32::try_from(point.y)) else { continue };
            if x < self.width && y < self.height {
                let at = ((y * self.width + x) * 3) as usize;
                self.bytes[at..at + 3].copy_from_slice(&[colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use embedded_graphics::prelude::Point;

    #[test]
    fn the_png_holds_the_pixels() {
        let mut image = Image::new(3, 2);
        let _ = image.draw_iter([
            Pixel(Point::new(2, 1), Rgb888::new(1, 2, 3)),
            Pixel(Point::new(3, 0), Rgb888::WHITE),
        ]);
        let mut bytes = Vec::new();
        image.png(&mut bytes).unwrap();
        let mut reader = png::Decoder::new(io::Cursor::new(bytes)).read_info().unwrap();
        let mut out = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut out).unwrap();
        assert_eq!(out[15..18], [1, 2, 3]);
        assert!(out[..15].iter().all(|&byte| byte == 0));
        assert_eq!(image.pixel(2, 1), [1, 2, 3]);
    }
}
