//! A sensor that runs on: frames in, reports to the platform out.
//!
//! Three threads and what is between them:
//!
//! ```text
//! sensing (caller's thread)          keeper                 uplink, poll
//! source ─► sense::Sensor ─ Report ─► spool (disk) ─ Batch ─► platform
//!     ▲                                                          │
//!     └──────────────────── SensorConfig ◄───────────────────────┘
//! ```
//!
//! Sensing never waits for the disk or the network: when the keeper is behind,
//! the sensor holds its next report back. [`keep`] writes what came. [`run`] ends when it is told to, when
//! the source ends, or when the platform removed the sensor.
#![forbid(unsafe_code)]

mod control;
pub mod follow;
pub mod keep;
mod machine;
mod orders;
mod run;
mod sensing;
mod status;

pub use control::{Control, Notice, Standing};
pub use machine::{hardware, memory};
pub use orders::proxy;
pub use run::{AgentError, Options, run};
