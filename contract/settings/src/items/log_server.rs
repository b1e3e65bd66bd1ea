//! Syslog server.

use crate::address::host;
use crate::item::{Group, Item, Kind, PLAIN, Wheel};

/// The setting.
pub static ITEM: Item = Item {
    id: "log.server",
    group: Group::Time,
    label: "SYSLOG SERVER",
    help: "Name or address of a server that gets this box's log (RFC 5424 by UDP, port 514). Blank: none.",
    kind: Kind::Text(Wheel::Host, 253),
    panel: false,
    parse: host,
    ..PLAIN
};
