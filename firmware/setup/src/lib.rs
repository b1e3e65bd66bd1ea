//! The set-up service behind every face (`setup.md`).
#![forbid(unsafe_code)]
