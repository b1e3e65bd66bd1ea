//! What each machine is, as data.
//!
//! A board is one file, `defs/NAME.toml`; being there registers it, and nothing else in
//! the tree knows its name. It says what image building and the appliance need to know of
//! a machine: ports and their roles, consoles, front panel, watchdog, how many workers,
//! kernel arguments and modules, and which files are made for it. Modules that many boards
//! need stand in sets, `modules/NAME.toml`, named `@NAME`.
//!
//! The image holds its own board as text ([`Board::to_text`]), which the appliance reads back
//! with [`Board::read`].
#![forbid(unsafe_code)]

mod def;
mod error;
mod found;
mod kernel;
mod ports;

pub use def::{Board, Console, Machine, Panel, Sensor, Watchdog};
pub use error::Error;
pub use found::{Boards, boards, in_folder};
pub use kernel::{COMMON, Kernel, SOFT};
pub use ports::{Port, PortRule, Role};
