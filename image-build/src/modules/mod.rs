//! Kernel modules: what they say of themselves, and which ones a board needs.

mod closure;
mod info;

pub use closure::{Modules, Tree};
pub use info::Info;

/// A module's name as the kernel compares it: `-` and `_` are one.
pub(crate) fn plain(name: &str) -> String {
    name.replace('-', "_")
}
