//! Chores of the project: `cargo xtask NAME`.

#[allow(dead_code, reason = "called from the list of tasks once that is here")]
mod data_import;

fn main() {}
