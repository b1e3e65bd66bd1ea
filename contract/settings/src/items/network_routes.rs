//! Static routes.

use alloc::string::{String, ToString};

use crate::address::{StaticRoute, list};
use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};

/// The setting.
pub static ITEM: Item = Item {
    id: "network.routes",
    group: Group::Network,
    label: "STATIC ROUTES",
    help: "Networks behind another router: 10.0.0.0/8 via 192.168.1.254, more after commas.",
    kind: Kind::Text(Wheel::List, 1_024),
    panel: false,
    parse,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    list(typed, 16, |part| part.parse::<StaticRoute>().map(|route| route.to_string()))
}
