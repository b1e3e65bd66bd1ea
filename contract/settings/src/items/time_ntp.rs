//! NTP servers.

use alloc::string::String;

use crate::address::{host, list};
use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};

/// The setting.
pub static ITEM: Item = Item {
    id: "time.ntp",
    group: Group::Time,
    label: "NTP SERVERS",
    help: "Names or addresses of time servers, with commas. Blank: those that DHCP names.",
    kind: Kind::Text(Wheel::List, 512),
    parse,
    ..PLAIN
};

fn parse(typed: &str) -> Result<String, Wrong> {
    list(typed, 4, host)
}
