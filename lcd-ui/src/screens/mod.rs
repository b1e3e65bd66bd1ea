//! The user interface as a state machine: keys, time and answers go in; what to show and
//! what to ask the set-up service come out (`setup.md` §2).
//!
//! One file a screen. [`Ui`] holds the stack of them; an empty stack is the idle rotation.
//! Screens are made of the parts in `parts.rs` and `field.rs` and give a [`View`], which
//! `layout.rs` and `graphic.rs` put on a panel.

mod decide;
mod facts;
mod field;
mod form;
mod graphic;
mod idle;
mod layout;
mod main_menu;
mod network;
mod parts;
mod pin;
mod power;
mod proxy;
mod register;
mod repeat;
mod reset;
mod screen;
mod status;
mod support;
mod test_connection;
mod trial;
mod view;
mod world;
mod wrap;

use std::time::Duration;

use wire::local::{Ask, Failed, Say};

use crate::displays::{KeyEvent, Leds, Picture, Shape};
use decide::front;
use pin::Pin;
use repeat::{Repeat, Stroke};
use screen::{Next, Screen};
use world::{For, World};

pub use layout::characters;
pub use view::View;

/// Without a key for so long the panel goes back to its rotation.
const IDLE: Duration = Duration::from_secs(60);
/// How often the rotation's facts are asked for again.
const NEWS: Duration = Duration::from_secs(2);

/// The user interface of one panel.
pub struct Ui {
    world: World,
    stack: Vec<Box<dyn Screen>>,
    repeat: Repeat,
    /// When a key was last touched.
    touched: Duration,
    /// Who waits for the answers that come now.
    waiting: Option<For>,
    /// When news were last asked for.
    asked: Option<Duration>,
}

impl Ui {
    /// For a panel of this shape, with six keys or with four.
    pub fn new(shape: Shape, six: bool) -> Ui {
        Ui {
            world: World::new(shape, six),
            stack: Vec::new(),
            repeat: Repeat::default(),
            touched: Duration::ZERO,
            waiting: None,
            asked: None,
        }
    }

    /// A key went down or up.
    pub fn key(&mut self, event: KeyEvent) {
        self.touched = self.world.now;
        if self.stack.is_empty() {
            if event.pressed {
                self.wake();
            }
            return;
        }
        if let Some(stroke) = self.repeat.event(event, self.world.now) {
            self.stroke(stroke);
        }
    }

    /// Time went by; `now` counts from any start and never goes back. Wants to be called
    /// twenty times a second.
    pub fn tick(&mut self, now: Duration) {
        self.world.now = now;
        for stroke in self.repeat.due(now) {
            self.touched = now;
            self.stroke(stroke);
        }
        let held = self.stack.last().is_some_and(|screen| screen.holds());
        if let Some(screen) = self.stack.last_mut() {
            let next = screen.tick(&mut self.world);
            self.go(next);
        }
        match self.stack.last() {
            // What comes of it is to be read, however long it took.
            Some(screen) if held || screen.holds() => self.touched = now,
            Some(_) if now.saturating_sub(self.touched) >= IDLE => {
                self.stack.clear();
                self.repeat.let_go();
            }
            _ => {}
        }
        let due = self.asked.is_none_or(|asked| now.saturating_sub(asked) >= NEWS);
        if due && self.waiting.is_none() && self.world.asks.is_empty() && !self.world.lost {
            if self.asked.is_none() {
                self.world.refresh();
            } else {
                self.world.asks.push_back((Ask::Overview, For::World));
            }
            self.asked = Some(now);
        }
    }

    /// What is to be asked now; its answers come by [`Ui::answer`] until one that ends.
    pub fn ask(&mut self) -> Option<Ask> {
        if self.waiting.is_some() {
            return None;
        }
        let (ask, who) = self.world.asks.pop_front()?;
        self.waiting = Some(who);
        Some(ask)
    }

    /// The service said something. What nobody waits for is left out.
    pub fn answer(&mut self, say: Say) {
        let Some(who) = self.waiting else { return };
        if say.ends() {
            self.waiting = None;
        }
        match (who, say) {
            (For::World, Say::Overview(overview)) => self.world.overview = Some(*overview),
            (For::World, Say::Settings(settings)) => self.world.settings = settings,
            (For::World, _) => {}
            (For::Screen, say) => self.tell(say),
        }
    }

    /// The service is out of reach: whatever was asked of it failed.
    pub fn lost(&mut self) {
        let asks = std::mem::take(&mut self.world.asks);
        let concerns = |who: For| who == For::Screen;
        if self.waiting.take().is_some_and(concerns) || asks.iter().any(|(_, who)| concerns(*who)) {
            let remedy = "Wait a minute and try again.";
            self.tell(Say::Failed(Failed::plain("The set-up service does not answer.", remedy)));
        }
        self.world.asks.clear();
        self.world.lost = true;
        self.asked = None;
    }

    /// The service is within reach again.
    pub fn found(&mut self) {
        self.world.lost = false;
    }

    /// What is shown, whatever the panel.
    pub fn view(&self) -> View {
        match self.stack.last() {
            Some(screen) => screen.view(&self.world),
            None => idle::view(&self.world, self.world.now.saturating_sub(self.touched)),
        }
    }

    /// What is shown, for this panel.
    pub fn picture(&self) -> Picture {
        match self.world.shape {
            Shape::Characters { .. } => Picture::Characters(characters(&self.view(), self.world.shape)),
            Shape::Pixels { .. } => Picture::Pixels(Box::new(graphic::pixels(&self.view()))),
        }
    }

    /// The lights.
    pub fn leds(&self) -> Leds {
        idle::leds(&self.world)
    }

    /// True while an answer is waited for.
    pub fn waits(&self) -> bool {
        self.waiting.is_some()
    }

    /// True while the rotation is shown.
    pub fn is_idle(&self) -> bool {
        self.stack.is_empty()
    }

    /// A key stops the rotation; a PIN may be in the way. Until the box has told whether
    /// there is one, no key opens anything.
    fn wake(&mut self) {
        self.repeat.let_go();
        if let Some(overview) = &self.world.overview {
            let locked = overview.pin;
            self.world.refresh();
            self.stack.push(if locked { Box::new(Pin::new()) } else { front(&self.world) });
        }
    }

    fn stroke(&mut self, stroke: Stroke) {
        if let Some(screen) = self.stack.last_mut() {
            let next = screen.stroke(stroke, &mut self.world);
            self.go(next);
        }
    }

    fn tell(&mut self, say: Say) {
        if let Some(screen) = self.stack.last_mut() {
            let next = screen.answer(say, &mut self.world);
            self.go(next);
        }
    }

    fn go(&mut self, next: Next) {
        match next {
            Next::Stay => return,
            Next::Back => drop(self.stack.pop()),
            Next::Open(screen) => self.stack.push(screen),
            Next::Become(screen) => {
                self.stack.pop();
                self.stack.push(screen);
            }
        }
        self.repeat.let_go();
    }
}
