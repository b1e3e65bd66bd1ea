//! 2: proxy and time.

use settings::Group;

use super::Entry;
use crate::prompt::HOW;
use crate::screen::{Did, Screen};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 2,
    names: &["proxy", "time", "ntp"],
    label: "Proxy and time",
    help: "Proxy on the way to the platform; NTP servers and time zone.",
    run,
};

fn run(screen: &mut Screen<'_>) -> Did<()> {
    let overview = screen.overview()?;
    screen.say(&format!("Proxy and time. {HOW}"))?;
    super::form(screen, &overview, &[Group::Proxy, Group::Time])
}
