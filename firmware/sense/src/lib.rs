//! The spine of the sensor: frames to events ([`Worker`], share-nothing, one a
//! core) and events to reports ([`Tracker`], one a sensor).
//!
//! Pure: time comes with the frames, memory is taken at the start, nothing is
//! read or written here. A worker tells a tracker through [`Events`], directly
//! or over a ring.
//!
//! A capture is folded by a [`Tracker`] and ends in one [`Report`]. A [`Sensor`] runs
//! for months: its [`Reporter`] tells what is new or changed when it is due.
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod ages;
mod clock;
mod closing;
mod context;
mod conversations;
mod counters;
mod direction;
mod event;
mod excluded;
mod facts;
mod flow_state;
mod heard;
mod hosts;
mod index;
mod input;
mod inspect;
mod judge;
mod keeping;
mod key;
mod local;
pub mod mirror;
mod neighbours;
mod presence;
mod reading;
mod reporter;
mod rounds;
mod sensor;
mod slab;
mod stats;
mod sweep;
mod text;
mod tracker;
mod waiting;
mod worker;

pub use counters::Others;
pub use event::{Event, Events, FlowDelta, Link, Observed, Talk};
pub use input::Input;
pub use local::Learned;
pub use neighbours::Neighbours;
pub use reporter::{Counts, INTERVALS, RECORDS, Reporter};
pub use sensor::Sensor;
pub use stats::{PortCount, Stats};
pub use tracker::{Report, Sizes, Tracker};
pub use worker::Worker;

/// How many protocols are read.
pub fn protocols() -> usize {
    dissect::PROTOCOLS.len()
}
