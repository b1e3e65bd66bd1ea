//! Password at the proxy.

use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};
use crate::items::proxy_kind::is_on;
use crate::items::proxy_user;
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "proxy.password",
    group: Group::Proxy,
    label: "PROXY PASSWORD",
    help: "Password of the proxy's user. It is never shown again.",
    kind: Kind::Text(Wheel::Printable, 128),
    secret: true,
    applies: has_user,
    check,
    ..PLAIN
};

fn has_user(settings: &Settings) -> bool {
    is_on(settings) && !settings.get(&proxy_user::ITEM).is_empty()
}

fn check(value: &str, _: &Settings) -> Result<(), Wrong> {
    if value.is_empty() {
        return Err(Wrong::new("password missing", "Write the password, or clear the user."));
    }
    Ok(())
}
