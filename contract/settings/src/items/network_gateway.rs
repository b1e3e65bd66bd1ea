//! Default gateway of IPv4.

use alloc::format;
use alloc::string::{String, ToString};
use core::net::Ipv4Addr;

use crate::address::{Prefixed, ipv4, usable};
use crate::item::{Group, Hints, Item, Kind, PLAIN, Wheel, Wrong};
use crate::items::network_address;
use crate::items::network_mode::is_static;
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "network.gateway",
    group: Group::Network,
    label: "GATEWAY",
    help: "Router on the same link through which everything else is reached. Leave it blank if there is none.",
    kind: Kind::Text(Wheel::Ip, 15),
    parse,
    applies: is_static,
    check,
    suggest,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    let gateway = ipv4(typed)?;
    usable(gateway)?;
    Ok(gateway.to_string())
}

fn check(value: &str, settings: &Settings) -> Result<(), Wrong> {
    let (Ok(gateway), Ok(address)) =
        (value.parse::<Ipv4Addr>(), settings.get(&network_address::ITEM).parse::<Prefixed>())
    else {
        return Ok(());
    };
    if gateway == address.ip {
        return Err(Wrong::new("own address", format!("{gateway} is this box: write the router's.")));
    }
    if !address.holds(gateway) {
        let words = format!("{gateway} is not within {}/{}.", address.network(), address.prefix);
        return Err(Wrong::new("not on link", words));
    }
    Prefixed { ip: gateway, prefix: address.prefix }.host()
}

/// The one in use, or the first host of the network.
fn suggest(settings: &Settings, hints: &Hints) -> String {
    let address = settings.get(&network_address::ITEM).parse::<Prefixed>().ok();
    let known = hints.gateway.filter(|gateway| address.is_none_or(|address| address.holds(*gateway)));
    let first = address.map(|address| {
        let first = address.network().to_bits().wrapping_add(1);
        Ipv4Addr::from_bits(if first == address.ip.to_bits() { first.wrapping_add(1) } else { first })
    });
    known.or(first).map_or_else(String::new, |gateway| gateway.to_string())
}
