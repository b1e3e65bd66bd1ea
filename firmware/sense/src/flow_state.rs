//! What the worker remembers of a flow beside its hot line.

use core::net::{IpAddr, Ipv4Addr};

use flow::{Hot, Stream};
use model::{KnownBy, Mac, NetworkId, Sighting, Time};
use packet::Tunnel;

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

/// One side of a flow: its address and port, its MAC and how it is carried as last
/// seen. An [`End`] and a [`Link`] without the gaps that those have.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    pub ip: IpAddr,
    pub port: u16,
    pub mac: Option<Mac>,
    vlan: Option<u16>,
    inner_vlan: Option<u16>,
    tunnel: Option<Tunnel>,
    ttl: u8,
}

impl Side {
    /// Made of its parts.
    pub fn new(End { ip, port }: End, mac: Option<Mac>, link: Link) -> Side {
        let Link { vlan, inner_vlan, tunnel, ttl } = link;
        Side { ip, port, mac, vlan, inner_vlan, tunnel, ttl }
    }

    /// How it is carried.
    pub fn link(&self) -> Link {
        let Side { vlan, inner_vlan, tunnel, ttl, .. } = *self;
        Link { vlan, inner_vlan, tunnel, ttl }
    }

    /// From now on it has another MAC, or is carried otherwise.
    pub fn moved(&mut self, mac: Option<Mac>, link: Link) {
        *self = Side::new(End { ip: self.ip, port: self.port }, mac, link);
    }
}

/// The state of a flow. What reading another message of it needs comes first, in
/// one cache line; three hold all of it.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct FlowState {
    pub streams: [Stream; 2],
    pub scratch: dissect::Scratch,
    /// Bytes read so far, by direction.
    pub read: [u32; 2],
    /// Flows the tracker was not told of yet: 1 of a new flow, and one for each
    /// further port of the client where clients and servers share one flow.
    pub flows: u32,
    /// What the client's last beginning is told by: the sequence number of its SYN;
    /// its port where it is left out of the key.
    pub begun: u32,
    pub network: NetworkId,
    pub reading: Reading,
    /// Messages that no dissector knew, by direction.
    pub tries: [u8; 2],
    pub transport: u8,
    /// Client and server.
    pub sides: [Side; 2],
    pub first: Time,
    pub frame: u64,
    /// How many of the hot counter's packets the tracker has been told of.
    pub told: [u32; 2],
    /// Bytes of TCP payload that were jumped over, by direction, and have not come late.
    pub missing: [u32; 2],
    pub copies: [u32; 2],
    pub copy_bytes: [u32; 2],
}

const _: () = assert!(size_of::<FlowState>() == 3 * 64, "no gaps, and three cache lines");

impl Default for FlowState {
    fn default() -> FlowState {
        let end = End { ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED), port: 0 };
        FlowState {
            streams: [Stream::default(), Stream::default()],
            scratch: [0; 4],
            read: [0; 2],
            flows: 1,
            begun: 0,
            network: NetworkId(0),
            reading: Reading::Undecided,
            tries: [0; 2],
            transport: 0,
            sides: [Side::new(end, None, Link::default()); 2],
            first: Time(0),
            frame: 0,
            told: [0; 2],
            missing: [0; 2],
            copies: [0; 2],
            copy_bytes: [0; 2],
        }
    }
}

/// The conversation of a flow between client and server.
pub fn talk(network: NetworkId, transport: u8, [client, server]: &[Side; 2]) -> Talk {
    Talk { network, client: client.ip, server: server.ip, port: server.port, transport }
}

impl FlowState {
    /// The conversation this flow belongs to.
    pub fn talk(&self) -> Talk {
        talk(self.network, self.transport, &self.sides)
    }

    /// Tells the tracker of `count` packets of one side, the last of them at `time`.
    pub fn tell_side(&self, way: usize, count: u32, time: Time, frame: u64, events: &mut impl Events) {
        let side = &self.sides[way];
        if let Some(sighting) = Sighting::new(self.network, side.mac, Some(side.ip)) {
            let link = side.link();
            events.take(Event::Seen { sighting, link, count, first: time, last: time, frame });
        }
    }

    /// What [`FlowState::tell`] will say: brings where it will be looked up towards the
    /// processor.
    pub fn approach(&self, hot: &Hot, events: &impl Events) {
        for way in 0..2 {
            if hot.packets[way] > self.told[way] {
                events.approach(&self.sighting(way), &self.sides[way].link());
            }
        }
        events.approach_talk(&self.talk());
    }

    fn sighting(&self, way: usize) -> Sighting {
        let Side { mac, ip, .. } = self.sides[way];
        Sighting { network: self.network, mac, ip: Some(ip) }
    }

    /// Tells the tracker what has been counted since it was last told.
    pub fn tell(&mut self, hot: &mut Hot, dispatch: &dissect::Dispatch, events: &mut impl Events) {
        // The waits for all of it overlap.
        events.approach_talk_row(&self.talk());
        for way in 0..2 {
            if hot.packets[way] > self.told[way] {
                events.approach_row(events.approach(&self.sighting(way), &self.sides[way].link()));
            }
        }
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
