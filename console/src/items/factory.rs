//! 14: network or everything as it was at delivery.

use wire::local::Ask;

use super::{Entry, told};
use crate::banner::called;
use crate::prompt::{HOW, Prompt};
use crate::screen::{Did, Screen, UNCHANGED};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 14,
    names: &["factory", "reset"],
    label: "Factory reset",
    help: "Network and proxy, or everything, as it was at delivery.",
    run,
};

fn run(screen: &mut Screen<'_>) -> Did<()> {
    let overview = screen.overview()?;
    screen.say(&format!("Reset. {HOW}"))?;
    let help =
        "network: management network and proxy as at delivery. factory: everything, the registration too.";
    let what =
        Prompt { label: "WHAT (network, factory)", current: "network", help, limit: 16, secret: false }
            .word(screen, &["network", "factory"])?;
    if what == "network" {
        if !screen.yes("Reset the management network and the proxy?")? {
            return screen.say(UNCHANGED);
        }
        let said = screen.ask(&Ask::ResetNetwork, "Not known whether it was done.")?;
        return told(screen, said);
    }
    let name = called(&overview).to_string();
    screen.say(
        "All settings, the registration and what waits to be sent are deleted. Nothing brings them back.",
    )?;
    screen.fresh();
    let help = "The whole name, as it stands in the first line of the menu.";
    let label = format!("TYPE THE SENSOR'S NAME, {name}");
    let typed = Prompt { label: &label, current: "", help, limit: 253, secret: false }.text(screen)?;
    if typed.is_empty() {
        return screen.say(UNCHANGED);
    }
    if typed != name {
        return screen.say(&format!("That is not {name}. {UNCHANGED}"));
    }
    let said = screen.ask(&Ask::FactoryReset(typed), "Not known whether it was done.")?;
    told(screen, said)
}
