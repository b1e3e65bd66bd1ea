//! The main menu.

use super::network::network;
use super::parts::{Choice, List};
use super::power::Power;
use super::proxy::proxy;
use super::register::Register;
use super::repeat::Stroke;
use super::reset::Reset;
use super::screen::{Next, Screen};
use super::status::Status;
use super::support::Support;
use super::test_connection::TestConnection;
use super::view::View;
use super::world::World;

/// An entry: its words and the screen it opens.
type Entry = (&'static str, fn(&mut World) -> Box<dyn Screen>);

/// The entries, in the order of `setup.md` §2.
const ENTRIES: [Entry; 9] = [
    ("STATUS", |world| Box::new(Status::new(world))),
    ("SETUP NETWORK", |world| Box::new(network(world))),
    ("PROXY", |world| Box::new(proxy(world))),
    ("REGISTER", |world| Box::new(Register::new(world))),
    ("TEST CONNECTION", |world| Box::new(TestConnection::new(world))),
    ("SUPPORT", |world| Box::new(Support::new(world))),
    ("REBOOT", |_| Box::new(Power::new(false))),
    ("SHUTDOWN", |_| Box::new(Power::new(true))),
    ("RESET", |_| Box::new(Reset::new())),
];

/// The screen.
pub struct MainMenu {
    list: List,
}

impl MainMenu {
    /// With the cursor on STATUS.
    pub fn new() -> MainMenu {
        MainMenu { list: List::new("MENU", ENTRIES.map(|(words, _)| words), 0) }
    }
}

impl Screen for MainMenu {
    fn view(&self, _: &World) -> View {
        self.list.view()
    }

    fn stroke(&mut self, stroke: Stroke, world: &mut World) -> Next {
        match self.list.stroke(stroke) {
            Choice::Open => Next::Stay,
            Choice::Left => Next::Back,
            Choice::Taken(at) => Next::Open(ENTRIES[at].1(world)),
        }
    }
}
