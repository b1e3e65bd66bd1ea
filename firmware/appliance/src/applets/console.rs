//! The menu on a terminal.

use std::path::Path;

use console::drive::{Driver, Link, Tty};
use console::{Event, Host, Menu, Wait};
use wire::local::{Ask, SOCKET};

use crate::beat::Heart;

/// A terminal whose part gives a sign of life with everything that happens; at least each
/// second something does.
struct Beating {
    driver: Driver,
    heart: Heart,
}

impl Host for Beating {
    fn write(&mut self, bytes: &[u8]) {
        self.driver.write(bytes);
        self.heart.beat();
    }

    fn ask(&mut self, ask: &Ask) {
        self.driver.ask(ask);
    }

    fn give_up(&mut self) {
        self.driver.give_up();
    }

    fn event(&mut self, wait: Wait) -> Event {
        let event = self.driver.event(wait);
        self.heart.beat();
        event
    }
}

/// Serves the terminal until it is gone.
pub fn run(name: &str, tty: &str) -> Result<(), String> {
    let terminal = Tty::open(Path::new(tty)).map_err(|error| format!("{tty} cannot be used: {error}"))?;
    super::end_when_told()?;
    super::after_setup();
    let mut host =
        Beating { driver: Driver::new(terminal, Link::new(Path::new(SOCKET))), heart: Heart::of(name) };
    Menu::new(&mut host).run(false);
    Err(format!("{tty} is gone"))
}
