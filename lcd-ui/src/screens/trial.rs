//! Changes being tried: tested, in force for two minutes, then kept or undone.

use std::time::Duration;

use wire::local::{Ask, Failed, Say, Wrong};

use super::parts::{Choice, End, Job, List, Message};
use super::repeat::Stroke;
use super::view::View;
use super::world::World;

/// From the request to what came of it.
pub struct Trial {
    stage: Stage,
}

enum Stage {
    /// The service works.
    Busy(Job),
    /// In force until then, unless it is kept.
    Keep(List, Job, Duration),
    /// Reading what the tests found.
    Tests(Message, Box<Stage>),
    /// Kept or undone: waiting for word.
    Settled(Job),
    /// How it ended.
    Over(Message),
}

/// Why nothing is in force.
pub enum Refused {
    /// Settings that were not taken.
    Wrong(Vec<Wrong>),
    /// It went wrong and was undone.
    Failed(Failed),
}

impl Trial {
    /// Begins: a heading of at most 14 characters, and the request.
    pub fn start(title: &'static str, ask: Ask, world: &mut World) -> Trial {
        world.ask(ask);
        Trial { stage: Stage::Busy(Job::new(title)) }
    }

    /// One that is in force already, for so many seconds more.
    pub fn resume(seconds: u32, world: &World) -> Trial {
        let list = List::new("", ["KEEP", "UNDO"], 0);
        let until = world.now + Duration::from_secs(seconds.into());
        Trial { stage: Stage::Keep(list, Job::new(""), until) }
    }

    /// How it looks.
    pub fn view(&self, world: &World) -> View {
        match &self.stage {
            Stage::Busy(job) | Stage::Settled(job) => job.view(world.now),
            Stage::Keep(list, _, until) => {
                list.view_as(&format!("KEEP IT? {} s", until.saturating_sub(world.now).as_secs()))
            }
            Stage::Tests(message, _) | Stage::Over(message) => message.view(),
        }
    }

    /// A key; true when the end has been read.
    pub fn stroke(&mut self, stroke: Stroke, world: &mut World) -> bool {
        let next = match &mut self.stage {
            Stage::Keep(list, job, _) => match list.stroke(stroke) {
                Choice::Taken(0) => {
                    world.ask(Ask::Confirm);
                    Some(Stage::Settled(Job::new("KEEPING")))
                }
                Choice::Taken(1) => {
                    world.ask(Ask::Revert);
                    Some(Stage::Settled(Job::new("UNDOING")))
                }
                Choice::Taken(_) => {
                    let tests = Message::list("TESTS", job.report(), world);
                    self.read(tests);
                    None
                }
                // Leaving is no answer: the question stays until its time is over.
                Choice::Open | Choice::Left => None,
            },
            Stage::Tests(message, _) => {
                if message.stroke(stroke, world) {
                    self.unread();
                }
                None
            }
            Stage::Over(message) => return message.stroke(stroke, world),
            Stage::Busy(_) | Stage::Settled(_) => None,
        };
        if let Some(next) = next {
            self.stage = next;
        }
        false
    }

    /// What the service says; gives why nothing is in force, when that is how it ends.
    pub fn answer(&mut self, say: Say, world: &mut World) -> Option<Refused> {
        let (job, settled) = match &mut self.stage {
            Stage::Busy(job) => (job, false),
            Stage::Settled(job) => (job, true),
            _ => return None,
        };
        let end = job.answer(say)?;
        world.refresh();
        match end {
            End::Done(words) => self.stage = Stage::Over(Message::done("DONE", &words)),
            End::Failed(failed) if settled => self.stage = Stage::Over(Message::failed(&failed)),
            End::Failed(failed) => return Some(Refused::Failed(failed)),
            End::Wrong(wrong) => return Some(Refused::Wrong(wrong)),
            End::Confirm(seconds) => {
                let (job, failed) = (job.clone(), job.has_failed());
                let tests = Message::new("TESTS FAILED", Vec::new()).with(job.report());
                let list = List::new("", ["KEEP", "UNDO", "SHOW TESTS"], failed.into());
                self.stage = Stage::Keep(list, job, world.now + Duration::from_secs(seconds.into()));
                if failed {
                    self.read(tests);
                }
            }
        }
        None
    }

    /// Time went by: what nobody kept is undone by the service.
    pub fn tick(&mut self, world: &mut World) {
        let keep = match &self.stage {
            Stage::Tests(_, behind) => behind,
            stage => stage,
        };
        if matches!(keep, Stage::Keep(_, _, until) if world.now >= *until) {
            world.refresh();
            let text = "Nobody kept it in time: the settings before are in force again.";
            self.stage = Stage::Over(Message::new("UNDONE", vec![text.into()]));
        }
    }

    /// It has to be decided, or is under way.
    pub fn holds(&self) -> bool {
        !matches!(self.stage, Stage::Over(_))
    }

    fn read(&mut self, message: Message) {
        let behind = std::mem::replace(&mut self.stage, Stage::Busy(Job::new("")));
        self.stage = Stage::Tests(message, Box::new(behind));
    }

    fn unread(&mut self) {
        if let Stage::Tests(_, behind) = std::mem::replace(&mut self.stage, Stage::Busy(Job::new(""))) {
            self.stage = *behind;
        }
    }
}
