//! SETUP NETWORK: addressing, address, gateway and DNS in a row; the rest under MORE.

use settings::{Group, ITEMS, Item};

use super::form::Form;
use super::world::World;

/// What nearly everybody needs, in the order in which it is asked.
const WAY: [&str; 4] = ["network.mode", "network.address", "network.gateway", "network.dns1"];

/// The form.
pub fn network(world: &World) -> Form {
    let (way, more): (Vec<&'static Item>, Vec<&'static Item>) = ITEMS
        .iter()
        .copied()
        .filter(|item| item.panel && !matches!(item.group, Group::Proxy | Group::Ports))
        .partition(|item| WAY.contains(&item.id));
    Form::new("NETWORK", way, more, world)
}
