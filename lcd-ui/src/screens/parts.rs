//! What screens are made of: something to read, a list, a job that runs.

use std::time::Duration;

use wire::local::{Failed, Say, Step, Wrong};

use super::repeat::Stroke;
use super::view::View;
use super::world::World;
use super::wrap::pages;
use crate::displays::Key;

/// Something to read, then done with.
#[derive(Clone, Debug)]
pub struct Message {
    title: String,
    text: Vec<Vec<String>>,
    page: usize,
}

impl Message {
    /// Of a heading (at most 16 characters) and paragraphs to be read in one go.
    pub fn new(title: impl Into<String>, text: Vec<String>) -> Message {
        Message { title: title.into(), text: vec![text], page: 0 }
    }

    /// Of a heading and blocks that stay together. The smallest panels leave the heading
    /// out: whoever comes here has just chosen it.
    pub fn list(title: &str, text: Vec<Vec<String>>, world: &World) -> Message {
        let title = if world.grid().headed { title } else { "" };
        Message { title: title.into(), text, page: 0 }
    }

    /// What was done, in the service's words.
    pub fn done(title: &str, words: &str) -> Message {
        Message::new(title, words.lines().map(sentence).collect())
    }

    /// Code and words, what to do, and what was tried.
    pub fn failed(failed: &Failed) -> Message {
        let title = match failed.code {
            Some(code) => code.to_string(),
            None => "NOT DONE".into(),
        };
        let mut text = vec![sentence(&failed.remedy), sentence(&failed.words)];
        if failed.code.is_none() {
            text.reverse();
        }
        text.retain(|paragraph| !paragraph.is_empty());
        Message::new(title, text)
    }

    /// The same with more blocks.
    pub fn with(mut self, more: Vec<Vec<String>>) -> Message {
        self.text.extend(more);
        self
    }

    /// What is wrong with a value.
    pub fn wrong(words: &str, remedy: &str) -> Message {
        Message::new(words, vec![sentence(remedy)])
    }

    /// True when it has been read: Enter on the last page, or Esc.
    pub fn stroke(&mut self, stroke: Stroke, world: &World) -> bool {
        let last = pages(&self.title, &self.text, false, world.grid()).len() - 1;
        match stroke.key {
            Key::Esc => return true,
            Key::Enter if self.page >= last => return true,
            Key::Enter | Key::Down | Key::Right => self.page = (self.page + 1).min(last),
            Key::Up | Key::Left => self.page = self.page.saturating_sub(1),
        }
        false
    }

    /// How it looks.
    pub fn view(&self) -> View {
        View::Page { title: self.title.clone(), text: self.text.clone(), page: self.page, turns: false }
    }
}

/// Words with a capital at the start and a full stop at the end.
fn sentence(words: &str) -> String {
    let mut characters = words.trim().chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    let mut out: String = first.into_iter().chain(characters).collect();
    if !out.is_empty() && !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// One of several.
#[derive(Clone, Debug)]
pub struct List {
    title: String,
    items: Vec<String>,
    at: usize,
}

/// What came of a stroke on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// None yet.
    Open,
    /// This one.
    Taken(usize),
    /// None of them.
    Left,
}

impl List {
    /// Of a heading and items, at most 16 characters each.
    pub fn new<S: Into<String>>(
        title: impl Into<String>,
        items: impl IntoIterator<Item = S>,
        at: usize,
    ) -> List {
        List { title: title.into(), items: items.into_iter().map(Into::into).collect(), at }
    }

    /// A question whose answer is No until somebody turns it.
    pub fn confirm(title: &str) -> List {
        List::new(title, ["NO", "YES"], 0)
    }

    /// A key. Up and Down go around the ends.
    pub fn stroke(&mut self, stroke: Stroke) -> Choice {
        let count = self.items.len().max(1);
        match stroke.key {
            Key::Up => self.at = (self.at + count - 1) % count,
            Key::Down => self.at = (self.at + 1) % count,
            Key::Enter | Key::Right => return Choice::Taken(self.at),
            Key::Esc | Key::Left => return Choice::Left,
        }
        Choice::Open
    }

    /// How it looks, with another heading when it changes.
    pub fn view_as(&self, title: &str) -> View {
        View::Menu { title: title.into(), items: self.items.clone(), at: self.at }
    }

    /// How it looks.
    pub fn view(&self) -> View {
        self.view_as(&self.title)
    }
}

/// Something that the service does: its steps, as they come.
#[derive(Clone, Debug)]
pub struct Job {
    title: &'static str,
    /// The steps so far.
    pub steps: Vec<Step>,
    /// Lines of text so far.
    pub lines: Vec<String>,
}

/// How a job ended.
#[derive(Clone, Debug)]
pub enum End {
    /// Done, in a sentence or more.
    Done(String),
    /// In force, to be confirmed within so many seconds.
    Confirm(u32),
    /// Not taken.
    Wrong(Vec<Wrong>),
    /// It went wrong.
    Failed(Failed),
}

impl Job {
    /// A job of a heading of at most 14 characters.
    pub fn new(title: &'static str) -> Job {
        Job { title, steps: Vec::new(), lines: Vec::new() }
    }

    /// Takes what the service says; gives the end when it is reached.
    pub fn answer(&mut self, say: Say) -> Option<End> {
        match say {
            Say::Step(step) => self.steps.push(step),
            Say::Line(line) => self.lines.push(line),
            Say::Done(words) | Say::Text(words) => return Some(End::Done(words)),
            Say::Confirm(seconds) => return Some(End::Confirm(seconds)),
            Say::Wrong(wrong) => return Some(End::Wrong(wrong)),
            Say::Failed(failed) => return Some(End::Failed(failed)),
            Say::Overview(_) | Say::Settings(_) | Say::Orders(_) => {}
        }
        None
    }

    /// True when a step failed.
    pub fn has_failed(&self) -> bool {
        self.steps.iter().any(|step| step.outcome.is_err())
    }

    /// The steps in full, a block each, those that failed first.
    pub fn report(&self) -> Vec<Vec<String>> {
        let told = |step: &Step| match &step.outcome {
            Ok(found) => vec![format!("{} ok", step.name), found.clone()],
            Err(failed) => vec![format!("{} FAIL", step.name), failed.words.clone()],
        };
        let (bad, good): (Vec<&Step>, Vec<&Step>) = self.steps.iter().partition(|step| step.outcome.is_err());
        bad.into_iter().chain(good).map(told).collect()
    }

    /// The steps that went well: what failed is told at length by itself.
    pub fn report_good(&self) -> Vec<Vec<String>> {
        let good = self.steps.iter().filter(|step| step.outcome.is_ok()).cloned().collect();
        Job { steps: good, ..self.clone() }.report()
    }

    /// How it looks while it runs.
    pub fn view(&self, now: Duration) -> View {
        let step =
            |step: &Step| format!("{} {}", step.name, if step.outcome.is_ok() { "ok" } else { "FAIL" });
        let mut steps: Vec<String> = self.steps.iter().map(step).collect();
        if steps.is_empty() {
            steps.push("please wait".into());
        }
        View::Busy { title: self.title.into(), steps, beat: now.as_millis() as u64 / 500 }
    }
}
