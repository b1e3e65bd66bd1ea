//! The tables that rules look things up in: who holds a MAC's block, what a port is called, which
//! application a name, a protocol, a User-Agent or a port stands for.
//!
//! One set is compiled in. A [`Pack`] brings newer tables, all or some of them; it is checked whole,
//! kept ([`keep`]) and put in force ([`put`]) in one step while the program runs. Look-ups read the
//! set in force. Nothing here knows files, signatures or versions' order: who takes a pack does
//! (`docs/rules.md`).
//!
//! The set in force is the process's, not an argument: rules are called from everywhere, and two
//! inventories with different tables in one process have no use. Who puts another set in force makes
//! the inventory anew, so what it says stays a function of what was heard and of one set.
#![forbid(unsafe_code)]

mod applications;
mod force;
mod makers;
mod pack;
mod services;
mod set;
mod sorted;

pub use applications::{FAMILIES, Row, by_agent, by_name, by_port, by_protocol};
pub use force::{in_force, keep, put};
pub use makers::{company, vendor};
pub use pack::Pack;
pub use services::port_service;
pub use set::{MOST_ROWS, Set, TABLES, Table, TableRows, built_in};
