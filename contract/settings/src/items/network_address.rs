//! IPv4 address and prefix.

use alloc::string::{String, ToString};

use crate::address::Prefixed;
use crate::item::{Group, Hints, Item, Kind, PLAIN, Wheel, Wrong};
use crate::items::network_mode::is_static;
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "network.address",
    group: Group::Network,
    label: "IP ADDRESS",
    help: "Address of the management port with its prefix: 192.168.1.50/24. A mask is taken too: 192.168.1.50/255.255.255.0.",
    kind: Kind::Text(Wheel::Ip, 31),
    parse,
    applies: is_static,
    check,
    suggest,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    let address: Prefixed = typed.parse()?;
    address.host()?;
    Ok(address.to_string())
}

fn check(value: &str, _: &Settings) -> Result<(), Wrong> {
    if value.is_empty() {
        return Err(Wrong::new("address missing", "Write the address with its prefix: 192.168.1.50/24."));
    }
    Ok(())
}

/// What is held already: who goes from DHCP to static mostly wants to keep it.
fn suggest(_: &Settings, hints: &Hints) -> String {
    hints.address.map_or_else(|| "192.168.1.50/24".into(), |address| address.to_string())
}
