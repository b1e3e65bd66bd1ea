//! What the worker remembers of a flow beside its hot line.

use flow::{Hot, Stream};
use model::{KnownBy, Mac, NetworkId, Sighting, Time};

use crate::event::{Event, Events, FlowDelta, Link, Talk};
use crate::key::End;

/// Bits of [`Hot::mark`].
pub mod mark {
    /// The client is the lower end of the key.
    pub const CLIENT_LOW: u8 = 1;
    /// Nothing more is read in the direction to the server; to the client.
    pub const DONE: [u8; 2] = [2, 4];
    /// FIN seen in that direction.
    pub const FIN: [u8; 2] = [8, 16];
    /// Packets other than SYN or RST were seen: one that is heard in one direction
    /// only tells of a one-way mirror, not of a closed port.
    pub const TALKS: u8 = 32;
}

/// What is known of the application protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Not yet.
    #[default]
    Undecided,
    /// A dissector reads it (place in `PROTOCOLS`).
    By(u8),
    /// Nobody can.
    Nobody,
}

/// One side of a flow.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Address and port.
    pub end: End,
    /// Its MAC and how it is carried, as last seen.
    pub mac: Option<Mac>,
    pub link: Link,
}

/// The state of a flow.
#[derive(Clone, Debug)]
pub struct FlowState {
    pub network: NetworkId,
    pub transport: u8,
    /// Client and server.
    pub sides: [Side; 2],
    pub first: Time,
    pub frame: u64,
    /// Sequence number of the client's SYN.
    pub isn: u32,
    /// Flows the tracker was not told of yet: 1 of a new flow, and one for each
    /// further port of the client where clients and servers share one flow.
    pub flows: u32,
    pub client_port: u16,
    pub reading: Reading,
    /// Messages that no dissector knew, by direction.
    pub tries: [u8; 2],
    /// Bytes read so far, by direction.
    pub read: [u32; 2],
    pub scratch: dissect::Scratch,
    pub streams: [Stream; 2],
    /// Bytes of TCP payload that were jumped over, by direction, and have not come late.
    pub missing: [u32; 2],
    /// How many of the hot counter's packets the tracker has been told of.
    pub told: [u32; 2],
    pub copies: [u32; 2],
    pub copy_bytes: [u32; 2],
}

impl Default for FlowState {
    fn default() -> FlowState {
        let end = End { ip: core::net::IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED), port: 0 };
        let side = Side { end, mac: None, link: Link::default() };
        FlowState {
            network: NetworkId(0),
            transport: 0,
            sides: [side; 2],
            first: Time(0),
            frame: 0,
            isn: 0,
            flows: 1,
            client_port: 0,
            reading: Reading::Undecided,
            tries: [0; 2],
            read: [0; 2],
            scratch: [0; 4],
            streams: [Stream::default(), Stream::default()],
            missing: [0; 2],
            told: [0; 2],
            copies: [0; 2],
            copy_bytes: [0; 2],
        }
    }
}

impl FlowState {
    /// The conversation this flow belongs to.
    pub fn talk(&self) -> Talk {
        let [client, server] = self.sides;
        Talk {
            network: self.network,
            client: client.end.ip,
            server: server.end.ip,
            port: server.end.port,
            transport: self.transport,
        }
    }

    /// Tells the tracker of `count` packets of one side, the last of them at `time`.
    pub fn tell_side(&self, way: usize, count: u32, time: Time, frame: u64, events: &mut impl Events) {
        let Side { end, mac, link } = self.sides[way];
        if let Some(sighting) = Sighting::new(self.network, mac, Some(end.ip)) {
            events.take(Event::Seen { sighting, link, count, first: time, last: time, frame });
        }
    }

    /// Tells the tracker what has been counted since it was last told.
    pub fn tell(&mut self, hot: &mut Hot, dispatch: &dissect::Dispatch, events: &mut impl Events) {
        let last = Time(hot.last[0].max(hot.last[1]));
        for way in 0..2 {
            let count = hot.packets[way].saturating_sub(self.told[way]);
            if count != 0 {
                self.tell_side(way, count, Time(hot.last[way]), 0, events);
            }
        }
        self.told = [0; 2];
        if self.flows == 0 && hot.packets == [0; 2] && self.copies == [0; 2] {
            return;
        }
        let talk = self.talk();
        let (protocol, known_by) = match self.reading {
            Reading::By(index) => {
                let name = dissect::protocol(usize::from(index)).map_or("", |protocol| protocol.info().name);
                (name, KnownBy::Payload)
            }
            _ => match dispatch.name_of_port(talk.transport, talk.port) {
                Some(name) => (name, KnownBy::Port),
                None => ("", KnownBy::Nothing),
            },
        };
        events.take(Event::Flow(FlowDelta {
            talk,
            flows: core::mem::take(&mut self.flows),
            packets: hot.packets,
            bytes: hot.bytes,
            copies: self.copies,
            copy_bytes: self.copy_bytes,
            first: self.first,
            last,
            frame: self.frame,
            protocol,
            known_by,
            answered: hot.state & Hot::ESTABLISHED != 0,
        }));
        hot.packets = [0; 2];
        hot.bytes = [0; 2];
        self.copies = [0; 2];
        self.copy_bytes = [0; 2];
    }
}
