//! First DNS server.

use alloc::string::{String, ToString};
use core::net::IpAddr;

use crate::address::ip;
use crate::item::{Group, Hints, Item, Kind, PLAIN, Wheel, Wrong};
use crate::items::network_gateway;
use crate::items::network_mode::is_static;
use crate::set::Settings;

/// Mostly IPv4; a console takes IPv6 too.
pub(crate) const DNS: Wheel = Wheel::Dns;

/// The setting.
pub static ITEM: Item = Item {
    id: "network.dns1",
    group: Group::Network,
    label: "DNS 1",
    help: "DNS server, asked first. With DHCP, those of the server are asked behind it.",
    kind: Kind::Text(DNS, 39),
    parse,
    suggest,
    ..PLAIN
};

/// An address of a name server.
pub(crate) fn parse(typed: &str) -> Result<String, Wrong> {
    let server = ip(typed)?;
    if server.is_multicast() || server.is_unspecified() {
        return Err(Wrong::new("reserved address", "Write the address of a DNS server."));
    }
    Ok(server.to_string())
}

/// The one in use, or the gateway: small routers answer for names too.
fn suggest(settings: &Settings, hints: &Hints) -> String {
    if !is_static(settings) {
        return String::new();
    }
    let first = hints.dns.first().map(IpAddr::to_string);
    first.unwrap_or_else(|| settings.get(&network_gateway::ITEM).into())
}
