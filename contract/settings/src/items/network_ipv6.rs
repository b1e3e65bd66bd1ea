//! IPv6: off, by router advertisements, by hand.

use crate::item::{Choice, Group, Item, Kind, PLAIN};
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "network.ipv6",
    group: Group::Network,
    label: "IPV6",
    help: "SLAAC takes addresses from router advertisements; DHCPv6 is not used.",
    kind: Kind::Choice(&[
        Choice { value: "off", label: "OFF" },
        Choice { value: "slaac", label: "SLAAC" },
        Choice { value: "static", label: "STATIC" },
    ]),
    default: "slaac",
    ..PLAIN
};

/// True when IPv6 addresses are set by hand.
pub(crate) fn is_static(settings: &Settings) -> bool {
    settings.get(&ITEM) == "static"
}
