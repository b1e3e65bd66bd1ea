//! `stillwatch-console`: the menu on a terminal, or one of its items as a command.

use std::path::Path;

fn main() {
    let link = console::drive::Link::new(Path::new(&std::env::args().nth(1).unwrap()));
    let tty = console::drive::Tty::standard().unwrap();
    let mut driver = console::drive::Driver::new(tty, link);
    console::Menu::new(&mut driver).run();
}
