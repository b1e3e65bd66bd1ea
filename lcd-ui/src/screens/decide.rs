//! A change that another face began is on trial: whoever stands here may keep or undo it.
//!
//! Somebody changes the address from afar and loses the line; here it can still be kept.

use wire::local::Say;

use super::main_menu::MainMenu;
use super::parts::Message;
use super::repeat::Stroke;
use super::screen::{Next, Screen};
use super::trial::{Refused, Trial};
use super::view::View;
use super::world::World;

/// The screen; the main menu comes after it.
pub struct Decide {
    trial: Trial,
    told: Option<Message>,
}

/// What a key opens: the main menu, or first what has to be decided.
pub fn front(world: &World) -> Box<dyn Screen> {
    match world.overview.as_ref().and_then(|overview| overview.trying) {
        Some(seconds) => Box::new(Decide { trial: Trial::resume(seconds, world), told: None }),
        None => Box::new(MainMenu::new()),
    }
}

impl Screen for Decide {
    fn view(&self, world: &World) -> View {
        self.told.as_ref().map_or_else(|| self.trial.view(world), Message::view)
    }

    fn stroke(&mut self, stroke: Stroke, world: &mut World) -> Next {
        let over = match &mut self.told {
            Some(message) => message.stroke(stroke, world),
            None => self.trial.stroke(stroke, world),
        };
        if over { Next::Become(Box::new(MainMenu::new())) } else { Next::Stay }
    }

    fn answer(&mut self, say: Say, world: &mut World) -> Next {
        match self.trial.answer(say, world) {
            None => {}
            Some(Refused::Failed(failed)) => self.told = Some(Message::failed(&failed)),
            Some(Refused::Wrong(_)) => self.told = Some(Message::done("NOT DONE", "it was not taken")),
        }
        Next::Stay
    }

    fn tick(&mut self, world: &mut World) -> Next {
        self.trial.tick(world);
        Next::Stay
    }

    fn holds(&self) -> bool {
        self.told.is_none() && self.trial.holds()
    }
}
