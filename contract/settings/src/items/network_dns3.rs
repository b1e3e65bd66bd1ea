//! Third DNS server.

use alloc::string::String;

use crate::item::{Group, Hints, Item, Kind, PLAIN};
use crate::items::network_dns1::{DNS, parse};
use crate::items::network_mode::is_static;
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "network.dns3",
    group: Group::Network,
    label: "DNS 3",
    help: "Another DNS server, asked when those before it do not answer.",
    kind: Kind::Text(DNS, 39),
    parse,
    suggest,
    ..PLAIN
};

/// The one in use, when addresses are set by hand.
fn suggest(settings: &Settings, hints: &Hints) -> String {
    let known = hints.dns.get(2).filter(|_| is_static(settings));
    known.map_or_else(String::new, |server| alloc::format!("{server}"))
}
