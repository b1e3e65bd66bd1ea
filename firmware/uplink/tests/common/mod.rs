//! Doubles: a platform in memory, the same behind real TLS, and real proxies.
#![allow(dead_code, unreachable_pub)] // Each test uses a part.

pub mod platform;
pub mod programs;
pub mod server;
pub mod world;
