//! PIN that locks the panel's keys.

use alloc::string::String;

use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};

/// The setting.
pub static ITEM: Item = Item {
    id: "panel.pin",
    group: Group::Access,
    label: "PANEL PIN",
    help: "Four digits that unlock the keys of the front panel. Blank: they are not locked.",
    kind: Kind::Text(Wheel::Digits, 4),
    secret: true,
    parse,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    if typed.len() != 4 {
        return Err(Wrong::new("bad PIN", "A PIN has four digits."));
    }
    Ok(typed.into())
}
