//! A small mutation fuzzer for everything that reads bytes from the wire or from
//! a file: seeds are what the tests are made of, each case is replayable from a
//! text file, and a run needs nothing but stable Rust.
//!
//! Build it with `--profile fuzz`: optimised, with overflow checks and debug
//! assertions on. What was found is written to `fuzz/findings/`; once mended it is
//! moved to `fuzz/regressions/`, which a test replays.

pub mod appliance;
pub mod case;
mod faces;
mod frame;
pub mod frames;
pub mod hunt;
pub mod minimise;
pub mod mutate;
pub mod pcap;
pub mod protocol;
pub mod rng;
pub mod rule_pack;
pub mod seeds;
pub mod sensor;
pub mod update_bundle;
pub mod wire;

use case::Case;

/// What went wrong with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What tells this fault from others: an invariant's name or a panic's place.
    pub kind: String,
    /// All that is known of it.
    pub detail: String,
}

impl Fault {
    /// A broken promise.
    pub fn new(kind: &str, detail: impl Into<String>) -> Fault {
        Fault { kind: kind.into(), detail: detail.into() }
    }
}

/// What a case made a target say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// How much.
    pub count: u64,
    /// A hash of which kinds of things, in order of first mention: a case with a
    /// new one has gone a new way and is worth changing further.
    pub shape: u64,
    /// A hash of all of it.
    pub words: u64,
}

/// Something that reads bytes.
pub trait Target: Sync {
    /// Name on the command line and in file names.
    fn name(&self) -> &'static str;

    /// How many ways there are to hand it bytes (its carriers); a case says which.
    fn carriers(&self) -> usize {
        1
    }

    /// Seeds that only it can use.
    fn seeds(&self) -> Vec<Case> {
        Vec::new()
    }

    /// True when a seed of all is one of its own; others are used less often.
    fn likes(&self, case: &Case) -> bool;

    /// Hands it a case and checks what it promises. A panic is caught by the caller.
    fn run(&self, case: &Case) -> Result<Said, Fault>;
}

/// FNV-1a, continued.
fn hash(before: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(before ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Everything that is fuzzed: the protocols, then what else reads bytes.
pub fn targets() -> Vec<Box<dyn Target>> {
    let mut list: Vec<Box<dyn Target>> = Vec::new();
    for protocol in dissect::PROTOCOLS {
        list.push(Box::new(protocol::Dissector(*protocol)));
    }
    list.push(Box::new(frame::Frames));
    list.push(Box::new(pcap::Files));
    list.push(Box::new(sensor::Sensor));
    list.push(Box::new(wire::Messages));
    list.push(Box::new(update_bundle::Bundles));
    list.push(Box::new(rule_pack::Packs));
    list.extend(appliance::READERS.map(|reader| Box::new(reader) as Box<dyn Target>));
    list
}
