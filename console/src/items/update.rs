//! 11: installs an update from a USB stick, or goes back.

use wire::local::Ask;

use super::{Entry, told};
use crate::prompt::{HOW, Prompt};
use crate::screen::{Did, Screen, UNCHANGED};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 11,
    names: &["update", "rollback"],
    label: "Update, roll back",
    help: "Installs a signed bundle from a USB stick; goes back to the version before.",
    run,
};

fn run(screen: &mut Screen<'_>) -> Did<()> {
    let overview = screen.overview()?;
    let slot = if overview.slot.is_empty() { String::new() } else { format!(", slot {}", overview.slot) };
    screen.say(&format!("Running: {}{slot}. {HOW}", overview.version))?;
    let help = "update: the bundle on a USB stick. back: the version that ran before.";
    let what = Prompt { label: "WHAT (update, back)", current: "update", help, limit: 16, secret: false }
        .word(screen, &["update", "back"])?;
    let (question, ask) = match what {
        "back" => ("Go back to the version before?", Ask::RollBack),
        _ => ("Install the bundle from the USB stick?", Ask::Update),
    };
    if !screen.yes(question)? {
        return screen.say(UNCHANGED);
    }
    let said = screen.ask(&ask, "Not watched any longer: the service goes on with it.")?;
    told(screen, said)
}
