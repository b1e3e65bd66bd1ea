//! RESET: network and proxy alone, or everything.

use settings::Wheel;
use wire::local::{Ask, Say};

use super::field::{Field, Outcome};
use super::parts::{Choice, End, Job, List, Message};
use super::repeat::Stroke;
use super::screen::{Next, Screen};
use super::trial::{Refused, Trial};
use super::view::View;
use super::world::World;

/// The screen.
pub struct Reset {
    stage: Stage,
}

enum Stage {
    What(List),
    Network(List),
    Trial(Trial),
    Factory(Message),
    Name(Field),
    Busy(Job, Option<Field>),
    Told(Message, Option<Field>),
}

impl Reset {
    /// Asks what.
    pub fn new() -> Reset {
        Reset { stage: Stage::What(List::new("RESET", ["NETWORK", "FACTORY RESET"], 0)) }
    }
}

impl Screen for Reset {
    fn view(&self, world: &World) -> View {
        match &self.stage {
            Stage::What(list) | Stage::Network(list) => list.view(),
            Stage::Factory(message) | Stage::Told(message, _) => message.view(),
            Stage::Name(field) => field.view(world.six, 0),
            Stage::Trial(trial) => trial.view(world),
            Stage::Busy(job, _) => job.view(world.now),
        }
    }

    fn stroke(&mut self, stroke: Stroke, world: &mut World) -> Next {
        match &mut self.stage {
            Stage::What(list) => match list.stroke(stroke) {
                Choice::Open => {}
                Choice::Left => return Next::Back,
                Choice::Taken(0) => self.stage = Stage::Network(List::confirm("RESET NETWORK?")),
                Choice::Taken(_) => {
                    let name = world.overview.as_ref().map_or("", |overview| overview.name.as_str());
                    // As the service has it: a box without a name wants this word.
                    let what = if name.is_empty() { "the word factory" } else { "the sensor's name" };
                    let text =
                        format!("Everything on this box is lost. Type {what} to go on; the cross leaves.");
                    self.stage = Stage::Factory(Message::new("FACTORY RESET", vec![text]));
                }
            },
            Stage::Network(list) => match list.stroke(stroke) {
                Choice::Open => {}
                Choice::Taken(1) => {
                    self.stage = Stage::Trial(Trial::start("RESETTING", Ask::ResetNetwork, world));
                }
                Choice::Taken(_) | Choice::Left => return Next::Back,
            },
            Stage::Factory(message) => {
                if stroke.key == crate::displays::Key::Esc {
                    return Next::Back;
                }
                if message.stroke(stroke, world) {
                    self.stage = Stage::Name(Field::text("RESET: NAME", Wheel::Printable, 64, ""));
                }
            }
            Stage::Name(field) => match field.stroke(stroke, world.six) {
                Outcome::Open => {}
                Outcome::Left => return Next::Back,
                Outcome::Taken(name) => {
                    world.ask(Ask::FactoryReset(name));
                    self.stage = Stage::Busy(Job::new("RESETTING"), Some(field.clone()));
                }
            },
            Stage::Trial(trial) => {
                if trial.stroke(stroke, world) {
                    return Next::Back;
                }
            }
            Stage::Busy(..) => {}
            Stage::Told(message, field) => {
                if message.stroke(stroke, world) {
                    match field.take() {
                        Some(field) => self.stage = Stage::Name(field),
                        None => return Next::Back,
                    }
                }
            }
        }
        Next::Stay
    }

    fn answer(&mut self, say: Say, world: &mut World) -> Next {
        if let Stage::Trial(trial) = &mut self.stage {
            let message = match trial.answer(say, world) {
                None => return Next::Stay,
                Some(Refused::Failed(failed)) => Message::failed(&failed),
                Some(Refused::Wrong(wrong)) => {
                    let first = wrong.first().map(|wrong| (wrong.words.as_str(), wrong.remedy.as_str()));
                    let (words, remedy) = first.unwrap_or(("not taken", ""));
                    Message::wrong(words, remedy)
                }
            };
            self.stage = Stage::Told(message, None);
        } else if let Stage::Busy(job, field) = &mut self.stage {
            match job.answer(say) {
                Some(End::Done(words)) => {
                    world.refresh();
                    self.stage = Stage::Told(Message::done("DONE", &words), None);
                }
                // The name as it was typed is kept.
                Some(End::Failed(failed)) => self.stage = Stage::Told(Message::failed(&failed), field.take()),
                Some(End::Confirm(_) | End::Wrong(_)) | None => {}
            }
        }
        Next::Stay
    }

    fn tick(&mut self, world: &mut World) -> Next {
        if let Stage::Trial(trial) = &mut self.stage {
            trial.tick(world);
        }
        Next::Stay
    }

    fn holds(&self) -> bool {
        match &self.stage {
            Stage::Busy(..) => true,
            Stage::Trial(trial) => trial.holds(),
            _ => false,
        }
    }
}
