//! What a worker tells the tracker.

use core::net::IpAddr;

use model::{Field, HintKind, KnownBy, Mac, NetworkId, Port, Sighting, Time};
use packet::Tunnel;

/// How a sighting was carried: told apart so that each is counted for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Outer and inner VLAN id.
    pub vlan: Option<u16>,
    /// See `vlan`.
    pub inner_vlan: Option<u16>,
    /// The tunnel it was taken out of.
    pub tunnel: Option<Tunnel>,
    /// TTL or hop limit as received, 0 without IP.
    pub ttl: u8,
}

/// The key of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Talk {
    /// Address space of both.
    pub network: NetworkId,
    /// Who opened it.
    pub client: IpAddr,
    /// Who was asked.
    pub server: IpAddr,
    /// Server's port, 0 without.
    pub port: u16,
    /// IP protocol number.
    pub transport: u8,
}

/// What a flow has to add to its conversation. Arrays: to server, to client.
#[derive(Clone, Copy, Debug)]
pub struct FlowDelta {
    /// Which conversation.
    pub talk: Talk,
    /// Flows that begin with this report: 1 the first time a flow tells, then 0; one
    /// for each new client port where look-ups share a flow.
    pub flows: u32,
    /// Packets since it last did.
    pub packets: [u32; 2],
    /// Bytes.
    pub bytes: [u32; 2],
    /// Copies recognised, not in `packets`.
    pub copies: [u32; 2],
    /// Their bytes.
    pub copy_bytes: [u32; 2],
    /// Time of the flow's first packet and of its last so far.
    pub first: Time,
    /// See `first`.
    pub last: Time,
    /// Frame number of the first packet.
    pub frame: u64,
    /// Protocol, empty when not known.
    pub protocol: &'static str,
    /// How it was known.
    pub known_by: KnownBy,
    /// The server answered.
    pub answered: bool,
}

/// One observation with whom it is about resolved to a sighting.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// Whom it is about.
    pub sighting: Sighting,
    /// What.
    pub field: &'static Field,
    /// The service, for fields of that scope.
    pub port: Option<Port>,
    /// The value.
    pub value: &'a str,
    /// Time and number of the frame.
    pub time: Time,
    /// See `time`.
    pub frame: u64,
    /// See [`Events::repeat`]; 0 when the message has no digest.
    pub digest: u64,
}

/// An event.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A sighting sent `count` packets between two times.
    Seen {
        /// Who.
        sighting: Sighting,
        /// How it was carried.
        link: Link,
        /// Packets.
        count: u32,
        /// Time of the first of them.
        first: Time,
        /// Time of the last.
        last: Time,
        /// Number of the frame that was first.
        frame: u64,
    },
    /// A dissector read something.
    Observed(Observed<'a>),
    /// A flow has more to count.
    Flow(FlowDelta),
    /// A conversation may be of this application.
    Hint(Talk, HintKind, &'a str),
    /// `client` was told that `name` is at `server`.
    Resolved {
        /// Address space.
        network: NetworkId,
        /// Who asked.
        client: IpAddr,
        /// The answer.
        server: IpAddr,
        /// The name asked for.
        name: &'a str,
    },
    /// A router relayed what others sent: its MAC names none of them.
    Forwards {
        /// Address space.
        network: NetworkId,
        /// The router's MAC.
        mac: Mac,
        /// When.
        time: Time,
        /// Frame number.
        frame: u64,
    },
    /// Everything that was counted before this moment (see [`Events::boundaries`])
    /// has been told.
    Boundary(Time),
}

/// Takes events; the tracker, or a ring towards it.
pub trait Events {
    /// One event. Never fails: what there is no room for is counted by the taker.
    fn take(&mut self, event: Event<'_>);

    /// A sighting may soon be [`Event::Seen`]: brings where that will be looked up
    /// towards the processor. The result is for [`Events::approach_row`].
    fn approach(&self, sighting: &Sighting, link: &Link) -> u64 {
        let _ = (sighting, link);
        0
    }

    /// Brings what [`Events::approach`] has led to towards the processor.
    fn approach_row(&self, hash: u64) {
        let _ = hash;
    }

    /// A flow of a conversation may soon be told of: brings where that will be looked
    /// up towards the processor.
    fn approach_talk(&self, talk: &Talk) {
        let _ = talk;
    }

    /// Brings what [`Events::approach_talk`] has led to towards the processor.
    fn approach_talk_row(&self, talk: &Talk) {
        let _ = talk;
    }

    /// A message of this digest may soon be asked for by [`Events::repeat`]: brings
    /// what is remembered of it towards the processor.
    fn approach_repeat(&self, digest: u64) {
        let _ = digest;
    }

    /// Brings what [`Events::approach_repeat`] has led to towards the processor.
    fn approach_repeated(&self, digest: u64) {
        let _ = digest;
    }

    /// False when such an observation of a sighting with this address would be
    /// dropped: it need not be made.
    fn wants(&self, ip: &IpAddr, field: &Field) -> bool {
        let _ = (ip, field);
        true
    }

    /// The last moment up to now, and the first after it, at which counters are cut:
    /// every flow tells what it counted before such a moment for itself.
    fn boundaries(&self, now: Time) -> [Time; 2] {
        let _ = now;
        [Time(0), Time(u64::MAX)]
    }

    /// A message whose observations were taken before under this digest was heard
    /// again: counts it and returns true, or false when it must be read after all.
    fn repeat(&mut self, digest: u64, time: Time) -> bool {
        let _ = (digest, time);
        false
    }
}
