//! Default gateway of IPv6.

use alloc::format;
use alloc::string::{String, ToString};
use core::net::Ipv6Addr;

use crate::address::{PrefixedV6, ipv6};
use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};
use crate::items::network_ipv6::is_static;
use crate::items::network_ipv6_address;
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "network.ipv6_gateway",
    group: Group::Network,
    label: "IPV6 GATEWAY",
    help: "IPv6 router on the same link; a link-local address (fe80::1) is usual.",
    kind: Kind::Text(Wheel::Ipv6, 39),
    parse,
    applies: is_static,
    check,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    let gateway = ipv6(typed)?;
    if gateway.is_multicast() || gateway.is_loopback() || gateway.is_unspecified() {
        return Err(Wrong::new("reserved address", format!("{gateway} cannot be a router's address.")));
    }
    Ok(gateway.to_string())
}

fn check(value: &str, settings: &Settings) -> Result<(), Wrong> {
    let (Ok(gateway), Ok(address)) =
        (value.parse::<Ipv6Addr>(), settings.get(&network_ipv6_address::ITEM).parse::<PrefixedV6>())
    else {
        return Ok(());
    };
    if gateway.is_unicast_link_local() || address.holds(gateway) {
        return Ok(());
    }
    Err(Wrong::new("not on link", format!("{gateway} is not within the network of {address}.")))
}
