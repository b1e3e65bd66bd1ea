//! VLAN tag of the management port.

use alloc::string::String;

use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong, number};

/// The setting.
pub static ITEM: Item = Item {
    id: "network.vlan",
    group: Group::Network,
    label: "VLAN TAG",
    help: "802.1Q tag of the management network, 1 to 4094. Blank: untagged.",
    kind: Kind::Text(Wheel::Digits, 4),
    parse,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    number(typed, 1, 4094, "A VLAN tag")
}
