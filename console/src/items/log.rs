//! 8: the newest lines of the log.

use wire::local::Ask;

use super::{Entry, told};
use crate::prompt::Prompt;
use crate::screen::{Did, Screen};

/// The item.
pub(super) const ENTRY: Entry =
    Entry { number: 8, names: &["log"], label: "Log", help: "The newest lines of the log.", run };

fn run(screen: &mut Screen<'_>) -> Did<()> {
    let help = "How many of the newest lines, 1 to 10000.";
    let prompt = Prompt { label: "LINES", current: "40", help, limit: 8, secret: false };
    let lines = loop {
        match prompt.text(screen)?.parse() {
            Ok(lines @ 1..=10_000) => break lines,
            _ => screen.say(help)?,
        }
    };
    let said = screen.ask(&Ask::Log(lines), "Stopped.")?;
    told(screen, said)
}
