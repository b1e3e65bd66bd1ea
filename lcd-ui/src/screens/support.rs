//! SUPPORT: makes a support bundle and says what it holds and where it is.

use wire::local::{Ask, Say};

use super::parts::{End, Job, Message};
use super::repeat::Stroke;
use super::screen::{Next, Screen};
use super::view::View;
use super::world::World;

/// The screen.
pub struct Support {
    job: Job,
    result: Option<Message>,
}

impl Support {
    /// Begins to make it.
    pub fn new(world: &mut World) -> Support {
        world.ask(Ask::Support);
        Support { job: Job::new("SUPPORT"), result: None }
    }
}

impl Screen for Support {
    fn view(&self, world: &World) -> View {
        match &self.result {
            Some(message) => message.view(),
            None => self.job.view(world.now),
        }
    }

    fn stroke(&mut self, stroke: Stroke, world: &mut World) -> Next {
        let read = self.result.as_mut().is_some_and(|message| message.stroke(stroke, world));
        if read { Next::Back } else { Next::Stay }
    }

    fn answer(&mut self, say: Say, _: &mut World) -> Next {
        match self.job.answer(say) {
            Some(End::Done(text)) => {
                let lines = text.lines().map(str::to_owned).collect();
                self.result = Some(Message::new("SUPPORT BUNDLE", lines));
            }
            Some(End::Failed(failed)) => self.result = Some(Message::failed(&failed)),
            Some(End::Confirm(_) | End::Wrong(_)) | None => {}
        }
        Next::Stay
    }

    fn holds(&self) -> bool {
        self.result.is_none()
    }
}
