//! TEST CONNECTION: the way to the platform, step by step.

use wire::local::{Ask, Say};

use super::parts::{End, Job, Message};
use super::repeat::Stroke;
use super::screen::{Next, Screen};
use super::view::View;
use super::world::World;

/// The screen.
pub struct TestConnection {
    job: Job,
    result: Option<Message>,
}

impl TestConnection {
    /// Begins the test.
    pub fn new(world: &mut World) -> TestConnection {
        world.ask(Ask::Test);
        TestConnection { job: Job::new("TESTING"), result: None }
    }
}

impl Screen for TestConnection {
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
        if let Some(end) = self.job.answer(say) {
            self.result = Some(match end {
                End::Failed(failed) => Message::failed(&failed).with(self.job.report_good()),
                _ if self.job.has_failed() => Message::new("TEST FAILED", Vec::new()).with(self.job.report()),
                End::Done(words) => Message::done("ALL OK", &words).with(self.job.report()),
                End::Confirm(_) | End::Wrong(_) => Message::new("TESTED", Vec::new()).with(self.job.report()),
            });
        }
        Next::Stay
    }

    fn holds(&self) -> bool {
        self.result.is_none()
    }
}
