//! Enip: being written.

use crate::{Info, Meta, Outcome, Probe, Protocol, Scratch, Sink};

static INFO: Info = Info {
    name: "enip",
    title: "",
    spec: "",
    over: &[],
    first_bytes: &[],
    fields: &[],
    budget: 0,
};

/// The protocol.
pub struct Enip;

impl Protocol for Enip {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, _: &Meta, _: &[u8]) -> Probe {
        Probe::No
    }

    fn parse(&self, _: &Meta, _: &[u8], _: &mut Scratch, _: &mut dyn Sink) -> Outcome {
        Outcome::Malformed
    }
}
