//! Which sightings are one device: keys, rules, assertions, time.
//!
//! Everything here is a pure function of the *set* of what was heard: neither
//! order, nor repetition, nor batching of the intervals changes the result.
//!
//! The steps, one module each:
//! 1. which MACs relay for others ([`routers`]);
//! 2. components of intervals that share a key ([`index`]);
//! 3. within a component, who had which address when ([`tenure`]), so which
//!    MAC or address each observation is of ([`place`]);
//! 4. what joins those into devices: the table of rules ([`rule`]) and the
//!    users' [`assertion`]s ([`join`]);
//! 5. the groups with everything that explains them ([`resolve`]).
//!
//! Steps 1 and 2 look at everything. [`Live`] keeps their answers while more is
//! heard, so that only components that were touched go through the rest.

pub mod assertion;
pub mod config;
pub mod group;
pub mod index;
pub mod join;
pub mod key;
pub mod knowledge;
pub mod live;
pub mod names;
pub mod pairs;
pub mod place;
pub mod proof;
pub mod resolve;
pub mod routers;
pub mod rule;
#[cfg(test)]
mod scenarios;
pub mod tenure;
#[cfg(test)]
mod testing;
pub mod traits;

pub use assertion::{Act, Assertion};
pub use config::Config;
pub use group::{Flag, Group, Held, Joined, MacNature, MacSeen};
pub use index::{KeyIndex, MemoryIndex};
pub use key::Key;
pub use knowledge::Knowledge;
pub use live::{ComponentId, Live, Member};
pub use place::{Piece, Presence, Span};
pub use proof::Proof;
pub use resolve::{Part, parts, resolve, resolve_all};
pub use routers::Routers;
pub use rule::Rule;
pub use tenure::Context;
