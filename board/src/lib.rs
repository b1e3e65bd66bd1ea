//! What each machine is, as data.
#![forbid(unsafe_code)]
