//! Which sightings are one device: keys, rules, assertions, time.
//!
//! Everything here is a pure function of the *set* of what was heard: neither
//! order, nor repetition, nor batching of the intervals changes the result.
//!
//! The steps, one module each:
//! 1. which MACs relay for others ([`routers`]);
//! 2. who had which address when ([`tenure`]);
//! 3. components of intervals that share a key ([`index`]);
//! 4. [`resolve`](resolve::resolve): one component to groups, by the table of
//!    rules ([`rule`]) and the users' [`assertion`]s.

pub mod assertion;
pub mod config;
pub mod key;
pub mod rule;

pub use assertion::{Act, Assertion};
pub use config::Config;
pub use key::Key;
pub use rule::Rule;
