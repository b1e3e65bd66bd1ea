//! The front panel: screens, displays, emulators (`setup.md` §2).
//!
//! [`displays`] drives real panels over a serial port, [`emulators`] are panels without
//! hardware that speak the same serial protocols. [`screens`] is the user interface, a state
//! machine; [`service`] joins it with a panel and the set-up service. [`demo`] stands in for
//! that service where there is none.
#![forbid(unsafe_code)]

pub mod demo;
pub mod displays;
pub mod emulators;
pub mod screens;
pub mod service;
