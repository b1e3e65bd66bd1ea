//! The set-up menu on a serial line, a VM console and any VT100 (`setup.md` §3).
#![forbid(unsafe_code)]
