//! The documents that leave the inventory: plain data, one shape for the
//! command line, the API, exports and imports.

mod asset;
mod attribute;
mod conversation;
mod interface;
mod stamp;
mod summary;

pub use asset::{
    Asset, Flag, Hostname, Identity, IdentityKey, Join, Observation, Os, Role, Service, Side,
    UsedApplication, UsedService,
};
pub use attribute::{Attribute, Candidate, Evidence};
pub use conversation::{Talk, Zone};
pub use interface::{Address, AddressKind, Interface, MacNature, SwitchPort};
pub use stamp::Stamp;
pub use summary::{Inventory, Summary};
