//! IPv6 address and prefix.

use alloc::string::{String, ToString};

use crate::address::PrefixedV6;
use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};
use crate::items::network_ipv6::is_static;
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "network.ipv6_address",
    group: Group::Network,
    label: "IPV6 ADDRESS",
    help: "IPv6 address of the management port with its prefix: 2001:db8::50/64.",
    kind: Kind::Text(Wheel::Ipv6, 43),
    parse,
    applies: is_static,
    check,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    typed.parse::<PrefixedV6>().map(|address| address.to_string())
}

fn check(value: &str, _: &Settings) -> Result<(), Wrong> {
    if value.is_empty() {
        return Err(Wrong::new("address missing", "Write the address with its prefix: 2001:db8::50/64."));
    }
    Ok(())
}
