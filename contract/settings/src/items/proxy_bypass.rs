//! Platforms that are reached without the proxy.

use alloc::string::String;

use crate::address::{host, list};
use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};
use crate::items::proxy_kind::is_on;

/// The setting.
pub static ITEM: Item = Item {
    id: "proxy.bypass",
    group: Group::Proxy,
    label: "PROXY BYPASS",
    help: "Names reached without the proxy, with commas: host, .domain, an IP address, or *.",
    kind: Kind::Text(Wheel::List, 512),
    panel: false,
    parse,
    applies: is_on,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    list(typed, 32, |part| {
        let bare = part.trim_start_matches('*').trim_start_matches('.');
        if bare.is_empty() { Ok(part.into()) } else { host(bare).map(|_| part.to_ascii_lowercase()) }
    })
}
