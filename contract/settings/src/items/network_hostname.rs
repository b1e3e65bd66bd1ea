//! Host name.

use alloc::format;
use alloc::string::String;

use crate::address::host;
use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};

/// The setting.
pub static ITEM: Item = Item {
    id: "network.hostname",
    group: Group::Network,
    label: "HOSTNAME",
    help: "Name of this box, told to the DHCP server: letters, digits, dashes.",
    kind: Kind::Text(Wheel::Name, 63),
    default: "stillwatch",
    parse,
    ..PLAIN
};

/// One label (RFC 1123 §2.1); the domain is the search domain.
fn parse(typed: &str) -> Result<String, Wrong> {
    let name = host(typed)?;
    if name.contains(['.', ':', '_']) || name.len() > 63 {
        return Err(Wrong::new(
            "bad name",
            format!("{name} is more than a host's name: no dots, at most 63."),
        ));
    }
    Ok(name)
}
