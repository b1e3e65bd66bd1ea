//! Name or address of the proxy.

use alloc::string::{String, ToString};

use crate::address::host;
use crate::item::{Group, Hints, Item, Kind, PLAIN, Wheel, Wrong};
use crate::items::network_gateway;
use crate::items::proxy_kind::is_on;
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "proxy.host",
    group: Group::Proxy,
    label: "PROXY HOST",
    help: "Name or IP address of the proxy.",
    kind: Kind::Text(Wheel::Host, 253),
    parse: host,
    applies: is_on,
    check,
    suggest,
    ..PLAIN
};

fn check(value: &str, _: &Settings) -> Result<(), Wrong> {
    if value.is_empty() {
        return Err(Wrong::new("host missing", "Write the proxy's name or address, or switch it off."));
    }
    Ok(())
}

/// The gateway: a proxy is often near it.
fn suggest(settings: &Settings, hints: &Hints) -> String {
    let gateway = settings.get(&network_gateway::ITEM);
    if !gateway.is_empty() {
        return gateway.into();
    }
    hints.gateway.map_or_else(String::new, |gateway| gateway.to_string())
}
