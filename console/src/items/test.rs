//! 6: walks the way to the platform, step by step.

use wire::local::Ask;

use super::{Entry, told};
use crate::screen::{Did, Screen};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 6,
    names: &["test"],
    label: "Test connections",
    help: "DNS, TCP, proxy, TLS, platform, time: what fails first, and what to do.",
    run,
};

fn run(screen: &mut Screen<'_>) -> Did<()> {
    screen.say("Testing the way to the platform. Ctrl-C ends it.")?;
    let said = screen.ask(&Ask::Test, "Stopped.")?;
    told(screen, said)
}
