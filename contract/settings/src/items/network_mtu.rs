//! Largest packet of the management port.

use alloc::string::String;

use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong, number};

/// The setting.
pub static ITEM: Item = Item {
    id: "network.mtu",
    group: Group::Network,
    label: "MTU",
    help: "Largest packet in bytes, 1280 to 9216. Blank: as the port has it.",
    kind: Kind::Text(Wheel::Digits, 4),
    parse,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    number(typed, 1280, 9216, "An MTU")
}
