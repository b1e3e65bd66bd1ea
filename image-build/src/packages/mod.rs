//! Debian's packages that an image is made of: which (the lock), where from (apt, with a cache), and what is
//! in them.

mod apt;
mod deb;
mod lock;

pub use apt::{Apt, sources};
pub use deb::{Member, unpack};
pub use lock::{Lock, Pin};
