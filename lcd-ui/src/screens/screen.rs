//! What a screen is.

use wire::local::Say;

use super::repeat::Stroke;
use super::view::View;
use super::world::World;

/// Where to go from here.
pub enum Next {
    /// Nowhere.
    Stay,
    /// Back to the screen below.
    Back,
    /// Another screen on top of this one.
    Open(Box<dyn Screen>),
    /// Another screen in place of this one.
    Become(Box<dyn Screen>),
}

/// One screen. It never waits: what it wants it asks of the world, and is told.
pub trait Screen {
    /// What it shows now.
    fn view(&self, world: &World) -> View;

    /// A key.
    fn stroke(&mut self, stroke: Stroke, world: &mut World) -> Next;

    /// An answer to what it asked.
    fn answer(&mut self, _say: Say, _world: &mut World) -> Next {
        Next::Stay
    }

    /// Time went by.
    fn tick(&mut self, _world: &mut World) -> Next {
        Next::Stay
    }

    /// It may not be left alone: something is under way or has to be decided.
    fn holds(&self) -> bool {
        false
    }
}
