//! The front panel: screens, displays, emulators (`setup.md` §2).
#![forbid(unsafe_code)]
