//! Letting protocols read a flow: who probes, who reads, when to stop.

use dissect::{Dispatch, Meta, Outcome, Way};
use flow::{Hot, Pool, Verdict};
use model::{NetworkId, Time};

use crate::event::Events;
use crate::flow_state::{FlowState, Reading, Side, mark};
use crate::inspect::{self, Found, Saying};
use crate::stats::Stats;

/// Messages of one direction that may go unrecognised before a flow is let be.
const TRIES: u8 = 3;

/// What reading needs beside the flow itself.
pub struct Reader<'a, E> {
    pub dispatch: &'a Dispatch,
    pub stats: &'a mut Stats,
    pub events: &'a mut E,
    /// Number of the frame that brought the bytes.
    pub frame: u64,
}

/// The parts of a flow that reading needs and changes.
struct Progress<'a> {
    network: NetworkId,
    sides: &'a [Side; 2],
    reading: &'a mut Reading,
    tries: &'a mut [u8; 2],
    read: &'a mut [u32; 2],
    scratch: &'a mut dissect::Scratch,
}

/// A payload and what the layers below say of it.
pub struct Payload<'a> {
    pub bytes: &'a [u8],
    /// Sequence number of the first byte.
    pub seq: u32,
    /// Nothing of it was cut off by the capture.
    pub whole: bool,
    /// Its direction ends here.
    pub last: bool,
}

/// Towards whom (0: the server).
pub fn towards(way: usize) -> Way {
    if way == 0 { Way::ToServer } else { Way::ToClient }
}

impl<E: Events> Reader<'_, E> {
    /// Payload of an undecided or read stream.
    pub fn segment(
        &mut self,
        (hot, state): (&mut Hot, &mut FlowState),
        way: usize,
        meta: &Meta,
        payload: &Payload<'_>,
        pool: &mut Pool,
    ) {
        let meta = Meta { way: towards(way), ..*meta };
        let FlowState { network, sides, reading, tries, read, scratch, streams, .. } = state;
        let mut progress = Progress { network: *network, sides, reading, tries, read, scratch };
        let Payload { bytes, seq, whole, last } = *payload;
        streams[way].segment(pool, seq, bytes, whole, last, |bytes, ends| {
            let meta = Meta { cut: ends, ..meta };
            self.offer(&mut progress, way, &meta, bytes)
        });
        if streams[way].stopped() {
            hot.mark |= mark::DONE[way];
        }
    }

    /// The flow is over: what is left of either direction is read as it is, and
    /// the buffers go back.
    pub fn finish(&mut self, hot: &Hot, state: &mut FlowState, pool: &mut Pool) {
        for way in 0..2 {
            let [from, to] = if way == 0 { [0, 1] } else { [1, 0] };
            let (source, target) = (state.sides[from], state.sides[to]);
            let meta = Meta {
                time: Time(hot.last[way]),
                src_mac: source.mac,
                dst_mac: target.mac,
                src: Some(source.ip),
                dst: Some(target.ip),
                sport: source.port,
                dport: target.port,
                transport: state.transport,
                ttl: source.link().ttl,
                way: towards(way),
                cut: true,
                ..Meta::default()
            };
            let FlowState { network, sides, reading, tries, read, scratch, streams, .. } = state;
            let mut progress = Progress { network: *network, sides, reading, tries, read, scratch };
            streams[way].finish(pool, |bytes, _| self.offer(&mut progress, way, &meta, bytes));
        }
    }

    /// Offers bytes of a stream to whoever reads it, or to the candidates.
    fn offer(&mut self, progress: &mut Progress<'_>, way: usize, meta: &Meta, bytes: &[u8]) -> Verdict {
        if *progress.reading == Reading::Undecided {
            match inspect::probe(self.dispatch, meta, bytes) {
                Found::Protocol(index) => *progress.reading = Reading::By(index),
                Found::Undecided if !meta.cut => return Verdict::More,
                Found::Undecided | Found::Nobody => {
                    progress.tries[way] += 1;
                    if progress.tries[way] < TRIES {
                        return Verdict::Took(bytes.len());
                    }
                    if progress.tries[1 - way] >= TRIES {
                        *progress.reading = Reading::Nobody;
                    }
                    return Verdict::Stop;
                }
            }
        }
        let Reading::By(index) = *progress.reading else { return Verdict::Stop };
        let Some(protocol) = dissect::protocol(usize::from(index)) else { return Verdict::Stop };
        let (network, sides, frame) = (progress.network, Some(progress.sides), self.frame);
        let mut saying = Saying { events: self.events, meta, network, frame, sides, digest: 0 };
        match inspect::parse(protocol, bytes, progress.scratch, &mut saying, self.stats) {
            Outcome::Took(count) => {
                let read = &mut progress.read[way];
                *read = read.saturating_add(count.min(bytes.len()) as u32);
                let budget = protocol.info().budget;
                if budget != 0 && *read >= budget { Verdict::Stop } else { Verdict::Took(count) }
            }
            Outcome::More => Verdict::More,
            Outcome::Done | Outcome::Malformed => Verdict::Stop,
        }
    }

    /// A datagram of an undecided or read flow. Each is a message of its own, so
    /// one that cannot be read says nothing of the next; several in a row do.
    pub fn datagram(
        &mut self,
        (hot, state): (&mut Hot, &mut FlowState),
        way: usize,
        meta: &Meta,
        bytes: &[u8],
    ) {
        if hot.mark & mark::DONE[way] != 0 {
            return;
        }
        if state.reading == Reading::Undecided {
            match inspect::probe(self.dispatch, meta, bytes) {
                Found::Protocol(index) => state.reading = Reading::By(index),
                Found::Undecided | Found::Nobody => {
                    state.tries[way] += 1;
                    if state.tries[way] >= TRIES {
                        hot.mark |= mark::DONE[way];
                    }
                    return;
                }
            }
        }
        let Reading::By(index) = state.reading else { return };
        let Some(protocol) = dissect::protocol(usize::from(index)) else { return };
        let (network, sides, frame) = (state.network, Some(&state.sides), self.frame);
        let mut saying = Saying { events: self.events, meta, network, frame, sides, digest: 0 };
        let outcome = inspect::parse(protocol, bytes, &mut state.scratch, &mut saying, self.stats);
        state.read[way] = state.read[way].saturating_add(bytes.len() as u32);
        state.tries[way] = if outcome == Outcome::Malformed { state.tries[way] + 1 } else { 0 };
        let budget = protocol.info().budget;
        if budget != 0 && state.read[way] >= budget || state.tries[way] >= TRIES {
            hot.mark |= mark::DONE[way];
        }
    }
}
