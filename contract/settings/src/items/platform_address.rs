//! Address of the platform's sensor endpoint.

use alloc::format;
use alloc::string::String;

use crate::address::host;
use crate::item::{Group, Hints, Item, Kind, PLAIN, Wheel, Wrong, number};
use crate::set::Settings;

/// The setting.
pub static ITEM: Item = Item {
    id: "platform.address",
    group: Group::Platform,
    label: "PLATFORM",
    help: "Where the platform takes sensors: name or address, and a port if it is not 443. Its certificate is proved by the code.",
    kind: Kind::Text(Wheel::Address, 253),
    parse,
    suggest,
    ..PLAIN
};

/// `https://` and a slash at the end may stand around it; `host` or `host:port`
/// comes out, brackets around an IPv6 address with a port.
fn parse(typed: &str) -> Result<String, Wrong> {
    let rest = typed.trim();
    let scheme = rest.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    let rest = if scheme { &rest[8..] } else { rest };
    let rest = rest.trim_end_matches('/');
    if rest.contains('/') {
        return Err(Wrong::new("bad address", "Write name or name:port, without http:// or a path."));
    }
    let bare_v6 = rest.matches(':').count() > 1 && !rest.starts_with('[');
    let (name, port) = match rest.rsplit_once(':') {
        Some((name, port)) if !bare_v6 && !port.ends_with(']') => (name, Some(port)),
        _ => (rest, None),
    };
    let name = host(name)?;
    let name = if name.contains(':') { format!("[{name}]") } else { name };
    Ok(match port {
        Some(port) => format!("{name}:{}", number(port, 1, 65_535, "A port")?),
        None => name,
    })
}

/// A platform in one's own domain is mostly called so.
fn suggest(_: &Settings, hints: &Hints) -> String {
    if hints.search.is_empty() { String::new() } else { format!("stillwatch.{}", hints.search) }
}
