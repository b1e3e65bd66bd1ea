//! The PIN that locks the keys.

use wire::local::{Ask, Say, Secret};

use super::decide::front;
use super::field::{Field, Outcome};
use super::parts::{End, Job, Message};
use super::repeat::Stroke;
use super::screen::{Next, Screen};
use super::view::View;
use super::world::World;

/// The screen; the main menu is behind it.
pub struct Pin {
    stage: Stage,
}

enum Stage {
    Typing(Field),
    Busy(Job),
    Told(Message),
}

impl Pin {
    /// No digit yet.
    pub fn new() -> Pin {
        Pin { stage: Stage::Typing(Field::digits("PIN", 4, true)) }
    }
}

impl Screen for Pin {
    fn view(&self, world: &World) -> View {
        match &self.stage {
            Stage::Typing(field) => field.view(world.six, 0),
            Stage::Busy(job) => job.view(world.now),
            Stage::Told(message) => message.view(),
        }
    }

    fn stroke(&mut self, stroke: Stroke, world: &mut World) -> Next {
        match &mut self.stage {
            Stage::Typing(field) => match field.stroke(stroke, world.six) {
                Outcome::Open => {}
                Outcome::Left => return Next::Back,
                Outcome::Taken(pin) => {
                    world.ask(Ask::Pin(Secret(pin)));
                    self.stage = Stage::Busy(Job::new("PIN"));
                }
            },
            Stage::Busy(_) => {}
            Stage::Told(message) => {
                if message.stroke(stroke, world) {
                    *self = Pin::new();
                }
            }
        }
        Next::Stay
    }

    fn answer(&mut self, say: Say, world: &mut World) -> Next {
        if let Stage::Busy(job) = &mut self.stage {
            match job.answer(say) {
                Some(End::Done(_)) => return Next::Become(front(world)),
                Some(End::Failed(failed)) => self.stage = Stage::Told(Message::failed(&failed)),
                Some(End::Confirm(_) | End::Wrong(_)) | None => {}
            }
        }
        Next::Stay
    }

    fn holds(&self) -> bool {
        matches!(self.stage, Stage::Busy(_))
    }
}
