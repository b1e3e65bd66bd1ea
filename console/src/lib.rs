//! The set-up menu on a serial line, a VM console and any VT100 (`setup.md` §3).
#![forbid(unsafe_code)]

mod apply;
mod banner;
pub mod drive;
mod edit;
mod form;
mod host;
mod items;
mod keys;
mod menu;
mod paste;
mod prompt;
mod screen;
mod text;

pub use host::{Away, Event, Host, Wait};
pub use menu::Menu;
