//! What is written beside each port.

use alloc::format;
use alloc::string::String;

use crate::address::list;
use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};

/// The setting.
pub static ITEM: Item = Item {
    id: "ports.labels",
    group: Group::Ports,
    label: "PORT LABELS",
    help: "A word for each port, shown beside it: eth1=core switch.",
    kind: Kind::Text(Wheel::Printable, 512),
    panel: false,
    parse,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    list(typed, 32, |part| {
        let (name, label) = part.split_once('=').unwrap_or((part, ""));
        let (name, label) = (name.trim(), label.trim());
        if name.is_empty() || label.is_empty() || label.len() > 24 {
            return Err(Wrong::new("bad label", "Write eth1=core switch; a label has 1 to 24 characters."));
        }
        Ok(format!("{name}={label}"))
    })
}
