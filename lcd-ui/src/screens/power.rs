//! REBOOT and SHUTDOWN: asked once, with a reason for who wants to give one.

use settings::Wheel;
use wire::local::{Ask, Say};

use super::field::{Field, Outcome};
use super::parts::{Choice, End, Job, List, Message};
use super::repeat::Stroke;
use super::screen::{Next, Screen};
use super::view::View;
use super::world::World;

/// Reasons to choose from; the last one is typed.
const REASONS: [&str; 5] = ["NO REASON", "MAINTENANCE", "MOVING THE BOX", "TROUBLE", "ANOTHER..."];

/// The screen.
pub struct Power {
    off: bool,
    stage: Stage,
}

enum Stage {
    Sure(List),
    Reason(List),
    Typed(Field),
    Busy(Job),
    Told(Message),
}

impl Power {
    /// Off, or restart.
    pub fn new(off: bool) -> Power {
        let title = if off { "SHUT DOWN NOW?" } else { "REBOOT NOW?" };
        Power { off, stage: Stage::Sure(List::confirm(title)) }
    }

    fn go(&mut self, reason: &str, world: &mut World) {
        world.ask(Ask::Power { off: self.off, reason: reason.into() });
        self.stage = Stage::Busy(Job::new(if self.off { "SHUTTING DOWN" } else { "REBOOTING" }));
    }
}

impl Screen for Power {
    fn view(&self, world: &World) -> View {
        match &self.stage {
            Stage::Sure(list) | Stage::Reason(list) => list.view(),
            Stage::Typed(field) => field.view(world.six, 0),
            Stage::Busy(job) => job.view(world.now),
            Stage::Told(message) => message.view(),
        }
    }

    fn stroke(&mut self, stroke: Stroke, world: &mut World) -> Next {
        match &mut self.stage {
            Stage::Sure(list) => match list.stroke(stroke) {
                Choice::Open => {}
                Choice::Taken(1) => self.stage = Stage::Reason(List::new("REASON", REASONS, 0)),
                Choice::Taken(_) | Choice::Left => return Next::Back,
            },
            Stage::Reason(list) => match list.stroke(stroke) {
                Choice::Open => {}
                Choice::Left => return Next::Back,
                Choice::Taken(0) => self.go("", world),
                Choice::Taken(4) => {
                    self.stage = Stage::Typed(Field::text("REASON", Wheel::Printable, 64, ""));
                }
                Choice::Taken(at) => self.go(&REASONS[at].to_lowercase(), world),
            },
            Stage::Typed(field) => match field.stroke(stroke, world.six) {
                Outcome::Open => {}
                Outcome::Taken(reason) => self.go(&reason, world),
                Outcome::Left => self.stage = Stage::Reason(List::new("REASON", REASONS, 4)),
            },
            Stage::Busy(_) => {}
            Stage::Told(message) => {
                if message.stroke(stroke, world) {
                    return Next::Back;
                }
            }
        }
        Next::Stay
    }

    fn answer(&mut self, say: Say, _: &mut World) -> Next {
        if let Stage::Busy(job) = &mut self.stage {
            match job.answer(say) {
                Some(End::Done(words)) => {
                    self.stage = Stage::Told(Message::new(
                        if self.off { "SHUTTING DOWN" } else { "REBOOTING" },
                        vec![words],
                    ));
                }
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
