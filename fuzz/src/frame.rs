//! The layers below the protocols: each frame is read as of every link type that
//! is understood, and of one that is not.

use model::Time;
use packet::{Body, Copies, Ip, LINK_TYPES, Packet, Seen, Transport};

use crate::case::Case;
use crate::{Fault, Said, Target, frames, hash};

/// A LINKTYPE number that nobody assigned.
const UNKNOWN: u16 = 60_000;

/// `packet::parse` and the search for copies; every turn is a frame.
pub struct Frames;

impl Target for Frames {
    fn name(&self) -> &'static str {
        "frame"
    }

    fn seeds(&self) -> Vec<Case> {
        let demo = frames::demo().into_iter().step_by(5).map(Case::of);
        frames::layers().into_iter().map(Case::of).chain(demo).collect()
    }

    fn likes(&self, _: &Case) -> bool {
        false
    }

    fn run(&self, case: &Case) -> Result<Said, Fault> {
        let mut said = Said::default();
        let mut copies = Copies::new([Seen::default(); 16]);
        for turn in &case.turns {
            for (link, name) in LINK_TYPES {
                let packet = packet::parse(*link, &turn.bytes);
                copies.check(&packet, 0, Time::new(1_800_000_000, 0));
                check(&packet, turn.bytes.len(), name)?;
                said.count += u64::from(matches!(packet.body, Body::Ip(_)));
                said.shape = hash(said.shape, &shape(&packet));
            }
            let unknown = packet::parse(UNKNOWN, &turn.bytes);
            if unknown.malformed || !matches!(unknown.body, Body::None) {
                return Err(Fault::new("reads a link type it does not know", format!("{unknown:?}")));
            }
        }
        said.words = said.shape;
        Ok(said)
    }
}

/// Lengths on the wire are never less than what is there, and no more is there
/// than the frame has.
fn check(packet: &Packet<'_>, length: usize, link: &str) -> Result<(), Fault> {
    let Body::Ip(ip) = &packet.body else { return Ok(()) };
    let (payload, on_wire) = match &ip.transport {
        Transport::Tcp(tcp) => (tcp.payload, tcp.payload_len),
        Transport::Udp(udp) => (udp.payload, udp.payload_len),
        Transport::Other => (ip.payload, ip.payload_len),
    };
    let holds = |part: &[u8], on_wire: u32| part.len() <= on_wire as usize && part.len() <= length;
    if !holds(payload, on_wire) || !holds(ip.payload, ip.payload_len) || payload.len() > ip.payload.len() {
        return Err(Fault::new("lengths do not fit", format!("{link}: {ip:?}")));
    }
    if ip.src.is_ipv4() != ip.dst.is_ipv4() {
        return Err(Fault::new("addresses of two families", format!("{link}: {ip:?}")));
    }
    Ok(())
}

/// Which way the reader went.
fn shape(packet: &Packet<'_>) -> [u8; 8] {
    let (body, protocol, fragment, transport) = match &packet.body {
        Body::None => (0, 0, 0, 0),
        Body::EtherType(..) => (1, 0, 0, 0),
        Body::Snap(..) => (2, 0, 0, 0),
        Body::Llc(..) => (3, 0, 0, 0),
        Body::Ip(ip @ Ip { src, fragment, .. }) => {
            let transport = match ip.transport {
                Transport::Tcp(_) => 1,
                Transport::Udp(_) => 2,
                Transport::Other => 3,
            };
            (if src.is_ipv4() { 4 } else { 6 }, ip.protocol, *fragment as u8, transport)
        }
    };
    let [high, low] = packet.stripped.0.to_be_bytes();
    let marks = u8::from(packet.malformed) | u8::from(packet.inner_vlan.is_some()) << 1;
    let tunnel = packet.tunnel.map_or(0, |tunnel| tunnel.kind as u8 + 1);
    [body, protocol, fragment, transport, high, low, marks, tunnel]
}
