//! The front panel: screens, displays, emulators (`setup.md` §2).
//!
//! [`displays`] drives real panels over a serial port, [`emulators`] are panels without
//! hardware that speak the same serial protocols.
#![forbid(unsafe_code)]

pub mod displays;
pub mod emulators;
