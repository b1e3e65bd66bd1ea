//! What each port is for.

use alloc::format;
use alloc::string::String;

use crate::address::{list, parts};
use crate::item::{Group, Item, Kind, PLAIN, Wheel, Wrong};
use crate::set::Settings;
use crate::typed::{Port, Role};

/// The setting.
pub static ITEM: Item = Item {
    id: "ports.roles",
    group: Group::Ports,
    label: "PORT ROLES",
    help: "eth0=management, eth1=sniffing, eth2=unused. Blank: the first port is management, all others are sniffing.",
    kind: Kind::Text(Wheel::List, 512),
    panel: false,
    parse,
    check,
    ..PLAIN
};

const ROLES: [(&str, Role); 3] =
    [("management", Role::Management), ("sniffing", Role::Sniffing), ("unused", Role::Unused)];

impl Role {
    /// `management`, `sniffing`, `unused`.
    pub fn word(self) -> &'static str {
        ROLES.iter().find(|(_, role)| *role == self).map_or("", |(word, _)| word)
    }
}

/// One `name=role`.
pub(crate) fn port(part: &str) -> Option<Port> {
    let (name, word) = part.split_once('=')?;
    let (_, role) = ROLES.iter().find(|(known, _)| *known == word)?;
    Some(Port { name: name.into(), role: *role })
}

fn parse(typed: &str) -> Result<String, Wrong> {
    list(typed, 32, |part| {
        let (name, role) = part.split_once('=').unwrap_or((part, ""));
        let (name, role) = (name.trim(), role.trim().to_ascii_lowercase());
        if name.is_empty() || name.len() > 15 || name.contains('/') {
            return Err(Wrong::new("no such port", format!("{name:?} is no name of a port.")));
        }
        let part = format!("{name}={role}");
        port(&part)
            .map(|_| part)
            .ok_or_else(|| Wrong::new("bad role", format!("{name}: write management, sniffing or unused.")))
    })
}

/// Somebody must be able to reach the platform, by one way.
fn check(value: &str, _: &Settings) -> Result<(), Wrong> {
    let ports: alloc::vec::Vec<Port> = parts(value).filter_map(port).collect();
    let twice =
        ports.iter().enumerate().find(|(at, one)| ports[..*at].iter().any(|other| other.name == one.name));
    if let Some((_, port)) = twice {
        return Err(Wrong::new("port named twice", format!("{} has one role only.", port.name)));
    }
    let management = ports.iter().filter(|port| port.role == Role::Management).count();
    if management > 1 || (management == 0 && !ports.is_empty()) {
        return Err(Wrong::new("management port", "Exactly one port must be management."));
    }
    Ok(())
}
