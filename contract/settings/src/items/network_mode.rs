//! DHCP or static.

use crate::item::{Choice, Group, Item, Kind, PLAIN};
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "network.mode",
    group: Group::Network,
    label: "ADDRESSING",
    help: "How the management port gets its address: from a DHCP server, or set by hand.",
    kind: Kind::Choice(&[
        Choice { value: "dhcp", label: "DHCP" },
        Choice { value: "static", label: "STATIC" },
    ]),
    default: "dhcp",
    ..PLAIN
};

/// True when addresses are set by hand.
pub(crate) fn is_static(settings: &Settings) -> bool {
    settings.get(&ITEM) == "static"
}
