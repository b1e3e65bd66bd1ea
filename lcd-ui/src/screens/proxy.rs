//! PROXY: every setting of the proxy that a panel can ask for, in a row.

use settings::{Group, ITEMS};

use super::form::Form;
use super::world::World;

/// The form.
pub fn proxy(world: &World) -> Form {
    let items = ITEMS.iter().copied().filter(|item| item.panel && item.group == Group::Proxy);
    Form::new("PROXY", items.collect(), Vec::new(), world)
}
