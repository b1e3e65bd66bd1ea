//! 1: the management network.

use settings::Group;

use super::Entry;
use crate::apply::keep;
use crate::prompt::HOW;
use crate::screen::{Did, Screen};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 1,
    names: &["net", "network"],
    label: "Management network",
    help: "Address, gateway, DNS, VLAN, IPv6, host name of the management port.",
    run,
};

fn run(screen: &mut Screen<'_>) -> Did<()> {
    let overview = screen.overview()?;
    if let Some(left) = overview.trying {
        screen.say("Changed settings are being tried.")?;
        return keep(screen, left);
    }
    screen.say(&format!("Management network, port {}. {HOW}", overview.management.port))?;
    super::form(screen, &overview, &[Group::Network])
}
