//! 7: ping, look-ups of names, the table of routes.

use wire::local::{Ask, Look};

use super::{Entry, told};
use crate::prompt::{HOW, Prompt};
use crate::screen::{Did, Screen, UNCHANGED};

/// The item.
pub(super) const ENTRY: Entry = Entry {
    number: 7,
    names: &["ping", "dns", "route"],
    label: "Ping, DNS, route",
    help: "Looks at the network from this box.",
    run,
};

fn run(screen: &mut Screen<'_>) -> Did<()> {
    screen.say(&format!("Ping, DNS, route. {HOW}"))?;
    let help = "ping: does a host answer. dns: addresses of a name. route: the table of routes.";
    let what = Prompt { label: "WHAT (ping, dns, route)", current: "ping", help, limit: 16, secret: false }
        .word(screen, &["ping", "dns", "route"])?;
    let look = match what {
        "route" => Look::Routes,
        _ => {
            let host = host(screen)?;
            if host.is_empty() {
                return screen.say(UNCHANGED);
            }
            if what == "dns" { Look::Resolve(host) } else { Look::Ping(host) }
        }
    };
    let said = screen.ask(&Ask::Look(look), "Stopped.")?;
    told(screen, said)
}

/// A name or address; the gateway to start with.
fn host(screen: &mut Screen<'_>) -> Did<String> {
    let overview = screen.overview()?;
    let platform = overview.platform.address.as_str();
    let name = platform.rsplit_once(':').map_or(platform, |(name, _)| name);
    let current =
        if name.is_empty() { overview.management.gateways.first().map_or("", String::as_str) } else { name };
    Prompt { label: "NAME OR ADDRESS", current, help: "Whom to look at.", limit: 253, secret: false }
        .text(screen)
}
