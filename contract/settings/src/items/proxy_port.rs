//! TCP port of the proxy.

use alloc::string::String;

use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong, number};
use crate::items::proxy_kind::is_on;

/// The setting.
pub static ITEM: Item = Item {
    id: "proxy.port",
    group: Group::Proxy,
    label: "PROXY PORT",
    help: "TCP port of the proxy: 3128 and 8080 are usual, 1080 for SOCKS5.",
    kind: Kind::Text(Wheel::Digits, 5),
    default: "3128",
    parse,
    applies: is_on,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    number(typed, 1, 65535, "A port")
}
