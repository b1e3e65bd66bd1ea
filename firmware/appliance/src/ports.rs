//! Ethernet ports: names that stay, and which is for what.
//!
//! The kernel names ports in the order in which drivers find them, which differs from start to
//! start. Here a port keeps its name by its place on the bus, or by its address where it was moved;
//! new ones get the next numbers in the order of places. `/state/ports.toml` remembers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use board::{Board, PortRule};
use nix::libc::IFF_UP;
use serde::{Deserialize, Serialize};
use settings::{Port, Role};

/// A port that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Known {
    /// Where it is: its PCI address or the like.
    pub place: String,
    /// Its address, `aa:bb:cc:dd:ee:ff`.
    pub mac: String,
}

/// Ports by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Names {
    #[serde(default)]
    port: BTreeMap<String, Known>,
}

/// A port that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// Its name just now.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// What is remembered of it.
    pub known: Known,
    index: u32,
    flags: u32,
}

/// The Ethernet ports of the machine, in the order of their places.
pub fn here() -> Vec<Here> {
    let links = sys::link::links().unwrap_or_default();
    let mut ports: Vec<Here> = links
        .into_iter()
        .filter_map(|link| {
            let device = fs::canonicalize(format!("/sys/class/net/{}/device", link.name)).ok()?;
            let driver = fs::read_link(device.join("driver")).ok()?;
            let file = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
            let mac = link.mac?.map(|byte| format!("{byte:02x}")).join(":");
            // A virtio port's device hangs below the PCI function that has the place.
            let place = device.ancestors().filter_map(file).find(|name| is_pci(name));
            let place = place.or_else(|| file(&device))?;
            let known = Known { place, mac };
            Some(Here {
                name: link.name,
                driver: file(&driver)?,
                known,
                index: link.index,
                flags: link.flags,
            })
        })
        .collect();
    ports.sort_by(|one, other| one.known.cmp(&other.known));
    ports
}

/// `0000:01:00.0`.
fn is_pci(name: &str) -> bool {
    let parts: Vec<&str> = name.split([':', '.']).collect();
    let hex = |part: &&str| part.chars().all(|c| c.is_ascii_hexdigit());
    parts.iter().map(|part| part.len()).collect::<Vec<_>>() == [4, 2, 2, 1] && parts.iter().all(hex)
}

/// Gives every port its name, and remembers it. Says what is new.
pub fn name_all(state: &Path, say: &mut dyn FnMut(&str)) {
    let file = state.join("ports.toml");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let before: Names = toml::from_str(&text).unwrap_or_default();
    let ports = here();
    let wanted = names(&before, &ports);
    let mut after = before.clone();
    // First out of the way, or a name is still another's.
    let moved: Vec<(&Here, &String)> =
        ports.iter().zip(&wanted).filter(|(port, name)| port.name != **name).collect();
    for (port, _) in &moved {
        if port.flags & IFF_UP as u32 != 0 {
            let _ = sys::link::set_flags(port.index, 0, IFF_UP);
        }
        let _ = sys::link::rename(port.index, &format!("moved{}", port.index));
    }
    for (port, name) in moved {
        if let Err(error) = sys::link::rename(port.index, name) {
            say(&format!("the port at {} cannot be named {name}: {error}", port.known.place));
        }
    }
    for (port, name) in ports.iter().zip(wanted) {
        if before.port.get(&name) != Some(&port.known) {
            say(&format!("{name}: {} at {}, {}", port.driver, port.known.place, port.known.mac));
        }
        after.port.insert(name, port.known.clone());
    }
    if after != before {
        let new = file.with_extension("new");
        let text = toml::to_string(&after).unwrap_or_default();
        let _ = fs::write(&new, text).and_then(|()| fs::rename(&new, &file));
    }
}

/// The name of each port.
fn names(before: &Names, ports: &[Here]) -> Vec<String> {
    let mut given: Vec<Option<String>> = vec![None; ports.len()];
    let same: [fn(&Known, &Known) -> bool; 3] =
        [|one, other| one == other, |one, other| one.place == other.place, |one, other| one.mac == other.mac];
    for fits in same {
        for (at, port) in ports.iter().enumerate() {
            let free = |name: &&String| !given.contains(&Some((*name).clone()));
            let name = before
                .port
                .iter()
                .filter(|(_, known)| fits(known, &port.known))
                .map(|(name, _)| name)
                .find(free);
            if given[at].is_none() && name.is_some() {
                given[at] = name.cloned();
            }
        }
    }
    let mut numbers = (0_u32..).map(|number| format!("eth{number}"));
    let taken: Vec<String> = before.port.keys().cloned().collect();
    let new = |name: Option<String>| {
        // A name of a port that is away is kept for it.
        name.or_else(|| numbers.find(|name| !taken.contains(name))).unwrap_or_default()
    };
    given.into_iter().map(new).collect()
}

/// What each port is for while nobody set it, with what stands beside it, in the order of places.
pub fn roles(board: &Board, ports: &[Here]) -> Vec<(Port, String)> {
    let seen: Vec<board::Port<'_>> =
        ports.iter().map(|port| board::Port { driver: &port.driver, place: &port.known.place }).collect();
    let rules = PortRule::assign(&board.ports, &seen);
    let role = |rule: Option<&PortRule>| match rule.map(|rule| rule.role) {
        Some(board::Role::Management) => Role::Management,
        Some(board::Role::Sniffing) => Role::Sniffing,
        Some(board::Role::Unused) | None => Role::Unused,
    };
    let label = |at: usize| rules[at].and_then(|rule| rule.label_of(&rules, at)).unwrap_or_default();
    let one =
        |(at, port): (usize, &Here)| (Port { name: port.name.clone(), role: role(rules[at]) }, label(at));
    ports.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(place: &str, mac: &str) -> Here {
        let known = Known { place: place.into(), mac: mac.into() };
        Here { name: String::new(), driver: "igb".into(), known, index: 0, flags: 0 }
    }

    fn before(names: &[(&str, &str, &str)]) -> Names {
        let one = |(name, place, mac): &(&str, &str, &str)| {
            ((*name).to_owned(), Known { place: (*place).into(), mac: (*mac).into() })
        };
        Names { port: names.iter().map(one).collect() }
    }

    #[test]
    fn a_port_keeps_its_name() {
        let ports = [port("0000:01:00.0", "a"), port("0000:02:00.0", "b")];
        assert_eq!(names(&Names::default(), &ports), ["eth0", "eth1"]);
        let known = before(&[("eth0", "0000:02:00.0", "b"), ("eth1", "0000:01:00.0", "a")]);
        assert_eq!(names(&known, &ports), ["eth1", "eth0"], "whatever the order of drivers");
        // A card that was added between them.
        let more = [ports[0].clone(), port("0000:01:00.1", "c"), ports[1].clone()];
        assert_eq!(names(&known, &more), ["eth1", "eth2", "eth0"]);
        // A card in another slot, one that was exchanged, and a place that two claim.
        assert_eq!(names(&known, &[port("0000:09:00.0", "a")]), ["eth1"]);
        assert_eq!(names(&known, &[port("0000:02:00.0", "new")]), ["eth0"]);
        assert_eq!(names(&known, &[port("0000:02:00.0", "a"), port("0000:03:00.0", "b")]), ["eth0", "eth2"]);
    }

    #[test]
    fn places_are_pci_functions() {
        assert!(is_pci("0000:01:00.0") && !is_pci("virtio0") && !is_pci("0000:01:00"));
    }
}
