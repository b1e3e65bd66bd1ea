//! Whether there is a proxy, and how it is spoken to.

use crate::item::{Choice, Group, Item, Kind, PLAIN};
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "proxy.kind",
    group: Group::Proxy,
    label: "PROXY",
    help: "HTTP: CONNECT, with no login or Basic. HTTPS: the same inside TLS to the proxy. SOCKS5: RFC 1928. NTLM is not supported.",
    kind: Kind::Choice(&[
        Choice { value: "off", label: "OFF" },
        Choice { value: "http", label: "HTTP" },
        Choice { value: "https", label: "HTTPS" },
        Choice { value: "socks5", label: "SOCKS5" },
    ]),
    default: "off",
    ..PLAIN
};

/// True when there is a proxy.
pub(crate) fn is_on(settings: &Settings) -> bool {
    settings.get(&ITEM) != "off"
}
