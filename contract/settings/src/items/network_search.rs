//! Search domain.

use alloc::string::String;

use crate::address::host;
use crate::item::{Group, Hints, Item, Kind, PLAIN, Wheel};
use crate::items::network_mode::is_static;
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "network.search",
    group: Group::Network,
    label: "SEARCH DOMAIN",
    help: "Domain that is added to names without a dot.",
    kind: Kind::Text(Wheel::Name, 253),
    parse: host,
    suggest,
    ..PLAIN
};

fn suggest(settings: &Settings, hints: &Hints) -> String {
    if is_static(settings) { hints.search.clone() } else { String::new() }
}
