//! Speed and duplex of the management port.

use crate::item::{Choice, Group, Item, Kind, PLAIN};
use crate::typed::LinkMode;

/// The setting.
pub static ITEM: Item = Item {
    id: "network.link",
    group: Group::Network,
    label: "LINK SPEED",
    help: "Negotiated, or fixed where the other end is fixed too. At 1000 Mb/s and above it is always negotiated.",
    kind: Kind::Choice(&[
        Choice { value: "auto", label: "AUTO" },
        Choice { value: "100-full", label: "100 FULL" },
        Choice { value: "100-half", label: "100 HALF" },
        Choice { value: "10-full", label: "10 FULL" },
        Choice { value: "10-half", label: "10 HALF" },
    ]),
    default: "auto",
    ..PLAIN
};

/// What is fixed; none when it is negotiated.
pub(crate) fn mode(value: &str) -> Option<LinkMode> {
    let (speed, duplex) = value.split_once('-')?;
    Some(LinkMode { speed: speed.parse().ok()?, full: duplex == "full" })
}
