//! 10: restarts the box, or switches it off.

use wire::local::Ask;

use super::{Entry, told};
use crate::prompt::{HOW, Prompt};
use crate::screen::{Did, Screen, UNCHANGED};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 10,
    names: &["reboot", "shutdown", "off"],
    label: "Reboot, shut down",
    help: "Restarts the box or switches it off.",
    run,
};

fn run(screen: &mut Screen<'_>) -> Did<()> {
    screen.say(&format!("Reboot or shut down. {HOW}"))?;
    let help = "reboot: it starts again. shutdown: it is switched off, and somebody must switch it on.";
    let what = Prompt { label: "WHAT (reboot, shutdown)", current: "reboot", help, limit: 16, secret: false }
        .word(screen, &["reboot", "shutdown"])?;
    let help = "Why, in a few words; it is kept with the reasons of reboots. It may be left out.";
    let reason = Prompt { label: "REASON", current: "", help, limit: 120, secret: false }.text(screen)?;
    let off = what == "shutdown";
    let question = if off { "Switch this box off now?" } else { "Reboot this box now?" };
    if !screen.yes(question)? {
        return screen.say(UNCHANGED);
    }
    let said = screen.ask(&Ask::Power { off, reason }, "Not known whether it was done.")?;
    told(screen, said)
}
