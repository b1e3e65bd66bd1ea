//! What a panel is to show: rows of characters, or pixels.

use super::{Canvas, Shape};

/// What to show, made for a panel's shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    /// For a character panel.
    Characters(Characters),
    /// For a graphic panel.
    Pixels(Box<Canvas>),
}

/// Rows of characters, and where the cursor stands.
///
/// Printable ASCII, and `↑ ↓ ← →`; what a panel cannot show becomes `?`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Characters {
    /// The rows, the top one first. Missing ones are blank.
    pub rows: Vec<String>,
    /// Column and row of the cursor, from 0.
    pub cursor: Option<(u8, u8)>,
}

impl Characters {
    /// Without a cursor.
    pub fn new<S: Into<String>>(rows: impl IntoIterator<Item = S>) -> Characters {
        Characters { rows: rows.into_iter().map(Into::into).collect(), cursor: None }
    }
}

impl Picture {
    /// Nothing at all.
    pub fn blank(shape: Shape) -> Picture {
        match shape {
            Shape::Characters { .. } => Picture::Characters(Characters::default()),
            Shape::Pixels { width, height } => Picture::Pixels(Box::new(Canvas::new(width, height))),
        }
    }
}
