//! User at the proxy.

use alloc::string::String;

use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};
use crate::items::proxy_kind::is_on;

/// The setting.
pub static ITEM: Item = Item {
    id: "proxy.user",
    group: Group::Proxy,
    label: "PROXY USER",
    help: "User name, if the proxy wants a login. Blank: it wants none.",
    kind: Kind::Text(Wheel::Printable, 128),
    parse,
    applies: is_on,
    ..PLAIN
};

/// RFC 7617 §2: no colon in a user's name.
fn parse(typed: &str) -> Result<String, Wrong> {
    if typed.contains(':') {
        return Err(Wrong::new("bad character", "A user name has no colon."));
    }
    Ok(typed.into())
}
