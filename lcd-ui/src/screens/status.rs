//! STATUS: everything there is to say, page by page.

use super::facts;
use super::parts::Message;
use super::repeat::Stroke;
use super::screen::{Next, Screen};
use super::view::View;
use super::world::World;

/// The screen. What it shows is of the moment it was opened: pages do not jump
/// under the reader.
pub struct Status {
    message: Message,
}

impl Status {
    /// Of what is known now.
    pub fn new(world: &World) -> Status {
        let text = match &world.overview {
            Some(overview) => facts::status(overview),
            None => vec![vec!["not known yet".into()]],
        };
        Status { message: Message::list("STATUS", text, world) }
    }
}

impl Screen for Status {
    fn view(&self, _: &World) -> View {
        self.message.view()
    }

    fn stroke(&mut self, stroke: Stroke, world: &mut World) -> Next {
        if self.message.stroke(stroke, world) { Next::Back } else { Next::Stay }
    }
}
